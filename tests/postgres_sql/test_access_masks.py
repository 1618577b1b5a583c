"""Masked columns: PostgreSQL itself keeps the true values from the role, wherever a statement puts them."""

from collections.abc import Awaitable
from pathlib import Path

import psycopg
import pytest

from ankus_postgres_sql import explore
from ankus_postgres_sql.access.errors import RuleBroken
from ankus_postgres_sql.access.gate import build_gate
from ankus_postgres_sql.charts.plot import plot_result
from ankus_postgres_sql.charts.wish import Wish
from ankus_postgres_sql.database import Database
from ankus_postgres_sql.databases import Databases, read_databases
from ankus_postgres_sql.hints.check import check_hints
from ankus_postgres_sql.hints.grammars import hint_grammar
from ankus_postgres_sql.hints.report import measure_hints
from ankus_postgres_sql.linking.column_values import column_values
from ankus_postgres_sql.linking.joins import find_join_path
from ankus_postgres_sql.linking.tools import search
from ankus_postgres_sql.plans.compare import compare_plans
from ankus_postgres_sql.plans.explain import explain_query
from ankus_postgres_sql.query import run_query
from ankus_postgres_sql.results.page import Page, get_result
from ankus_postgres_sql.settings import RoleSettings, Settings
from ankus_postgres_sql.setup_role import setup_role
from ankus_postgres_sql.tuning.advice.advise import recommend_indexes
from ankus_postgres_sql.tuning.health.check import check_health
from ankus_postgres_sql.tuning.lint.check import lint_query
from ankus_postgres_sql.tuning.locks import list_locks
from ankus_shared.answers import Answer
from ankus_shared.errors import AnkusError
from tests.fixtures.db import Clone

SETUP = """
CREATE TABLE people (id int PRIMARY KEY, name text, email text, phone text, ssn text,
                     handle text GENERATED ALWAYS AS (lower(email)) STORED);
INSERT INTO people SELECT g, 'n' || g, 'hush' || g || '@x.org', '+49 170 55501' || g, 'hush-ssn'
  FROM generate_series(10, 30) g;
CREATE VIEW contacts AS SELECT id, email FROM people;
CREATE MATERIALIZED VIEW mailing AS SELECT p FROM people p;
CREATE TABLE salaries (id int, amount int);
INSERT INTO salaries VALUES (1, 1777077701);
CREATE TABLE visits (day date, email text) PARTITION BY RANGE (day);
CREATE TABLE visits_2024 PARTITION OF visits FOR VALUES FROM ('2024-01-01') TO ('2025-01-01');
INSERT INTO visits VALUES ('2024-02-03', 'hush10@x.org');
GRANT SELECT ON ALL TABLES IN SCHEMA public TO ankus_reader;
ANALYZE;
"""
RULES = """
[identity.anna]
role = "{role}"
[role.{role}]
deny = ["salaries"]
mask = {{ "*.email" = "hash", "people.phone" = "last4", "people.ssn" = "deny" }}
"""
PROBES = """
SELECT * FROM people
SELECT email FROM people
SELECT email AS x, upper(email), email || '' FROM people
SELECT p FROM people p
SELECT row_to_json(p) FROM people p
SELECT to_jsonb(p.*)->>'email' FROM people p
SELECT s.x FROM (SELECT email AS x FROM people) s
WITH c AS (SELECT * FROM people) SELECT string_agg(email, ',') FROM c
SELECT email FROM people UNION ALL SELECT name FROM people
SELECT (p).email FROM people p
SELECT email(p) FROM people p
SELECT a, b, c FROM people AS t(a, b, c)
TABLE people
SELECT email FROM people ORDER BY email
SELECT min(email), max(email) FROM people
SELECT p.email FROM people p JOIN visits v USING (email)
SELECT * FROM public.people
SELECT email FROM public.people
SELECT id FROM public.people WHERE email LIKE 'hush1%'
SELECT id FROM public.people ORDER BY email
SELECT p FROM public.people p
SELECT handle FROM public.people
SELECT ssn FROM people
SELECT * FROM contacts
SELECT * FROM mailing
SELECT * FROM visits
SELECT * FROM public.visits
SELECT * FROM visits_2024
SELECT * FROM salaries
SELECT * FROM ankus_masks.key
SELECT most_common_vals, histogram_bounds FROM pg_stats WHERE tablename IN ('people', 'visits', 'salaries')
SELECT * FROM pg_catalog.pg_statistic
"""


@pytest.fixture
def role(server_clone: Clone) -> str:
    """A role of this test's own, as roles belong to the whole server."""
    return f"support_{server_clone.name}"


@pytest.fixture
def settings(server_clone: Clone, role: str, tmp_path: Path) -> Settings:
    """Rules over a database with personal data; the role is not made yet."""
    with server_clone.admin() as admin:
        admin.execute(SETUP.encode())
    path = tmp_path / "access.toml"
    path.write_text(RULES.format(role=role))
    return Settings(database_url=server_clone.reader_url, access=path, identity="anna")


def _setup(clone: Clone, settings: Settings) -> None:
    setup_role(RoleSettings(database_url=clone.admin_url, access=settings.access, apply=True))


def _databases(settings: Settings) -> Databases:
    return Databases(settings, read_databases(settings), build_gate(settings))


async def _text(database: Database, statement: str) -> str:
    try:
        return (await run_query(database, statement)).text
    except AnkusError as error:
        return str(error)


async def test_no_statement_shows_or_probes_what_is_masked(server_clone: Clone, settings: Settings) -> None:
    _setup(server_clone, settings)
    async with _databases(settings).opened() as databases:
        database = await databases.of("", None)
        for probe in PROBES.strip().splitlines():
            answer = await _text(database, probe)
            for secret in ("hush", "HUSH", "+49", "1777077701"):
                assert secret not in answer.replace(probe, ""), probe
        shown = (await explore.list_tables(database)).text + (
            await explore.describe_table(database, "people")
        ).text
        assert "hush" not in shown
        assert "+49" not in shown


async def test_masked_values_join_and_count_as_the_true_ones_would(
    server_clone: Clone, settings: Settings
) -> None:
    _setup(server_clone, settings)
    async with _databases(settings).opened() as databases:
        database = await databases.of("", None)
        joined = await _text(database, "SELECT p.id, p.phone FROM people p JOIN visits v USING (email)")
        counted = await _text(database, "SELECT count(DISTINCT email) FROM people")
        found = await _text(database, "SELECT count(*) FROM people WHERE email = 'hush10@x.org'")
    assert "10|****0110" in joined
    assert "21" in counted
    assert "\n0\n" in found


async def test_a_server_whose_role_sees_too_much_does_not_start(
    server_clone: Clone, settings: Settings, role: str
) -> None:
    _setup(server_clone, settings)
    with server_clone.admin() as admin:
        for grant, named in [
            ("SELECT (email) ON people", "public.people.email"),
            ("SELECT ON contacts", "public.contacts (over public.people)"),
            ("SELECT ON salaries", "public.salaries"),
        ]:
            admin.execute(f"GRANT {grant} TO {role}".encode())
            with pytest.raises(RuleBroken) as raised:
                async with _databases(settings).opened():
                    pass
            assert named in str(raised.value)
            admin.execute(f"REVOKE {grant} FROM {role}".encode())


async def test_a_server_without_the_roles_says_how_to_make_them(settings: Settings) -> None:
    with pytest.raises(AnkusError, match="setup-role --access"):
        async with _databases(settings).opened():
            pass


async def test_the_printed_sql_is_the_sql_that_sets_it_up(server_clone: Clone, settings: Settings) -> None:
    script = setup_role(RoleSettings(database_url=server_clone.admin_url, access=settings.access))
    with psycopg.connect(server_clone.admin_url, autocommit=True) as admin:
        admin.execute(script.encode())
    async with _databases(settings).opened() as databases:
        answer = await _text(await databases.of("", None), "SELECT ssn, name, email FROM people")
        masked = await _text(await databases.of("", None), "SELECT name, email FROM people WHERE id = 10")
    assert "does not exist" in answer
    assert "n10|" in masked


async def test_no_tool_shows_what_is_masked(server_clone: Clone, settings: Settings) -> None:
    _setup(server_clone, settings)
    async with _databases(settings).opened() as databases:
        database = await databases.of("", None)
        await run_query(database, "SELECT id, name, email, phone FROM people")
        for name, call in _calls(database).items():
            told = await _told(call)
            for secret in SECRETS:
                assert secret not in told, name


async def test_a_chart_of_a_masked_column_draws_the_masked_values(
    server_clone: Clone, settings: Settings
) -> None:
    _setup(server_clone, settings)
    async with _databases(settings).opened() as databases:
        database = await databases.of("", None)
        await run_query(database, "SELECT id, phone FROM people ORDER BY id LIMIT 3")
        drawn = await plot_result(database, "r1", Wish(mark="bar", x="phone", y="id"), "svg")
    picture = drawn.pictures[0].data.decode()
    assert "****" in picture
    assert "+49" not in picture + drawn.text


SECRETS = ("hush10", "HUSH10", "hush-ssn", "+49 170", "1777077701")
JOINED = "SELECT * FROM people p JOIN visits v ON v.email = p.email WHERE p.email LIKE 'h%' ORDER BY p.phone"
BASE = "SELECT * FROM public.people WHERE email = 'x'"


def _calls(database: Database) -> dict[str, Awaitable[Answer]]:
    """A call of each tool over the masked database."""
    return {
        "search by a value": search(database, "whose phone begins with «49 170» or e-mail is «hush»?"),
        "search by names": search(database, "people with email, phone, ssn, and their visits and salaries"),
        "joins": find_join_path(database, ["people", "visits"]),
        **{
            f"values of {table}.{column}": column_values(database, table, column)
            for table in ("people", "public.people", "visits", "contacts", "mailing")
            for column in ("email", "phone", "ssn", "handle", "p")
        },
        "values like": column_values(database, "people", "email", "hu"),
        "list": explore.list_tables(database),
        "list of the masks": explore.list_tables(database, f"masked_{database.role}_public"),
        "table": explore.describe_table(database, "people"),
        "base table": explore.describe_table(database, "public.people"),
        "page": get_result(database, "r1", Page(where="email LIKE 'h%' OR phone LIKE '%0110'")),
        "plan": explain_query(database, JOINED, analyze=True),
        "plan of the base table": explain_query(database, BASE),
        "plans": compare_plans(database, JOINED, BASE),
        "hints": check_hints(database, JOINED, "HashJoin(p v)"),
        "measured": measure_hints(database, JOINED, ["HashJoin(p v)"], seconds=1),
        "grammar": hint_grammar(database, JOINED, "pg_hint_plan", "gbnf"),
        "lint": lint_query(database, JOINED),
        "advice": recommend_indexes(database, JOINED),
        "health": check_health(database),
        "locks": list_locks(database),
        "why nothing": run_query(database, "SELECT id FROM people WHERE email = 'hus' AND phone = '+4'"),
    }


async def _told(call: Awaitable[Answer]) -> str:
    try:
        answer = await call
    except AnkusError as error:
        return f"{error} {error.hint}"
    return f"{answer.text} {answer.structured}"
