"""Rows of tables: what is said above them, and which of them are passages of their own."""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

from ankus_docs_rag.chunk.limits import Limits
from ankus_docs_rag.model import Block

_SQLSTATE = re.compile(r"(?=\w*\d)[0-9A-Z]{5} \| [a-z_]+")


@dataclass(frozen=True)
class Above:
    """What stands above a row: the table's title, its columns' names, a heading among its rows."""

    title: str = ""
    columns: str = ""
    among: str = ""
    anchor: str = ""
    rows: bool = False
    """Whether there was a row yet."""

    @property
    def headings(self) -> tuple[str, ...]:
        """What a passage's headings end with."""
        return tuple(one for one in (self.title, self.among) if one)

    def below(self, headings: Sequence[Block], text: str) -> "Above":
        """What stands above a row after further headings in a row."""
        if not headings:
            return replace(self, rows=True)
        above = self if self.rows and len(headings) == 1 and headings[0].anchor == self.anchor else Above()
        for block in headings:
            above = above._with(block, " ".join(text[block.start : block.end].split("\n")), text)
        return replace(above, anchor=headings[0].anchor, rows=True)

    def _with(self, block: Block, words: str, text: str) -> "Above":
        if _is_columns(text[block.start : block.end]):
            return replace(self, columns=text[block.start : block.end])
        if self.title or self.rows:
            return replace(self, among=words)
        return replace(self, title=words)


def _is_columns(text: str) -> bool:
    return " | " in text or "\n" in text


def is_state(row: str) -> bool:
    """Whether a row is an error code with the name of its condition."""
    return _SQLSTATE.fullmatch(row) is not None


def together(rows: Sequence[Block], above: Above, text: str, limits: Limits) -> Iterator[list[Block]]:
    """Rows in groups: alone where one is long, has an anchor or is an error code; else up to a length."""
    group: list[Block] = []
    for row in rows:
        alone = _is_alone(row, above, text, limits)
        if group and (alone or row.end - group[0].start > limits.rows):
            yield group
            group = []
        group.append(row)
        if alone:
            yield group
            group = []
    if group:
        yield group


def _is_alone(row: Block, above: Above, text: str, limits: Limits) -> bool:
    own = bool(row.anchor) and bool(above.anchor) and row.anchor != above.anchor
    return own or row.end - row.start >= limits.row or is_state(text[row.start : row.end])
