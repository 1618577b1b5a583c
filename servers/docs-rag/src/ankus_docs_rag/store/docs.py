"""The documents as the tools read them: in read-only transactions, as a role that only reads."""

import contextlib
from collections.abc import AsyncIterator
from dataclasses import dataclass
from typing import Any, LiteralString

import psycopg
from psycopg import sql

from ankus_docs_rag.errors import SearchTimeout, UnknownSource
from ankus_docs_rag.settings import ReadSettings
from ankus_docs_rag.store.connect import SCHEMA, STORE
from ankus_docs_rag.store.sources import ALL, SourceInfo, source_info
from ankus_shared.errors import SettingsError
from ankus_shared.postgres import Connection, Pool, begin_reading

FIRST = "Make one with ingest_source, or with: ankus-docs-rag ingest PATH --source NAME"
_PLANS: tuple[LiteralString, ...] = (
    "SET LOCAL jit = off",  # compiling takes longer than any of our statements runs
    "SET LOCAL random_page_cost = 1.1",  # comparing a passage costs more than reading its page
    # more rows are looked at until enough fit the filters, in the order of their distance
    "SET LOCAL hnsw.iterative_scan = 'strict_order'",
    "SET LOCAL hnsw.ef_search = 400",
)
_TYPES = "SELECT extnamespace::regnamespace::text FROM pg_extension WHERE extname = 'vector'"


@dataclass(frozen=True)
class Docs:
    """The documents of one database, to be read."""

    pool: Pool
    settings: ReadSettings
    role: str | None = None
    """Role that statements run as; None for the login role."""
    types: str = "public"
    """Schema of pgvector's types."""

    async def list(self) -> list[SourceInfo]:
        """All sources, by name."""
        try:
            async with self.reading() as connection:
                cursor: Any = await connection.execute(ALL)
                return [source_info(row) for row in await cursor.fetchall()]
        except UnknownSource:
            return []

    async def check(self) -> None:
        """Raise where the database does not answer now.

        Raises:
            DatabaseUnavailable: In one line.
        """
        async with self.reading():
            return

    @contextlib.asynccontextmanager
    async def reading(self) -> AsyncIterator[Connection]:
        """A connection in a read-only transaction, in which our tables need no schema before their names.

        All of its statements see one snapshot. It is rolled back, and the connection reset, in every case.

        Raises:
            UnknownSource: If nothing was ever ingested into this database.
            SearchTimeout: If a statement ran too long, or waited too long for a lock.
            DatabaseUnavailable: If the database is down, also if it goes down meanwhile.
        """
        try:
            async with self.pool.reading(self._begin()) as connection:
                yield connection
        except (psycopg.errors.QueryCanceled, psycopg.errors.LockNotAvailable) as error:
            raise SearchTimeout(
                f"The database took too long; one statement may run {self.settings.statement_timeout} s.",
                hint="Search fewer sources, or try again; an operator can raise --statement-timeout.",
            ) from error
        except (psycopg.errors.UndefinedTable, psycopg.errors.UndefinedObject) as error:
            if await self._is_made():
                raise
            raise UnknownSource("There is no source yet.", hint=FIRST) from error

    async def _is_made(self) -> bool:
        """Whether there are our tables at all."""
        async with self.pool.connection() as connection:
            found = await connection.execute("SELECT to_regclass(%s)", [f"{SCHEMA}.source"])
            return await found.fetchone() != (None,)

    def _begin(self) -> sql.Composed:
        seconds = self.settings.statement_timeout
        path = sql.SQL("SET LOCAL search_path = {}").format(
            sql.SQL(", ").join(map(sql.Identifier, (SCHEMA, self.types, "pg_catalog")))
        )
        whole = sql.SQL("SET LOCAL transaction_isolation = 'repeatable read'")
        parts = [whole, path, *map(sql.SQL, _PLANS)]
        if self.role is not None:
            parts.append(sql.SQL("SET LOCAL ROLE {}").format(sql.Identifier(self.role)))
        return begin_reading(
            *parts, seconds=seconds, idle_seconds=seconds + 60, work_mem=self.settings.work_mem
        )


@contextlib.asynccontextmanager
async def open_docs(settings: ReadSettings) -> AsyncIterator[Docs]:
    """Connect to the settings' database, or to the embedded server, to read.

    Raises:
        DatabaseUnavailable: In one line, if it is down, unknown or refuses the login.
        NoVectors: If the server has no pgvector, or one that is too old.
        SettingsError: If PostgreSQL does not accept `work_mem`.
    """
    async with STORE.reading(settings, connections=settings.connections) as (pool, role):
        docs = Docs(pool, settings, role, await _types(pool))
        try:
            await docs.check()
        except psycopg.Error as error:
            raise SettingsError(
                f"PostgreSQL refuses a setting: {error.diag.message_primary or error}.",
                hint="Check --work-mem.",
            ) from error
        yield docs


async def _types(pool: Pool) -> str:
    """The schema of pgvector's types; the usual one where the extension is still to be made."""
    async with pool.connection() as connection:
        row = await (await connection.execute(_TYPES)).fetchone()
    return "public" if row is None else str(row[0])
