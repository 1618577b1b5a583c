"""What the parts hand to each other: pages as they are read, and passages as they are indexed.

Page      one document of a source: its visible text, and what stands where in it
Section   a heading and what is under it; sections nest
Block     a stretch of the text that must not be torn without need: paragraph, code, table row …
Passage   what is found and cited: a section, or an entry of its own, never larger than a bound
Piece     a part of a passage that gets one vector

Every `start` and `end` counts code points of `Page.text`, end excluded.
"""

import datetime
from dataclasses import dataclass, field
from typing import Literal

BlockKind = Literal["heading", "paragraph", "list_item", "term", "code", "table_row", "question", "answer"]
Form = Literal["section", "entry", "row", "code", "qa", "statement"]
"""What a passage is: a part of a section; a defined term with its definition; a table's row; code alone;
a question with its answer; a statement of SQL."""
PageKind = Literal[
    "guide", "reference", "release_notes", "index", "readme", "qa", "sql", "book", "web", "text", "message"
]


@dataclass(frozen=True)
class Section:
    """A heading and all that is under it, deeper sections included; the first one is the whole page."""

    start: int
    end: int
    title: str
    level: int
    """0 for the whole page, 1 for its sections, and so on."""
    anchor: str = ""
    """Fragment of the URL that leads there, such as GUC-WAL-LEVEL; "" for the page itself."""


@dataclass(frozen=True)
class Block:
    """A stretch of the text; blocks are in order, do not overlap, and leave only white space between them."""

    start: int
    end: int
    kind: BlockKind
    anchor: str = ""
    """The innermost anchor at or before its start, within its section; "" for the page itself."""
    group: int = 0
    """Blocks of one entry (a term and its definition, a question and its answer) share a number above 0."""


@dataclass(frozen=True)
class Alias:
    """Another name for a place, as an index at the end of a book gives it."""

    term: str
    path: str
    anchor: str = ""


@dataclass(frozen=True)
class Page:
    """One document of a source, as a person would see it."""

    path: str
    """Its key within the source: a relative path with /, or a URL; the part before # of `url`'s address."""
    url: str
    """What a citation shows: an http(s) or file URL, without a fragment."""
    title: str
    text: str
    """All the visible text; blocks are separated by line breaks."""
    sections: tuple[Section, ...]
    blocks: tuple[Block, ...]
    kind: PageKind
    language: str = ""
    """ISO 639-1, such as en or ru; "" where it is not known."""
    date: datetime.date | None = None
    author: str = ""
    tags: tuple[str, ...] = ()
    aliases: tuple[Alias, ...] = ()
    """What this page says of other places; only an index has them."""
    part_of: str = ""
    """Title of the chapter or book that the page stands in; it is embedded before the page's own title."""


@dataclass(frozen=True)
class Piece:
    """A part of a passage that gets one vector; the pieces of a passage cover its text."""

    start: int
    end: int
    embedded: str
    """The text that is embedded: the heading path, a line break, and the part itself."""


@dataclass(frozen=True)
class Passage:
    """What is found and cited."""

    start: int
    end: int
    form: Form
    anchor: str
    headings: tuple[str, ...]
    """From the page's title down; what the passage is about comes last."""
    pieces: tuple[Piece, ...]
    names: tuple[str, ...] = ()
    """What it defines: the term of an entry, a function, a setting, an error code."""


@dataclass(frozen=True)
class Chunked:
    """A page with its passages, as the pipeline stores it."""

    page: Page
    passages: tuple[Passage, ...] = field(default=())
