"""The first observation: what a model learns about tables before it writes SQL."""

import pytest

from ankus_postgres_sql.database import Database
from ankus_postgres_sql.explore import describe_table, list_schemas, list_tables
from ankus_postgres_sql.schema import quoted, short_type
from ankus_shared.errors import AnkusError
from tests.fixtures.db import Clone
from tests.postgres_sql.conftest import Open

ORDERS = (
    "orders(id int PK, customer_id int → customers.id, status text {new|paid|returned|sent},"
    " placed_at timestamptz) ~2000 rows"
)


async def test_each_table_is_one_line_with_keys_values_and_size(each_database: Database) -> None:
    answer = await list_tables(each_database)
    lines = answer.text.split("\n")
    assert ORDERS in lines
    assert (
        'customers(id int PK, name text, city text {London|Paris|Казань|Москва} "Where they live",'
        " mood mood {sad|ok|happy}, joined date) ~400 rows -- Who buys"
    ) in lines
    assert (
        "order_items(order_id int → orders.id, product_id int → products.id, quantity positive,"
        " PK(order_id, product_id)) ~2000 rows"
    ) in lines
    assert "sales.targets(year int PK, amount numeric, payload jsonb) ~2 rows" in lines
    assert '"Odd Names"("Some Column" int, "select" text) ~1 rows' in lines


async def test_an_arrow_names_a_column_only_where_it_has_another_name(clone: Clone, open_clone: Open) -> None:
    with clone.admin() as admin:
        admin.execute(b"CREATE TABLE lands (land_id int PRIMARY KEY)")
        admin.execute(b"CREATE TABLE towns (land_id int REFERENCES lands, old_land int REFERENCES lands)")
    answer = await list_tables(await open_clone(clone))
    assert "towns(land_id int → lands, old_land int → lands.land_id)" in answer.text


async def test_long_comments_of_columns_are_cut_and_left_out_where_room_is_short(
    clone: Clone, open_clone: Open
) -> None:
    with clone.admin() as admin:
        columns = [f"c{number}" for number in range(12)]
        admin.execute(f"CREATE SCHEMA notes CREATE TABLE lines ({' int, '.join(columns)} int)".encode())
        for column in columns:
            text = "What the person who made it thought of it then, at some length"
            admin.execute(f"COMMENT ON COLUMN notes.lines.{column} IS '{text}'".encode())
    roomy = await list_tables(await open_clone(clone), "notes")
    tight = await list_tables(await open_clone(clone, outline_limit=500), "notes")
    assert 'c0 int "What the person who made it thought of it…"' in roomy.text
    assert "c0 int, c1 int, " in tight.text
    assert tight.structured["form"] == "full"


async def test_one_schema_can_be_asked_for(database: Database) -> None:
    answer = await list_tables(database, "sales")
    assert answer.text.startswith("sales.targets(")
    assert answer.structured == {"tables": 1, "form": "full"}


async def test_an_unknown_schema_names_the_nearest(database: Database) -> None:
    with pytest.raises(AnkusError) as caught:
        await list_tables(database, "sale")
    assert caught.value.code == "undefined_schema"
    assert "sales" in caught.value.hint


async def test_a_search_path_takes_prefixes_away(clone: Clone, open_clone: Open) -> None:
    database = await open_clone(clone, search_path="sales, public")
    assert (await list_tables(database, "sales")).text.startswith("targets(")


async def test_too_many_tables_are_listed_by_name_and_it_is_said(clone: Clone, open_clone: Open) -> None:
    with clone.admin() as admin:
        for number in range(60):
            admin.execute(f"CREATE TABLE wide_{number} (a int, b int, c int, d int, e int)".encode())
    names = await list_tables(await open_clone(clone, outline_limit=2000))
    assert "Columns are left out: call describe_table" in names.text
    assert "wide_59" in names.text
    cut = await list_tables(await open_clone(clone, outline_limit=500))
    assert "name a schema to see the others" in cut.text
    assert len(cut.text) < 700


async def test_schemas_are_listed_with_their_sizes(database: Database) -> None:
    answer = await list_schemas(database)
    assert "sales: 1 tables" in answer.text
    assert answer.structured == {"schemas": ["public", "sales"]}


async def test_a_table_is_described_in_full(each_database: Database) -> None:
    text = (await describe_table(each_database, "orders")).text
    assert text.split("\n") == [
        "orders: table ~2000 rows",
        "- id int PK not null default nextval('orders_id_seq'::regclass)",
        "- customer_id int → customers.id not null",
        "- status text {new|paid|returned|sent} not null default 'new'::text",
        "- placed_at timestamptz not null [2024-01-01 03:00:00+00 … 2024-09-07 00:00:00+00]",
        "referenced by: order_items.order_id = orders.id",
        "index orders_placed (placed_at) where (status <> 'returned'::text)",
        "unique index orders_pkey (id)",
    ] or text.split("\n")[6:] == [
        "unique index orders_pkey (id)",
        "index orders_placed (placed_at) where (status <> 'returned'::text)",
    ]


async def test_comments_and_ranges_of_numbers_are_shown(database: Database) -> None:
    assert (
        "city text {London|Paris|Казань|Москва} -- Where they live"
        in (await describe_table(database, "customers")).text
    )
    assert "[1.25 … 50.00]" in (await describe_table(database, "products")).text


@pytest.mark.parametrize("name", ["Orders", "public.orders", '"orders"', " orders "])
async def test_a_table_is_found_however_its_name_is_written(database: Database, name: str) -> None:
    assert (await describe_table(database, name)).structured == {"table": "orders", "columns": 4}


@pytest.mark.parametrize("name", ["Odd Names", '"Odd Names"', 'public."Odd Names"'])
async def test_a_name_in_capitals_and_blanks_is_found(database: Database, name: str) -> None:
    assert (await describe_table(database, name)).structured["table"] == '"Odd Names"'


@pytest.mark.parametrize("name", ["order", "ordrs", "customers_orders", "", "'; DROP TABLE orders; --"])
async def test_an_unknown_table_says_what_to_do(database: Database, name: str) -> None:
    with pytest.raises(AnkusError) as caught:
        await describe_table(database, name)
    assert caught.value.code == "undefined_table"
    assert "orders" in caught.value.hint or "list_tables" in caught.value.hint


@pytest.mark.parametrize(
    ("given", "expected"),
    [
        ("character varying(20)", "varchar(20)"),
        ("character varying(20)[]", "varchar(20)[]"),
        ("timestamp(3) with time zone", "timestamptz(3)"),
        ("timestamp without time zone[]", "timestamp[]"),
        ("numeric(10,2)", "numeric(10,2)"),
        ("integer[]", "int[]"),
        ("mood", "mood"),
    ],
)
def test_types_are_written_short(given: str, expected: str) -> None:
    assert short_type(given) == expected


def test_names_are_quoted_only_where_they_must_be() -> None:
    assert [quoted(name) for name in ("orders", "Order", "a b", "select", 'a"b')] == [
        "orders", '"Order"', '"a b"', '"select"', '"a""b"',
    ]  # fmt: skip


async def test_rare_values_that_analyze_did_not_keep_are_listed_too(clone: Clone, database: Database) -> None:
    with clone.admin() as admin:
        admin.execute("UPDATE orders SET status = 'lost' WHERE id = 7; ANALYZE orders")
    text = (await list_tables(database)).text
    assert "status text {new|paid|returned|sent|lost}" in text or "|lost" in text


async def test_a_list_before_any_analyze_has_the_columns_and_no_guesses(
    clone: Clone, database: Database
) -> None:
    with clone.admin() as admin:
        admin.execute(
            "CREATE TABLE fresh (id int PRIMARY KEY, kind text); GRANT SELECT ON fresh TO ankus_reader"
        )
    assert "fresh(id int PK, kind text)" in (await list_tables(database)).text.split("\n")
