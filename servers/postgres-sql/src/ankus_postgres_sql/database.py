"""The database as the server holds it: opened once, judged once, and read in transactions that leave nothing.

With a URL its role must be a reader; the embedded server's superuser makes the reader role itself.
"""

import contextlib
from collections.abc import AsyncIterator
from dataclasses import dataclass, field

import anyio.to_thread
import psycopg
from psycopg import sql

from ankus_postgres_sql.errors import RoleTooStrong
from ankus_postgres_sql.settings import Settings
from ankus_shared.errors import SettingsError
from ankus_shared.postgres import (
    Connection,
    DatabaseUnavailable,
    EmbeddedServer,
    Pool,
    Posture,
    embedded_server,
    ensure_reader,
    open_pool,
)
from ankus_shared.postgres.roles import POSTURE, READER, posture_parameters

APPLICATION = "ankus-postgres-sql"
# The parser's view of the text must be the server's: standard strings, UTF-8 (set by the pool).
SESSION = {"standard_conforming_strings": "on", "backslash_quote": "safe_encoding"}
LOCK_SECONDS = 3


@dataclass(frozen=True)
class Database:
    """A pool of connections as a role that only reads."""

    pool: Pool
    settings: Settings
    type_names: dict[tuple[int, int], str] = field(default_factory=dict)
    """Names of types by (oid, modifier), as they were asked for."""

    @contextlib.asynccontextmanager
    async def reading(self, seconds: int | None = None) -> AsyncIterator[Connection]:
        """A connection in a read-only transaction that is rolled back, and then reset, in every case.

        Args:
            seconds: The statement timeout, by default that of the settings.

        Raises:
            DatabaseUnavailable: If the database is down, also if it goes down meanwhile.
        """
        async with self.pool.connection() as connection:
            try:
                await connection.execute(self._begin(seconds or self.settings.statement_timeout))
                yield connection
            except psycopg.OperationalError as error:
                if not connection.closed:
                    raise
                raise DatabaseUnavailable(
                    "The connection to the database broke.", hint="Try again in a moment."
                ) from error
            finally:
                with anyio.CancelScope(shield=True):
                    await _roll_back(connection)

    def _begin(self, seconds: int) -> sql.Composed:
        settings = {
            "statement_timeout": f"{seconds}s",
            "lock_timeout": f"{LOCK_SECONDS}s",
            "idle_in_transaction_session_timeout": f"{seconds + 30}s",
            "work_mem": self.settings.work_mem,
        }
        parts = [
            sql.SQL("SET LOCAL {} = {}").format(sql.Identifier(name), sql.Literal(value))
            for name, value in settings.items()
        ]
        if self.settings.search_path is not None:
            path = [sql.Identifier(name.strip()) for name in self.settings.search_path.split(",")]
            parts.append(sql.SQL("SET LOCAL search_path = {}").format(sql.SQL(", ").join(path)))
        return sql.SQL("; ").join([sql.SQL("BEGIN READ ONLY"), *parts])


@contextlib.asynccontextmanager
async def open_database(settings: Settings) -> AsyncIterator[Database]:
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
        database = Database(pool, settings)
        try:
            check_posture(await posture(database))
        except psycopg.Error as error:
            raise SettingsError(
                f"PostgreSQL refuses a setting: {error.diag.message_primary or error}.",
                hint="Check --work-mem and --search-path.",
            ) from error
        yield database


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


async def _roll_back(connection: Connection) -> None:
    """End the transaction without a trace; a connection that cannot is closed, and the pool replaces it."""
    if connection.closed:
        return
    try:
        with anyio.fail_after(LOCK_SECONDS):
            await connection.execute("ROLLBACK")
    except (psycopg.Error, TimeoutError):
        await connection.close()
