"""How many of each kind a graph holds, kept up to date by what changes."""

from collections import Counter
from typing import Any

from ankus_code_graph.model import EDGE_LABELS, VERTEX_LABELS, Changes, label_of
from ankus_code_graph.resolve import Rows


class Counts:
    """The counts of one graph."""

    def __init__(self) -> None:
        self.labels: Counter[str] = Counter()
        self.files = 0
        self.lines = 0
        self.unbound = 0
        self.scripts: dict[str, list[int]] = {}
        """Size and time of the scripts that declare no function in C, so that they are not read again."""

    @classmethod
    def of(cls, statistics: dict[str, Any]) -> "Counts":
        """The counts that `statistics` told."""
        found = cls()
        found.labels.update(statistics.get("labels", {}))
        found.files = statistics.get("files", 0)
        found.lines = statistics.get("lines", 0)
        found.unbound = statistics.get("unbound_fields", 0)
        found.scripts = statistics.get("scripts", {})
        return found

    def count(self, identity: int, number: int) -> None:
        """So many more of what this id is."""
        self.labels[label_of(identity)] += number

    def remove(self, changes: Changes, stale: dict[int, int], unbound: int) -> None:
        """These are gone or changed."""
        for identity in stale:
            self.count(identity, -1)
        changes.removed += stale
        self.unbound -= unbound

    def add(self, changes: Changes, rows: Rows, fresh: set[int]) -> None:
        """The rows with these ids are new or changed."""
        changes.vertices += [one for one in rows.vertices if one.id in fresh]
        changes.edges += [one for one in rows.edges if one.id in fresh]
        changes.documents += [one for one in rows.documents if one.id in fresh]
        for identity in fresh:
            self.count(identity, 1)
        self.unbound += rows.unbound

    def statistics(self) -> dict[str, Any]:
        """What the store keeps of it."""
        return {
            "files": self.files,
            "lines": self.lines,
            "functions": self.labels["Function"],
            "calls": self.labels["CALLS"],
            "vertices": sum(self.labels[label] for label in VERTEX_LABELS),
            "edges": sum(self.labels[label] for label in EDGE_LABELS),
            "unbound_fields": self.unbound,
            "scripts": self.scripts,
            "labels": {label: number for label, number in sorted(self.labels.items()) if number},
        }
