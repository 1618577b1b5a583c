"""The database as the server holds it: opened once, judged once, and read in transactions that leave nothing.

With a URL its role must be a reader; the embedded server's superuser makes the reader role itself.
"""

import contextlib
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from typing import Any

import anyio.to_thread
import psycopg
import structlog
from psycopg import sql

from ankus_postgres_sql.access.errors import NotAllowed
from ankus_postgres_sql.errors import RoleTooStrong
from ankus_postgres_sql.linking.cache import IndexCache
from ankus_postgres_sql.results.store import ResultStore
from ankus_postgres_sql.settings import Settings
from ankus_shared.errors import SettingsError
from ankus_shared.postgres import (
    Connection,
    DatabaseUnavailable,
    EmbeddedServer,
    Pool,
    Posture,
    begin_reading,
    embedded_server,
    ensure_reader,
    open_pool,
)
from ankus_shared.postgres.roles import POSTURE, READER, posture_parameters

APPLICATION = "ankus-postgres-sql"
# The parser's view of the text must be the server's: standard strings, UTF-8 (set by the pool).
SESSION = {"standard_conforming_strings": "on", "backslash_quote": "safe_encoding"}
_log = structlog.get_logger("ankus.postgres_sql")


@dataclass(frozen=True)
class Database:
    """A pool of connections as a role that only reads."""

    pool: Pool
    settings: Settings
    type_names: dict[tuple[int, int], str] = field(default_factory=dict)
    """Names of types by (oid, modifier), as they were asked for."""
    schema_indexes: IndexCache = field(default_factory=IndexCache, repr=False)
    """The words of the schema, for schema linking."""
    results: ResultStore = field(default_factory=ResultStore, repr=False)
    """Results that were read, for later calls."""
    drawing: anyio.CapacityLimiter = field(default_factory=lambda: anyio.CapacityLimiter(2), repr=False)
    """Charts that are drawn at the same time: each reads many rows and runs a process."""
    name: str = ""
    """Its name where several are configured."""
    role: str | None = None
    """Role that statements run as; None for the login role."""
    path: tuple[str, ...] | None = None
    """search_path of statements; None for that of the settings or the role."""
    statements: frozenset[str] = frozenset({"select", "explain", "show"})
    """Kinds of statement that the caller may run."""
    caller: str = ""
    """Identity of who calls, where callers are told apart."""

    def check_kind(self, kind: str) -> None:
        """Refuse a kind of statement (Select, Explain, VariableShow) that the caller may not run.

        Raises:
            NotAllowed: With code `statement_not_allowed`.
        """
        word = kind.removeprefix("Variable").lower()
        if word not in self.statements:
            raise NotAllowed(
                f"You may not run {word.upper()}.",
                hint=f"You may run: {', '.join(sorted(self.statements)).upper()}.",
                code="statement_not_allowed",
            )

    def as_caller(self, name: str, settings: Settings, **more: Any) -> "Database":
        """The same connections as another caller sees them, with results and caches of its own."""
        store = _new_store(settings, name)
        return Database(self.pool, settings, results=store, name=name, **more)

    @contextlib.asynccontextmanager
    async def reading(self, seconds: int | None = None) -> AsyncIterator[Connection]:
        """A connection in a read-only transaction that is rolled back, and then reset, in every case.

        Args:
            seconds: The statement timeout, by default that of the settings.

        Raises:
            DatabaseUnavailable: If the database is down, also if it goes down meanwhile.
        """
        begin = self._begin(seconds or self.settings.statement_timeout)
        async with self.pool.reading(begin) as connection:
            yield connection

    def _begin(self, seconds: int) -> sql.Composed:
        parts: list[sql.Composable] = []
        path = self.path
        if path is None and self.settings.search_path is not None:
            path = tuple(name.strip() for name in self.settings.search_path.split(","))
        if path is not None:
            names = [sql.Identifier(name) for name in path]
            parts.append(sql.SQL("SET LOCAL search_path = {}").format(sql.SQL(", ").join(names)))
        if self.role is not None:
            parts.append(sql.SQL("SET LOCAL ROLE {}").format(sql.Identifier(self.role)))
        work_mem = self.settings.work_mem
        return begin_reading(*parts, seconds=seconds, idle_seconds=seconds + 30, work_mem=work_mem)


@contextlib.asynccontextmanager
async def open_database(settings: Settings, name: str = "") -> AsyncIterator[Database]:
    """Connect to the settings' database, or to the embedded server, as a role that only reads.

    Raises:
        DatabaseUnavailable: In one line, if it is down, unknown or refuses the login.
        RoleTooStrong: If the login role may do more than read.
        SettingsError: If PostgreSQL does not accept `work_mem` or the search path.
    """
    async with contextlib.AsyncExitStack() as stack:
        url = settings.url()
        if url is None:
            url = await _embedded_reader(stack, settings)
        pool = await stack.enter_async_context(
            open_pool(url, application_name=APPLICATION, session=SESSION, max_size=settings.connections)
        )
        results = _new_store(settings, name)
        database = Database(pool, settings, results=results, name=name)
        try:
            judge_posture(settings, await posture(database))
        except psycopg.Error as error:
            raise SettingsError(
                f"PostgreSQL refuses a setting: {error.diag.message_primary or error}.",
                hint="Check --work-mem and --search-path.",
            ) from error
        yield database


def _new_store(settings: Settings, name: str) -> ResultStore:
    """Results of one database, whose names tell which where several are configured."""
    prefix = f"{name.lower()}_r" if name else "r"
    return ResultStore(settings.result_memory << 20, settings.result_minutes * 60, prefix)


async def posture(database: Database) -> Posture:
    """What the role that the server is logged in as may do."""
    async with database.reading() as connection:
        row = await (await connection.execute(POSTURE, posture_parameters())).fetchone()
    assert row is not None  # current_user is always in pg_roles
    return Posture(*row)


def check_posture(found: Posture) -> None:
    """Refuse a role that may do more than read.

    Raises:
        RoleTooStrong: Naming what is too strong, and the command that makes the right role.
    """
    if excess := found.excess():
        raise RoleTooStrong(
            f"The role {found.role} is too strong for a reader: {'; '.join(excess)}.",
            hint="Run 'ankus-postgres-sql setup-role' for the SQL of the right role, and log in as that.",
        )


def judge_posture(settings: Settings, found: Posture) -> None:
    """Refuse a role that may do more than read, or, where the settings allow it, say loudly what it may do.

    Raises:
        RoleTooStrong: Without `allow_strong_role`.
    """
    if not settings.allow_strong_role:
        check_posture(found)
    elif excess := found.excess():
        _log.warning(
            "SERVING AS A ROLE THAT MAY DO MORE THAN READ: the guard alone stands before the data",
            role=found.role,
            excess="; ".join(excess),
            hint="run 'ankus-postgres-sql setup-role' and serve without --allow-strong-role",
        )


async def _embedded_reader(stack: contextlib.AsyncExitStack, settings: Settings) -> str:
    """Start or join the embedded server, make the reader role, and give its URL."""
    context = embedded_server()
    server = await anyio.to_thread.run_sync(context.__enter__)
    stack.push(context.__exit__)
    await anyio.to_thread.run_sync(_make_reader, server, settings)
    return server.url(settings.database, READER)


def _make_reader(server: EmbeddedServer, settings: Settings) -> None:
    try:
        with psycopg.connect(server.url(settings.database), autocommit=True) as connection:
            ensure_reader(connection, statement_seconds=settings.statement_timeout, own_database=True)
    except psycopg.OperationalError as error:
        raise DatabaseUnavailable(
            f"The embedded PostgreSQL has no database {settings.database}.",
            hint="Create it, or set ANKUS_DATABASE to another.",
        ) from error
