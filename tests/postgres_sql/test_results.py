"""Rows come through exactly as PostgreSQL writes them, and never more of them than wanted."""

import re
import sys
from pathlib import Path

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from ankus_postgres_sql import table_text
from ankus_postgres_sql.database import Database
from ankus_postgres_sql.plans.explain import explain_query
from ankus_postgres_sql.query import run_query
from ankus_shared.errors import AnkusError
from ankus_shared.untrusted import unframe
from tests.fixtures.db import Clone
from tests.postgres_sql.conftest import Open

EXACT = {
    "0.10::numeric(10,3)": ("0.100", "numeric(10,3)"),
    "12345678901234567890.123456789": ("12345678901234567890.123456789", "numeric"),
    "'NaN'::numeric": ("NaN", "numeric"),
    "0.1::float8 + 0.2": ("0.30000000000000004", "float8"),
    "'infinity'::timestamptz": ("infinity", "timestamptz"),
    "date '4714-11-24 BC'": ("4714-11-24 BC", "date"),
    "'24:00'::time": ("24:00:00", "time"),
    "interval '1 year 2 days 03:04:05.678'": ("1 year 2 days 03:04:05.678", "interval"),
    "'\\x00ff'::bytea": ("\\x00ff", "bytea"),
    "ARRAY[[1,2],[3,NULL]]": ("{{1,2},{3,NULL}}", "int[]"),
    "'[1,3)'::int4range": ("[1,3)", "int4range"),
    "'{\"a\": [1, null]}'::jsonb": ('{"a": [1, null]}', "jsonb"),
    "'happy'::mood": ("happy", "mood"),
    "ROW(1, 'a b')": ('(1,"a b")', "record"),
    "'10.0.0.1/8'::inet": ("10.0.0.1/8", "inet"),
    "'(1,2)'::point": ("(1,2)", "point"),
    "B'101'": ("101", "bit"),
    "NULL": ("NULL", "text"),
    "'NULL'": ("'NULL'", "text"),
    "''": ("''", "text"),
    "true": ("t", "bool"),
    "E'two\\nlines|bar'": ('"two\\nlines\\|bar"', "text"),
    r"'two\nlines'": (r"two\nlines", "text"),
    """'"quoted"'""": (r'"\"quoted\""', "text"),
    r"'a\|b'": (r'"a\\\|b"', "text"),
    "'''NULL'''": ("\"'NULL'\"", "text"),
    "'Жук 🐘'": ("Жук 🐘", "text"),
    "9223372036854775807": ("9223372036854775807", "bigint"),
}


@pytest.mark.parametrize("expression", EXACT)
async def test_each_type_is_written_exactly(database: Database, expression: str) -> None:
    answer = await run_query(database, f"SELECT {expression} AS value")
    text, type_name = EXACT[expression]
    assert rows_of(answer.text) == [text]
    assert answer.structured["columns"] == [{"name": "value", "type": type_name}]


async def test_columns_of_the_same_name_are_all_there(database: Database) -> None:
    answer = await run_query(database, "SELECT 1 AS a, 2 AS a, 3")
    assert "\na|a|?column?\n-|-|-\n1|2|3\n" in answer.text
    assert [column["name"] for column in answer.structured["columns"]] == ["a", "a", "?column?"]


async def test_a_cut_result_says_so_and_how_to_go_on(database: Database) -> None:
    answer = await run_query(database, "SELECT id FROM orders ORDER BY id", max_rows=3)
    assert answer.text.startswith(
        "The first 3 rows of 2000 (result r1). get_result(r1, offset=3) shows more.\n"
    )
    assert rows_of(answer.text) == ["1", "2", "3"]
    assert answer.structured == {
        "result_id": "r1",
        "columns": [{"name": "id", "type": "int"}],
        "row_count": 3,
        "kept_rows": 2000,
        "truncated": True,
    }


async def test_exactly_as_many_rows_as_allowed_are_not_called_cut(database: Database) -> None:
    answer = await run_query(database, "SELECT id FROM orders LIMIT 3", max_rows=3)
    assert answer.text.startswith("3 rows (result r1)\n")
    assert answer.structured["truncated"] is False


async def test_an_answer_stops_at_its_size(clone: Clone, open_clone: Open) -> None:
    small = await open_clone(clone, answer_limit=2000, row_limit=100_000)
    answer = await run_query(small, "SELECT repeat('x', 100) FROM generate_series(1, 100000)")
    assert re.search("result r1 keeps [0-9]+, there are more", answer.text)
    assert 15 <= answer.structured["row_count"] <= 21
    assert answer.structured["truncated"] is True


async def test_a_long_value_is_cut_and_its_length_is_said(database: Database) -> None:
    answer = await run_query(database, "SELECT repeat('ж', 100000) AS long")
    assert rows_of(answer.text) == ["ж" * 500 + "… (100000 characters)"]


@pytest.mark.skipif(
    sys.platform != "linux", reason="only Linux tells a process's peak of memory since a moment"
)
async def test_a_huge_value_never_reaches_the_process(database: Database) -> None:
    await run_query(database, "SELECT 1")
    Path("/proc/self/clear_refs").write_text("5")  # the peak starts anew: proc(5)
    before = peak_kib()
    with pytest.raises(AnkusError) as caught:
        await run_query(database, "SELECT repeat('x', 200000000) AS huge")
    assert caught.value.code == "row_too_large"
    assert "left(column, 200)" in caught.value.hint
    assert peak_kib() - before < 32 * 1024
    assert rows_of((await run_query(database, "SELECT 1")).text) == ["1"]


async def test_rows_before_a_huge_one_are_kept(database: Database) -> None:
    answer = await run_query(
        database, "SELECT repeat('x', CASE WHEN g < 3 THEN 1 ELSE 9000000 END) FROM generate_series(1, 4) g"
    )
    assert answer.text.startswith("The first 2 rows; result r1 keeps 2, the next row is too large:")
    assert rows_of(answer.text) == ["x", "x"]


async def test_a_plan_is_shown_and_measured_only_when_asked(database: Database) -> None:
    plan = await explain_query(database, "SELECT * FROM orders WHERE id = 1")
    assert "Index Scan using orders_pkey" in plan.text
    assert plan.text.startswith("Not run;")
    measured = await explain_query(database, "SELECT * FROM orders WHERE id = 1", analyze=True)
    assert measured.text.startswith("Ran in ")


async def test_the_statement_is_sent_as_it_was_written(clone: Clone, database: Database) -> None:
    text = "/*+ SeqScan(o) */ SELECT  current_query( ) AS q  -- done"
    assert rows_of((await run_query(database, text)).text) == [text]


@given(st.lists(st.one_of(st.none(), st.text()), min_size=1, max_size=4), st.integers(20, 60))
@example(["\\", None], 20)
def test_a_row_is_always_one_line_with_as_many_cells(values: list[str | None], limit: int) -> None:
    row = tuple(None if value is None else value.encode("utf-8", "replace") for value in values)
    lines = table_text.markdown(["c"] * len(row), [row], limit).split("\n")
    assert len(lines) == 3
    assert lines[2].replace("\\|", "").count("|") == len(row) - 1


def peak_kib() -> int:
    """The greatest size that this process has had in memory, in KiB."""
    status = Path("/proc/self/status").read_text()
    return int(re.search(r"VmHWM:\s+(\d+) kB", status)[1])  # type: ignore[index]


def rows_of(text: str) -> list[str]:
    """The lines of an answer's rows, without its head."""
    start = text.index("<untrusted")
    frame = text[start : text.index("</untrusted>") + len("</untrusted>")]
    return unframe(frame).split("\n")[2:]
