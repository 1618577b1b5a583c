"""A change in the database: tried in a transaction that is rolled back, and made for good."""

import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass

import psycopg
from psycopg import pq, sql

from ankus_postgres_sql.changes.errors import ChangeFailed
from ankus_postgres_sql.changes.statement import Change
from ankus_postgres_sql.database import APPLICATION, SESSION
from ankus_postgres_sql.errors import RoleTooStrong
from ankus_postgres_sql.guard import check_reach
from ankus_postgres_sql.statement import Statement
from ankus_shared.postgres import Connection
from ankus_shared.postgres.pool import complete_conninfo, unavailable

LOCK_SECONDS = 3
_LOCKS = """
SELECT format('%s %s', relation::regclass, mode) FROM pg_locks
 WHERE pid = pg_backend_pid() AND locktype = 'relation' AND relation::regclass::text !~ '^pg_'
   AND mode <> 'AccessShareLock' ORDER BY 1 LIMIT 20"""


@dataclass(frozen=True)
class Effect:
    """What a change did, or would do."""

    rows: int
    locks: tuple[str, ...]
    milliseconds: int


@asynccontextmanager
async def writer(url: str, seconds: int) -> AsyncIterator[Connection]:
    """A connection as the writer role, in autocommit mode, for one change.

    Raises:
        DatabaseUnavailable: If it cannot be made.
        ChangeFailed: If PostgreSQL refuses what is done with it.
    """
    session = {**SESSION, "lock_timeout": f"{LOCK_SECONDS}s", "statement_timeout": f"{seconds}s"}
    conninfo = complete_conninfo(url, application_name=APPLICATION, session=session)
    try:
        connection = await psycopg.AsyncConnection.connect(conninfo, autocommit=True, prepare_threshold=None)
    except psycopg.OperationalError as error:
        raise unavailable(error, conninfo) from error
    async with connection:
        if connection.info.parameter_status("is_superuser") == "on":
            raise RoleTooStrong(
                "The writer role is a superuser.", hint="Use a role that owns the tables to be changed."
            )
        try:
            yield connection
        except psycopg.Error as error:
            raise _failed(error) from error


async def try_change(connection: Connection, change: Change) -> Effect | None:
    """What the change would do, found by doing it and rolling back; None where that is not possible.

    Raises:
        psycopg.Error: PostgreSQL's own error.
        StatementRefused: If it calls a function that does more than read.
    """
    await check_reach(connection, Statement(change.text, None, change.reached))  # type: ignore[arg-type]
    if not change.transactional:
        return None
    async with connection.transaction(force_rollback=True):
        effect = await _execute(connection, change)
        await connection.execute("SET CONSTRAINTS ALL IMMEDIATE")  # what a COMMIT would check
        return effect


async def make_change(connection: Connection, change: Change) -> Effect:
    """Make the change for good; a CREATE INDEX CONCURRENTLY that fails leaves no invalid index.

    Raises:
        psycopg.Error: PostgreSQL's own error; nothing is changed then.
        StatementRefused: If it calls a function that does more than read.
    """
    await check_reach(connection, Statement(change.text, None, change.reached))  # type: ignore[arg-type]
    if change.transactional:
        async with connection.transaction():
            return await _execute(connection, change)
    before = await _invalid_indexes(connection, change.index)
    try:
        return await _execute(connection, change)
    except psycopg.Error:
        for schema, name in await _invalid_indexes(connection, change.index) - before:
            await connection.execute(
                sql.SQL("DROP INDEX CONCURRENTLY IF EXISTS {}").format(sql.Identifier(schema, name))
            )
        raise


async def _execute(connection: Connection, change: Change) -> Effect:
    started = time.monotonic()
    async with connection.cursor() as cursor:
        await cursor.execute(change.text.encode())  # as it was approved; without parameters % stays %
        rows = max(cursor.rowcount, 0)
    milliseconds = round((time.monotonic() - started) * 1000)
    locks = await (await connection.execute(_LOCKS)).fetchall()
    return Effect(rows, tuple(lock for (lock,) in locks), milliseconds)


async def _invalid_indexes(connection: Connection, name: str | None) -> set[tuple[str, str]]:
    """Invalid indexes of a name, or what REINDEX and the like leave of it."""
    if name is None or connection.info.transaction_status != pq.TransactionStatus.IDLE:
        return set()
    rows = await connection.execute(
        "SELECT n.nspname::text, c.relname::text FROM pg_index i JOIN pg_class c ON c.oid = i.indexrelid"
        " JOIN pg_namespace n ON n.oid = c.relnamespace WHERE NOT i.indisvalid AND c.relname = %s",
        [name],
    )
    return set(await rows.fetchall())


def _failed(error: psycopg.Error) -> ChangeFailed:
    name = type(error).__name__
    code = "".join(f"_{c.lower()}" if c.isupper() else c for c in name).lstrip("_")
    message = error.diag.message_primary or "the connection broke"
    hint = {
        "55P03": "Another session holds a lock: try again in a moment.",
        "42501": "The writer role may not do this: ask for the privilege.",
        "57014": "It takes longer than the statement timeout: change fewer rows at once.",
    }.get(error.sqlstate or "", "Correct it, and propose it anew.")
    return ChangeFailed(f"{message[:1].upper()}{message[1:]}; nothing was changed.", hint=hint, code=code)
