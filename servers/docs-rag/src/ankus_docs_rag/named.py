"""Texts that lie in this package: the queries of `sql/` and the prompts of `prompts/`."""

from functools import cache
from importlib import resources
from typing import LiteralString

from psycopg import sql


def named(name: str, **parts: sql.Composable) -> sql.Composed:
    """The text of `sql/<name>.sql` with its `{names}` filled in; values stay parameters."""
    return sql.SQL(_text(f"sql/{name}.sql")).format(**parts)


def prompt(name: str) -> str:
    """The text of `prompts/<name>.md`."""
    return _text(f"prompts/{name}.md").strip()


@cache
def _text(path: str) -> LiteralString:
    return resources.files("ankus_docs_rag").joinpath(path).read_text(encoding="utf-8")
