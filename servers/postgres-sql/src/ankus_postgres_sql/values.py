"""All values of columns that have few: from what ANALYZE saw, or, where that is not all, from the table."""

from collections.abc import Sequence
from dataclasses import dataclass

from psycopg import sql

from ankus_postgres_sql.guard import readable
from ankus_shared.postgres import Connection

FEW_VALUES = 12
"""A column with at most so many values has all of them listed."""
VALUE_WIDTH = 30
"""A column with longer values has none listed."""
SMALL_TABLE = 200_000
"""Rows up to which a table is read to complete a list."""
MANY_COLUMNS = 60
"""Columns at most that are read for one answer."""
MORE = "…"


@dataclass(frozen=True)
class Candidate:
    """A column of texts that ANALYZE found to have few values, some of which it did not keep."""

    schema: str
    table: str
    column: str
    rows: int


def distinct_values(n_distinct: float | None, rows: int | None) -> int:
    """How many values a column has by `pg_stats.n_distinct`, which is a share of the rows if negative."""
    return round(n_distinct if n_distinct and n_distinct > 0 else -(n_distinct or 0) * (rows or 0))


def listable(values: Sequence[str]) -> bool:
    """Whether values are few and short enough for a list."""
    return 0 < len(values) <= FEW_VALUES and all(len(value) <= VALUE_WIDTH for value in values)


async def read_values(connection: Connection, candidates: Sequence[Candidate]) -> list[tuple[str, ...]]:
    """The values of each candidate, most frequent first; empty where they are many, long or not read."""
    wanted = [
        (place, found)
        for place, found in enumerate(candidates)
        if 0 < found.rows <= SMALL_TABLE and place < MANY_COLUMNS
    ]
    values: list[tuple[str, ...]] = [() for _ in candidates]
    good = await readable(connection, [(found.schema, found.table) for _, found in wanted]) if wanted else ()
    wanted = [(place, found) for place, found in wanted if (found.schema, found.table) in good]
    if wanted:
        query = sql.SQL(" UNION ALL ").join(_distinct(place, found) for place, found in wanted)
        for place, found_values in await (await connection.execute(query)).fetchall():
            values[place] = tuple(found_values) if listable(found_values) else ()
    return values


def _distinct(place: int, found: Candidate) -> sql.Composed:
    return sql.SQL(
        "SELECT {place}, ARRAY(SELECT {column}::text FROM {table} WHERE {column} IS NOT NULL"
        " GROUP BY 1 ORDER BY count(*) DESC, 1 LIMIT {limit})"
    ).format(
        place=sql.Literal(place),
        column=sql.Identifier(found.column),
        table=sql.Identifier(found.schema, found.table),
        limit=sql.Literal(FEW_VALUES + 1),
    )
