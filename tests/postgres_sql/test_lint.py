"""lint_query: each rule finds what it is for, and leaves the right form alone."""

import tomllib
from collections.abc import Iterator

import anyio
import psycopg
import pytest
from hypothesis import given
from hypothesis import strategies as st

from ankus_postgres_sql.database import open_database
from ankus_postgres_sql.errors import StatementFailed, StatementRefused
from ankus_postgres_sql.settings import Settings
from ankus_postgres_sql.statement import parse_statement
from ankus_postgres_sql.tuning import catalog
from ankus_postgres_sql.tuning.lint.check import lint, lint_query
from ankus_postgres_sql.tuning.lint.rules import RULES
from ankus_postgres_sql.tuning.scope import levels_of
from ankus_shared.postgres import ensure_reader
from ankus_shared.postgres.roles import READER
from tests.fixtures.db import Server
from tests.postgres_sql.test_health import HERE

NAMES = [(None, name) for name in ("people", "cities", "sales", "everyone")]


@pytest.fixture(scope="module")
def linted(embedded: Server) -> Iterator[str]:
    """The URL of a database with the tables of `linted.sql`."""
    with embedded.admin() as admin:
        admin.execute("CREATE DATABASE linted")
    with embedded.admin("linted") as admin:
        admin.execute((HERE / "linted.sql").read_text(encoding="utf-8").encode())
        ensure_reader(admin, own_database=True)
    yield embedded.url("linted", READER)
    with embedded.admin() as admin:
        admin.execute("DROP DATABASE linted WITH (FORCE)")


@pytest.fixture(scope="module")
def known(linted: str) -> catalog.Catalog:
    """What the catalog knows of its tables."""

    async def load() -> catalog.Catalog:
        async with await psycopg.AsyncConnection.connect(linted) as connection:
            return await catalog.load(connection, set(NAMES))

    return anyio.run(load)


def broken(known: catalog.Catalog, text: str) -> set[str]:
    """The rules that a query breaks."""
    return {each.rule.id for each in lint(levels_of(parse_statement(text).tree, known))}


CASES = [
    ("equals_null", "SELECT id FROM people WHERE nick = NULL", "SELECT id FROM people WHERE nick IS NULL"),
    (
        "equals_null",
        "SELECT id FROM people WHERE nick <> NULL::text",
        "SELECT id FROM people WHERE nick <> 'NULL'",
    ),
    (
        "not_in_nullable",
        "SELECT id FROM people WHERE id NOT IN (SELECT referrer_id FROM sales)",
        "SELECT id FROM people WHERE id NOT IN (SELECT person_id FROM sales)",
    ),
    (
        "not_in_nullable",
        "SELECT id FROM people p WHERE NOT (p.id IN (SELECT s.referrer_id FROM sales s WHERE units > 1))",
        "SELECT id FROM people WHERE id NOT IN (SELECT referrer_id FROM sales WHERE referrer_id IS NOT NULL)",
    ),
    (
        "cross_join",
        "SELECT p.name, c.name FROM people p, cities c WHERE p.id > 3",
        "SELECT p.name, c.name FROM people p, cities c WHERE p.city_id = c.id",
    ),
    (
        "cross_join",
        "SELECT p.id FROM people p, cities c, sales s WHERE s.person_id = p.id",
        "SELECT p.id, t.n FROM people p, (SELECT count(*) AS n FROM cities) t",
    ),
    (
        "join_without_condition",
        "SELECT p.name FROM people p JOIN cities c ON p.id > 5",
        "SELECT p.name FROM people p JOIN cities c ON c.id = p.city_id",
    ),
    (
        "count_star_after_left_join",
        "SELECT c.name, count(*) FROM cities c LEFT JOIN people p ON p.city_id = c.id GROUP BY c.name",
        "SELECT c.name, count(p.id) FROM cities c LEFT JOIN people p ON p.city_id = c.id GROUP BY c.name",
    ),
    (
        "left_join_filtered",
        "SELECT c.name FROM cities c LEFT JOIN people p ON p.city_id = c.id WHERE p.name = 'x'",
        "SELECT c.name FROM cities c LEFT JOIN people p ON p.city_id = c.id AND p.name = 'x' WHERE c.id > 2",
    ),
    (
        "left_join_filtered",
        "SELECT c.name FROM cities c LEFT JOIN people p ON p.city_id = c.id WHERE c.id > 1 AND p.id > 3",
        "SELECT c.name FROM cities c LEFT JOIN people p ON p.city_id = c.id WHERE p.id IS NULL",
    ),
    (
        "between_timestamps",
        "SELECT id FROM sales WHERE sold_at BETWEEN '2024-01-01' AND '2024-01-31'",
        "SELECT id FROM people WHERE born BETWEEN '2024-01-01' AND '2024-01-31'",
    ),
    (
        "concatenation_with_null",
        "SELECT name || nick FROM people",
        "SELECT name || coalesce(nick, '') FROM people",
    ),
    ("integer_division", "SELECT units / 2 FROM sales", "SELECT units / 2.0 FROM sales"),
    (
        "integer_division",
        "SELECT 100 * count(*) / count(referrer_id) FROM sales",
        "SELECT 100.0 * count(*) / count(referrer_id), price / 2 FROM sales GROUP BY price",
    ),
    ("float_money", "SELECT sum(amount) FROM sales", "SELECT sum(price) FROM sales"),
    (
        "having_without_aggregate",
        "SELECT region, count(*) FROM sales GROUP BY region HAVING region <> 'x'",
        "SELECT region, count(*) FROM sales GROUP BY region HAVING count(*) > 3",
    ),
    ("limit_without_order", "SELECT id FROM people LIMIT 5", "SELECT id FROM people ORDER BY id LIMIT 5"),
    (
        "limit_without_order",
        "SELECT id FROM (SELECT id FROM people LIMIT 5) t",
        "SELECT count(*) FROM people LIMIT 1",
    ),
    (
        "distinct_on_without_order",
        "SELECT DISTINCT ON (city_id) city_id, name FROM people",
        "SELECT DISTINCT ON (city_id) city_id, name FROM people ORDER BY city_id, joined",
    ),
    ("select_star", "SELECT * FROM people", "SELECT count(*) FROM people"),
    (
        "select_star",
        "SELECT p.* FROM people p JOIN cities c ON c.id = p.city_id",
        "SELECT id FROM cities c WHERE EXISTS (SELECT * FROM people p WHERE p.city_id = c.id)",
    ),
    (
        "function_on_indexed_column",
        "SELECT id FROM sales WHERE date_trunc('day', sold_at) = '2024-01-01'",
        "SELECT id FROM sales WHERE sold_at >= '2024-01-01' AND sold_at < '2024-01-02'",
    ),
    (
        "function_on_indexed_column",
        "SELECT id FROM people WHERE upper(name) = 'X'",
        "SELECT id FROM sales WHERE lower(region) = 'x'",
    ),
    (
        "function_on_indexed_column",
        "SELECT id FROM sales WHERE person_id + 1 = 5",
        "SELECT id FROM people WHERE upper(nick) = 'X'",
    ),
    (
        "cast_on_indexed_column",
        "SELECT id FROM people WHERE joined::date = '2024-01-01'",
        "SELECT id FROM people WHERE name::text = 'x' AND id::int = 1",
    ),
    ("implicit_cast", "SELECT id FROM sales WHERE person_id = 5.0", "SELECT id FROM sales WHERE price = 5.0"),
    (
        "implicit_cast",
        "SELECT id FROM sales WHERE person_id = '5'::numeric",
        "SELECT id FROM sales WHERE person_id = 5 AND units = '7'",
    ),
    (
        "leading_wildcard",
        "SELECT id FROM people WHERE name ILIKE '%ann%'",
        "SELECT id FROM people WHERE name LIKE 'ann%'",
    ),
    (
        "large_offset",
        "SELECT id FROM people ORDER BY id LIMIT 10 OFFSET 50000",
        "SELECT id FROM people ORDER BY id LIMIT 10 OFFSET 20",
    ),
    (
        "order_by_random",
        "SELECT id FROM people ORDER BY random() LIMIT 3",
        "SELECT id, random() FROM people ORDER BY id LIMIT 3",
    ),
    (
        "distinct_hides_fan_out",
        "SELECT DISTINCT c.name FROM cities c JOIN people p ON p.city_id = c.id",
        "SELECT DISTINCT c.name, p.nick FROM cities c JOIN people p ON p.city_id = c.id",
    ),
    (
        "distinct_with_group_by",
        "SELECT DISTINCT region, count(*) FROM sales GROUP BY region",
        "SELECT DISTINCT count(*) FROM sales GROUP BY region",
    ),
    (
        "union_removes_duplicates",
        "SELECT 'p' AS kind, id FROM people UNION SELECT 'c', id FROM cities",
        "SELECT id FROM people UNION SELECT id FROM cities",
    ),
    (
        "correlated_subquery",
        "SELECT p.name, (SELECT max(s.price) FROM sales s WHERE s.person_id = p.id) FROM people p",
        "SELECT p.name, (SELECT max(s.price) FROM sales s) FROM people p",
    ),
    (
        "or_across_columns",
        "SELECT id FROM people WHERE name = 'x' OR nick = 'x'",
        "SELECT id FROM people WHERE name = 'x' OR name = 'y'",
    ),
    (
        "count_to_test",
        "SELECT id FROM people p WHERE (SELECT count(*) FROM sales s WHERE s.person_id = p.id) > 0",
        "SELECT id FROM people p WHERE (SELECT count(*) FROM sales s WHERE s.person_id = p.id) > 3",
    ),
    (
        "long_in_list",
        f"SELECT id FROM people WHERE id IN ({', '.join(map(str, range(501)))})",
        f"SELECT id FROM people WHERE id IN ({', '.join(map(str, range(20)))})",
    ),
    (
        "order_by_in_subquery",
        "SELECT count(*) FROM (SELECT id FROM people ORDER BY id) t",
        "SELECT count(*) FROM (SELECT id FROM people ORDER BY id LIMIT 5) t",
    ),
    (
        "order_by_position",
        "SELECT id, name FROM people ORDER BY 2",
        "SELECT id, name FROM people ORDER BY name",
    ),
    (
        "natural_join",
        "SELECT p.name FROM people p NATURAL JOIN cities c",
        "SELECT p.name FROM people p JOIN cities c USING (id)",
    ),
]


@pytest.mark.parametrize(("rule", "wrong", "right"), CASES, ids=[rule for rule, _, _ in CASES])
def test_a_rule_finds_its_mistake_and_not_the_right_form(
    known: catalog.Catalog, rule: str, wrong: str, right: str
) -> None:
    assert rule in broken(known, wrong)
    assert rule not in broken(known, right)


def test_every_rule_has_a_case_and_says_why_and_what_instead() -> None:
    assert {rule for rule, _, _ in CASES} == set(RULES)
    assert len(RULES) >= 20
    assert all(rule.why and rule.repair for rule in RULES.values())


GOOD = [
    "SELECT 1",
    "SELECT name, nick FROM people WHERE id = 7",
    "SELECT c.name, count(p.id) FROM cities c LEFT JOIN people p ON p.city_id = c.id GROUP BY"
    " c.id, c.name ORDER BY c.name",
    "WITH recent AS (SELECT id, person_id FROM sales WHERE sold_at >= '2024-01-01') SELECT r.id,"
    " p.name FROM recent r"
    " JOIN people p ON p.id = r.person_id",
    "SELECT g.n FROM generate_series(1, 10) AS g(n), LATERAL (SELECT id FROM people WHERE id = g.n) p",
    "SELECT p.name FROM people p WHERE NOT EXISTS (SELECT FROM sales s WHERE s.person_id = p.id)",
    "SELECT x.id FROM nobody_knows x JOIN another y ON y.id = x.id WHERE x.a = 1",
    "SELECT id FROM people UNION ALL SELECT id FROM cities",
    "SELECT s.region, sum(s.price) / nullif(count(*), 0) FROM sales s GROUP BY s.region HAVING"
    " sum(s.price) > 10",
]


@pytest.mark.parametrize("text", GOOD)
def test_a_good_query_breaks_no_rule(known: catalog.Catalog, text: str) -> None:
    assert broken(known, text) == set()


def test_a_mistake_is_found_in_a_subquery_a_cte_and_a_branch_but_not_in_a_view(
    known: catalog.Catalog,
) -> None:
    assert "equals_null" in broken(known, "SELECT id FROM (SELECT id FROM people WHERE nick = NULL) t")
    assert "equals_null" in broken(
        known, "WITH a AS (SELECT id FROM people WHERE nick = NULL) SELECT id FROM a"
    )
    assert "equals_null" in broken(known, "SELECT 1 UNION ALL SELECT id FROM people WHERE nick = NULL")
    assert "select_star" not in broken(known, "SELECT id FROM everyone")
    assert "function_on_indexed_column" in broken(known, "SELECT id FROM everyone WHERE upper(name) = 'X'")


async def test_the_answer_says_why_and_what_to_write(linted: str) -> None:
    async with open_database(Settings(database_url=linted)) as database:
        answer = await lint_query(database, "SELECT id FROM people WHERE nick = NULL LIMIT 2")
        clean = await lint_query(database, "SELECT id FROM people WHERE nick IS NULL")
    assert [each["rule"] for each in answer.structured["findings"]] == ["equals_null", "limit_without_order"]
    assert "why: A comparison with NULL is never true" in answer.text
    assert "repair: Write IS NULL" in answer.text
    assert clean.structured == {"findings": []}


@pytest.mark.parametrize(
    ("text", "error"),
    [("", StatementRefused), ("SELEC 1", StatementFailed), ("DELETE FROM people", StatementRefused)],
)
async def test_what_is_no_single_read_is_refused(linted: str, text: str, error: type[Exception]) -> None:
    async with open_database(Settings(database_url=linted)) as database:
        with pytest.raises(error):
            await lint_query(database, text)


def test_names_are_resolved_through_many_doubled_ctes_at_once(known: catalog.Catalog) -> None:
    ctes = ["x0 AS (SELECT id FROM people)"]
    ctes += [f"x{n} AS (SELECT a.id FROM x{n - 1} a JOIN x{n - 1} b ON id = 1)" for n in range(1, 39)]
    assert broken(known, f"WITH {', '.join(ctes)} SELECT id FROM x38 WHERE id = NULL") >= {"equals_null"}


def test_the_example_of_the_readme_breaks_the_rules_that_it_names(known: catalog.Catalog) -> None:
    text = (HERE.parents[1] / "servers/postgres-sql/README.md").read_text(encoding="utf-8")
    example = tomllib.loads(text.partition("```toml tuning\n")[2].partition("```")[0])
    assert broken(known, example["query"]) == set(example["rules"])


_columns = st.sampled_from(
    ["id", "p.id", "name", "count(*)", "1", "NULL", "(SELECT max(id) FROM cities)", "p.*"]
)
_sources = st.sampled_from(
    [
        "people p",
        "people p, cities c",
        "people p NATURAL JOIN cities",
        "(SELECT * FROM people) p",
        "f(1) p",
        "everyone p",
    ]
)
_conditions = st.sampled_from(
    [
        "",
        "WHERE id = NULL",
        "WHERE NOT id IN (SELECT referrer_id FROM sales)",
        "WHERE p.id = ANY (ARRAY[1])",
        "WHERE true",
    ]
)
_tails = st.sampled_from(
    ["", "GROUP BY 1", "ORDER BY random()", "LIMIT 3", "OFFSET 99999", "ORDER BY 2 LIMIT ALL"]
)


@given(
    st.lists(st.tuples(_columns, _sources, _conditions, _tails), min_size=1, max_size=3), st.integers(0, 60)
)
def test_any_combination_of_clauses_is_linted_without_failure(
    known: catalog.Catalog, parts: list[tuple[str, str, str, str]], depth: int
) -> None:
    text = " UNION ".join(f"(SELECT {a} FROM {b} {c} {d})" for a, b, c, d in parts)
    for _ in range(depth):
        text = f"SELECT * FROM ({text}) t"
    assert broken(known, text) <= set(RULES)
