"""Named queries: the files of `sql/`, run with parameters, rows as dictionaries."""

from functools import cache
from importlib import resources
from typing import Any, LiteralString

from psycopg.rows import dict_row

from ankus_shared.postgres import Connection


async def query(connection: Connection, name: str, **parameters: Any) -> list[dict[str, Any]]:
    """Run `sql/<name>.sql`; its rows by column name."""
    async with connection.cursor(row_factory=dict_row) as cursor:
        await cursor.execute(text(name), parameters)
        return await cursor.fetchall()


@cache
def text(name: str) -> LiteralString:
    """The text of `sql/<name>.sql`."""
    file = resources.files("ankus_postgres_sql").joinpath("sql", f"{name}.sql")
    return file.read_text(encoding="utf-8")
