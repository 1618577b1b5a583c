"""Run one query from its text to its answer: guard, transaction, rows, and help where it fails."""

import contextlib
import time
from collections.abc import AsyncIterator, Sequence
from typing import Any

import anyio
import psycopg
import structlog
from pglast import parser

from ankus_postgres_sql import table_text
from ankus_postgres_sql.database import Database
from ankus_postgres_sql.empty import why_empty
from ankus_postgres_sql.guard import check_reach
from ankus_postgres_sql.named import query
from ankus_postgres_sql.results.bind import Bound, bind
from ankus_postgres_sql.results.shown import count_line, partial_line, show
from ankus_postgres_sql.results.store import LOCAL, Kept, Owner, row_bytes
from ankus_postgres_sql.schema import short_type
from ankus_postgres_sql.statement import Statement, parse_statement
from ankus_postgres_sql.stream import Column, Limits, Result, run_statement
from ankus_postgres_sql.table_text import Format
from ankus_postgres_sql.teach import teach
from ankus_shared.answers import Answer
from ankus_shared.postgres import Connection, DatabaseUnavailable

GRACE_SECONDS = 10
"""How much longer than PostgreSQL's own timeout we wait, should the network be dead."""
_log = structlog.get_logger("ankus.postgres_sql")


async def run_query(
    database: Database, text: str, max_rows: int = 0, form: Format = "markdown", owner: Owner = LOCAL
) -> Answer:
    """Run one read, keep its rows, and give at most `max_rows` of them (0: as many as the settings allow).

    Args:
        owner: Who may use the kept rows, and whose kept results the text may name.

    Raises:
        AnkusError: If it is refused, fails, or a row is too large; with what to do next.
    """
    statement = parse_statement(text)
    started = time.monotonic()
    bound = await bind(database, statement, owner)
    async with guarded(database, statement, bound.offset) as connection:
        result = await _fetch(database, connection, bound, max_rows)
        advice = await why_empty(connection, statement) if _says_nothing(result) else ""
    kept = Kept(
        name=database.results.new_name(owner),
        sql=text,
        columns=result.columns,
        types=await _type_names(database, result.columns),
        rows=result.rows,
        complete=not result.stopped_by,
        ordered=bool(getattr(statement.tree, "sortClause", None)),
    )
    database.results.keep(owner, kept)
    # The fingerprint is the statement's form without its literals.
    _log.info(
        "query",
        kind=statement.kind,
        fingerprint=parser.fingerprint(text),
        rows=len(result.rows),
        stopped_by=result.stopped_by,
        milliseconds=round((time.monotonic() - started) * 1000),
    )
    shown = show(database.settings, kept, range(len(kept.rows)), max_rows, form)
    parts = [
        count_line(kept, shown.count, result.stopped_by),
        shown.text,
        partial_line(bound.partial),
        advice,
    ]
    structured = _structured(kept, shown.count) | ({"advice": advice} if advice else {})
    return Answer("\n".join(part for part in parts if part), structured)


@contextlib.asynccontextmanager
async def guarded(database: Database, statement: Statement, offset: int = 0) -> AsyncIterator[Connection]:
    """A transaction in which the statement may run; PostgreSQL's errors are made to teach.

    Args:
        offset: Characters that stand before the statement in the text that is sent.
    """
    database.check_kind(statement.kind)
    try:
        async with database.reading() as connection:
            await check_reach(connection, statement)
            yield connection
    except psycopg.Error as error:
        async with database.reading() as connection:
            lesson = await teach(connection, statement, error, offset, database.settings.statement_timeout)
        raise lesson from error


async def run(
    database: Database, connection: Connection, text: str, row_limit: int, parameters: Sequence[bytes] = ()
) -> Result:
    """Run `text` inside `guarded`, and read at most `row_limit` rows, within the settings' limits.

    Raises:
        DatabaseUnavailable: If the database does not answer in time.
        psycopg.Error: PostgreSQL's own error, which `guarded` makes to teach.
    """
    settings = database.settings
    limits = Limits(
        rows=row_limit,
        cost=settings.answer_limit,
        cost_of=lambda row: table_text.cost(row, settings.cell_limit),
    )
    return await run_within(database, connection, text, limits, parameters)


async def run_within(
    database: Database, connection: Connection, text: str, limits: Limits, parameters: Sequence[bytes] = ()
) -> Result:
    """The same within other limits."""
    try:
        with anyio.fail_after(database.settings.statement_timeout + GRACE_SECONDS):
            return await run_statement(connection, text, limits, parameters)
    except TimeoutError as error:
        raise DatabaseUnavailable(
            "The database did not answer in time.", hint="Try again in a moment."
        ) from error


async def _fetch(database: Database, connection: Connection, bound: Bound, max_rows: int) -> Result:
    """The rows to show, and those that are kept beside them."""
    settings = database.settings
    shown = min(max_rows or settings.row_limit, settings.row_limit)
    limits = Limits(
        rows=max(shown, settings.result_rows),
        cost=(settings.result_memory << 20) // 8,
        cost_of=row_bytes,
        patient_rows=shown,
    )
    return await run_within(database, connection, bound.text, limits, bound.parameters)


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


def _structured(kept: Kept, count: int) -> dict[str, Any]:
    return {
        "result_id": kept.name,
        "columns": [
            {"name": column.name, "type": type_name}
            for column, type_name in zip(kept.columns, kept.types, strict=True)
        ],
        "row_count": count,
        "kept_rows": len(kept.rows),
        "truncated": count < len(kept.rows) or not kept.complete,
    }
