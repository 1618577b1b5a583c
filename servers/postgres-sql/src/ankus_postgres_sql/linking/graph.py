"""Tables as a graph whose edges are joins: foreign keys, and, where a relation has none, names that fit."""

import math
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from ankus_postgres_sql.linking.words import split_name
from ankus_postgres_sql.schema import ForeignKey, Table

KEY_COST, NAME_COST = 1.0, 1.5
"""What a join over a foreign key costs, and one that only the names of columns speak for."""
HUB_COST = 0.04
"""What it costs more to join over a table, by the logarithm of how many keys point at it."""


@dataclass(frozen=True)
class Edge:
    """One way to join two tables, which may be the same."""

    key: ForeignKey
    cost: float
    declared: bool = True
    """Whether a foreign key stands behind it."""

    @property
    def ends(self) -> tuple[str, str]:
        """The labels of both tables."""
        return self.key.table, self.key.target

    def other(self, label: str) -> str:
        """The table at the other end."""
        return self.key.target if self.key.table == label else self.key.table


@dataclass(frozen=True)
class Graph:
    """The edges at each table, by its label."""

    edges: Mapping[str, tuple[Edge, ...]]

    def at(self, label: str) -> tuple[Edge, ...]:
        """The edges at one table, self references included."""
        return self.edges.get(label, ())


def build_graph(tables: Sequence[Table]) -> Graph:
    """The graph of the tables that may be read; keys over columns or tables that may not are left out."""
    by_label = {table.label: table for table in tables}
    edges: dict[str, list[Edge]] = {label: [] for label in by_label}
    for table in tables:
        declared = [key for key in table.foreign_keys if _is_readable(key, by_label)]
        for key in dict.fromkeys(declared):
            hub = HUB_COST * math.log1p(len(by_label[key.target].referenced_by))
            _connect(edges, Edge(key, KEY_COST + hub))
    for key in _keys_by_name(tables):
        _connect(edges, Edge(key, NAME_COST, declared=False))
    return Graph({label: tuple(some) for label, some in edges.items()})


def _connect(edges: dict[str, list[Edge]], edge: Edge) -> None:
    for label in dict.fromkeys(edge.ends):
        edges[label].append(edge)


def _is_readable(key: ForeignKey, tables: Mapping[str, Table]) -> bool:
    mine, theirs = tables.get(key.table), tables.get(key.target)
    if mine is None or theirs is None:
        return False
    return all(map(mine.column, key.columns)) and all(map(theirs.column, key.target_columns))


def _keys_by_name(tables: Sequence[Table]) -> list[ForeignKey]:
    """Joins of views and other relations without keys: `customer_id` fits the key of `customers`."""
    targets: dict[str, list[tuple[Table, str]]] = defaultdict(list)
    for table in tables:
        if len(table.primary_key) == 1 and table.column(table.primary_key[0]):
            for name in _names_of_key(table, table.primary_key[0]):
                targets[name].append((table, table.primary_key[0]))
    found = []
    for table in tables:
        if table.links or table.primary_key:
            continue
        for column in table.columns:
            fitting = [(t, key) for t, key in targets[column.name.lower()] if _same_type(t, key, column.type)]
            if len(fitting) == 1:  # several would be a guess
                target, key = fitting[0]
                found.append(ForeignKey(table.label, (column.name,), target.label, (key,)))
    return found


def _names_of_key(table: Table, key: str) -> set[str]:
    """What a column that points at the table's key may be called."""
    if key.lower() not in ("id", "code", "key"):
        return {key.lower()}
    *front, last = split_name(table.name) or [table.name.lower()]
    forms = {last, last.removesuffix("s"), last.removesuffix("es"), last.removesuffix("ies") + "y"}
    return {"_".join([*front, form, key.lower()]) for form in forms}


def _same_type(table: Table, key: str, type_name: str) -> bool:
    column = table.column(key)
    return column is not None and column.type == type_name
