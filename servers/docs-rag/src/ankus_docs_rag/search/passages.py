"""The text of hits, with as much around it as was asked for."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal

from ankus_docs_rag.named import named
from ankus_docs_rag.search.run import Hit
from ankus_shared.postgres import Connection

Context = Literal["passage", "neighbours", "section"]
"""The passage alone, with the passages before and after it, or with the section that it stands in."""
LONGEST_CONTEXT = 6_000
"""Characters that a hit may have with its surroundings."""


@dataclass(frozen=True)
class Shown:
    """A hit with its text."""

    hit: Hit
    url: str
    """With the fragment of the innermost anchor."""
    path: str
    start: int
    end: int
    text: str
    """Verbatim the page's text from start to end."""


async def texts(connection: Connection, hits: Sequence[Hit], context: Context = "passage") -> list[Shown]:
    """The hits with their texts, in the same order."""
    spans = await _spans(connection, hits, context)
    given = {
        "ids": [hit.candidate.id for hit in hits],
        "starts": [spans[hit.candidate.id][0] for hit in hits],
        "ends": [spans[hit.candidate.id][1] for hit in hits],
    }
    cursor = await connection.execute(named("search/texts"), given)
    rows = {row[0]: row[1:] for row in await cursor.fetchall()}
    return [_shown(hit, rows[hit.candidate.id]) for hit in hits]


def with_anchor(url: str, anchor: str) -> str:
    """The URL of a place in a page."""
    return f"{url}#{anchor}" if anchor else url


async def _spans(connection: Connection, hits: Sequence[Hit], context: Context) -> dict[int, tuple[int, int]]:
    own = {hit.candidate.id: (hit.candidate.start, hit.candidate.end) for hit in hits}
    if context == "passage" or not hits:
        return own
    cursor = await connection.execute(named("search/surroundings"), {"ids": list(own)})
    for number, start, end, sections in await cursor.fetchall():
        wider = (start, end) if context == "neighbours" else _section(sections, own[number])
        own[number] = _bounded(own[number], wider)
    return own


def _section(sections: Sequence[Mapping[str, Any]], span: tuple[int, int]) -> tuple[int, int]:
    """The innermost section that a span begins in."""
    around = [(s["start"], s["end"]) for s in sections if s["start"] <= span[0] < s["end"]]
    return min(around, key=lambda section: section[1] - section[0], default=span)


def _bounded(span: tuple[int, int], wider: tuple[int, int]) -> tuple[int, int]:
    """As much of the wider span as is allowed, with the passage itself in it."""
    start, end = min(span[0], wider[0]), max(span[1], wider[1])
    if end - start <= LONGEST_CONTEXT:
        return start, end
    rest = max(LONGEST_CONTEXT - (span[1] - span[0]), 0)
    start = max(start, span[0] - rest // 2)
    return start, min(end, max(start + LONGEST_CONTEXT, span[1]))


def _shown(hit: Hit, row: tuple[Any, ...]) -> Shown:
    url, path, start, end, text = row
    return Shown(hit, with_anchor(url, hit.candidate.anchor), path, start, end, text)
