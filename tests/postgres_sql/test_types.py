"""Every type of PostgreSQL comes through readable, and as it is."""

import json
from pathlib import Path

import pytest

from ankus_postgres_sql.query import run_query
from ankus_shared.errors import AnkusError
from tests.fixtures.db import Clone
from tests.postgres_sql.conftest import Open
from tests.postgres_sql.test_results import rows_of

TYPES = Path(__file__).parents[1] / "fixtures" / "types.sql"


async def test_a_table_of_all_types_comes_through_as_it_is(server_clone: Clone, open_clone: Open) -> None:
    with server_clone.admin() as admin:
        admin.execute(TYPES.read_text(encoding="utf-8").encode())
        names = [
            name
            for (name,) in admin.execute(
                "SELECT attname::text FROM pg_attribute"
                " WHERE attrelid = 'every_type'::regclass AND attnum > 0 ORDER BY attnum"
            )
        ]
        casts = ", ".join(f"{name}::text" for name in names)
        expected = admin.execute(f"SELECT {casts} FROM every_type".encode()).fetchone()
    assert expected is not None
    assert len(names) >= 65
    database = await open_clone(server_clone, cell_limit=2000)
    answer = await run_query(database, "SELECT * FROM every_type")
    assert [column["name"] for column in answer.structured["columns"]] == names
    cells = rows_of(answer.text)[0].replace("\\|", "\0").split("|")
    wrong = {
        name: (cell, value)
        for name, cell, value in zip(names, cells, expected, strict=True)
        if cell.replace("\0", "|") != as_cell(name, value)
    }
    assert wrong == {}


def as_cell(name: str, value: str | None) -> str:
    """PostgreSQL's text as a cell shows it: NULL, quoted where it would look like nothing, lines as JSON."""
    if value is None:
        return "NULL"
    if name in ("c_empty", "c_null_word"):
        return f"'{value}'"
    if name == "c_char":
        return value.ljust(5)  # its cast to text drops the blanks that the type has
    if name == "c_bool":
        return value[0]
    if name == "c_inet6":
        return value.removesuffix("/128")  # which only the cast to text adds
    return json.dumps(value, ensure_ascii=False) if "\n" in value else value


async def test_xml_comes_through_where_it_is_built(server_clone: Clone, open_clone: Open) -> None:
    database = await open_clone(server_clone)
    try:
        answer = await run_query(database, "SELECT '<a b=\"1\">ж</a>'::xml AS x")
    except AnkusError as error:
        if error.code != "feature_not_supported":
            raise
        pytest.skip(f"{server_clone.server.name} is built without XML")
    assert rows_of(answer.text) == ['<a b="1">ж</a>']
