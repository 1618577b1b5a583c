"""Schema linking on real databases: the example shop, and an estate of more than 300 tables."""

import tomllib
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import anyio
import pytest
from psycopg import sql
from structlog.testing import capture_logs

from ankus_postgres_sql.database import Database, open_database
from ankus_postgres_sql.explore import list_tables
from ankus_postgres_sql.linking import cache
from ankus_postgres_sql.linking.column_values import column_values
from ankus_postgres_sql.linking.index import SchemaIndex
from ankus_postgres_sql.linking.joins import find_join_path
from ankus_postgres_sql.linking.tools import search
from ankus_postgres_sql.linking.warm import warm_up
from ankus_postgres_sql.schema import Table
from ankus_postgres_sql.settings import Settings
from ankus_shared.errors import AnkusError
from ankus_shared.postgres import ensure_reader
from ankus_shared.postgres.roles import READER
from examples.shop.database import load_into
from tests.fixtures.db import Clone, Server
from tests.fixtures.estate import build_estate
from tests.postgres_sql.conftest import Open

QUESTIONS = tomllib.loads(Path(__file__).with_name("linking.toml").read_text(encoding="utf-8"))
NAMED = 5
"""Tables that count: the first so many of an answer."""
REACHED = {"shop": 1.0, "estate": 0.95}
"""Share of the needed tables that is found; a change must not lower it."""


@contextmanager
def _made(server: Server, name: str) -> Iterator[str]:
    """A new database; its name."""
    made = sql.Identifier(name)
    with server.admin() as admin:
        admin.execute(sql.SQL("CREATE DATABASE {}").format(made))
        admin.execute(sql.SQL("REVOKE TEMPORARY ON DATABASE {} FROM PUBLIC").format(made))
    try:
        yield name
    finally:
        with server.admin() as admin:
            admin.execute(sql.SQL("DROP DATABASE {} WITH (FORCE)").format(made))


@pytest.fixture(scope="module")
def databases(embedded: Server) -> Iterator[dict[str, str]]:
    """The reader's URL of the example shop and of the estate."""
    with _made(embedded, "linking_shop") as shop, _made(embedded, "linking_estate") as estate:
        load_into(embedded.url(shop, "postgres"))
        with embedded.admin(estate) as admin:
            assert build_estate(admin) > 300
        for name in (shop, estate):
            with embedded.admin(name) as admin:
                admin.execute("ANALYZE")
                ensure_reader(admin, own_database=True)
        yield {"shop": embedded.url(shop, READER), "estate": embedded.url(estate, READER)}


@asynccontextmanager
async def _opened(url: str) -> AsyncIterator[Database]:
    async with open_database(Settings(database_url=url)) as database:
        yield database


def test_the_questions_are_enough_and_half_of_them_russian() -> None:
    questions = [one["question"] for some in QUESTIONS.values() for one in some]
    russian = [text for text in questions if any("а" <= char <= "я" for char in text)]
    assert len(questions) >= 40
    assert len(russian) >= 20


@pytest.mark.parametrize("name", ["shop", "estate"])
async def test_the_tables_that_questions_need_are_found(databases: dict[str, str], name: str) -> None:
    found, needed, missed = 0, 0, []
    async with _opened(databases[name]) as database:
        for one in QUESTIONS[name]:
            answer = await search(database, one["question"])
            hits = set(one["tables"]) & set(answer.structured["tables"][:NAMED])
            found, needed = found + len(hits), needed + len(one["tables"])
            missed += [(one["question"], table) for table in one["tables"] if table not in hits]
            assert one.get("where", "") in answer.text, one["question"]
            assert len(answer.text) < 6_000  # about 1,500 tokens
    assert found / needed >= REACHED[name], missed


async def test_a_russian_question_about_an_english_schema_gets_tables_and_their_join(
    databases: dict[str, str],
) -> None:
    async with _opened(databases["shop"]) as database:
        answer = await search(database, "сколько клиентов купили дважды")
    assert answer.structured["tables"][:2] == ["customers", "orders"]
    assert "Join: FROM customers JOIN orders ON orders.customer_id = customers.customer_id" in answer.text
    assert "Nothing matches: дважды." in answer.text


async def test_a_value_is_found_by_an_inflected_name_and_framed(databases: dict[str, str]) -> None:
    async with _opened(databases["shop"]) as database:
        text = (await search(database, "клиенты из Нижнего Новгорода")).text
    inside = text.split('<untrusted source="database">')[1].split("</untrusted>")[0]
    assert "cities.name_ru = 'Нижний Новгород'" in inside


async def test_a_question_about_nothing_says_so(database: Database) -> None:
    answer = await search(database, "йцукен фывапр")
    assert answer.structured == {"tables": []}
    assert "Call list_tables" in answer.text


async def test_the_index_is_made_anew_when_the_catalog_changes(clone: Clone, database: Database) -> None:
    assert "sloths" not in (await search(database, "how many sloths")).text.replace("sloths.", "")
    with clone.admin() as admin:
        admin.execute("CREATE TABLE sloths (id int PRIMARY KEY); GRANT SELECT ON sloths TO ankus_reader")
    assert (await search(database, "how many sloths")).structured["tables"] == ["sloths"]
    with clone.admin() as admin:
        admin.execute("COMMENT ON TABLE sloths IS 'Ленивцы зоопарка'")
    assert (await search(database, "ленивцы")).structured["tables"] == ["sloths"]
    with clone.admin() as admin:
        admin.execute("REVOKE SELECT ON sloths FROM ankus_reader")
    assert (await search(database, "ленивцы")).structured["tables"] == []


async def test_an_unchanged_catalog_keeps_the_index(database: Database) -> None:
    kept = []
    for _ in range(2):
        async with database.reading() as connection:
            kept.append(await database.schema_indexes.get(connection))
    assert kept[0] is kept[1]


async def test_columns_that_the_role_may_not_read_are_not_found(clone: Clone, database: Database) -> None:
    with clone.admin() as admin:
        admin.execute("CREATE TABLE crew (id int, nickname text, wage int)")
        admin.execute(
            "REVOKE ALL ON crew FROM ankus_reader; GRANT SELECT (id, nickname) ON crew TO ankus_reader"
        )
    assert "crew" in (await search(database, "nickname of the crew")).structured["tables"]
    assert "wage" not in (await search(database, "wage of the crew")).text.split("Nothing matches")[0]


async def test_partitions_views_and_materialised_views_are_found(clone: Clone, database: Database) -> None:
    with clone.admin() as admin:
        admin.execute(
            "CREATE TABLE visits (id int, happened date) PARTITION BY RANGE (happened);"
            "CREATE TABLE visits_2024 PARTITION OF visits FOR VALUES FROM ('2024-01-01') TO ('2025-01-01');"
            "CREATE VIEW visit_days AS SELECT DISTINCT happened FROM visits;"
            "CREATE MATERIALIZED VIEW visit_totals AS SELECT count(*) AS n FROM visits;"
            "GRANT SELECT ON ALL TABLES IN SCHEMA public TO ankus_reader"
        )
    found = (await search(database, "visits")).structured["tables"]
    assert found[0] == "visits"
    assert {"visit_days", "visit_totals"} <= set(found)
    assert "visits_2024" not in found


async def test_join_paths_go_both_ways_over_tables_between(database: Database) -> None:
    answer = await find_join_path(database, ["products", "customers"])
    assert answer.structured["tables"] == ["products", "order_items", "orders", "customers"]
    assert "JOIN customers ON orders.customer_id = customers.id" in answer.text


async def test_a_view_is_joined_by_names_and_it_is_said(database: Database) -> None:
    answer = await find_join_path(database, ["paid_orders", "customers"])
    assert "ON paid_orders.customer_id = customers.id" in answer.text
    assert "there is no foreign key" in answer.text


async def test_composite_and_quoted_and_self_keys_are_joined(clone: Clone, database: Database) -> None:
    with clone.admin() as admin:
        admin.execute(
            'CREATE TABLE "Odd Halls" (a int, b int, up int UNIQUE, PRIMARY KEY (a, b));'
            'ALTER TABLE "Odd Halls" ADD FOREIGN KEY (up) REFERENCES "Odd Halls" (up);'
            'CREATE TABLE seats (a int, b int, FOREIGN KEY (a, b) REFERENCES "Odd Halls");'
            "GRANT SELECT ON ALL TABLES IN SCHEMA public TO ankus_reader"
        )
    both = await find_join_path(database, ["seats", "Odd Halls"])
    assert 'FROM seats JOIN "Odd Halls" ON seats.a = "Odd Halls".a AND seats.b = "Odd Halls".b' in both.text
    own = await find_join_path(database, ["Odd Halls"])
    assert 'JOIN "Odd Halls" AS other ON "Odd Halls".up = other.up' in own.text


async def test_tables_without_a_path_name_what_each_can_be_joined_to(database: Database) -> None:
    with pytest.raises(AnkusError) as caught:
        await find_join_path(database, ["orders", "sales.targets"])
    assert caught.value.code == "no_join_path"
    assert "orders joins customers, order_items" in caught.value.hint
    assert "sales.targets joins nothing" in caught.value.hint


async def test_an_unknown_table_of_a_join_names_the_nearest(database: Database) -> None:
    with pytest.raises(AnkusError) as caught:
        await find_join_path(database, ["order", "customers"])
    assert caught.value.code == "undefined_table"
    assert "orders" in caught.value.hint


async def test_values_come_with_counts_and_the_most_common_first(each_database: Database) -> None:
    text = (await column_values(each_database, "customers", "city")).text
    assert "400 rows, 0 NULL, 4 different values" in text
    assert text.count("|100") == 4
    assert '<untrusted source="database">' in text


async def test_a_range_and_nulls_are_told(clone: Clone, database: Database) -> None:
    with clone.admin() as admin:
        admin.execute("UPDATE products SET price = NULL WHERE id <= 10")
    text = (await column_values(database, "products", "price")).text
    assert "40 rows, 10 NULL (25.0%), 30 different values, from 13.75 to 50.00" in text
    assert "from 2024-01-02 to 2025-02-04" in (await column_values(database, "customers", "joined")).text


@pytest.mark.parametrize(
    ("like", "found"),
    [
        ("каз", "Казань"),
        ("Казани", "Казань"),
        ("LOND", "London"),
        ("Pariss", "Paris"),
        ("из Москвы", "Москва"),
    ],
)
async def test_a_value_is_looked_up_by_a_part_or_another_form(
    database: Database, like: str, found: str
) -> None:
    text = (await column_values(database, "customers", "city", like)).text
    assert f"\n{found}|100" in text


@pytest.mark.parametrize("like", ["'; DROP TABLE orders; --", "%", "_", "\\", "x\0y"])
async def test_a_text_to_look_up_is_data_whatever_it_holds(database: Database, like: str) -> None:
    answer = await column_values(database, "customers", "city", like)
    assert answer.structured["values"] == 0
    assert "No value holds" in answer.text


async def test_an_unknown_column_names_the_nearest(database: Database) -> None:
    with pytest.raises(AnkusError) as caught:
        await column_values(database, "orders", "state")
    assert caught.value.code == "undefined_column"
    assert "status" in caught.value.hint


async def test_values_of_a_view_that_does_more_than_read_are_refused(database: Database) -> None:
    with pytest.raises(AnkusError) as caught:
        await column_values(database, "marking_view", "mark")
    assert caught.value.code in ("statement_refused", "function_refused")


async def test_a_large_table_is_read_in_part_and_it_is_said(clone: Clone, open_clone: Open) -> None:
    with clone.admin() as admin:
        admin.execute(
            "CREATE TABLE many AS SELECT g % 3 AS kind FROM generate_series(1, 30000) g; ANALYZE many"
        )
        admin.execute("UPDATE pg_class SET reltuples = 2000000 WHERE relname = 'many'")
        admin.execute("GRANT SELECT ON many TO ankus_reader")
    text = (await column_values(await open_clone(clone), "many", "kind")).text
    assert "in a sample of 50.0% of the table" in text


async def test_the_example_in_the_readme_is_true(clone: Clone, database: Database) -> None:
    readme = (Path(__file__).parents[2] / "servers/postgres-sql/README.md").read_text(encoding="utf-8")
    section = readme.split("## Schema linking\n")[1]
    example = tomllib.loads(section.split("```toml\n")[1].split("```")[0])
    tools: dict[str, Any] = {
        "search_schema": search, "find_join_path": find_join_path, "column_values": column_values,
    }  # fmt: skip
    with clone.admin() as admin:
        admin.execute("DROP TABLE customers, orders, order_items CASCADE")
        admin.execute(example["setup"] + "GRANT SELECT ON ALL TABLES IN SCHEMA public TO ankus_reader")
    for call in example["call"]:
        answer = await tools[call["tool"]](database, **call["arguments"])
        assert call["answer"].strip() in answer.text


async def test_a_table_that_was_never_analyzed_is_found_by_its_values(
    clone: Clone, database: Database
) -> None:
    with clone.admin() as admin:
        admin.execute("CREATE TABLE spots (id int, label text); INSERT INTO spots VALUES (1, 'Суздаль')")
        admin.execute("GRANT SELECT ON spots TO ankus_reader")
    answer = await search(database, "кто был в Суздале")
    assert "spots" in answer.structured["tables"]
    assert "spots.label = 'Суздаль'" in answer.text


async def test_a_name_that_no_sample_holds_is_looked_up_in_the_tables_found(database: Database) -> None:
    text = (await search(database, 'orders of customers called "Customer 371"')).text
    assert "customers.name = 'Customer 371'" in text


async def test_a_partition_names_the_table_that_stands_for_it(clone: Clone, database: Database) -> None:
    with clone.admin() as admin:
        admin.execute("CREATE TABLE logs (id int PRIMARY KEY) PARTITION BY RANGE (id)")
        admin.execute("CREATE TABLE logs_low PARTITION OF logs FOR VALUES FROM (0) TO (9)")
    with pytest.raises(AnkusError) as caught:
        await column_values(database, "logs_low", "id")
    assert "Use logs" in caught.value.hint


async def test_a_table_whose_policy_does_more_than_read_is_not_sampled_and_the_others_are(
    clone: Clone, database: Database
) -> None:
    with clone.admin() as admin:
        admin.execute("""
            CREATE TABLE streets (name text);
            INSERT INTO streets VALUES ('Невский');
            CREATE TABLE watched (name text);
            INSERT INTO watched VALUES ('x');
            CREATE FUNCTION alarm() RETURNS boolean LANGUAGE plpgsql AS $$ BEGIN RAISE 'rung'; END $$;
            ALTER TABLE watched ENABLE ROW LEVEL SECURITY;
            CREATE POLICY rings ON watched USING (alarm());
            GRANT SELECT ON streets, watched TO ankus_reader""")
    for question in ("watched or on Невский", "who is in the streets or watched on Невском"):
        assert "Value: streets.name = 'Невский'" in (await search(database, question)).text


async def test_no_sample_and_no_list_runs_the_program_of_a_foreign_table(
    server_clone: Clone, open_clone: Open
) -> None:
    with TemporaryDirectory(prefix="ankus-ran-") as folder, server_clone.admin() as admin:
        if not admin.execute("SELECT 1 FROM pg_available_extensions WHERE name = 'file_fdw'").fetchone():
            pytest.skip("file_fdw is not there")
        Path(folder).chmod(0o777)
        ran = Path(folder, "ran")
        admin.execute(
            sql.SQL("""
                CREATE EXTENSION file_fdw;
                CREATE SERVER files FOREIGN DATA WRAPPER file_fdw;
                CREATE TABLE pets (name text);
                CREATE FOREIGN TABLE more_pets () INHERITS (pets) SERVER files OPTIONS (program {});
                GRANT SELECT ON pets TO ankus_reader""").format(sql.Literal(f"touch {ran}; echo x"))
        )
        for url in (server_clone.reader_url, server_clone.admin_url):
            database = await open_clone(server_clone, database_url=url, allow_strong_role=True)
            await search(database, "whose pets are called «Tom»?")
            await list_tables(database)
            assert not ran.exists()


async def test_the_first_call_finds_the_index_that_was_made_in_the_background(
    database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    made: list[SchemaIndex] = []

    def index(tables: list[Table]) -> SchemaIndex:
        made.append(SchemaIndex(tables))
        return made[-1]

    async def first() -> Database:
        return database

    monkeypatch.setattr(cache, "SchemaIndex", index)
    async with anyio.create_task_group() as tasks:
        tasks.start_soon(warm_up, first)
        tasks.start_soon(warm_up, first)
    assert len(made) == 1
    async with database.reading() as connection:
        assert await database.schema_indexes.get(connection) is made[0]


async def test_a_database_that_cannot_be_indexed_in_the_background_is_no_failure() -> None:
    async def first() -> Database:
        raise AnkusError("It is down.", hint="Try again.", code="database_unavailable")

    with capture_logs() as logs:
        await warm_up(first)
    assert [entry["reason"] for entry in logs] == ["It is down. Try again."]
