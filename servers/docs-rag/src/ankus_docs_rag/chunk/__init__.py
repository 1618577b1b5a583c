"""A page -> passages, which are found and cited, and their pieces, which get vectors."""

from ankus_docs_rag.chunk.chunker import CHUNKER, chunk_page
from ankus_docs_rag.chunk.limits import CountTokens, Limits

__all__ = ["CHUNKER", "CountTokens", "Limits", "chunk_page"]
