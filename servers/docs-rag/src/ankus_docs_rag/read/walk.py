"""Walks an HTML tree in the order of its text and writes a page: no recursion, each element once."""

from collections.abc import Callable
from copy import copy
from dataclasses import dataclass

from lxml import etree

from ankus_docs_rag.model import BlockKind
from ankus_docs_rag.read.compose import Composer
from ankus_docs_rag.read.markup import (
    ASIDES,
    BLOCKS,
    BYLINES,
    CONTAINERS,
    GENERATED,
    HEADINGS,
    PREFORMATTED,
    TITLES,
    classes,
    is_data,
    is_left_out,
)
from ankus_docs_rag.read.rows import Row
from ankus_docs_rag.read.visible import collapse


@dataclass
class _Frame:
    """What holds inside of an element, and is as it was before after its end."""

    kind: BlockKind = "paragraph"
    fresh: BlockKind | None = None
    """Kind of the next block only, such as a list item's first paragraph."""
    marker: str = ""
    """What a browser writes before the next block, such as the number of a step."""
    group: int = 0
    code: bool = False
    inside: bool = False
    """Inside of a box, a list or a definition: headings open no section there."""
    floor: int = 0
    """Sections that a heading here cannot end."""
    container: str = ""
    """Id of the section's element, for its first heading."""
    ends: bool = False
    """Sections that began inside end here."""
    anchor: str = ""
    anchored: int = 0
    """The section that was open when the anchor came; a later section's anchor is further in."""
    data: bool = False
    """Inside of a table of rows and columns."""
    list_of: str = ""
    """The tag of the list around."""
    number: int = 0
    defined: bool = True
    """In a list of definitions: whether the terms have had their definition."""
    terms: str = ""
    """In a list of definitions: the anchor of the term."""

    def within(self) -> "_Frame":
        """What holds at first in an element inside."""
        frame = copy(self)
        frame.ends, frame.list_of, frame.defined = False, "", True
        return frame


class Walker:
    """Writes what an element and its descendants show into a composer."""

    def __init__(self, composer: Composer, *, index: bool = False) -> None:
        """`index`: the terms of an index are lines of a list, not entries with definitions."""
        self._composer = composer
        self._index = index
        self._frames = [_Frame()]
        self._line: list[str] = []
        self._pending = ""
        self._row: Row | None = None
        self._heading: tuple[str, int] | None = None
        self._enter: dict[str, Callable[[etree._Element, frozenset[str], _Frame], None]] = {
            **dict.fromkeys(("ul", "ol", "menu", "dir", "dl"), self._enter_list),
            "li": self._enter_item,
            "dt": self._enter_term,
            "dd": self._enter_definition,
            "table": self._enter_table,
            "tr": self._enter_row,
            "td": self._enter_cell,
            "th": self._enter_cell,
        }

    def walk(self, root: etree._Element) -> None:
        """Write all of it."""
        walker = etree.iterwalk(root, events=("start", "end"))
        skipped: etree._Element | None = None
        for event, element in walker:
            if event == "start":
                if not self._start(element):
                    skipped = element
                    walker.skip_subtree()
            else:
                if element is skipped:
                    skipped = None
                elif element.tag in BLOCKS:
                    self._end(element)
                if element.tail and element is not root:
                    self._write(element.tail)
        self._flush()

    def _start(self, element: etree._Element) -> bool:
        names = classes(element)
        tag = element.tag
        if is_left_out(element, names):
            if tag in BLOCKS or tag == "nav":
                self._flush()
            return False
        if tag in BLOCKS:
            self._start_block(element, names)
        elif tag == "br":
            self._line.append("\n")
        else:
            self._note_anchor(element)
        if element.text:
            self._write(element.text)
        return True

    def _start_block(self, element: etree._Element, names: frozenset[str]) -> None:
        self._flush()
        tag, last = element.tag, self._frames[-1]
        frame = last.within()
        self._frames.append(frame)
        enter = self._enter.get(tag)
        if enter:
            enter(element, names, frame)
        elif tag in HEADINGS:
            self._enter_heading(element, names, frame)
        else:
            self._enter_other(element, names, frame)

    def _enter_other(self, element: etree._Element, names: frozenset[str], frame: _Frame) -> None:
        tag, identity = element.tag, element.get("id")
        if tag in PREFORMATTED:
            frame.code, frame.fresh = True, "code"
        elif tag in ("section", "article") or (tag == "div" and not names.isdisjoint(CONTAINERS)):
            frame.floor, frame.container, frame.ends = self._composer.depth, identity or "", True
        elif tag in ("caption", "legend") or (tag == "p" and not names.isdisjoint(TITLES)):
            frame.kind = frame.fresh = "heading"
        elif tag in ("aside", "blockquote", "details") or not names.isdisjoint(ASIDES):
            frame.inside = True
        if identity and tag not in ("html", "body", "main"):
            self._set_anchor(frame, identity)

    def _enter_heading(self, element: etree._Element, names: frozenset[str], frame: _Frame) -> None:
        frame.kind = frame.fresh = "heading"
        if names.isdisjoint(BYLINES) and not frame.inside and self._row is None:
            self._heading = (element.get("id") or "", HEADINGS[element.tag])
        elif element.get("id"):
            self._set_anchor(frame, element.get("id"))

    def _enter_list(self, element: etree._Element, names: frozenset[str], frame: _Frame) -> None:
        frame.list_of, frame.inside = element.tag, True
        start = element.get("start") or ""
        frame.number = int(start) - 1 if start.isdecimal() and len(start) < 7 else 0
        if element.get("id"):
            self._set_anchor(frame, element.get("id"))

    def _enter_item(self, element: etree._Element, names: frozenset[str], frame: _Frame) -> None:
        around = self._frames[-2]
        frame.kind, frame.fresh, frame.inside = "paragraph", "list_item", True
        if around.list_of == "ol":
            around.number += 1
            frame.marker = f"{around.number}. "
        if element.get("id"):
            self._set_anchor(frame, element.get("id"))

    def _enter_term(self, element: etree._Element, names: frozenset[str], frame: _Frame) -> None:
        if self._index:
            frame.kind = frame.fresh = "list_item"
            return
        around, identity = self._definitions(), element.get("id") or ""
        if around.defined:
            outer = self._outer_group()
            around.group = self._composer.new_group() if identity or not outer else outer
            around.defined, around.terms = False, ""
        frame.kind = frame.fresh = "term"
        frame.group, frame.inside = around.group, True
        self._set_term_anchor(identity)

    def _enter_definition(self, element: etree._Element, names: frozenset[str], frame: _Frame) -> None:
        around = self._definitions()
        around.defined = True
        frame.kind, frame.fresh, frame.inside, frame.group = "paragraph", None, True, around.group
        if around.terms:
            self._set_anchor(frame, around.terms)
        if element.get("id"):
            self._set_anchor(frame, element.get("id"))

    def _enter_table(self, element: etree._Element, names: frozenset[str], frame: _Frame) -> None:
        frame.data = self._row is not None or is_data(element, names)
        if "simplelist" in names:
            frame.kind = frame.fresh = "list_item"
        if element.get("id"):
            self._set_anchor(frame, element.get("id"))

    def _enter_row(self, element: etree._Element, names: frozenset[str], frame: _Frame) -> None:
        if frame.data and self._row is None:
            self._row = Row(anchor=element.get("id") or "")
            frame.list_of = "tr"

    def _enter_cell(self, element: etree._Element, names: frozenset[str], frame: _Frame) -> None:
        if self._row is None or self._frames[-2].list_of != "tr":
            return
        self._row.start_cell(element.tag == "th", element.get("colspan"))
        self._row.entry = self._row.entry or "func_table_entry" in names
        self._row.anchor = self._row.anchor or element.get("id") or ""

    def _end(self, element: etree._Element) -> None:
        if element.tag in HEADINGS and self._heading:
            self._open_section()
        else:
            self._flush()
        frame = self._frames.pop()
        if frame.list_of == "tr":
            self._end_row()
        if frame.ends:
            self._composer.close(frame.floor)

    def _open_section(self) -> None:
        assert self._heading is not None
        identity, level = self._heading
        self._heading = None
        text = self._taken()
        if not text.strip():
            return
        container, floor = self._frames[-1].container, self._frames[-1].floor
        self._composer.open(text, level, identity or self._pending or container, floor)
        self._pending = ""
        for one in self._frames:
            if one.container == container:
                one.container = ""

    def _end_heading(self) -> None:
        """A block begins or ends within a heading, such as one never closed: what is after it is none."""
        if any(part.strip() for part in self._line):
            self._open_section()
            for frame in self._frames:
                if frame.kind == "heading":
                    frame.kind, frame.fresh = "paragraph", None

    def _end_row(self) -> None:
        row, self._row = self._row, None
        assert row is not None
        frame = self._frames[-1]
        kind: BlockKind = "heading" if row.is_heading and not frame.group else "table_row"
        group = (
            self._composer.new_group()
            if row.entry and not row.is_heading and not frame.group
            else frame.group
        )
        self._composer.add(row.text, kind, row.anchor or self._anchor(frame), group)

    def _flush(self) -> None:
        if self._heading:
            self._end_heading()
            return
        text = self._taken()
        if not text.strip():
            return
        frame = self._frames[-1]
        if self._row is not None:
            self._row.write(text.strip("\n").rstrip() if frame.code else text.strip())
            self._pending = ""
            return
        marker = "" if frame.code else frame.marker
        kind = frame.fresh or frame.kind
        self._composer.add(marker + text, kind, self._pending or self._anchor(frame), frame.group)
        self._pending = ""
        self._used(frame)

    def _used(self, frame: _Frame) -> None:
        """The first block of an item is written: what follows in it goes on with it."""
        fresh, marker = frame.fresh, frame.marker
        if fresh != "list_item" and not marker:
            return
        for one in reversed(self._frames):
            if one.fresh != fresh and one.marker != marker:
                break
            one.fresh, one.marker = None, ""

    def _taken(self) -> str:
        if not self._line:
            return ""
        text = "".join(self._line)
        self._line.clear()
        if self._frames[-1].code:
            return text
        return "\n".join(collapse(line).strip() for line in text.split("\n"))

    def _write(self, text: str) -> None:
        self._line.append(text if self._frames[-1].code else collapse(text))

    def _definitions(self) -> _Frame:
        """The list of definitions around; a term outside of any makes do with what is around it."""
        around = (one for one in reversed(self._frames[:-1]) if one.list_of == "dl")
        return next(around, self._frames[-2])

    def _outer_group(self) -> int:
        """The entry that the list of definitions stands in."""
        place = next((n for n in range(len(self._frames) - 2, 0, -1) if self._frames[n].list_of == "dl"), 1)
        return self._frames[place - 1].group

    def _set_term_anchor(self, identity: str) -> None:
        around = self._definitions()
        around.terms = around.terms or identity
        if around.terms:
            self._set_anchor(self._frames[-1], around.terms)

    def _set_anchor(self, frame: _Frame, identity: str) -> None:
        frame.anchor, frame.anchored = identity, self._composer.serial

    def _anchor(self, frame: _Frame) -> str:
        """The innermost anchor: of an element, unless a section began after it."""
        later = frame.anchored < self._composer.serial and self._composer.anchor
        return self._composer.anchor if later else frame.anchor or self._composer.anchor

    def _note_anchor(self, element: etree._Element) -> None:
        """An anchor within a line counts where it is the first thing of its block, or of its row or term."""
        identity = element.get("id") or (element.get("name") if element.tag == "a" else None)
        if not identity:
            return
        if self._row is not None:
            self._row.anchor = self._row.anchor or identity
        elif self._frames[-1].kind == "term":
            self._set_term_anchor(identity)
        elif not GENERATED.fullmatch(identity) and not any(part.strip() for part in self._line):
            self._pending = identity
