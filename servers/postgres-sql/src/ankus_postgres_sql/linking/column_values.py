"""The values of one column: how many rows have each, the nearest to a text, the range and the NULLs.

The queries go through the guard as a user's do: a view that does more than read is refused, and the role,
the timeouts and the limits hold. A large table is read in part, and the answer says so.
"""

from dataclasses import dataclass

from ankus_postgres_sql.database import Database
from ankus_postgres_sql.explore import find_table
from ankus_postgres_sql.linking.similar import rank
from ankus_postgres_sql.query import guarded, run_within
from ankus_postgres_sql.schema import Column, Table, load_tables, quoted
from ankus_postgres_sql.statement import parse_statement
from ankus_postgres_sql.stream import Limits, Row
from ankus_postgres_sql.table_text import cost, markdown
from ankus_postgres_sql.teach import nearest
from ankus_shared.answers import Answer
from ankus_shared.errors import AnkusError
from ankus_shared.untrusted import frame

SHOWN = 20
WIDTH = 200
"""Characters of a value that are shown."""
SECONDS = 5
"""How long one query may run."""
WHOLE = 1_000_000
"""Rows up to which a table is read whole; of a larger one about so many rows are."""
COMPARED = 5_000
"""Different values at most that are compared with a text that none of them holds."""
_COMPARED_WIDTH = 80


class UnknownColumn(AnkusError):
    """Raised when a tool is asked for a column that the table has not, or that may not be read."""

    code = "undefined_column"


@dataclass(frozen=True)
class Source:
    """The column to read, as it stands in SQL."""

    table: Table
    column: Column

    @property
    def share(self) -> float:
        """The part of the table that is read, in percent."""
        rows = self.table.rows or 0
        can_sample = self.table.kind in ("table", "materialized view", "partitioned table")
        return 100.0 if rows <= WHOLE or not can_sample else max(0.001, round(100 * WHOLE / rows, 3))

    @property
    def relation(self) -> str:
        """The table, or a sample of it (https://www.postgresql.org/docs/18/sql-select.html, TABLESAMPLE)."""
        return self.table.label + (f" TABLESAMPLE SYSTEM ({self.share})" if self.share < 100 else "")

    @property
    def text(self) -> str:
        """The value as text."""
        return f"{quoted(self.column.name)}::text"


async def column_values(database: Database, table: str, column: str, like: str = "") -> Answer:
    """The values of a column, most common first; with `like`, those that hold it or are nearest to it.

    Raises:
        UnknownName: If there is no such table.
        UnknownColumn: If the table has no such column that may be read.
        AnkusError: If the read is refused or takes too long.
    """
    source = await _source(database, table, column)
    summary = await _summary(database, source)
    rows = await _common(database, source, like)
    note = ""
    if like and not rows:
        rows = await _similar(database, source, like)
        note = f"No value holds {like!r}" + ("; the nearest:" if rows else ", and none is near to it.")
    parts = [summary, note, frame(markdown(["value", "rows"], rows, WIDTH), "database") if rows else ""]
    found = {"table": source.table.label, "column": source.column.name, "values": len(rows)}
    return Answer("\n".join(part for part in parts if part), found)


async def _source(database: Database, table: str, column: str) -> Source:
    async with database.reading() as connection:
        named = await find_table(connection, table)
        found = (await load_tables(connection, named.schema, oids=[named.oid]))[0]
    names = {one.name: one for one in found.columns}
    wanted = column.strip()
    plain = wanted[1:-1].replace('""', '"') if wanted[:1] == wanted[-1:] == '"' else wanted
    for name in (wanted, plain, wanted.lower()):
        if name in names:
            return Source(found, names[name])
    near = nearest(plain, list(names)) or list(names)
    raise UnknownColumn(
        f"{found.label} has no column {column}.",
        hint=f"Its columns: {', '.join(quoted(name) for name in near[:SHOWN])}.",
    )


async def _summary(database: Database, source: Source) -> str:
    """How many rows, NULLs and different values; the least and the greatest of numbers and dates."""
    name = quoted(source.column.name)
    ranged = source.column.category in ("N", "D")
    extremes = f"min({name})::text, max({name})::text" if ranged else "NULL, NULL"
    sql = f"SELECT count(*), count({name}), count(DISTINCT {source.text}), {extremes} FROM {source.relation}"  # noqa: S608 - names from the catalog, quoted
    (row,) = await _read(database, sql, 1)
    total, filled, distinct = (int(value or b"0") for value in row[:3])
    low, high = ((value or b"").decode() for value in row[3:])
    share = f" ({100 * (total - filled) / total:.1f}%)" if filled < total else ""
    parts = [f"{total} rows", f"{total - filled} NULL{share}", f"{distinct} different values"]
    if ranged and filled:
        parts.append(f"from {low} to {high}")
    sample = f" in a sample of {source.share}% of the table" if source.share < 100 else ""
    return f"{source.table.label}.{name} ({source.column.type}){sample}: {', '.join(parts)}"


async def _common(database: Database, source: Source, like: str) -> list[Row]:
    """The most common values, or those that hold a text, capitals and small letters alike."""
    pattern = like.replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_")
    where = f" WHERE {source.text} ILIKE {_literal(f'%{pattern}%')}" if like else ""
    sql = f"SELECT {source.text}, count(*) FROM {source.relation}{where} GROUP BY 1 ORDER BY 2 DESC, 1"  # noqa: S608 - as above; the literal is escaped
    return await _read(database, sql, SHOWN)


async def _similar(database: Database, source: Source, like: str) -> list[Row]:
    """The values nearest to a text by their words' forms and their trigrams."""
    sql = (
        f"SELECT {source.text}, count(*) FROM {source.relation}"  # noqa: S608 - as above
        f" WHERE length({source.text}) <= {_COMPARED_WIDTH} GROUP BY 1 ORDER BY 2 DESC, 1"
    )
    rows = await _read(database, sql, COMPARED)
    by_text = {(row[0] or b"").decode("utf-8", "replace"): row for row in rows}
    return [by_text[text] for text in rank(like, list(by_text))[:SHOWN]]


async def _read(database: Database, sql: str, rows: int) -> list[Row]:
    limits = Limits(
        rows=rows,
        cost=max(database.settings.answer_limit, rows * _COMPARED_WIDTH),
        cost_of=lambda row: cost(row, WIDTH),
    )
    async with guarded(database, parse_statement(sql)) as connection:
        await connection.execute(f"SET LOCAL statement_timeout = '{SECONDS}s'".encode())
        return (await run_within(database, connection, sql, limits)).rows


def _literal(text: str) -> str:
    """A text as SQL, with standard_conforming_strings as every session here has it."""
    return "'" + text.replace("\0", "").replace("'", "''") + "'"
