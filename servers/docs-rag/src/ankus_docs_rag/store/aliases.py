"""Other names of places, as index pages give them: which terms lead to which passage of a page."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from psycopg import Connection

Aliases = Mapping[str, Mapping[str, tuple[str, ...]]]
"""path -> anchor -> terms, sorted."""


def read_aliases(connection: Connection[Any], source: int) -> Aliases:
    """All that the index pages of a source say now."""
    query = "SELECT DISTINCT path, anchor, term FROM alias WHERE source_id = %s ORDER BY 1, 2, 3"
    found: dict[str, dict[str, tuple[str, ...]]] = defaultdict(dict)
    for path, anchor, term in connection.execute(query, [source]):
        found[path][anchor] = (*found[path].get(anchor, ()), term)
    return dict(found)


@dataclass(frozen=True)
class Places:
    """Where the anchors of a page lead to, and what its passages define."""

    anchors: Mapping[str, int]
    """Place of the first passage at which each stands."""
    sections: Mapping[str, tuple[int, int]]
    """Span of the section that has an anchor."""
    passages: Sequence[tuple[int, Sequence[str]]]
    """Start and names of each passage, by place."""

    def find(self, anchor: str, term: str) -> int | None:
        """The passage that a term at an anchor means: the one of its section that defines it, or the first.

        An index often leads to a section, such as that of all settings of one kind. None where the page has
        no such anchor.
        """
        first, last = self.sections.get(anchor, (0, 0))
        for place, (start, names) in enumerate(self.passages):
            if first <= start < last and any(_begins_with(term, name) for name in names):
                return place
        return self.anchors.get(anchor)


def of_passages(places: Places, terms: Mapping[str, tuple[str, ...]]) -> dict[int, tuple[str, ...]]:
    """The terms of each passage of a page, by its place; an anchor that the page does not have leads nowhere.

    Args:
        terms: Of the page, by anchor.
    """
    found: dict[int, set[str]] = defaultdict(set)
    for anchor, names in terms.items():
        for name in names:
            place = places.find(anchor, name)
            if place is not None:
                found[place].add(name)
    return {place: tuple(sorted(names)) for place, names in found.items()}


def sections_by_anchor(sections: Iterable[tuple[str, int, int]]) -> dict[str, tuple[int, int]]:
    """The span of the first section that has each anchor.

    Args:
        sections: Anchor, start and end of each.
    """
    found: dict[str, tuple[int, int]] = {}
    for anchor, start, end in sections:
        found.setdefault(anchor, (start, end))
    return found


def _begins_with(term: str, name: str) -> bool:
    """Whether a term of an index is about a name: `wal_level configuration parameter` about `wal_level`."""
    begins = bool(name) and term[: len(name)].lower() == name.lower()
    following = term[len(name) : len(name) + 1]
    return begins and not (following.isalnum() or following == "_")


def changed_paths(before: Aliases, after: Aliases) -> list[str]:
    """Pages of which the index says something else now."""
    return sorted(path for path in {*before, *after} if before.get(path) != after.get(path))
