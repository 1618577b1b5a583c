"""Where facts live: the schema ankus_memory of a database with pgvector, opened when it is first needed.

Whether it can be reached is found out anew by each call, so a run goes on while it is down, and remembers
again when it is back.
"""

import time
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from typing import Any, LiteralString

import anyio
import anyio.to_thread
import psycopg
from psycopg import sql

from ankus_runner.memory.errors import MemoryFailed, NoVectors
from ankus_runner.memory.fact import Owner
from ankus_shared.errors import AnkusError, DependencyError
from ankus_shared.postgres import Connection, DatabaseUnavailable, Pool, Store, migrate, open_pool

SCHEMA = "ankus_memory"
DATABASE = "ankus_memory"
AGENT = "ankus_memory_agent"
"""Role of the embedded server that keeps and reads facts, and is subject to row level security."""
CONNECTIONS = 4
STATEMENT_SECONDS = 10
RETRY_SECONDS = 5.0
"""After which a database that could not be opened is tried again."""
INSTALL = (
    "Install pgvector on the database server (Debian 13: apt install postgresql-17-pgvector; else "
    "https://github.com/pgvector/pgvector), or leave --memory-url-file out: the embedded server has it."
)
_LOCK = 0x6D656D6F7279  # "memory"
_AVAILABLE: LiteralString = "SELECT FROM pg_available_extensions WHERE name = 'vector'"
_MADE: LiteralString = """
SELECT n.nspname FROM pg_extension e JOIN pg_namespace n ON n.oid = e.extnamespace
 WHERE e.extname = 'vector'"""


def prepare(connection: psycopg.Connection[Any]) -> None:
    """Make what is missing in the database: pgvector, the schema, its tables.

    Raises:
        NoVectors: The server has no pgvector.
        MigrationError: The database was made by another version.
        MemoryFailed: The role may not make them.
    """
    connection.execute("SET client_min_messages = warning")
    try:
        connection.execute("SELECT pg_advisory_lock(%s)", [_LOCK])
        _make_extension(connection)
        connection.execute(sql.SQL("CREATE SCHEMA IF NOT EXISTS {}").format(sql.Identifier(SCHEMA)))
        connection.execute(sql.SQL("SET search_path = {}").format(sql.SQL(search_path(connection))))
        migrate(connection, "ankus_runner.memory")
    except psycopg.errors.InsufficientPrivilege as error:
        raise MemoryFailed(
            f"The role {connection.info.user} may not make the schema {SCHEMA}: {error}",
            hint=f"GRANT CREATE ON DATABASE {connection.info.dbname} TO {connection.info.user}",
        ) from error
    finally:
        connection.execute("SELECT pg_advisory_unlock(%s)", [_LOCK])


def search_path(connection: psycopg.Connection[Any]) -> LiteralString:
    """The schemas of our tables and of pgvector's types, of which only public is known to the pool."""
    made = connection.execute(_MADE).fetchone()
    if made is not None and made[0] != "public":
        raise NoVectors(
            f"pgvector is in the schema {made[0]}.", hint="ALTER EXTENSION vector SET SCHEMA public"
        )
    return "ankus_memory, public, pg_catalog"


def _make_extension(connection: psycopg.Connection[Any]) -> None:
    if connection.execute(_MADE).fetchone() is None:
        if connection.execute(_AVAILABLE).fetchone() is None:
            raise NoVectors("This PostgreSQL has no pgvector, in which facts are compared.", hint=INSTALL)
        connection.execute("CREATE EXTENSION IF NOT EXISTS vector SCHEMA public")


def _grant(connection: psycopg.Connection[Any]) -> None:
    names = {"role": sql.Identifier(AGENT), "schema": sql.Identifier(SCHEMA)}
    connection.execute(sql.SQL("GRANT INSERT, UPDATE, DELETE ON {schema}.fact TO {role}").format(**names))


STORE = Store(
    application="ankus-memory",
    database=DATABASE,
    reader=AGENT,
    schemas=(SCHEMA,),
    prepare=prepare,
    grant=_grant,
)


class FactStore:
    """The database of facts, for many runs at once.

    Args:
        url: None is the embedded server's own.
    """

    def __init__(self, url: str | None) -> None:
        self._url = url
        self._pool: Pool | None = None
        self._opening = anyio.Lock()
        self._failure: DependencyError | None = None
        self._again = 0.0
        self._stack = AsyncExitStack()

    @asynccontextmanager
    async def of(self, owner: Owner) -> AsyncIterator[Connection]:
        """A transaction in which only this user's facts can be seen.

        Raises:
            DatabaseUnavailable: The database is not there.
            NoVectors: It has no pgvector.
            MemoryFailed: It refuses.
        """
        try:
            pool = await self._opened()
            async with pool.connection() as connection, _writing(connection):
                await connection.execute(_BEGIN, [owner.user])
                yield connection
        except psycopg.Error as error:
            raise _told(error) from error

    async def aclose(self) -> None:
        """Close the connections, and leave the embedded server."""
        self._pool = None
        await self._stack.aclose()

    async def _opened(self) -> Pool:
        """The pool; where it could not be opened, many runs at once find that out by one attempt."""
        async with self._opening:
            if self._pool is not None:
                return self._pool
            if self._failure is not None and time.monotonic() < self._again:
                raise DatabaseUnavailable(self._failure.message, hint=self._failure.hint)
            try:
                self._pool = await self._open()
            except DependencyError as error:
                self._failure, self._again = error, time.monotonic() + RETRY_SECONDS
                raise
            return self._pool

    async def _open(self) -> Pool:
        async with AsyncExitStack() as stack:
            url = await self._place(stack)
            pool = open_pool(
                url,
                application_name=STORE.application,
                session={"search_path": "ankus_memory,public,pg_catalog"},
                max_size=CONNECTIONS,
            )
            opened = await stack.enter_async_context(pool)
            self._stack = stack.pop_all()
        return opened

    async def _place(self, stack: AsyncExitStack) -> str:
        """The URL of the prepared database."""
        if self._url is None:
            context = STORE.embedded()
            server = await anyio.to_thread.run_sync(context.__enter__)
            stack.push(context.__exit__)
            return server.url(DATABASE, AGENT)
        await anyio.to_thread.run_sync(_prepared, self._url)
        return self._url


def _told(error: psycopg.Error) -> AnkusError:
    """What an error of a statement means: the server is gone, or it refuses."""
    gone = error.sqlstate is None or error.sqlstate.startswith(_GONE)
    if gone and isinstance(error, psycopg.OperationalError):
        return DatabaseUnavailable(
            "The database of the memory is gone.", hint="What was to be remembered is not kept."
        )
    reason = error.diag.message_primary or type(error).__name__
    return MemoryFailed(f"The database of the memory refuses: {reason}.")


_GONE = ("08", "57P")
"""Classes of SQLSTATE: connection exceptions, and a server that is shutting down."""
_BEGIN: LiteralString = (
    "SELECT set_config('ankus.memory_owner', %s, true), set_config('lock_timeout', '3s', true),"
    f" set_config('statement_timeout', '{STATEMENT_SECONDS}s', true)"
)


@asynccontextmanager
async def _writing(connection: Connection) -> AsyncIterator[None]:
    """A transaction that may write, also where the role's default is to read."""
    await connection.set_read_only(False)
    async with connection.transaction():
        yield


def _prepared(url: str) -> None:
    with STORE.connect(url) as connection:
        prepare(connection)
