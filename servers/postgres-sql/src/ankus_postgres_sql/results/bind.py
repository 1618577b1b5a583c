"""A kept result as a table of a later query: `SELECT … FROM r1 JOIN customers …`.

The query's text stays as it is. Before its first word, after its leading comments (where pg_hint_plan
looks), comes a WITH item that gives the result's rows, or, where the query begins with WITH, one more
item. The item holds names and types only; the values travel as parameters, a text array for each column,
and are cast by their types' own input functions, so that they are what they were.

A table or a WITH item of the query's own of the same name wins. EXPLAIN may stand before the query.
"""

from collections.abc import Iterable
from dataclasses import dataclass

from ankus_postgres_sql.database import Database
from ankus_postgres_sql.explained import first_word, words
from ankus_postgres_sql.named import query
from ankus_postgres_sql.results.store import Kept, Owner
from ankus_postgres_sql.statement import Statement

ROW_NUMBER = "ankus_row"
"""The column of row numbers, where it is asked for."""


@dataclass(frozen=True)
class Bound:
    """A text to send, its parameters, and what to say about it."""

    text: str
    parameters: tuple[bytes, ...] = ()
    offset: int = 0
    """Characters that were put before the statement."""
    partial: tuple[Kept, ...] = ()
    """Results used that do not hold all rows of their query."""


async def bind(database: Database, statement: Statement, owner: Owner) -> Bound:
    """The statement with the kept results that it names, if it names any.

    The types that the values are cast to are added to what the statement reaches, for the guard to check.
    """
    found = (database.results.find(owner, name) for name in _free_names(statement))
    results = [kept for kept in found if kept is not None]
    if not results:
        return Bound(statement.text)
    async with database.reading() as connection:
        rows = await query(connection, "relations", names=[kept.name for kept in results])
    real = {row["name"] for row in rows if row["visible"]}
    return await bind_results(database, statement, [kept for kept in results if kept.name not in real])


async def bind_results(
    database: Database, statement: Statement, results: list[Kept], *, numbered: bool = False
) -> Bound:
    """The statement with these results; with `numbered` they have a last column of row numbers from 1."""
    if not results:
        return Bound(statement.text)
    items, parameters = [], list[bytes]()
    for kept in results:
        types = await _cast_types(database, statement, kept)
        items.append(_item(kept, types, len(parameters), numbered))
        parameters += (array_literal(values) for values in _columns(kept))
    text, offset = _insert(statement, ", ".join(items))
    return Bound(text, tuple(parameters), offset, tuple(kept for kept in results if not kept.complete))


def array_literal(values: Iterable[bytes | None]) -> bytes:
    """Values as PostgreSQL reads an array of text (manual, 8.15.6 Array Input and Output Syntax)."""
    parts = (
        b"NULL" if value is None else b'"' + value.replace(b"\\", b"\\\\").replace(b'"', b'\\"') + b'"'
        for value in values
    )
    return b"{" + b",".join(parts) + b"}"


def quoted_name(name: str) -> str:
    """A name in double quotes."""
    return '"' + name.replace('"', '""') + '"'


def _free_names(statement: Statement) -> list[str]:
    """Tables named without schema that are no names of the statement's own."""
    reached = statement.reached
    return sorted(
        name
        for schema, name in reached.relations
        if schema is None and None not in reached.aliases.get(name, ())
    )


def _columns(kept: Kept) -> list[list[bytes | None]]:
    return [[row[place] for row in kept.rows] for place in range(len(kept.columns))]


async def _cast_types(database: Database, statement: Statement, kept: Kept) -> list[str]:
    """The columns' types as SQL writes them; text for those that cannot be read back."""
    oids, modifiers = zip(*(column.type for column in kept.columns), strict=True)
    async with database.reading() as connection:
        rows = await query(connection, "cast_types", oids=list(oids), modifiers=list(modifiers))
    statement.reached.types.update(
        (row["schema"], row["name"])
        for row in rows
        if row["readable"] and row["schema"] != "pg_catalog"  # whose casts from text are PostgreSQL's own
    )
    return [row["written"] if row["readable"] else "pg_catalog.text" for row in rows]


def _item(kept: Kept, types: list[str], first: int, numbered: bool) -> str:
    """The WITH item whose values are the parameters after `first`."""
    places = range(1, len(types) + 1)
    arrays = (f"pg_catalog.unnest(${first + place}::pg_catalog.text[])" for place in places)
    values = [f"c{place}::{type_name}" for place, type_name in zip(places, types, strict=True)]
    names = [quoted_name(name) for name in kept.names]
    columns = [f"c{place}" for place in places]
    if numbered:
        values, names, columns = [*values, "n"], [*names, ROW_NUMBER], [*columns, "n"]
    rows = f"ROWS FROM ({', '.join(arrays)}){' WITH ORDINALITY' if numbered else ''}"
    head = f"{quoted_name(kept.name)} ({', '.join(names)}) AS MATERIALIZED"
    return f"{head} (SELECT {', '.join(values)} FROM {rows} AS t ({', '.join(columns)}))"  # noqa: S608 - names are quoted


def _insert(statement: Statement, items: str) -> tuple[str, int]:
    """The text with WITH items in front of its query, and how many characters they take."""
    text = statement.text
    tokens = words(text)
    first = first_word(tokens)
    if tokens[first].name not in ("WITH", "WITH_LA"):
        prefix, place = f"WITH {items} ", tokens[first].start
    else:
        recursive = tokens[first + 1].name == "RECURSIVE"
        place = tokens[first + recursive].end + 1
        prefix = f" {items},"
    return text[:place] + prefix + text[place:], len(prefix)
