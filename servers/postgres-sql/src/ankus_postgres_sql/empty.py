"""Why a query found nothing: values that are not there, and dates outside of the data.

Read off the statement: `column = 'text'`, IN and LIKE on columns with few values, and comparisons of
dates. It looks at the data itself, for a short while; what takes longer is left out.
"""

import difflib
from dataclasses import dataclass
from typing import Any

import psycopg
from pglast import ast
from psycopg import sql

from ankus_postgres_sql.schema import Column, Table, load_tables, quoted
from ankus_postgres_sql.statement import Statement, strings, walk
from ankus_postgres_sql.teach import tables_of
from ankus_shared.postgres import Connection

SECONDS = 2
MANY_VALUES = 300
"""A column with more values than this is not listed."""
MANY_ROWS = 2_000_000
"""A table with more rows is not searched."""
SHOWN = 12
ALIKE = 0.7
"""How alike a value of another column must be to be named."""
OTHER_COLUMNS = 8
NOTES = 4
"""Remarks at most."""
_TEXT_OPERATORS = {"=", "<>", "~~", "~~*"}


@dataclass(frozen=True)
class Filter:
    """A comparison of a column with literals; no literals where it is compared with something else."""

    table: Table
    column: Column
    operator: str
    literals: tuple[str, ...]


async def why_empty(connection: Connection, statement: Statement) -> str:
    """Remarks for a query that found nothing, one a line; empty where there is nothing to say."""
    filters = list(_filters(statement.tree))
    if not filters:
        return ""
    try:
        await connection.execute(sql.SQL("SET LOCAL statement_timeout = {}").format(f"{SECONDS}s"))
        used = tables_of(statement, await load_tables(connection))
        resolved = [found for item in filters if (found := _resolve(item, used)) is not None]
        notes = [await _note(connection, found) for found in resolved[: NOTES * 2]]
    except psycopg.Error:
        return ""  # the help is beside the answer: without it the answer stands
    return "\n".join(list(dict.fromkeys(note for note in notes if note))[:NOTES])


async def _note(connection: Connection, found: Filter) -> str:
    if found.table.rows is not None and found.table.rows > MANY_ROWS:
        return ""
    if found.column.category == "D":
        return await _date_note(connection, found)
    if found.column.category in ("S", "E") and found.literals and found.operator in _TEXT_OPERATORS:
        return await _value_note(connection, found)
    return ""


async def _date_note(connection: Connection, found: Filter) -> str:
    """The range of a date column."""
    rows = await connection.execute(
        sql.SQL("SELECT min({c})::text, max({c})::text FROM {t}").format(**_identifiers(found))
    )
    low, high = await rows.fetchone() or (None, None)
    if low is None:
        return ""
    return f"{_name(found)} runs from {low} to {high}."


async def _value_note(connection: Connection, found: Filter) -> str:
    """The values of a column, nearest first, where none of the filter's is among them.

    Where another column of the table has a value that is nearer, such as a name in another language, that.
    """
    values = await _values(connection, found, found.column)
    if len(values) > MANY_VALUES:
        return await _same_letters(connection, found)
    missing = [text for text in found.literals if not _occurs(text, values, found.operator)]
    if not missing:
        return ""
    text = missing[0].strip("%")
    absent = f"{_name(found)} has no {_quoted(missing[0])}"
    near = _by_likeness(text, values)
    if (elsewhere := await _elsewhere(connection, found, text, near[:1])) is not None:
        column, value = elsewhere
        return f"{absent}, but {found.table.label}.{quoted(column.name)} has {_quoted(value)}."
    more = f", … ({len(values)} in all)" if len(values) > SHOWN else ""
    return f"{absent}; its values: {', '.join(map(_quoted, near[:SHOWN]))}{more}."


async def _values(connection: Connection, found: Filter, column: Column) -> list[str]:
    rows = await connection.execute(
        sql.SQL("SELECT DISTINCT {c}::text FROM {t} WHERE {c} IS NOT NULL LIMIT {n}").format(
            c=sql.Identifier(column.name),
            t=sql.Identifier(found.table.schema, found.table.name),
            n=sql.Literal(MANY_VALUES + 1),
        )
    )
    return [value for (value,) in await rows.fetchall()]


async def _elsewhere(
    connection: Connection, found: Filter, text: str, nearest: list[str]
) -> tuple[Column, str] | None:
    """Another column of the table and its value that is more like `text` than the nearest here."""
    best: tuple[Column, str] | None = None
    likeness = max([ALIKE, *(_likeness(text, value) for value in nearest)])
    others = [column for column in found.table.columns if column.category in "SE" and column != found.column]
    for column in others[:OTHER_COLUMNS]:
        for value in await _values(connection, found, column):
            if _likeness(text, value) > likeness:
                best, likeness = (column, value), _likeness(text, value)
    return best


async def _same_letters(connection: Connection, found: Filter) -> str:
    """Values that contain the filter's, or differ in upper and lower case, of a column with many."""
    text = found.literals[0].strip("%")
    pattern = "%" + text.replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_") + "%"
    rows = await connection.execute(
        sql.SQL(
            "SELECT {c}::text FROM {t} WHERE {c}::text ILIKE {p}"
            " GROUP BY 1 ORDER BY length({c}::text), 1 LIMIT 5"
        ).format(**_identifiers(found), p=sql.Literal(pattern))
    )
    values = [value for (value,) in await rows.fetchall()]
    if not values or _occurs(found.literals[0], values, found.operator):
        return ""
    return f"{_name(found)} has no {_quoted(found.literals[0])}, but {', '.join(map(_quoted, values))}."


def _occurs(text: str, values: list[str], operator: str) -> bool:
    if operator in ("=", "<>"):
        return text in values
    part = text.strip("%").replace("%", "")
    return any(part in value if operator == "~~" else part.lower() in value.lower() for value in values)


def _by_likeness(text: str, values: list[str]) -> list[str]:
    return sorted(values, key=lambda value: (-_likeness(text, value), value))


def _likeness(text: str, value: str) -> float:
    return difflib.SequenceMatcher(None, text.lower(), value.lower()).ratio()


def _filters(tree: Any) -> list[tuple[ast.ColumnRef, str, tuple[str, ...]]]:
    """The comparisons of columns in a tree: (column, operator, literals)."""
    found = []
    for node in walk(tree):
        if not isinstance(node, ast.A_Expr) or not node.name:
            continue
        operator = node.name[-1].sval
        for side, other in ((node.lexpr, node.rexpr), (node.rexpr, node.lexpr)):
            column = _column_in(side)
            if column is not None:
                found.append((column, operator, _literals(other)))
    return found


def _column_in(side: Any) -> ast.ColumnRef | None:
    """The column that one side of a comparison is, or is computed from by a cast or a function."""
    if not isinstance(side, ast.Node):
        return None
    columns = [node for node in walk(side) if isinstance(node, ast.ColumnRef)]
    subqueries = any(isinstance(node, ast.SubLink) for node in walk(side))
    return columns[0] if len(columns) == 1 and not subqueries else None


def _literals(side: Any) -> tuple[str, ...]:
    return tuple(
        node.val.sval or ""
        for node in walk(side)
        if isinstance(node, ast.A_Const) and isinstance(node.val, ast.String)
    )


def _resolve(item: tuple[ast.ColumnRef, str, tuple[str, ...]], used: dict[str, Table]) -> Filter | None:
    """The table and column that a column reference means, where it is only one."""
    node, operator, literals = item
    names = strings(node.fields)
    candidates = [used[names[-2]]] if len(names) > 1 and names[-2] in used else list(used.values())
    owners = {id(table): table for table in candidates if names and table.column(names[-1])}
    if len(owners) != 1:
        return None
    table = next(iter(owners.values()))
    column = table.column(names[-1])
    assert column is not None
    return Filter(table, column, operator, literals)


def _identifiers(found: Filter) -> dict[str, sql.Composable]:
    return {
        "c": sql.Identifier(found.column.name),
        "t": sql.Identifier(found.table.schema, found.table.name),
    }


def _name(found: Filter) -> str:
    return f"{found.table.label}.{quoted(found.column.name)}"


def _quoted(value: str) -> str:
    return "'" + (value if len(value) <= 60 else value[:59] + "…") + "'"
