"""Run one query from its text to its answer: guard, transaction, rows, and help where it fails."""

import contextlib
import time
from collections.abc import AsyncIterator

import anyio
import psycopg
import structlog
from pglast import parser

from ankus_postgres_sql import table_text
from ankus_postgres_sql.answer import Answer
from ankus_postgres_sql.database import Database
from ankus_postgres_sql.empty import why_empty
from ankus_postgres_sql.guard import check_reach
from ankus_postgres_sql.named import query
from ankus_postgres_sql.schema import short_type
from ankus_postgres_sql.statement import Statement, parse_statement
from ankus_postgres_sql.stream import Column, Result, run_statement
from ankus_postgres_sql.teach import teach
from ankus_shared.postgres import Connection, DatabaseUnavailable
from ankus_shared.untrusted import frame

GRACE_SECONDS = 10
"""How much longer than PostgreSQL's own timeout we wait, should the network be dead."""
PLAN_LINES = 2_000
_log = structlog.get_logger("ankus.postgres_sql")


async def run_query(database: Database, text: str, max_rows: int = 0) -> Answer:
    """Run one read and give at most `max_rows` rows (0: as many as the settings allow).

    Raises:
        AnkusError: If it is refused, fails, or a row is too large; with what to do next.
    """
    statement = parse_statement(text)
    limit = min(max_rows or database.settings.row_limit, database.settings.row_limit)
    started = time.monotonic()
    async with _guarded(database, statement) as connection:
        result = await _run(database, connection, text, limit)
        advice = await why_empty(connection, statement) if _says_nothing(result) else ""
    types = await _type_names(database, result.columns)
    # The fingerprint is the statement's form without its literals.
    _log.info(
        "query",
        kind=statement.kind,
        fingerprint=parser.fingerprint(text),
        rows=len(result.rows),
        stopped_by=result.stopped_by,
        milliseconds=round((time.monotonic() - started) * 1000),
    )
    return _answer(database, result, types, advice)


async def explain_query(database: Database, text: str, analyze: bool = False) -> Answer:
    """The plan of one query as PostgreSQL prints it; with `analyze` the query runs and is measured.

    Raises:
        AnkusError: If it is refused or fails; with what to do next.
    """
    statement = parse_statement(text)
    prefix = "EXPLAIN (ANALYZE, BUFFERS) " if analyze else "EXPLAIN "
    if statement.kind == "Explain":
        prefix = ""
    async with _guarded(database, statement, offset=len(prefix)) as connection:
        result = await _run(database, connection, prefix + text, PLAN_LINES)
    lines = [(row[0] or b"").decode() for row in result.rows]
    if result.stopped_by:
        lines.append("(The plan is longer: it is cut here.)")
    return Answer("\n".join(lines), {"lines": len(lines), "analyzed": analyze})


@contextlib.asynccontextmanager
async def _guarded(database: Database, statement: Statement, offset: int = 0) -> AsyncIterator[Connection]:
    """A transaction in which the statement may run; PostgreSQL's errors are made to teach.

    Args:
        offset: Characters that stand before the statement in the text that is sent.
    """
    try:
        async with database.reading() as connection:
            await check_reach(connection, statement)
            yield connection
    except psycopg.Error as error:
        async with database.reading() as connection:
            lesson = await teach(connection, statement, error, offset, database.settings.statement_timeout)
        raise lesson from error


async def _run(database: Database, connection: Connection, text: str, row_limit: int) -> Result:
    cell_limit = database.settings.cell_limit
    try:
        with anyio.fail_after(database.settings.statement_timeout + GRACE_SECONDS):
            return await run_statement(
                connection,
                text,
                row_limit=row_limit,
                cost_limit=database.settings.answer_limit,
                cost=lambda row: table_text.cost(row, cell_limit),
            )
    except TimeoutError as error:
        raise DatabaseUnavailable(
            "The database did not answer in time.", hint="Try again in a moment."
        ) from error


async def _type_names(database: Database, columns: list[Column]) -> list[str]:
    """The columns' types by name; asked in a transaction of its own, as a stopped query broke the first."""
    known = database.type_names
    missing = sorted({column.type for column in columns} - known.keys())
    if missing:
        oids, modifiers = zip(*missing, strict=True)
        async with database.reading() as connection:
            rows = await query(connection, "types_of", oids=list(oids), modifiers=list(modifiers))
        known.update(zip(missing, map(short_type, rows[0]["names"]), strict=True))
    return [known[column.type] for column in columns]


def _says_nothing(result: Result) -> bool:
    """Whether the result is empty, or one row of nothing but NULL and 0, as aggregates over nothing give."""
    if len(result.rows) > 1 or not result.columns:
        return False
    return all(value in (None, b"0") for row in result.rows for value in row)


def _answer(database: Database, result: Result, types: list[str], advice: str) -> Answer:
    names = [column.name for column in result.columns]
    parts = [_count(result)]
    if result.rows:
        rows = table_text.markdown(names, result.rows, database.settings.cell_limit)
        parts.append(frame(rows, "database"))
    else:
        parts.append("columns: " + ", ".join(names))
    if advice:
        parts.append(advice)
    structured = {
        "columns": [{"name": name, "type": type} for name, type in zip(names, types, strict=True)],
        "row_count": len(result.rows),
        "truncated": bool(result.stopped_by),
    }
    return Answer("\n".join(parts), structured)


def _count(result: Result) -> str:
    """How many rows there are, and how to go on where there are more."""
    count = f"{len(result.rows)} row{'' if len(result.rows) == 1 else 's'}"
    match result.stopped_by:
        case "":
            return count
        case "rows":
            return (
                f"The first {count}; there are more."
                f" Aggregate, filter, or add ORDER BY … OFFSET {len(result.rows)} to go on."
            )
        case "bytes":
            return (
                f"The first {count}; the answer is full."
                f" Select fewer or shorter columns, or add ORDER BY … OFFSET {len(result.rows)} to go on."
            )
        case _:
            return f"The first {count}; the next row is too large. Select fewer or shorter columns."
