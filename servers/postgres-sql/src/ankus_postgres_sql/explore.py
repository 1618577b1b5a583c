"""The tools that show what is in the database: schemas, tables, one table."""

import difflib

from ankus_postgres_sql.database import Database
from ankus_postgres_sql.errors import UnknownName
from ankus_postgres_sql.named import query
from ankus_postgres_sql.outline import description, outline
from ankus_postgres_sql.schema import Table, label, load_tables
from ankus_postgres_sql.syntax import names_at
from ankus_postgres_sql.teach import nearest
from ankus_shared.answers import Answer
from ankus_shared.postgres import Connection

DETAILED = 400
"""Tables at most whose columns are loaded for a list."""


async def list_schemas(database: Database) -> Answer:
    """The schemas that the role may use, a line each."""
    async with database.reading() as connection:
        rows = await query(connection, "schemas")
    lines = [
        f"{row['name']}: {row['tables']} tables"
        + (" (no prefix needed)" if row["in_path"] else "")
        + (f" -- {' '.join(row['comment'].split())[:200]}" if row["comment"] else "")
        for row in rows
    ]
    text = "\n".join(lines) or "There are no schemas that may be used."
    return Answer(text, {"schemas": [row["name"] for row in rows]})


async def list_tables(database: Database, schema: str = "") -> Answer:
    """The tables of one schema, or of all, as definitions; shortened to names where there are too many.

    Raises:
        UnknownName: If there is no such schema.
    """
    async with database.reading() as connection:
        tables = await load_tables(connection, schema, details=False)
        if not tables and schema:
            await _check_schema(connection, schema)
        if len(tables) <= DETAILED:
            tables = await load_tables(connection, schema)
    text, form = outline(tables, database.settings.outline_limit)
    return Answer(text or "There are no tables that may be read.", {"tables": len(tables), "form": form})


async def describe_table(database: Database, table: str) -> Answer:
    """One table in full.

    Raises:
        UnknownName: If there is no such table; names the nearest.
    """
    async with database.reading() as connection:
        named = await find_table(connection, table)
        found = (await load_tables(connection, named.schema, oids=[named.oid]))[0]
        indexes = await query(connection, "indexes", oid=named.oid)
    return Answer(description(found, indexes), {"table": found.label, "columns": len(found.columns)})


async def find_table(connection: Connection, written: str) -> Table:
    """The table of a name as people write it: in SQL's form, or plainly as the catalog has it."""
    parts = names_at(written.strip(), 0) or [written]
    schema = parts[-2] if len(parts) > 1 else ""
    tables = await load_tables(connection, schema, details=False)
    for named in (parts[-1], written.strip()):
        matching = [table for table in tables if table.name == named]
        if matching:
            return min(matching, key=lambda table: "." in table.label)
    for row in await query(connection, "partitioned_parent", table=parts[-1].replace("\0", "")):
        parent = label(row["schema"], row["name"], row["visible"])
        raise UnknownName(
            f"{written} is a partition of {parent}.", hint=f"Use {parent}, which holds its rows too."
        )
    everywhere = {table.name: table.label for table in await load_tables(connection, details=False)}
    near = [everywhere[name] for name in nearest(parts[-1], everywhere)]
    raise UnknownName(
        f"There is no table {written}.",
        hint=f"Nearest: {', '.join(near)}." if near else "Call list_tables to see the tables.",
    )


async def _check_schema(connection: Connection, schema: str) -> None:
    known = [row["name"] for row in await query(connection, "schemas")]
    if schema not in known:
        near = difflib.get_close_matches(schema, known, n=3) or known
        raise UnknownName(
            f"There is no schema {schema}.", hint=f"Schemas: {', '.join(near[:12])}.", code="undefined_schema"
        )
