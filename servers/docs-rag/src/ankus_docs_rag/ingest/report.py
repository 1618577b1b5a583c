"""What an ingest did, for a person and for a program."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from typing import Any

SHOWN = 20
"""Problems that are told one by one."""


@dataclass(frozen=True)
class Report:
    """Counts of one ingest."""

    source: str
    pages: int
    """That the source has now."""
    changed: int = 0
    """New ones included."""
    removed: int = 0
    passages: int = 0
    """Of the changed pages."""
    renamed: int = 0
    """Passages of other pages that an index gives other names now."""
    embedded: Mapping[str, int] = field(default_factory=dict)
    """Texts by model."""
    problems: tuple[tuple[str, str], ...] = ()
    """(file, why it could not be read); what was known of it before stays."""

    def structured(self) -> dict[str, Any]:
        """The same as JSON, the first problems only."""
        shown = [{"file": file, "problem": problem} for file, problem in self.problems[:SHOWN]]
        return {**asdict(self), "problems": shown, "unreadable": len(self.problems)}

    def __str__(self) -> str:
        return "\n".join([self._summary(), *self._problems()])

    def _summary(self) -> str:
        if not (self.changed or self.removed or self.renamed):
            return f"{self.source}: {self.pages:,} pages, nothing changed."
        made = ", ".join(f"{count:,} texts embedded by {model}" for model, count in self.embedded.items())
        return (
            f"{self.source}: {self.pages:,} pages, {self.changed:,} changed, {self.removed:,} removed; "
            f"{self.passages:,} passages; {made}."
        )

    def _problems(self) -> list[str]:
        if not self.problems:
            return []
        lines = [f"Not read, so that what was known of it stays ({len(self.problems):,}):"]
        lines += [f"  {file}: {problem}" for file, problem in self.problems[:SHOWN]]
        return [*lines, "  …"] if len(self.problems) > SHOWN else lines
