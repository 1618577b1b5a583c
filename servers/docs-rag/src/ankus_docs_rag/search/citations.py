"""Does a quote stand in the documents, word for word? `check_citation`.

What is looked at: the page that is named, or else the pages whose passages share the quote's rarest words.
"""

import difflib
import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any
from urllib.parse import urldefrag

import anyio.to_thread

from ankus_docs_rag.errors import BadQuestion
from ankus_docs_rag.lexical.words import term_id, terms_of
from ankus_docs_rag.named import named
from ankus_docs_rag.search.documents import Document, find_document, page_of
from ankus_docs_rag.search.passages import with_anchor
from ankus_docs_rag.search.quotes import Place, find_quote
from ankus_shared.answers import Answer
from ankus_shared.postgres import Connection
from ankus_shared.untrusted import frame

LEAST_WORDS = 2
PAGES = 60
"""Pages that are looked through for a quote without a page."""
OTHER_PAGE = "It does not stand in the page that was named, but here."
_WINDOW = 1.4
"""Words of a page that are compared with a quote, by how many it has."""
_WORD = re.compile(r"\S+")


@dataclass(frozen=True)
class Checked:
    """Where a quote stands."""

    page: Document
    place: Place
    anchor: str

    @property
    def url(self) -> str:
        """With the fragment of the innermost anchor."""
        return with_anchor(self.page.url, self.anchor)


async def check_citation(connection: Connection, quote: str, document: str) -> Answer:
    """Whether a quote stands in a page, or anywhere, and what stands there instead.

    Raises:
        BadQuestion: If the quote is too short to tell anything.
        UnknownDocument: If there is no such page.
    """
    if len(quote.split()) < LEAST_WORDS or not (document or terms_of(quote)):
        raise BadQuestion(
            "That is too little for a quote.",
            hint=f"Give at least {LEAST_WORDS} words, verbatim, and not only such as 'it is'.",
            code="bad_quote",
        )
    named_page = await find_document(connection, urldefrag(document).url) if document else None
    if named_page is not None and (found := await _in_page(connection, named_page, quote)):
        return _stands(found, "")
    others = await _pages(connection, quote)
    for page in others:
        if (found := await _in_page(connection, page, quote)) is not None:
            return _stands(found, OTHER_PAGE if named_page else "")
    pages = [named_page] if named_page else others
    return await anyio.to_thread.run_sync(_stands_nowhere, quote, pages, named_page is not None)


async def _in_page(connection: Connection, page: Document, quote: str) -> Checked | None:
    place = find_quote(page.text, quote)
    if place is None:
        return None
    given = {"page": page.id, "start": place.start}
    rows = await (await connection.execute(named("search/anchor_at"), given)).fetchall()
    return Checked(page, place, rows[0][0] if rows else "")


async def _pages(connection: Connection, quote: str) -> list[Document]:
    """The pages with a passage that has one of the quote's rarest words, those with the most words first."""
    terms = sorted({term_id(term) for term in terms_of(quote)})
    cursor = await connection.execute(named("search/pages_of_quote"), {"terms": terms, "most": PAGES})
    return [await page_of(connection, number) for (number,) in await cursor.fetchall()]


def _stands(found: Checked, note: str) -> Answer:
    text = found.page.text[found.place.start : found.place.end]
    exact = (
        "word for word" if found.place.exact else "word for word, but for white space or typographic marks"
    )
    head = f"The quote stands in {found.page.source} {found.page.version}".rstrip() + f", {exact}."
    parts = [head, note, frame(text, found.url)]
    structured: dict[str, Any] = {
        "verbatim": True,
        "exact": found.place.exact,
        "url": found.url,
        "source": found.page.source,
        "version": found.page.version,
        "page": found.page.path,
        "start": found.place.start,
        "end": found.place.end,
    }
    return Answer("\n".join(filter(None, parts)), structured)


def _stands_nowhere(quote: str, pages: Sequence[Document], in_page: bool) -> Answer:
    nearest = max((_nearest(page, quote) for page in pages), key=lambda near: near[0], default=None)
    where = "in that page" if in_page else "in the documents"
    parts = [f"The quote does not stand {where}. Quote what the document says, or leave the claim out."]
    structured: dict[str, Any] = {"verbatim": False}
    if nearest is not None and nearest[0] > 0:
        alike, page, text = nearest
        parts.append(f"What is nearest to it ({alike:.0%} alike):\n{frame(text, page.url)}")
        structured |= {"alike": round(alike, 3), "url": page.url}
    return Answer("\n".join(parts), structured)


def _nearest(page: Document, quote: str) -> tuple[float, Document, str]:
    """The stretch of a page that is most like a quote, by the words that they share in order."""
    words = quote.casefold().split()
    spans = _words(page.text)
    folded = [page.text[start:end].casefold() for start, end in spans]
    matcher = difflib.SequenceMatcher(None, folded, words, autojunk=False)
    block = matcher.find_longest_match()
    if not block.size:
        return 0.0, page, ""
    first = max(block.a - block.b, 0)
    last = min(first + int(len(words) * _WINDOW) + 1, len(spans))
    alike = difflib.SequenceMatcher(None, folded[first:last], words, autojunk=False)
    same = sum(size for _, _, size in alike.get_matching_blocks())
    end = min(first + len(words), len(spans)) - 1
    return same / len(words), page, page.text[spans[first][0] : spans[end][1]]


def _words(text: str) -> list[tuple[int, int]]:
    return [match.span() for match in _WORD.finditer(text)]
