"""Cuts a page into passages and pieces; the same page and limits give the same result."""

from ankus_docs_rag.chunk.limits import CountTokens, Limits
from ankus_docs_rag.chunk.names import names_of
from ankus_docs_rag.chunk.pieces import pieces
from ankus_docs_rag.chunk.units import units
from ankus_docs_rag.model import Chunked, Page, Passage

CHUNKER = "structure-1"
"""Names this way of cutting; another one makes other passages, so an index is of one."""


def chunk_page(page: Page, limits: Limits, count_tokens: CountTokens) -> Chunked:
    """The page with its passages.

    Every visible character is in a passage and in a piece of it, and no piece has more tokens than the limit.
    """
    found = list(units(page, limits))
    return Chunked(
        page,
        tuple(
            Passage(unit.start, unit.end, unit.form, unit.anchor, unit.headings, parts, names_of(page, unit))
            for unit, parts in zip(found, pieces(page, found, limits, count_tokens), strict=True)
        ),
    )
