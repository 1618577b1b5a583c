"""A result can be returned to: paged, filtered, sorted, and joined by name, with nothing lost."""

import itertools
import json

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from ankus_postgres_sql.database import Database
from ankus_postgres_sql.hints.check import check_hints
from ankus_postgres_sql.hints.report import measure_hints
from ankus_postgres_sql.plans.compare import compare_plans
from ankus_postgres_sql.plans.explain import explain_query
from ankus_postgres_sql.query import run_query
from ankus_postgres_sql.results.bind import array_literal
from ankus_postgres_sql.results.page import Page, get_result
from ankus_postgres_sql.results.store import LOCAL, Kept, Owner, ResultStore, unique_names
from ankus_postgres_sql.stream import Column, Row
from ankus_shared.errors import AnkusError
from ankus_shared.untrusted import unframe
from tests.fixtures.db import Clone
from tests.postgres_sql.conftest import Open
from tests.postgres_sql.test_results import rows_of

TYPES = """
    12345678901234567890.1234567890::numeric AS n, 'NaN'::numeric AS nan, 0.1::float8 + 0.2 AS f,
    'infinity'::timestamptz AS inf, timestamp '0044-03-15 12:00:00.123456 BC' AS bc,
    ARRAY['a,b', NULL, '"', E'\\\\', '']::text[] AS list, ARRAY[[1,2],[3,NULL]] AS grid,
    '{"a": [1, null], "b": "\u0436"}'::jsonb AS doc, '[1, 2]'::json AS raw, '\\x00ff'::bytea AS bytes,
    'happy'::mood AS mood, '10.0.0.1/8'::inet AS net, '[1,3)'::int4range AS span, B'101' AS bits,
    interval '1 year 2 days 03:04:05.678' AS lasting, NULL::int AS nothing, '' AS empty, 'NULL' AS word,
    ROW(1, 'a b') AS anonymous, 'x'::char(5) AS padded, 'Жук 🐘' AS "Имя", '(1,2)'::point AS place,
    '{[1,2],[5,7]}'::int4multirange AS spans, 'a fat cat'::tsvector AS words, '1.50'::money AS price,
    true AS yes, 'n'::"char" AS letter, int8 '-9223372036854775808' AS least
"""


async def test_a_result_joins_a_later_query_with_nothing_lost(each_database: Database) -> None:
    await run_query(each_database, f"SELECT {TYPES}", form="jsonl")
    again = await run_query(each_database, "SELECT * FROM r1", form="jsonl")
    first = await get_result(each_database, "r1", Page(), "jsonl")
    assert rows_of_jsonl(again.text) == rows_of_jsonl(first.text)
    types = [column["type"] for column in first.structured["columns"]]
    assert [column["type"] for column in again.structured["columns"]] == [
        "text" if name == "record" else name for name in types
    ]


async def test_a_result_is_joined_with_a_table_by_name(database: Database) -> None:
    await run_query(database, "SELECT id, id * 10 AS tens FROM orders WHERE id <= 3 ORDER BY id")
    answer = await run_query(database, "SELECT o.id, r1.tens FROM r1 JOIN orders o USING (id) ORDER BY id")
    assert rows_of(answer.text) == ["1|10", "2|20", "3|30"]


@pytest.mark.parametrize(
    "text",
    [
        "WITH a AS (SELECT 1 AS one) SELECT one, tens FROM a, r1",
        "WITH RECURSIVE a(one) AS (SELECT 1) SELECT one, tens FROM a, r1",
        "-- note\n/* Ж */ WITH a AS (SELECT 1 AS one) SELECT one, tens FROM a, r1 -- end",
        "(SELECT 1 AS one, tens FROM r1) UNION SELECT 1, tens FROM r1;",
        "SELECT 1 AS one, x.tens FROM (SELECT * FROM r1) AS x",
    ],
)
async def test_a_result_can_stand_in_every_form_of_query(database: Database, text: str) -> None:
    await run_query(database, "SELECT 10 AS tens")
    assert rows_of((await run_query(database, text)).text) == ["1|10"]


async def test_leading_comments_stay_first_where_hints_are_read(database: Database) -> None:
    await run_query(database, "SELECT 1 AS one")
    answer = await run_query(database, "/*+ SeqScan(r1) */ SELECT current_query() AS q FROM r1")
    assert rows_of(answer.text)[0].startswith('/*+ SeqScan(r1) */ WITH "r1" ("one") AS')


async def test_an_error_beside_a_result_points_into_the_query_as_it_was_written(database: Database) -> None:
    await run_query(database, "SELECT 1 AS one")
    with pytest.raises(AnkusError) as caught:
        await run_query(database, "SELECT lower(one) FROM r1")
    assert caught.value.code == "undefined_function"
    assert "line 1: SELECT lower(one) FROM r1\n               ^\n" in caught.value.message


async def test_a_real_table_and_a_name_of_the_query_win(clone: Clone, database: Database) -> None:
    with clone.admin() as connection:
        connection.execute("CREATE TABLE r2 (word text); INSERT INTO r2 VALUES ('real')")
        connection.execute("GRANT SELECT ON r2 TO PUBLIC")
    await run_query(database, "SELECT 'kept' AS word")
    await run_query(database, "SELECT 'kept' AS word")
    assert rows_of((await run_query(database, "SELECT * FROM r2")).text) == ["real"]
    own = await run_query(database, "WITH r1 AS (SELECT 'own' AS word) SELECT * FROM r1")
    assert rows_of(own.text) == ["own"]


async def test_a_result_of_which_not_all_was_kept_says_so_when_it_is_used(
    clone: Clone, open_clone: Open
) -> None:
    small = await open_clone(clone, result_rows=5, row_limit=2)
    answer = await run_query(small, "SELECT id FROM orders ORDER BY id")
    assert answer.text.startswith("The first 2 rows; result r1 keeps 5, there are more:")
    counted = await run_query(small, "SELECT count(*) FROM r1")
    assert "Mind that r1 holds only the first 5 rows of its query." in counted.text
    page = await get_result(small, "r1", Page(offset=4))
    assert page.text.startswith("r1: rows 5 to 5 of 5 (the first 5 rows of its query; there are more).\n")


async def test_rows_that_come_slowly_are_not_waited_for_once_enough_are_shown(database: Database) -> None:
    slow = (
        "SELECT g, (SELECT count(*) FROM generate_series(1, CASE WHEN g > 2 THEN 2000000000 ELSE 1 END)),"
        " repeat('x', 20000) FROM generate_series(1, 5) g"  # long: PostgreSQL sends 8 KiB at once
    )
    answer = await run_query(database, slow, max_rows=2)
    assert [row[:4] for row in rows_of(answer.text)] == ["1|1|", "2|1|"]
    assert answer.structured["truncated"] is True


async def test_each_form_holds_all_values(database: Database) -> None:
    query = (
        "SELECT 1.50 AS n, NULL AS n, E'a\\tb\\\\c\\nd' AS t, true AS b, 'NaN'::float8 AS f,"
        " '{\"k\": 1}'::jsonb AS j"
    )
    lines = (await run_query(database, query, form="jsonl")).text.split("\n")
    assert lines[2] == (
        '{"n": 1.50, "n_2": null, "t": "a\\tb\\\\c\\nd", "b": true, "f": "NaN", "j": {"k": 1}}'
    )
    tsv = (await run_query(database, query, form="tsv")).text.split("\n")
    assert tsv[2:4] == ["n\tn\tt\tb\tf\tj", '1.50\t\\N\ta\\tb\\\\c\\nd\tt\tNaN\t{"k": 1}']


async def test_pages_filters_and_sorting_follow_the_columns_types(database: Database) -> None:
    await run_query(
        database, "SELECT g AS id, g % 7 AS rest, 'Жук ' || g AS name FROM generate_series(1, 200) g"
    )
    page = Page(where="rest = 3 AND name ILIKE 'жук%'", order="id DESC", limit=2, offset=1, columns=["id"])
    answer = await get_result(database, "r1", page)
    assert answer.text.startswith("r1: rows 2 to 3 of 29 that match. Go on with offset=3.\n")
    assert rows_of(answer.text) == ["192", "185"]
    assert answer.structured["total"] == 29


@pytest.mark.parametrize(
    ("page", "code"),
    [
        (Page(where="true) UNION SELECT (1"), "syntax_error"),
        (Page(order="id; DROP TABLE orders"), "statement_refused"),
        (Page(where="pg_sleep(1) IS NULL"), "function_refused"),
        (Page(where="nmae = 'x'"), "undefined_column"),
        (Page(columns=["nmae"]), "undefined_column"),
    ],
)
async def test_a_wrong_filter_is_refused_with_what_to_do(database: Database, page: Page, code: str) -> None:
    await run_query(database, "SELECT 1 AS id, 'x' AS name")
    with pytest.raises(AnkusError) as caught:
        await get_result(database, "r1", page)
    assert caught.value.code == code
    if code == "undefined_column":
        assert "name" in caught.value.hint


async def test_another_session_sees_nothing_of_a_result(database: Database) -> None:
    mine, other = Owner("", "one"), Owner("", "two")
    await run_query(database, "SELECT 1", owner=mine)
    with pytest.raises(AnkusError, match="There is no result r1"):
        await get_result(database, "r1", Page(), owner=other)
    with pytest.raises(AnkusError) as caught:
        await run_query(database, "SELECT * FROM r1", owner=other)
    assert caught.value.code == "undefined_table"


def test_without_a_session_names_cannot_be_guessed_and_are_told_to_nobody() -> None:
    store, owner = ResultStore(), Owner("", None)
    names = {store.new_name(owner) for _ in range(100)}
    assert len(names) == 100
    assert all(len(name) >= 16 for name in names)
    store.keep(owner, _kept("r123", 1))
    with pytest.raises(AnkusError) as caught:
        store.get(owner, "r1")
    assert caught.value.code == "result_expired"
    assert "r123" not in caught.value.hint


def test_results_of_several_databases_have_names_that_differ() -> None:
    assert ResultStore(prefix="shop_r").new_name(LOCAL) == "shop_r1"


def test_old_results_go_and_the_error_says_to_run_the_query_again() -> None:
    now = itertools.count(0, 100)
    store = ResultStore(seconds=250, clock=lambda: float(next(now)))
    store.keep(LOCAL, _kept("r1", 1))
    assert store.get(LOCAL, "r1").name == "r1"
    for _ in range(2):
        store.keep(LOCAL, _kept("r2", 1))
    with pytest.raises(AnkusError, match="There is no result r1") as caught:
        store.get(LOCAL, "r1")
    assert caught.value.hint == "Run the query again with run_query. Kept are: r2."


@given(st.lists(st.tuples(st.integers(1, 4), st.integers(0, 60)), max_size=30))
def test_all_results_together_never_take_more_than_allowed_and_the_last_is_kept(
    steps: list[tuple[int, int]],
) -> None:
    store = ResultStore(memory=5000)
    for number, rows in steps:
        store.keep(LOCAL, _kept(f"r{number}", rows))
        assert store.find(LOCAL, f"r{number}") is not None
        kept = [found for name in store.names(LOCAL) if (found := store.find(LOCAL, name))]
        assert len(kept) == 1 or sum(len(found.rows) for found in kept) * 106 <= 5000


def test_no_name_is_used_twice_even_for_an_owner_that_was_forgotten(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("ankus_postgres_sql.results.store.MOST_OWNERS", 2)
    store = ResultStore()
    owners = [Owner("", session) for session in "abc"]
    names = {(owner, store.new_name(owner)) for _ in range(5) for owner in owners}
    assert len(names) == 15


@given(st.lists(st.sampled_from(["a", "a_2", "b", "", "a_3"]), max_size=8))
def test_names_of_columns_are_made_unique_and_single_ones_stay(names: list[str]) -> None:
    unique = unique_names(names)
    assert len(set(unique)) == len(names)
    assert all(new == old for new, old in zip(unique, names, strict=True) if names.count(old) == 1)


CELL = st.one_of(st.none(), st.text(st.characters(exclude_characters="\0", exclude_categories=["Cs"])))
NUMBER = st.one_of(st.none(), st.integers(-(2**63), 2**63 - 1))


@settings(max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    rows=st.lists(st.tuples(NUMBER, CELL), max_size=12),
    bound=st.integers(-3, 3),
    offset=st.integers(0, 13),
    limit=st.integers(1, 13),
    columns=st.sampled_from([[], ["word"], ["word", "n"]]),
)
async def test_a_page_is_what_a_model_in_python_gives(
    database: Database,
    rows: list[tuple[int | None, str | None]],
    bound: int,
    offset: int,
    limit: int,
    columns: list[str],
) -> None:
    encoded: list[Row] = [
        (None if n is None else str(n).encode(), None if word is None else word.encode()) for n, word in rows
    ]
    kept = Kept(
        "r1", "", [Column("n", (20, -1)), Column("word", (25, -1))], ["bigint", "text"], encoded, True
    )
    database.results.keep(LOCAL, kept)
    page = Page(
        offset=offset,
        limit=limit,
        where=f"n >= {bound} OR n IS NULL",
        order="n DESC NULLS LAST",
        columns=columns,
    )
    answer = await get_result(database, "r1", page, "jsonl")
    matching = [row for row in rows if row[0] is None or row[0] >= bound]
    matching.sort(key=lambda row: (row[0] is None, -(row[0] or 0)))
    wanted = [dict(zip(("n", "word"), row, strict=True)) for row in matching[offset : offset + limit]]
    shown = [{name: row[name] for name in columns or ("n", "word")} for row in wanted]
    assert answer.structured["total"] == len(matching)
    assert rows_of_jsonl(answer.text) == shown


@settings(max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(CELL, max_size=20))
async def test_an_array_of_any_texts_is_read_as_it_was(database: Database, values: list[str | None]) -> None:
    literal = array_literal([None if value is None else value.encode() for value in values])
    async with database.reading() as connection:
        row = await (await connection.execute("SELECT %s::text[]", [literal.decode()])).fetchone()
    assert row == (values,)


def rows_of_jsonl(text: str) -> list[object]:
    """The objects of an answer in JSON lines; values here are shorter than what is cut."""
    start = text.find("<untrusted")
    if start < 0:
        return []
    end = text.rindex("</untrusted>") + len("</untrusted>")
    return [json.loads(line) for line in unframe(text[start:end]).split("\n")]


def _kept(name: str, rows: int) -> Kept:
    return Kept(name, "", [Column("a", (25, -1))], ["text"], [(b"x",)] * rows, True)


async def test_the_plan_of_a_query_over_a_result_is_explained_and_compared(each_database: Database) -> None:
    await run_query(each_database, "SELECT id, id % 7 AS bucket FROM orders WHERE id < 500")
    query = "/* of mine */ SELECT r1.bucket, count(*) FROM r1 JOIN orders o USING (id) GROUP BY 1"
    plan = await explain_query(each_database, query, analyze=True)
    assert plan.structured["analyzed"] is True
    assert "CTE Scan on r1" in plan.text
    compared = await compare_plans(each_database, query, hints_b="MergeJoin(r1 o)", analyze=True)
    assert "Same rows: 7 in each." in compared.text
    checked = await check_hints(each_database, query, "HashJoin(r1 o)")
    assert checked.structured["valid"]
    written = await run_query(each_database, "EXPLAIN (COSTS off) WITH x AS (SELECT * FROM r1) TABLE x")
    assert "CTE Scan on r1" in written.text


async def test_hints_are_measured_for_a_query_over_a_result(database: Database) -> None:
    await run_query(database, "SELECT id FROM orders WHERE id < 50")
    measured = await measure_hints(database, "SELECT * FROM r1 JOIN orders o USING (id)", ["HashJoin(r1 o)"])
    assert measured.structured["results"]


async def test_an_explained_query_is_told_of_a_result_that_is_a_part_and_of_its_mistakes(
    clone: Clone, open_clone: Open
) -> None:
    small = await open_clone(clone, result_rows=100)
    await run_query(small, "SELECT id FROM orders")
    assert "r1 holds only the first 100 rows" in (await explain_query(small, "SELECT * FROM r1")).text
    with pytest.raises(AnkusError) as caught:
        await explain_query(small, "SELECT ix FROM r1")
    assert caught.value.message == 'Column "ix" does not exist.'


async def test_nobody_explains_the_results_of_another(database: Database) -> None:
    await run_query(database, "SELECT 1 AS one", owner=Owner("", "a"))
    with pytest.raises(AnkusError) as caught:
        await explain_query(database, "SELECT * FROM r1", owner=Owner("", "b"))
    assert caught.value.code == "undefined_table"
