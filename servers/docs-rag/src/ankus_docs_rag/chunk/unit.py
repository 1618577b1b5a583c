"""A passage before it is cut into pieces."""

from dataclasses import dataclass

from ankus_docs_rag.model import Block, Form


@dataclass(frozen=True)
class Unit:
    """A stretch of a page that will be one passage, and what has to be said in front of its pieces."""

    blocks: tuple[Block, ...]
    start: int
    end: int
    """Of a part of one very long block, they are within it."""
    body: int
    """Where its content begins; only headings that `headings` holds too are before."""
    form: Form
    anchor: str
    headings: tuple[str, ...]
    columns: str = ""
    """A table's row of column names."""
    lead: str = ""
    """What each piece but the first repeats: the term that is defined, the question that is answered."""
    first: bool = True
    """Whether it begins its entry or section, rather than going on with it."""
