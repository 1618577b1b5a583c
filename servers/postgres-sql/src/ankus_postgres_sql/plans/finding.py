"""One thing to know of a plan."""

from collections.abc import Mapping
from dataclasses import dataclass

HOT_SHARE = 0.2
"""Share of the time from which a node is hot."""


@dataclass(frozen=True)
class Finding:
    """One thing to know of a plan."""

    kind: str
    node: int
    """The number of the node; 0 for the whole plan."""
    evidence: str
    meaning: str
    advice: str

    @property
    def text(self) -> str:
        """The finding in one line."""
        place = f"#{self.node} " if self.node else ""
        return f"{self.kind}: {place}{self.evidence}. {self.meaning} Try: {self.advice}"


@dataclass(frozen=True)
class Size:
    """How large a table is."""

    rows: float
    blocks: int


Sizes = Mapping[tuple[str, str], Size]
"""By (schema, table)."""
