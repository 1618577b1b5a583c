"""The statements of `sql/query`."""

from functools import cache
from importlib import resources
from typing import LiteralString

from psycopg import sql


def statement(name: str) -> sql.SQL:
    """`sql/query/<name>.sql`, whose braces are still to be filled."""
    return sql.SQL(text(name))


@cache
def text(name: str) -> LiteralString:
    """The text of `sql/query/<name>.sql`."""
    file = resources.files("ankus_code_graph").joinpath("sql", "query", f"{name}.sql")
    return file.read_text(encoding="utf-8")
