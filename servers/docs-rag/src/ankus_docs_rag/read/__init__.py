"""Files, pages and Q&A as a person sees them: one module a format, each `bytes | str` -> `Page`s.

files.py and folder.py find what can be read and choose the format; compose.py puts a page together.
"""

from ankus_docs_rag.read.where import Where

__all__ = ["Where"]
