"""Other names of places, as index pages give them: which terms lead to which passage of a page."""

from collections import defaultdict
from collections.abc import Mapping
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


def of_passages(
    anchors: Mapping[str, int], terms: Mapping[str, tuple[str, ...]]
) -> dict[int, tuple[str, ...]]:
    """The terms of each passage of a page, by its place; an anchor that the page does not have leads nowhere.

    Args:
        anchors: Of the page, with the place of the passage that each leads to.
        terms: Of the page, by anchor.
    """
    found: dict[int, set[str]] = defaultdict(set)
    for anchor, names in terms.items():
        if anchor in anchors:
            found[anchors[anchor]].update(names)
    return {place: tuple(sorted(names)) for place, names in found.items()}


def changed_paths(before: Aliases, after: Aliases) -> list[str]:
    """Pages of which the index says something else now."""
    return sorted(path for path in {*before, *after} if before.get(path) != after.get(path))
