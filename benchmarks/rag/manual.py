"""The manual as a reader sees it: a page's visible text, and which anchors enclose what.

Navigation and tables of contents are left out. White space is normalised: each run of it is one space.
The anchor of a term (`dt`) encloses its definition too.
"""

import re
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from lxml import etree, html

_LEFT_OUT = '//div[@class="navheader" or @class="navfooter" or @class="toc"]'
_BLOCKS = frozenset("p div dt dd dl li ul ol td th tr table pre h1 h2 h3 h4 h5 br".split())
_SPACE = re.compile(r"\s+")


@dataclass(frozen=True)
class Anchor:
    """An id with what it encloses."""

    name: str
    start: int
    end: int


@dataclass(frozen=True)
class VisiblePage:
    """A page; offsets count code points of its text."""

    text: str
    anchors: tuple[Anchor, ...]

    def find(self, quote: str) -> list[int]:
        """Where a quote starts, at each of its occurrences."""
        return [match.start() for match in re.finditer(re.escape(quote), self.text)]

    def innermost(self, start: int, end: int) -> str:
        """The anchor that most closely encloses a stretch; "" if none does."""
        around = [anchor for anchor in self.anchors if anchor.start <= start and end <= anchor.end]
        return min(around, key=lambda anchor: anchor.end - anchor.start).name if around else ""


def read_page(path: Path) -> VisiblePage:
    """A page of the manual.

    Raises:
        OSError: If there is no such page.
    """
    return visible(path.read_bytes())


def visible(source: bytes) -> VisiblePage:
    """The page of an HTML source."""
    body = html.document_fromstring(source, parser=html.HTMLParser(encoding="utf-8")).find("body")
    for element in body.xpath(_LEFT_OUT):
        element.drop_tree()
    reader = _Reader()
    reader.read(body)
    return VisiblePage("".join(reader.parts), tuple(reader.anchors))


class _Reader:
    """Walks over elements in the order of the text."""

    def __init__(self) -> None:
        self.parts: list[str] = []
        self.length = 0
        self.anchors: list[Anchor] = []

    def read(self, element: Any) -> None:
        """The text of an element, without its tail."""
        block = element.tag in _BLOCKS
        self._add(" " if block else "")
        start = self.length
        self._add(element.text)
        terms: list[Anchor] = []
        for child in element:
            if child.tag == "dt":
                self._close(terms)
            began = self.length
            if not isinstance(child, etree._Comment):
                self.read(child)
            if child.tag == "dt" and child.get("id"):
                terms.append(Anchor(child.get("id"), began, self.length))
            self._add(child.tail)
        self._close(terms)
        if element.get("id") and element.tag not in ("body", "dt"):
            self.anchors.append(Anchor(element.get("id"), start, self.length))
        self._add(" " if block else "")

    def _close(self, terms: list[Anchor]) -> None:
        """Let the last term end here, with its definition."""
        if terms:
            term = terms.pop()
            self.anchors.append(Anchor(term.name, term.start, self.length))

    def _add(self, text: str | None) -> None:
        spaced = _SPACE.sub(" ", text or "")
        if spaced.startswith(" ") and (not self.parts or self.parts[-1].endswith(" ")):
            spaced = spaced[1:]
        if spaced:
            self.parts.append(spaced)
            self.length += len(spaced)
