"""Which reader a document is for: by the end of its name, or by the content type it was sent with."""

import posixpath
from collections.abc import Callable, Mapping
from types import MappingProxyType

from ankus_docs_rag.errors import BadSource
from ankus_docs_rag.model import Page
from ankus_docs_rag.read.charset import decode
from ankus_docs_rag.read.html import read_html
from ankus_docs_rag.read.markdown import read_markdown
from ankus_docs_rag.read.pdf import read_pdf
from ankus_docs_rag.read.qa import read_qa
from ankus_docs_rag.read.sql import read_sql
from ankus_docs_rag.read.text import read_text
from ankus_docs_rag.read.where import Where

Read = Callable[[bytes, Where], list[Page]]
READERS: Mapping[str, Read] = MappingProxyType(
    {
        "html": read_html,
        "markdown": read_markdown,
        "text": read_text,
        "sql": read_sql,
        "qa": read_qa,
        "pdf": read_pdf,
    }
)
FORMATS: Mapping[str, str] = MappingProxyType(
    {
        ".html": "html", ".htm": "html", ".xhtml": "html",
        ".md": "markdown", ".markdown": "markdown", ".mdown": "markdown", ".mkd": "markdown",
        ".txt": "text", ".text": "text", ".rst": "text", ".adoc": "text", ".asciidoc": "text",
        ".sql": "sql", ".psql": "sql",
        ".jsonl": "qa", ".ndjson": "qa",
        ".pdf": "pdf",
    }
)  # fmt: skip
"""End of a file's name -> its format."""
_TYPES: Mapping[str, str] = MappingProxyType(
    {
        "text/html": "html",
        "application/xhtml+xml": "html",
        "text/markdown": "markdown",
        "text/x-markdown": "markdown",
        "text/plain": "text",
        "application/sql": "sql",
        "application/x-ndjson": "qa",
        "application/jsonl": "qa",
        "application/pdf": "pdf",
    }
)


def format_of(path: str) -> str:
    """The format of a file by its name; "" for one that is not read unless it is asked for."""
    name = posixpath.basename(path).lower()
    if name == "readme":
        return "text"
    return FORMATS.get(posixpath.splitext(name)[1], "")


def read_document(data: bytes, where: Where, content_type: str = "", charset: str = "") -> list[Page]:
    """The pages of a document that was fetched or given as text.

    Args:
        content_type: As its sender named it, without parameters; "" to judge by the path.

    Raises:
        BadSource: If it cannot be read.
    """
    form = _TYPES.get(content_type.lower()) or format_of(where.path) or "text"
    if form == "html":
        return read_html(data, where, charset)
    if charset and form != "pdf":
        data = decode(data, where.path, charset).encode("utf-8", "replace")
    return READERS[form](data, where)


def refuse_size(path: str, size: int, most: int) -> None:
    """Raise BadSource if a file is larger than is read."""
    if size > most:
        raise BadSource(
            f"{path} has {size >> 20} MB; at most {most >> 20} MB are read.",
            hint="Exclude it, split it, or raise the limit: --max-file-mb (ANKUS_DOCS_MAX_FILE_MB).",
        )
