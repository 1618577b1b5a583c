"""What one call of `search_code` asks for."""

import dataclasses
from dataclasses import dataclass

from ankus_code_graph.search.pattern import Mode


@dataclass(frozen=True, kw_only=True)
class Search:
    """What is searched for, where, and which page of it."""

    query: str
    mode: Mode = "auto"
    path: str = ""
    kind: str = ""
    graph: str = ""
    limit: int = 20
    offset: int = 0
    notes: tuple[str, ...] = ()
    """What has to be said of how the search came to be this one."""

    def but(self, note: str, **changes: str) -> "Search":
        """The search that is made in the place of this one, and why."""
        return dataclasses.replace(self, notes=(*self.notes, note), **changes)  # type: ignore[arg-type]
