"""The graphs as the tools read them: in read-only transactions, as a role that only reads."""

import contextlib
from collections.abc import AsyncIterator
from dataclasses import dataclass
from typing import Any

import psycopg
from psycopg import sql

from ankus_code_graph.settings import ReadSettings
from ankus_code_graph.store import registry
from ankus_code_graph.store.connect import LOAD_AGE, STORE, USE_INDEXES
from ankus_code_graph.store.registry import GraphInfo
from ankus_shared.errors import SettingsError
from ankus_shared.postgres import Connection, Pool, begin_reading


@dataclass(frozen=True)
class Graphs:
    """The graphs of one database, to be read."""

    pool: Pool
    settings: ReadSettings
    role: str | None = None
    """Role that statements run as; None for the login role."""

    async def list(self) -> list[GraphInfo]:
        """All graphs, by name."""
        async with self._transaction() as connection:
            return await _registered(connection)

    async def check(self) -> None:
        """Raise where the database does not answer now.

        Raises:
            DatabaseUnavailable: In one line.
        """
        async with self._transaction():
            return

    @contextlib.asynccontextmanager
    async def reading(self, name: str = "") -> AsyncIterator[tuple[Connection, GraphInfo]]:
        """A connection in a read-only transaction over one graph, with AGE loaded and first in its path.

        The transaction is rolled back, and the connection reset, in every case.

        Args:
            name: Of the graph; "" for the settings' one, or else the only one there is.

        Raises:
            UnknownGraph: If there is no such graph, or several and no name (code ambiguous_graph).
            DatabaseUnavailable: If the database is down, also if it goes down meanwhile.
        """
        async with self._transaction() as connection:
            graph = registry.pick(await _registered(connection), name or self.settings.graph)
            await connection.execute(self._enter())
            yield connection, graph

    def _transaction(self) -> contextlib.AbstractAsyncContextManager[Connection]:
        seconds, work_mem = self.settings.statement_timeout, self.settings.work_mem
        path = sql.SQL("SET LOCAL search_path = ag_catalog, pg_catalog")
        begin = begin_reading(path, seconds=seconds, idle_seconds=seconds + 60, work_mem=work_mem)
        return self.pool.reading(begin)

    def _enter(self) -> sql.Composed:
        """What comes before the statements of a tool, while the login role still has all its rights."""
        parts: list[sql.Composable] = [sql.SQL(LOAD_AGE), sql.SQL(USE_INDEXES)]
        if self.role is not None:
            parts.append(sql.SQL("SET LOCAL ROLE {}").format(sql.Identifier(self.role)))
        return sql.SQL("; ").join(parts)


@contextlib.asynccontextmanager
async def open_graphs(settings: ReadSettings) -> AsyncIterator[Graphs]:
    """Connect to the settings' database, or to the embedded server, to read.

    Raises:
        DatabaseUnavailable: In one line, if it is down, unknown or refuses the login.
        AgeMissing: If the server has no AGE.
        SettingsError: If PostgreSQL does not accept `work_mem`.
    """
    async with STORE.reading(settings, connections=settings.connections) as (pool, role):
        graphs = Graphs(pool, settings, role)
        await _try_settings(graphs)
        yield graphs


async def _try_settings(graphs: Graphs) -> None:
    try:
        await graphs.check()
    except psycopg.Error as error:
        raise SettingsError(
            f"PostgreSQL refuses a setting: {error.diag.message_primary or error}.", hint="Check --work-mem."
        ) from error


async def _registered(connection: Connection) -> list[GraphInfo]:
    """The rows of the registry; none where nothing was ever indexed."""
    found = await (await connection.execute("SELECT to_regclass('ankus_code_graph.graph')")).fetchone()
    if found == (None,):
        return []
    cursor: Any = await connection.execute(registry.ALL)
    return [registry.graph_info(row) for row in await cursor.fetchall()]
