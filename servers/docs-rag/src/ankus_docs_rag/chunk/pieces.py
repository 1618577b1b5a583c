"""Units -> pieces: each as long as a model reads well, with the headings in front, never over the limit."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from itertools import pairwise

from ankus_docs_rag.chunk.cut import Span, cut
from ankus_docs_rag.chunk.heads import JOINT, path_of, shortened
from ankus_docs_rag.chunk.limits import CountTokens, Limits
from ankus_docs_rag.chunk.prose import belongs
from ankus_docs_rag.chunk.unit import Unit
from ankus_docs_rag.model import Page, Piece

_SLACK = 1.2
"""How much longer than the even length a part may be, for the sake of a better border."""
_LARGE = frozenset({"release_notes", "index"})


@dataclass(frozen=True)
class _Draft:
    """A piece that may have to be cut further."""

    unit: int
    start: int
    end: int
    bare: bool = False
    """Without headings: not even one character would fit beside them."""


def pieces(
    page: Page, units: Sequence[Unit], limits: Limits, count_tokens: CountTokens
) -> list[tuple[Piece, ...]]:
    """The pieces of each unit, which cover it."""
    return _Cutter(page, units, limits, count_tokens).pieces()


class _Cutter:
    def __init__(self, page: Page, units: Sequence[Unit], limits: Limits, count_tokens: CountTokens) -> None:
        self._text = page.text
        self._units = units
        self._count = count_tokens
        large = page.kind in _LARGE
        self._tokens = limits.large_tokens if large else limits.tokens
        self._size = limits.large_piece if large else limits.piece
        self._paths = [path_of(page, _section_headings(unit)) for unit in units]
        leading = [
            JOINT.join(filter(None, (path, unit.lead))) for path, unit in zip(self._paths, units, strict=True)
        ]
        self._leading = leading
        self._short = shortened({*self._paths, *leading}, self._tokens // 3, count_tokens)

    def pieces(self) -> list[tuple[Piece, ...]]:
        """Cut by length first, then, in rounds, what turns out to have too many tokens."""
        done: list[list[Piece]] = [[] for _ in self._units]
        drafts = [draft for place in range(len(self._units)) for draft in self._first(place)]
        while drafts:
            embedded = [self._embedded(draft) for draft in drafts]
            again: list[_Draft] = []
            for draft, text, count in zip(drafts, embedded, self._count(embedded), strict=True):
                if count <= self._tokens:
                    done[draft.unit].append(Piece(draft.start, draft.end, text))
                else:
                    again += self._smaller(draft, count)
            drafts = again
        return [tuple(sorted(group, key=lambda piece: piece.start)) for group in done]

    def _first(self, place: int) -> list[_Draft]:
        unit = self._units[place]
        spans = self._spans(unit, unit.body, unit.end, self._size)
        return [_Draft(place, unit.start if not n else start, end) for n, (start, end) in enumerate(spans)]

    def _smaller(self, draft: _Draft, count: int) -> list[_Draft]:
        start, end = self._body(draft)
        if end - start == 1:
            if draft.bare:
                raise ValueError(f"one character is {count} tokens; the limit is {self._tokens}")
            return [replace(draft, bare=True)]
        parts = min(-(-count // self._tokens), end - start)
        size = min(end - start - 1, int((end - start) / parts * _SLACK) + 1)
        spans = self._spans(self._units[draft.unit], start, end, size)
        return [
            replace(draft, start=draft.start if not n else left, end=right)
            for n, (left, right) in enumerate(spans)
        ]

    def _spans(self, unit: Unit, start: int, end: int, size: int) -> list[Span]:
        """Spans between blocks that do not belong together, as far as that is possible."""
        borders = [
            block.start
            for last, block in pairwise(unit.blocks)
            if start < block.start < end and not belongs(last, block, self._text)
        ]
        return cut(self._text, start, end, size, borders)

    def _body(self, draft: _Draft) -> Span:
        return max(draft.start, self._units[draft.unit].body), draft.end

    def _embedded(self, draft: _Draft) -> str:
        start, end = self._body(draft)
        if draft.bare:
            return self._text[start:end]
        unit = self._units[draft.unit]
        begins = unit.first and draft.start == unit.start
        path = self._paths[draft.unit] if begins else self._leading[draft.unit]
        columns = unit.columns if " | " in unit.columns and len(unit.columns) < self._size // 3 else ""
        return "\n".join(filter(None, (self._short[path], columns, self._text[start:end])))


def _section_headings(unit: Unit) -> tuple[str, ...]:
    """Headings without the entry's own term, which its first piece begins with."""
    return unit.headings[:-1] if unit.lead else unit.headings
