"""Read a page, or a section of it: `read_document`."""

import difflib
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import urldefrag

from ankus_docs_rag.errors import UnknownDocument
from ankus_docs_rag.named import named
from ankus_docs_rag.search.outside import framed_list
from ankus_docs_rag.search.passages import with_anchor
from ankus_shared.answers import Answer
from ankus_shared.postgres import Connection
from ankus_shared.untrusted import frame

OUTLINE_LINES = 40
NEAREST = 3
"""Pages that are offered for one that is not there."""


@dataclass(frozen=True)
class Document:
    """A stored page."""

    id: int
    source: str
    version: str
    path: str
    url: str
    text: str
    sections: list[dict[str, Any]]


async def read_document(
    connection: Connection, document: str, section: str, offset: int, max_chars: int
) -> Answer:
    """A stretch of a page's text, with its outline.

    Args:
        document: URL or path of the page, with a fragment or not.
        section: Anchor or title of a section, in the place of a fragment; "" for the whole page.
        offset: Characters of the section to skip.

    Raises:
        UnknownDocument: If there is no such page or section.
    """
    place, fragment = urldefrag(document)
    page = await find_document(connection, place)
    start, end, anchor = await _section(connection, page, section or fragment)
    first = min(start + offset, end)
    last = min(first + max_chars, end)
    url = with_anchor(page.url, anchor)
    left = end - last
    parts = [
        f"{page.source} {page.version}".strip()
        + f", characters {first - start:,} to {last - start:,} of {end - start:,}",
        frame(page.text[first:last], url),
        f"{left:,} characters follow: read on with offset {last - start}." if left else "",
        _outline(page, start, end),
    ]
    structured = {
        "url": url,
        "source": page.source,
        "version": page.version,
        "page": page.path,
        "start": first,
        "end": last,
        "next_offset": last - start if left else None,
    }
    return Answer("\n\n".join(filter(None, parts)), structured)


async def find_document(connection: Connection, place: str) -> Document:
    """The page at a URL or path.

    Raises:
        UnknownDocument: If there is none; the hint names the nearest.
    """
    place = place.strip()
    rows = await (await connection.execute(named("search/document"), {"place": place})).fetchall()
    if not place or not rows:
        raise await _unknown(connection, place)
    return Document(*rows[0])


async def page_of(connection: Connection, number: int) -> Document:
    """The page of an id that a query of this transaction gave."""
    [row] = await (await connection.execute(named("search/page"), {"page": number})).fetchall()
    return Document(*row)


async def _section(connection: Connection, page: Document, wanted: str) -> tuple[int, int, str]:
    """Where a section or an entry begins and ends, and its anchor."""
    if not wanted:
        return 0, len(page.text), ""
    folded = wanted.casefold()
    for section in page.sections:
        if section["anchor"].casefold() == folded or section["title"].casefold() == folded:
            return section["start"], section["end"], section["anchor"]
    given = {"page": page.id, "anchor": wanted}
    [(start, end, anchor)] = await (await connection.execute(named("search/entry"), given)).fetchall()
    if start is None:
        raise _unknown_section(page, wanted)
    return start, end, anchor


def _outline(page: Document, start: int, end: int) -> str:
    """The sections inside of what was asked for, as title and anchor."""
    asked = (start, end)
    inside = [s for s in page.sections[1:] if start <= s["start"] < end and (s["start"], s["end"]) != asked]
    if not inside:
        return ""
    lines = [_outline_line(section) for section in inside[:OUTLINE_LINES]]
    rest = f"\n({len(inside) - OUTLINE_LINES} more)" if len(inside) > OUTLINE_LINES else ""
    return f"Sections:\n{frame(chr(10).join(lines), page.url)}{rest}"


def _outline_line(section: Mapping[str, Any]) -> str:
    anchor = f"  #{section['anchor']}" if section["anchor"] else ""
    return f"{'  ' * (section['level'] - 1)}{section['title']}{anchor}"


def _unknown_section(page: Document, wanted: str) -> UnknownDocument:
    titles = [section["title"] for section in page.sections[1:]]
    near = difflib.get_close_matches(wanted, titles, n=3, cutoff=0.3) or titles[:5]
    return UnknownDocument(
        f"The page has no section {wanted[:100]!r}.",
        hint=f"It has: {framed_list(near, page.url)}" if near else "Leave the section out.",
        code="unknown_section",
    )


async def _unknown(connection: Connection, place: str) -> UnknownDocument:
    name = _last(place)
    cursor = await connection.execute(named("search/documents_like"), {"name": name})
    paths = [path for (path,) in await cursor.fetchall()]
    alike = difflib.get_close_matches(name, {_last(path) for path in paths}, n=3, cutoff=0.4)
    near = [path for end in alike for path in paths if _last(path) == end][:NEAREST]
    return UnknownDocument(
        f"There is no document {place[:200]!r}.",
        hint=f"There is: {framed_list(near, 'paths')}" if near else "Take the URL of a hit of search_docs.",
    )


def _last(path: str) -> str:
    return path.rstrip("/").rsplit("/", 1)[-1]
