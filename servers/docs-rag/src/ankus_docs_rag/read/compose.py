"""Puts a page together, block by block: the text, and where each block and section stands in it.

What else the chunker needs to know is said by the kinds of blocks:

    a heading that opens no section   the title of a table or a note, or a table's row of column names
    a list item, then paragraphs      one item; the paragraphs go on with it
    a table row with a group          an entry of its own, such as a function with its description
"""

from dataclasses import dataclass
from typing import Any

from ankus_docs_rag.model import Block, BlockKind, Page, PageKind, Section
from ankus_docs_rag.read.language import language_of
from ankus_docs_rag.read.visible import clean, one_line
from ankus_docs_rag.read.where import Where

LONGEST_TITLE = 300
_LONGEST_HEADING = 500
"""What is longer than this is text that is marked up as a heading by mistake."""
_TIGHT = frozenset({"list_item", "table_row"})


@dataclass
class _Open:
    """A section whose end is not known yet."""

    start: int
    title: str
    level: int
    anchor: str
    place: int
    serial: int


class Composer:
    """A page that is being written; blocks come in the order of the text."""

    def __init__(self) -> None:
        self._parts: list[str] = []
        self._length = 0
        self._blocks: list[Block] = []
        self._sections: list[Section] = []
        self._open: list[_Open] = []
        self._groups = 0
        self.opened = 0
        """How many sections were opened so far."""

    @property
    def depth(self) -> int:
        """How many sections are open."""
        return len(self._open)

    @property
    def serial(self) -> int:
        """Which section is open, counted from 1 in the order of opening; 0 for none."""
        return self._open[-1].serial if self._open else 0

    @property
    def anchor(self) -> str:
        """The innermost anchor of the open sections."""
        return next((one.anchor for one in reversed(self._open) if one.anchor), "")

    @property
    def blocks(self) -> list[Block]:
        """What was added so far."""
        return self._blocks

    @property
    def title(self) -> str:
        """The title of the first section."""
        return next((one.title for one in self._sections if one.title), "")

    def new_group(self) -> int:
        """A number that no entry has yet."""
        self._groups += 1
        return self._groups

    def add(self, text: str, kind: BlockKind, anchor: str = "", group: int = 0) -> None:
        """Add a block; one without anything visible is left out."""
        text = _stripped(clean(text), kind)
        if not text:
            return
        if self._blocks:
            self._write("\n" if self._is_tight(kind, group) else "\n\n")
        start = self._length
        self._write(text)
        self._blocks.append(Block(start, self._length, kind, anchor or self.anchor, group))

    def open(self, title: str, level: int, anchor: str = "", floor: int = 0) -> None:
        """Open a section by its heading.

        Args:
            level: Of the heading; open sections of this level or a deeper one end here.
            floor: So many of the open sections stay open whatever their level is.
        """
        heading = clean(title).strip()
        if not heading or len(heading) > _LONGEST_HEADING:
            self.add(heading, "paragraph", anchor)
            return
        depth = len(self._open)
        while depth > floor and self._open[depth - 1].level >= level:
            depth -= 1
        self.close(depth)
        start = self._length + (2 if self._blocks else 0)
        self.opened += 1
        self._open.append(_Open(start, one_line(heading), level, anchor, len(self._sections), self.opened))
        self._sections.append(Section(start, start, one_line(heading), len(self._open), anchor))
        self.add(heading, "heading", anchor)

    def close(self, depth: int = 0) -> None:
        """End the innermost sections until so many are open."""
        while len(self._open) > depth:
            one = self._open.pop()
            level = len(self._open) + 1
            self._sections[one.place] = Section(one.start, self._length, one.title, level, one.anchor)

    def page(self, where: Where, title: str, kind: PageKind, **more: Any) -> Page:
        """The finished page; `more` are further fields of it, which `where` overrides."""
        self.close()
        text = "".join(self._parts)
        title = one_line(clean(title)) or self.title or where.path.rsplit("/", 1)[-1]
        title = title if len(title) <= LONGEST_TITLE else title[: LONGEST_TITLE - 1] + "…"
        fields: dict[str, Any] = {"language": "", "author": "", "date": None, "tags": (), **more}
        fields["language"] = where.language or fields["language"] or language_of(text)
        fields["author"] = where.author or one_line(clean(fields["author"]))
        fields["date"] = where.date or fields["date"]
        fields["tags"] = tuple(dict.fromkeys((*where.tags, *fields["tags"])))
        whole = Section(0, len(text), title, 0)
        sections = (whole, *self._sections)
        return Page(where.path, where.url, title, text, sections, tuple(self._blocks), kind, **fields)

    def _is_tight(self, kind: BlockKind, group: int) -> bool:
        last = self._blocks[-1]
        if last.kind == "term":
            return group > 0 and last.group == group and kind != "code"
        return kind in _TIGHT and last.kind in _TIGHT

    def _write(self, text: str) -> None:
        self._parts.append(text)
        self._length += len(text)


def _stripped(text: str, kind: BlockKind) -> str:
    if kind != "code":
        return text.strip()
    lines = text.rstrip().split("\n")
    first = next((place for place, line in enumerate(lines) if line.strip()), len(lines))
    return "\n".join(line.rstrip() for line in lines[first:])
