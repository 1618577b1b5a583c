"""Values that ANALYZE did not give: of tables that it never saw, and of names that a question holds.

Both are bounded in columns, rows and time; what takes longer is left out, since it only helps.
"""

from collections.abc import Sequence
from dataclasses import replace

import psycopg
from psycopg import sql

from ankus_postgres_sql.guard import readable
from ankus_postgres_sql.linking.index import Value
from ankus_postgres_sql.linking.question import proper_names
from ankus_postgres_sql.linking.search import Linked
from ankus_postgres_sql.linking.words import keys, split_name
from ankus_postgres_sql.schema import SAMPLE_WIDTH, SAMPLES, Column, Table
from ankus_postgres_sql.values import SMALL_TABLE
from ankus_shared.postgres import Connection

MILLISECONDS = 100
MOST_COLUMNS = 60
ROWS = 1_000
"""Rows of a table without statistics that are read."""
HELD = 20
"""Values of one column at most that hold a name."""
_STORED = ("table", "materialized view", "partitioned table")
_Place = tuple[int, int]


async def add_samples(connection: Connection, tables: Sequence[Table]) -> None:
    """Read samples of the texts in tables that were never analyzed."""
    places = [
        (number, place)
        for number, table in enumerate(tables)
        if table.rows is None and table.kind in _STORED
        for place, column in enumerate(table.columns)
        if column.category == "S"
    ][:MOST_COLUMNS]
    places = await _readable(connection, tables, places)
    parts = [_sample(tables[number], tables[number].columns[place]) for number, place in places]
    for (number, place), texts in zip(places, await _arrays(connection, parts), strict=True):
        columns = tables[number].columns
        columns[place] = replace(columns[place], samples=tuple(texts))


async def look_up_names(connection: Connection, linked: Linked, question: str) -> list[Value]:
    """Values of the chosen tables that hold a proper name or a quoted text of the question."""
    known = {word for found in linked.values for word in found.words}
    names = [
        name for name in proper_names(question) if split_name(name) and not known & set(split_name(name))
    ]
    places = [
        (number, place)
        for number in linked.chosen
        if linked.index.tables[number].kind in _STORED
        and (linked.index.tables[number].rows or 0) <= SMALL_TABLE
        for place, column in enumerate(linked.index.tables[number].columns)
        if column.category == "S"
    ][: MOST_COLUMNS // 4]
    places = await _readable(connection, linked.index.tables, places) if names else []
    if not places:
        return []
    parts = []
    for number, place in places:
        table = linked.index.tables[number]
        parts.append(_holding(table, table.columns[place], names))
    found = await _arrays(connection, parts)
    return [
        Value(number, place, text)
        for (number, place), texts in zip(places, found, strict=True)
        for text in texts
        if any(_holds(text, name) for name in names)
    ]


async def _readable(connection: Connection, tables: Sequence[Table], places: list[_Place]) -> list[_Place]:
    """The places in tables that are read without anything else being run."""
    if not places:
        return []
    names = {number: (tables[number].schema, tables[number].name) for number, _ in places}
    good = await readable(connection, names.values())
    return [(number, place) for number, place in places if names[number] in good]


async def _arrays(connection: Connection, parts: Sequence[sql.Composable]) -> list[list[str]]:
    """What each part, an array of texts, gives; nothing where it takes too long or may not be read."""
    if not parts:
        return []
    query = sql.SQL("SELECT {}").format(sql.SQL(", ").join(parts))
    try:
        async with connection.transaction():  # a savepoint: a timeout must not end the caller's transaction
            await connection.execute(f"SET LOCAL statement_timeout = {MILLISECONDS}".encode())
            row = await (await connection.execute(query)).fetchone()
    except psycopg.DatabaseError:  # a timeout, a lock, a policy that fails: the question is answered without
        if connection.closed:
            raise
        return [[] for _ in parts]
    return [] if row is None else list(row)


def _sample(table: Table, column: Column) -> sql.Composed:
    return sql.SQL(
        "ARRAY(SELECT DISTINCT v::text FROM (SELECT {column} AS v FROM {table} LIMIT {rows}) s"
        " WHERE length(v) BETWEEN 1 AND {width} LIMIT {samples})"
    ).format(
        column=sql.Identifier(column.name),
        table=sql.Identifier(table.schema, table.name),
        rows=sql.Literal(ROWS),
        width=sql.Literal(SAMPLE_WIDTH),
        samples=sql.Literal(SAMPLES),
    )


def _holding(table: Table, column: Column, names: Sequence[str]) -> sql.Composed:
    """The column's values that hold, for one of the names, the beginnings of all its words."""
    patterns = [[f"%{_beginning(word)}%" for word in split_name(name)] for name in names]
    conditions = [
        sql.SQL("{} ILIKE ALL ({}::text[])").format(sql.Identifier(column.name), sql.Literal(some))
        for some in patterns
    ]
    return sql.SQL("ARRAY(SELECT DISTINCT {}::text FROM {} WHERE {} LIMIT {})").format(
        sql.Identifier(column.name),
        sql.Identifier(table.schema, table.name),
        sql.SQL(" OR ").join(conditions),
        sql.Literal(HELD),
    )


def _beginning(word: str) -> str:
    """What the forms of a word begin with, as far as can be told without grammar."""
    return word if len(word) < 5 or word.isascii() else word[:-2]


def _holds(text: str, name: str) -> bool:
    words = split_name(text)
    return all(any(keys(part) & keys(word) for word in words) for part in split_name(name))
