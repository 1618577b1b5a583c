"""A page -> the stretches that will be its passages, by what stands in them."""

from collections.abc import Iterator, Sequence
from itertools import groupby

from ankus_docs_rag.chunk.cut import cut
from ankus_docs_rag.chunk.limits import Limits
from ankus_docs_rag.chunk.outline import Stretch, stretches
from ankus_docs_rag.chunk.prose import parts
from ankus_docs_rag.chunk.tables import Above, together
from ankus_docs_rag.chunk.unit import Unit
from ankus_docs_rag.model import Block, Form, Page
from ankus_docs_rag.read.visible import one_line

_LONGEST_LEAD = 160


def units(page: Page, limits: Limits) -> Iterator[Unit]:
    """All of the page in order; white space and nothing else is between them."""
    for stretch in stretches(page):
        yield from _Reader(page, limits, stretch).units()


class _Reader:
    """Takes one stretch of blocks apart."""

    def __init__(self, page: Page, limits: Limits, stretch: Stretch) -> None:
        self._page = page
        self._text = page.text
        self._limits = limits
        self._stretch = stretch
        self._carried: list[Block] = list(stretch.carried)
        self._above = Above()
        self._leads: dict[int, str] = {}
        self._begun = False

    def units(self) -> Iterator[Unit]:
        """Its passages."""
        waiting: list[Block] = []
        for what, run in groupby(self._stretch.blocks, key=self._what):
            blocks = list(run)
            if what[0] == "prose":
                yield from self._prose(waiting)
                waiting = blocks
                continue
            waiting, titles = _without_titles(waiting)
            yield from self._prose(waiting)
            waiting = []
            yield from self._special(what[0], blocks, titles)
        yield from self._prose(waiting)
        if self._carried:
            last = self._carried.pop()
            yield from self._cut([last], "section", (), True)

    def _what(self, block: Block) -> tuple[str, int]:
        if block.group:
            return ("row entry" if block.kind == "table_row" else "entry"), block.group
        if block.kind == "table_row":
            return "rows", 0
        if self._page.kind == "sql" and block.kind == "code":
            return "statement", block.start + 1
        return "prose", 0

    def _special(self, what: str, blocks: list[Block], titles: list[Block]) -> Iterator[Unit]:
        if what in ("rows", "row entry"):
            self._above = self._above.below(titles, self._text)
        self._carried += titles
        if what == "rows":
            for group in together(blocks, self._above, self._text, self._limits):
                yield from self._cut(group, "row", self._above.headings, True, columns=self._above.columns)
        elif what == "statement":
            yield from self._cut(blocks, "statement", (), True)
        else:
            yield from self._entry(blocks)

    def _entry(self, blocks: list[Block]) -> Iterator[Unit]:
        group, opening = blocks[0].group, blocks[0]
        first = group not in self._leads
        if first:
            self._leads[group] = self._lead(opening)
        lead = self._leads[group]
        form: Form = "qa" if opening.kind in ("question", "answer") else "entry"
        above = self._above.headings if opening.kind == "table_row" else ()
        for part in parts(blocks, self._text, self._limits):
            yield from self._cut(part, form, (*above, lead), first, lead=lead)
            first = False

    def _lead(self, opening: Block) -> str:
        """What an entry is about: its term, its question, or the first line of a row."""
        if self._page.kind == "qa":
            return self._page.title
        lines = self._text[opening.start : opening.end].split("\n")
        text = one_line(lines[0] if opening.kind == "table_row" else ", ".join(lines))
        return text if len(text) <= _LONGEST_LEAD else text[:_LONGEST_LEAD].rsplit(" ", 1)[0] + " …"

    def _prose(self, blocks: list[Block]) -> Iterator[Unit]:
        for part in parts(blocks, self._text, self._limits):
            form: Form = "code" if all(block.kind == "code" for block in part) else "section"
            yield from self._cut(part, form, (), not self._begun)
            self._begun = True

    def _cut(
        self,
        blocks: Sequence[Block],
        form: Form,
        below: tuple[str, ...],
        first: bool,
        columns: str = "",
        lead: str = "",
    ) -> Iterator[Unit]:
        """One unit, or several where a single block is longer than a passage."""
        carried, self._carried = self._carried, []
        body, anchor = blocks[0].start, blocks[0].anchor
        blocks = [*carried, *blocks]
        start, end = blocks[0].start, blocks[-1].end
        headings = tuple(heading for heading, _ in groupby((*self._stretch.headings, *below)))
        starts = [block.start for block in blocks[1:]]
        spans = (
            cut(self._text, body, end, self._limits.passage, starts)
            if end - body > self._limits.passage
            else []
        )
        if not spans:
            yield Unit(tuple(blocks), start, end, body, form, anchor, headings, columns, lead, first)
        for place, (left, right) in enumerate(spans):
            inside = tuple(block for block in blocks if block.start < right and block.end > left)
            left = left if place else start
            yield Unit(
                inside,
                left,
                right,
                max(left, body),
                form,
                anchor,
                headings,
                columns,
                lead,
                first and not place,
            )


def _without_titles(blocks: list[Block]) -> tuple[list[Block], list[Block]]:
    """Headings at the end of some blocks belong to the table or list that follows."""
    place = len(blocks)
    while place and blocks[place - 1].kind == "heading":
        place -= 1
    return blocks[:place], blocks[place:]
