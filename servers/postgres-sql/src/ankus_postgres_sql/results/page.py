"""A part of a kept result: a page of its rows, filtered, sorted, of some columns."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from pglast import ast, parser

from ankus_postgres_sql.database import Database
from ankus_postgres_sql.errors import UnknownName
from ankus_postgres_sql.query import guarded, run_within
from ankus_postgres_sql.results.bind import ROW_NUMBER, bind_results, quoted_name
from ankus_postgres_sql.results.shown import listed, show
from ankus_postgres_sql.results.store import LOCAL, Kept, Owner
from ankus_postgres_sql.schema import quoted
from ankus_postgres_sql.statement import Statement, parse_statement, strings, walk
from ankus_postgres_sql.stream import Limits
from ankus_postgres_sql.syntax import syntax_error
from ankus_postgres_sql.table_text import Format
from ankus_postgres_sql.teach import nearest
from ankus_shared.answers import Answer


@dataclass(frozen=True, kw_only=True)
class Page:
    """Which part of a result is wanted.

    Args:
        offset: Rows that are skipped, of those that match.
        limit: Rows at most; 0 for as many as the settings allow.
        where: A condition in SQL over the result's columns.
        order: What stands behind ORDER BY.
        columns: Names of the columns to show; none for all.
    """

    offset: int = 0
    limit: int = 0
    where: str = ""
    order: str = ""
    columns: Sequence[str] = ()


async def get_result(
    database: Database, name: str, page: Page, form: Format = "markdown", owner: Owner = LOCAL
) -> Answer:
    """A page of a kept result; PostgreSQL filters and sorts it, by the columns' own types.

    Raises:
        ResultExpired: If there is no such result (any more).
        UnknownName: With code `undefined_column`.
        AnkusError: If the condition or the order is refused or fails.
    """
    kept = database.results.get(owner, name)
    places = [place_of(kept, column) for column in page.columns] or list(range(len(kept.columns)))
    chosen = list(range(len(kept.rows)))
    if page.where.strip() or page.order.strip():
        chosen = await _matching(database, kept, page)
    shown = show(database.settings, kept, chosen[page.offset :], page.limit, form, places)
    structured: dict[str, Any] = {
        "result_id": kept.name,
        "columns": [{"name": kept.names[place], "type": kept.types[place]} for place in places],
        "row_count": shown.count,
        "offset": page.offset,
        "total": len(chosen),
        "truncated": page.offset + shown.count < len(chosen) or not kept.complete,
    }
    return Answer(f"{_head(kept, page, len(chosen), shown.count)}\n{shown.text}", structured)


def place_of(kept: Kept, column: str) -> int:
    """The place of a column by its name, whose case does not matter where no other differs by it only.

    Raises:
        UnknownName: With code `undefined_column`; names the nearest.
    """
    names = kept.names
    if column in names:
        return names.index(column)
    folded = [place for place, name in enumerate(names) if name.lower() == column.strip(' "').lower()]
    if len(folded) == 1:
        return folded[0]
    raise _unknown(kept, column)


async def _matching(database: Database, kept: Kept, page: Page) -> list[int]:
    """The places of the rows that match, in order: asked of PostgreSQL."""
    text = f"SELECT {ROW_NUMBER} FROM {quoted_name(kept.name)}"  # noqa: S608 - the guard reads it all
    if page.where.strip():
        _check_alone("SELECT 1 WHERE ", page.where)
        text += f" WHERE (\n{page.where}\n)"
    if page.order.strip():
        _check_alone("SELECT 1 ORDER BY ", page.order)
    # The row number comes last, so that pages of equal rows agree.
    text += " ORDER BY " + (f"{page.order}\n, " if page.order.strip() else "") + ROW_NUMBER
    statement = parse_statement(text)
    _check_columns(kept, statement)
    bound = await bind_results(database, statement, [kept], numbered=True)
    async with guarded(database, statement, bound.offset) as connection:
        # One short number a row: no further limit is needed.
        limits = Limits(rows=len(kept.rows) + 1, cost=1, cost_of=lambda _: 0)
        found = await run_within(database, connection, bound.text, limits, bound.parameters)
    return [int(row[0] or 0) - 1 for row in found.rows]


def _check_columns(kept: Kept, statement: Statement) -> None:
    """Name what is near for a column that is not there; with a subquery columns may be other tables'."""
    nodes = list(walk(statement.tree))
    if any(isinstance(node, ast.SubLink) for node in nodes):
        return
    for node in nodes:
        if isinstance(node, ast.ColumnRef) and len(named := strings(node.fields)) == 1:
            if named[0] not in (ROW_NUMBER, *kept.names):
                raise _unknown(kept, named[0])


def _unknown(kept: Kept, column: str) -> UnknownName:
    near = nearest(column, kept.names)
    rest = [name for name in kept.names if name not in near]
    return UnknownName(
        f"{kept.name} has no column {column[:80]}.",
        hint=f"Its columns: {listed([quoted(name) for name in near + rest])}.",
        code="undefined_column",
    )


def _check_alone(before: str, part: str) -> None:
    """A condition or an order must be one by itself: no bracket closes what it did not open."""
    try:
        parser.parse_sql(before + part)
    except parser.ParseError as error:
        place = error.args[1]
        shifted = None if place is None else max(0, place - len(before))
        raise syntax_error(part, str(error.args[0]), shifted) from error


def _head(kept: Kept, page: Page, total: int, count: int) -> str:
    """Which rows are shown, of how many, and how to go on."""
    matching = " that match" if page.where.strip() else ""
    partial = "" if kept.complete else f" (the first {len(kept.rows)} rows of its query; there are more)"
    if not count:
        return f"{kept.name}: no rows here; {total} rows{matching}{partial}."
    last = page.offset + count
    more = f" Go on with offset={last}." if last < total else ""
    return f"{kept.name}: rows {page.offset + 1} to {last} of {total}{matching}{partial}.{more}"
