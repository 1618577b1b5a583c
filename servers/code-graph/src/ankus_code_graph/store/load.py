"""The rows of a change into the tables of a graph, within the caller's transaction."""

from collections import defaultdict
from collections.abc import Callable, Iterable
from functools import partial
from typing import Any, LiteralString, TypeVar

from psycopg import Connection, sql

from ankus_code_graph.index.contract import Progress
from ankus_code_graph.model import ENTRY_BITS, LABELS, Changes, label_of
from ankus_code_graph.store import rows, schema

MANY = 1000
"""Rows from which on a changed table gets new statistics."""
Thing = TypeVar("Thing")


class Count:
    """How many of a change's rows are written, as they are."""

    def __init__(self, changes: Changes, progress: Progress) -> None:
        self.total = len(changes.removed) + len(changes.vertices) + len(changes.edges)
        self.total += len(changes.documents) + len(changes.files)
        self._done = 0
        self._progress = progress

    def add(self, number: int) -> None:
        """So many more are written."""
        self._done += number
        self._progress("store", self._done, self.total)


def fill_graph(connection: Connection[Any], graph: str, changes: Changes, count: Count) -> None:
    """Make a graph and load it; indexes come after the rows."""
    schema.create_graph(connection, graph)
    copy_things(connection, graph, changes, count, freeze=True)
    _copy_side(connection, graph, changes, count, freeze=True)
    schema.finish_graph(connection, graph)
    schema.analyze(connection, graph, [*LABELS, *map(schema.side_table, schema.SIDE_TABLES)])


def change_graph(connection: Connection[Any], graph: str, changes: Changes, count: Count) -> None:
    """Take away what is gone, and add what is new."""
    for label, ids in _by_label(changes.removed, int).items():
        _delete(connection, graph, label, "id", f"{{{','.join(map(str, ids))}}}", "ag_catalog.graphid[]")
    _delete(connection, graph, schema.side_table("document"), "id", changes.removed, "bigint[]")
    paths = [rows.text(path).decode() for path in changes.removed_files]
    paths += [rows.text(file.path).decode() for file in changes.files]
    _delete(connection, graph, schema.side_table("file"), "path", paths, "text[]")
    count.add(len(changes.removed))
    changed = copy_things(connection, graph, changes, count, freeze=False)
    _copy_side(connection, graph, changes, count, freeze=False)
    schema.analyze(connection, graph, [label for label, number in changed.items() if number >= MANY])


def copy_things(
    connection: Connection[Any], graph: str, changes: Changes, count: Count, *, freeze: bool
) -> dict[str, int]:
    """COPY vertices and edges into their label tables; label -> how many."""
    copied = {}
    for label, vertices in _by_label(changes.vertices, lambda vertex: vertex.id).items():
        place, copied[label] = schema.table(graph, label), len(vertices)
        rows.copy_rows(connection, place, vertices, rows.vertex_row, freeze=freeze, written=count.add)
    for label, edges in _by_label(changes.edges, lambda edge: edge.id).items():
        place, copied[label] = schema.table(graph, label), len(edges)
        rows.copy_rows(connection, place, edges, rows.edge_row, freeze=freeze, written=count.add)
    return copied


def _copy_side(
    connection: Connection[Any], graph: str, changes: Changes, count: Count, *, freeze: bool
) -> None:
    place = schema.table(graph, schema.side_table("document"))
    encode_document = partial(rows.document_row, graph)
    rows.copy_rows(connection, place, changes.documents, encode_document, freeze=freeze, written=count.add)
    place = schema.table(graph, schema.side_table("file"))
    rows.copy_rows(
        connection, place, changes.files, partial(rows.file_row, graph), freeze=freeze, written=count.add
    )


def _delete(
    connection: Connection[Any], graph: str, table: str, column: str, values: Any, array: LiteralString
) -> None:
    """Delete the rows whose `column` is among `values`, an array of that type."""
    if values:
        statement = sql.SQL("DELETE FROM {} WHERE {} = ANY (%s::{})")
        place, name = schema.table(graph, table), sql.Identifier(column)
        connection.execute(statement.format(place, name, sql.SQL(array)), [values])


def _by_label(things: Iterable[Thing], identity: Callable[[Thing], int]) -> dict[str, list[Thing]]:
    """The things of each label."""
    found: defaultdict[int, list[Thing]] = defaultdict(list)
    for thing in things:
        found[identity(thing) >> ENTRY_BITS].append(thing)
    return {label_of(number << ENTRY_BITS): found[number] for number in sorted(found)}
