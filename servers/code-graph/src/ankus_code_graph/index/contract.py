"""What the indexer is given and what it tells: options, the store that it writes to, its report."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Protocol

from ankus_code_graph.model import Changes

Progress = Callable[[str, int, int], None]
MOST_PROBLEMS = 20


class Store(Protocol):
    """What the indexer needs of a store; `store.writer.Writer` is one."""

    def files(self, name: str) -> dict[str, tuple[bytes, int, int]]:
        """path -> (hash, size, mtime_ns) of what is indexed."""
        ...

    def facts(self, name: str) -> Iterator[tuple[str, bytes]]:
        """(path, facts) of every file."""
        ...

    def rows(self, name: str, paths: list[str]) -> Iterator[tuple[str, bytes]]:
        """(path, rows) of some files."""
        ...

    def statistics(self, name: str) -> dict[str, Any]:
        """What was given to `apply` last."""
        ...

    def apply(
        self,
        name: str,
        root: Path,
        revision: str,
        changes: Changes,
        statistics: dict[str, Any],
        progress: Progress,
    ) -> None:
        """Make the changes, all or none."""
        ...


@dataclass(frozen=True)
class Options:
    """How a tree is indexed."""

    jobs: int = 0
    """Processes that read files; 0 for as many as there are processors."""
    include: tuple[str, ...] = ()
    exclude: tuple[str, ...] = ()
    most_file_mb: int = 8
    """Larger files are passed over."""


@dataclass
class Report:
    """What a run did; `str` is what a person reads."""

    name: str
    files: int = 0
    changed: int = 0
    removed: int = 0
    linked: int = 0
    """Files whose edges were found anew."""
    counts: dict[str, int] = field(default_factory=dict)
    problems: list[str] = field(default_factory=list)
    """The first files, or places, that could not be read."""
    problem_count: int = 0
    seconds: float = 0.0

    def __str__(self) -> str:
        vertices, edges = self.counts.get("vertices", 0), self.counts.get("edges", 0)
        head = (
            f"{self.name}: {self.files} files, {self.changed} changed, {self.removed} removed, "
            f"{self.linked} linked; "
            f"{vertices} vertices, {edges} edges; {self.seconds:.1f} s."
        )
        if not self.problem_count:
            return head
        more = self.problem_count - len(self.problems)
        rest = [f"  … and {more} more"] if more else []
        return "\n".join([head, "Not read:", *(f"  {one}" for one in self.problems), *rest])
