"""HTML that DocBook's stylesheets made, such as PostgreSQL's manual: kinds of pages, and the index."""

import datetime
import posixpath
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from urllib.parse import unquote, urldefrag

from lxml import etree

from ankus_docs_rag.model import Alias, Block, PageKind
from ankus_docs_rag.read.visible import clean, one_line
from ankus_docs_rag.read.where import Where

_RELEASE_TITLE = re.compile(r"(?:[A-Z]\.\d+(?:\.\d+)*\. |Appendix [A-Z]\. )?Release (?:\d[\d.]*|Notes)\b")
_RELEASE_DATE = re.compile(r"Release date:\s*(\d{4}-\d\d-\d\d)")
_SEE = re.compile(r"^\(?\s*see( also)?\b", re.IGNORECASE)


@dataclass(frozen=True)
class Facts:
    """What the markup says of a page beside its text."""

    kind: PageKind
    has_toc: bool
    date: datetime.date | None
    part_of: str
    """Title of the chapter that the page belongs to."""
    aliases: tuple[Alias, ...]


def is_docbook(root: etree._Element) -> bool:
    """Whether DocBook's stylesheets made this document."""
    return any(
        (meta.get("content") or "").startswith("DocBook XSL")
        for meta in root.iterfind(".//meta[@name='generator']")
    )


def read_facts(root: etree._Element, where: Where) -> Facts:
    """What the markup says."""
    kind = _kind(root, where)
    released = _RELEASE_DATE.search(root.text_content()) if kind == "release_notes" else None
    return Facts(
        kind,
        root.find(".//div[@class='toc']") is not None,
        datetime.date.fromisoformat(released[1]) if released else None,
        _part_of(root),
        tuple(_aliases(root, where.path)) if kind == "index" else (),
    )


def kind_of(facts: Facts, blocks: Sequence[Block]) -> PageKind:
    """The kind of a page: one that holds nothing but a table of contents is an index."""
    if facts.has_toc and all(block.kind == "heading" for block in blocks):
        return "index"
    return facts.kind


def _kind(root: etree._Element, where: Where) -> PageKind:
    name = posixpath.basename(where.path)
    title = one_line(clean(root.findtext(".//head/title") or ""))
    if root.find(".//div[@class='indexdiv']") is not None or root.find(".//div[@class='book']") is not None:
        return "index"
    if root.find(".//div[@class='refentry']") is not None:
        return "reference"
    if name.startswith("release-") or _RELEASE_TITLE.match(title):
        return "release_notes"
    return "guide"


def _part_of(root: etree._Element) -> str:
    """The title in the middle of the navigation above the page."""
    cell = root.find(".//div[@class='navheader']//th[@width]")
    return one_line(clean(cell.text_content())) if cell is not None else ""


def _aliases(root: etree._Element, path: str) -> Iterator[Alias]:
    for division in root.iterfind(".//div[@class='indexdiv']"):
        terms: list[str] = []
        for term in division.iter("dt"):
            depth = sum(1 for _ in term.iterancestors("dd"))
            own = _term(term)
            terms[depth:] = [own]
            if own and not _SEE.match(own):
                yield from _targets(term, ", ".join(terms), path)


def _term(term: etree._Element) -> str:
    """The words of a term before its references."""
    words = [term.text or ""]
    for child in term:
        if child.tag == "a" and child.get("href"):
            break
        words += [child.text_content(), child.tail or ""]
    return one_line(clean("".join(words))).rstrip(",").rstrip()


def _targets(term: etree._Element, name: str, path: str) -> Iterator[Alias]:
    for link in term.iterfind("a"):
        address, fragment = urldefrag(link.get("href") or "")
        if address and ":" not in address:
            target = posixpath.normpath(posixpath.join(posixpath.dirname(path), unquote(address)))
            yield Alias(name, target, unquote(fragment))
