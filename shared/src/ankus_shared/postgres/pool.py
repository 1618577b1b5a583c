"""A pool of connections whose failures are one clear line, and which recovers when the database does.

async with pool.reading(begin_reading(seconds=15, idle_seconds=45, work_mem="32MB")) as connection:
    …  # whatever it does is rolled back
"""

import contextlib
import logging
from collections.abc import AsyncIterator, Mapping
from typing import Any

import anyio
import psycopg
from psycopg import AsyncConnection, sql
from psycopg.conninfo import conninfo_to_dict, make_conninfo
from psycopg_pool import AsyncConnectionPool, PoolTimeout

from ankus_shared.postgres.errors import DatabaseUnavailable

CONNECT_SECONDS = 5
PATIENCE_SECONDS = 1.0
"""How long a caller waits for a connection before the database itself is asked."""
LOCK_SECONDS = 3
"""How long a reading statement waits for a lock, and a transaction for its end."""
Connection = AsyncConnection[tuple[Any, ...]]


class Pool:
    """Connections in autocommit mode, checked when taken and reset (DISCARD ALL) when given back."""

    def __init__(self, conninfo: str, *, max_size: int, wait_seconds: float) -> None:
        self._conninfo = conninfo
        self._pool: AsyncConnectionPool[Connection] = AsyncConnectionPool(
            conninfo,
            kwargs={"autocommit": True, "prepare_threshold": None},  # DISCARD ALL drops them
            min_size=1,
            max_size=max_size,
            timeout=wait_seconds,
            reconnect_timeout=PATIENCE_SECONDS,  # then the next caller tries anew: recovery is not delayed
            check=AsyncConnectionPool.check_connection,
            reset=_reset,
            open=False,
        )

    @contextlib.asynccontextmanager
    async def connection(self) -> AsyncIterator[Connection]:
        """Take a connection for the length of the block.

        Raises:
            DatabaseUnavailable: If the database is down, or all connections stay busy.
        """
        connection = await self._taken()
        try:
            yield connection
        finally:
            with anyio.CancelScope(shield=True):  # or one that is cancelled would be lost to the pool
                await self._pool.putconn(connection)

    @contextlib.asynccontextmanager
    async def reading(self, begin: sql.Composed) -> AsyncIterator[Connection]:
        """A connection in a transaction that is rolled back, and then reset, in every case.

        Args:
            begin: Starts the transaction; see `begin_reading`.

        Raises:
            DatabaseUnavailable: If the database is down, also if it goes down meanwhile.
        """
        async with self.connection() as connection:
            try:
                await connection.execute(begin)
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

    async def _taken(self) -> Connection:
        """A connection, at once if one is free; a wait first asks whether the database is there at all."""
        try:
            return await self._pool.getconn(timeout=PATIENCE_SECONDS)
        except PoolTimeout:
            await connect_once(self._conninfo)
        try:
            return await self._pool.getconn()
        except PoolTimeout as error:
            raise DatabaseUnavailable(
                "All connections to the database are busy.",
                hint="Try again in a moment.",
                code="database_busy",
            ) from error


@contextlib.asynccontextmanager
async def open_pool(
    url: str,
    *,
    application_name: str,
    session: Mapping[str, str] | None = None,
    max_size: int = 4,
    wait_seconds: float = 10.0,
) -> AsyncIterator[Pool]:
    """Open a pool of at most `max_size` connections to `url`.

    Args:
        session: Settings of every session, which a reset returns to (the `options` of libpq).
        wait_seconds: How long a caller waits for a connection.

    Raises:
        DatabaseUnavailable: If the first connection fails; without the password.
    """
    # The pool's warnings repeat what its callers are told.
    logging.getLogger("psycopg.pool").setLevel(logging.ERROR)
    conninfo = complete_conninfo(url, application_name=application_name, session=session or {})
    await connect_once(conninfo)
    pool = Pool(conninfo, max_size=max_size, wait_seconds=wait_seconds)
    async with pool._pool:
        yield pool


def begin_reading(*more: sql.Composable, seconds: int, idle_seconds: int, work_mem: str) -> sql.Composed:
    """What starts a read-only transaction with limits.

    Args:
        more: Statements that follow, such as SET LOCAL search_path.
        seconds: Of one statement.
        idle_seconds: Between two of them.
    """
    limits = {
        "statement_timeout": f"{seconds}s",
        "lock_timeout": f"{LOCK_SECONDS}s",
        "idle_in_transaction_session_timeout": f"{idle_seconds}s",
        "work_mem": work_mem,
    }
    parts = [
        sql.SQL("SET LOCAL {} = {}").format(sql.Identifier(name), sql.Literal(value))
        for name, value in limits.items()
    ]
    return sql.SQL("; ").join([sql.SQL("BEGIN READ ONLY"), *parts, *more])


def complete_conninfo(url: str, *, application_name: str, session: Mapping[str, str]) -> str:
    """`url` with timeouts, keepalives, UTF-8 and session settings; what the URL says itself is kept.

    Raises:
        DatabaseUnavailable: If it is no connection URL; the text is not repeated.
    """
    try:
        given = conninfo_to_dict(url)
    except psycopg.ProgrammingError as error:
        raise DatabaseUnavailable(
            "The database URL is not understood.", hint="Write postgresql://user:password@host:5432/database."
        ) from error
    options = " ".join(f"-c {name}={_escaped(value)}" for name, value in (session or {}).items())
    ours: dict[str, Any] = {
        "connect_timeout": CONNECT_SECONDS,
        "application_name": application_name,
        "keepalives_idle": 30,
    }
    return make_conninfo(
        **{**ours, **given},
        client_encoding="utf8",
        options=f"{given.get('options', '')} {options}".strip(),
    )


async def connect_once(conninfo: str) -> None:
    """Connect and disconnect.

    Raises:
        DatabaseUnavailable: In one line, with the reason that PostgreSQL gives and without the password.
    """
    try:
        connection = await AsyncConnection.connect(conninfo)
    except psycopg.OperationalError as error:
        raise unavailable(error, conninfo) from error
    await connection.close()


def unavailable(error: psycopg.OperationalError, conninfo: str) -> DatabaseUnavailable:
    """What a failed connection means to a person."""
    given = conninfo_to_dict(conninfo)
    database = given.get("dbname") or given.get("user") or "postgres"
    place = f"{given.get('host') or 'the local socket'}:{given.get('port') or 5432}"
    # the lines behind the first ask whether the server runs, as our hint does
    first = str(error).rsplit("failed: ", 1)[-1].strip().split("\n")[0]
    reason = " ".join(first.split()).removeprefix("FATAL: ").rstrip(".")
    password = str(given.get("password") or "")
    if password:
        reason = reason.replace(password, "***")
    return DatabaseUnavailable(
        f"Cannot connect to database {database} at {place}: {reason}.",
        hint="Check that the server runs and that the database URL is right.",
    )


async def _roll_back(connection: Connection) -> None:
    """End the transaction without a trace; a connection that cannot is closed, and the pool replaces it."""
    if connection.closed:
        return
    try:
        with anyio.fail_after(LOCK_SECONDS):
            await connection.execute("ROLLBACK")
    except (psycopg.Error, TimeoutError):
        await connection.close()


async def _reset(connection: Connection) -> None:
    """Give a connection back as it was at its start: no settings, locks, cursors, or temporary tables."""
    await connection.execute("DISCARD ALL")


def _escaped(value: str) -> str:
    """A value inside libpq's `options`, where a backslash escapes a blank."""
    return value.replace("\\", "\\\\").replace(" ", "\\ ")
