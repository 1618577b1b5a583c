"""Named queries: the files of `sql/`, with the names of tables put in."""

from functools import cache
from importlib import resources
from typing import LiteralString

from psycopg import sql


def named(name: str, **identifiers: sql.Composable) -> sql.Composed:
    """The text of `sql/<name>.sql` with its `{names}` filled in; values stay parameters."""
    return sql.SQL(_text(name)).format(**identifiers)


@cache
def _text(name: str) -> LiteralString:
    file = resources.files("ankus_code_graph").joinpath("sql", f"{name}.sql")
    return file.read_text(encoding="utf-8")
