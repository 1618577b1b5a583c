"""The writer of graphs: one process at a time a graph, and one transaction a change.

    with open_writer(settings) as writer, writer.lock("pg17"):
        known = writer.files("pg17")
        …
        writer.apply("pg17", root, revision, changes, statistics, progress)

Whatever ends the process before `apply` returns leaves the graph as it was.
"""

import contextlib
from collections.abc import Iterator
from pathlib import Path
from typing import Any, LiteralString

import psycopg
from psycopg import Connection
from psycopg.types.json import Jsonb

from ankus_code_graph.errors import IndexBusy, NotWritable
from ankus_code_graph.index.contract import Progress
from ankus_code_graph.model import Changes
from ankus_code_graph.settings import StoreSettings
from ankus_code_graph.store import load, registry, schema
from ankus_code_graph.store.connect import writing_connection
from ankus_code_graph.store.registry import FORMAT, GraphInfo

_LOCK_CLASS = 0x67726166  # "graf"
_SET = """
INSERT INTO ankus_code_graph.graph (name, root, revision, indexed_at, format, statistics)
VALUES (%s, %s, %s, now(), %s, %s)
ON CONFLICT (name) DO UPDATE SET root = excluded.root, revision = excluded.revision,
    indexed_at = excluded.indexed_at, format = excluded.format, statistics = excluded.statistics"""


@contextlib.contextmanager
def open_writer(settings: StoreSettings) -> Iterator["Writer"]:
    """Open the store to write; what is missing in the database is made.

    Raises:
        DatabaseUnavailable: In one line, if it is down or refuses the login.
        AgeMissing: If it has no AGE.
        NotWritable: If its role may not make graphs.
    """
    with writing_connection(settings) as (connection, reader):
        yield Writer(connection, reader)


class Writer:
    """Writes graphs.

    Args:
        connection: In autocommit mode, prepared.
        reader: Role that is let read every graph; None where the writer itself reads.
    """

    def __init__(self, connection: Connection[Any], reader: str | None) -> None:
        self._connection = connection
        self._reader = reader

    @contextlib.contextmanager
    def lock(self, name: str) -> Iterator[None]:
        """Be the only one who changes that graph, or makes it.

        Raises:
            BadGraphName: If no graph can have that name, or it is taken by something else.
            IndexBusy: At once, if another process has it.
        """
        registry.check_name(name)
        registry.check_free(self._connection, name)
        key = [_LOCK_CLASS, name]
        [taken] = self._one("SELECT pg_try_advisory_lock(%s, hashtext(%s))", key)
        if not taken:
            raise IndexBusy(
                f"The graph {name} is being indexed by another process.",
                hint="Wait for it to end, or index under another name.",
            )
        try:
            yield
        finally:
            if not self._connection.closed:
                self._connection.execute("SELECT pg_advisory_unlock(%s, hashtext(%s))", key)

    def graph(self, name: str) -> GraphInfo | None:
        """What is known of a graph, or None."""
        row = self._connection.execute(registry.ONE, [name]).fetchone()
        return None if row is None else registry.graph_info(row)

    def graphs(self) -> list[GraphInfo]:
        """All graphs, by name."""
        return [registry.graph_info(row) for row in self._connection.execute(registry.ALL)]

    def files(self, name: str) -> dict[str, tuple[bytes, int, int]]:
        """path -> (hash, size, mtime_ns) of what is indexed; nothing where the graph has to be made anew."""
        if not self._is_current(name):
            return {}
        query = "SELECT path, hash, size, mtime_ns FROM ankus_code_graph.file WHERE graph = %s"
        with self._connection.cursor(binary=True) as cursor:
            rows = cursor.execute(query, [name]).fetchall()
        return {path: (digest, size, mtime) for path, digest, size, mtime in rows}

    def facts(self, name: str) -> Iterator[tuple[str, bytes]]:
        """(path, facts) of every file of a graph, by path."""
        query = "SELECT path, facts FROM ankus_code_graph.file WHERE graph = %s ORDER BY path"
        return self._streamed(query, [name])

    def rows(self, name: str, paths: list[str]) -> Iterator[tuple[str, bytes]]:
        """(path, rows) of these files of a graph, by path."""
        query = (
            "SELECT path, rows FROM ankus_code_graph.file WHERE graph = %s AND path = ANY (%s) ORDER BY path"
        )
        return self._streamed(query, [name, paths])

    def statistics(self, name: str) -> dict[str, Any]:
        """What was given to `apply` last; nothing where there is no such graph."""
        found = self.graph(name)
        return {} if found is None else found.statistics

    def _streamed(self, query: LiteralString, parameters: list[Any]) -> Iterator[tuple[str, bytes]]:
        with self._connection.transaction(), self._connection.cursor("files", binary=True) as cursor:
            cursor.itersize = 200
            yield from cursor.execute(query, parameters)

    def apply(
        self,
        name: str,
        root: Path,
        revision: str,
        changes: Changes,
        statistics: dict[str, Any],
        progress: Progress,
    ) -> None:
        """Make the changes in one transaction; a graph that is not there, or of another format, is made anew.

        Args:
            revision: Commit of the tree, "" where it has none.
            statistics: What JSON can hold.
            progress: Told ("store", rows, rows in all).

        Raises:
            NotWritable: If the role may not.
        """
        try:
            with self._connection.transaction():
                self._apply(name, changes, progress)
                row = [name, str(root), revision, FORMAT, Jsonb(statistics)]
                self._connection.execute(_SET, row)
        except psycopg.errors.InsufficientPrivilege as error:
            raise _refused(self._connection, error) from error

    def drop(self, name: str) -> bool:
        """Remove a graph; whether there was one.

        Raises:
            IndexBusy: If it is being indexed.
            NotWritable: If the role may not.
        """
        try:
            with self.lock(name), self._connection.transaction():
                found = self.graph(name) is not None
                if found:
                    schema.drop_graph(self._connection, name)
        except psycopg.errors.InsufficientPrivilege as error:
            raise _refused(self._connection, error) from error
        return found

    def _apply(self, name: str, changes: Changes, progress: Progress) -> None:
        count = load.Count(changes, progress)
        if self._is_current(name):
            load.change_graph(self._connection, name, changes, count)
            return
        if self.graph(name) is not None:
            schema.drop_graph(self._connection, name)
        load.fill_graph(self._connection, name, changes, count)
        if self._reader is not None:
            schema.grant_reading(self._connection, name, self._reader)

    def _is_current(self, name: str) -> bool:
        found = self.graph(name)
        return found is not None and found.format == FORMAT

    def _one(self, query: str, parameters: list[Any]) -> tuple[Any, ...]:
        row = self._connection.execute(query.encode(), parameters).fetchone()
        assert row is not None  # a SELECT without FROM
        return tuple(row)


def _refused(connection: Connection[Any], error: psycopg.Error) -> NotWritable:
    return NotWritable(
        f"The role {connection.info.user} may not change this graph: {error.diag.message_primary}.",
        hint="Index as the role that made it, given by --index-url-file.",
    )
