"""The first observation: what a model learns about tables before it writes SQL."""

import pytest

from ankus_postgres_sql.database import Database
from ankus_postgres_sql.explore import describe_table, list_schemas, list_tables
from ankus_postgres_sql.schema import quoted, short_type
from ankus_shared.errors import AnkusError
from tests.fixtures.db import Clone
from tests.postgres_sql.conftest import Open

ORDERS = """CREATE TABLE orders (
 id int PRIMARY KEY,
 customer_id int REFERENCES customers(id),
 status text, -- 'new','paid','returned','sent'
 placed_at timestamptz
);"""
CUSTOMERS = """-- Who buys
CREATE TABLE customers (
 id int PRIMARY KEY,
 name text,
 city text, -- 'London','Paris','Казань','Москва'; Where they live
 mood mood, -- 'sad','ok','happy'
 joined date
);"""
ORDER_ITEMS = """CREATE TABLE order_items (
 order_id int REFERENCES orders(id),
 product_id int REFERENCES products(id),
 quantity positive,
 PRIMARY KEY (order_id, product_id)
);"""
ODD = """CREATE TABLE "Odd Names" (
 "Some Column" int,
 "select" text
);"""


@pytest.mark.parametrize("expected", [ORDERS, CUSTOMERS, ORDER_ITEMS, ODD])
async def test_a_table_is_a_definition_with_keys_values_and_comments(
    each_database: Database, expected: str
) -> None:
    assert expected in (await list_tables(each_database)).text


async def test_a_reference_names_a_column_only_where_it_has_another_name(
    clone: Clone, open_clone: Open
) -> None:
    with clone.admin() as admin:
        admin.execute(
            b"CREATE TABLE lands (land_id int PRIMARY KEY, code text, zone text, UNIQUE (code, zone))"
        )
        admin.execute(
            b"CREATE TABLE towns (land_id int REFERENCES lands, old_land int REFERENCES lands,"
            b" code text, area text, FOREIGN KEY (code, area) REFERENCES lands (code, zone))"
        )
    text = (await list_tables(await open_clone(clone))).text
    assert " land_id int REFERENCES lands,\n old_land int REFERENCES lands(land_id),\n" in text
    assert " FOREIGN KEY (code, area) REFERENCES lands(code, zone)\n" in text


async def test_views_say_what_they_are(clone: Clone, open_clone: Open) -> None:
    with clone.admin() as admin:
        admin.execute(b"CREATE VIEW paid AS SELECT id, status FROM orders WHERE status = 'paid'")
    text = (await list_tables(await open_clone(clone))).text
    assert "CREATE VIEW paid (\n id int,\n status text\n);" in text


async def test_a_value_with_a_quote_is_written_as_in_sql(clone: Clone, open_clone: Open) -> None:
    with clone.admin() as admin:
        admin.execute(b"CREATE TYPE taste AS ENUM ('cook''s', 'plain')")
        admin.execute(b"CREATE TABLE dishes (taste taste)")
    assert "taste taste -- 'cook''s','plain'" in (await list_tables(await open_clone(clone))).text


async def test_long_comments_of_columns_are_cut_and_left_out_where_room_is_short(
    clone: Clone, open_clone: Open
) -> None:
    with clone.admin() as admin:
        columns = [f"c{number}" for number in range(12)]
        admin.execute(f"CREATE SCHEMA notes CREATE TABLE lines ({' int, '.join(columns)} int)".encode())
        for column in columns:
            text = f"What the person who made {column} thought of it then at some length"
            admin.execute(f"COMMENT ON COLUMN notes.lines.{column} IS '{text}'".encode())
    roomy = await list_tables(await open_clone(clone), "notes")
    tight = await list_tables(await open_clone(clone, outline_limit=500), "notes")
    assert "c0 int, -- What the person who made c0 thought of it then at some…" in roomy.text
    assert " c0 int,\n c1 int,\n" in tight.text
    assert tight.structured["form"] == "full"


async def test_a_long_comment_is_cut_behind_a_clause(clone: Clone, open_clone: Open) -> None:
    with clone.admin() as admin:
        admin.execute(b"CREATE TABLE wares (price int)")
        text = "List price as of today; what a customer paid for it stands in order_items"
        admin.execute(f"COMMENT ON COLUMN wares.price IS '{text}'".encode())
    database = await open_clone(clone)
    assert "price int -- List price as of today…\n" in (await list_tables(database)).text
    assert f"price int -- {text}\n" in (await describe_table(database, "wares")).text


async def test_a_comment_that_many_tables_repeat_is_told_once(clone: Clone, open_clone: Open) -> None:
    with clone.admin() as admin:
        for name in ("wares_a", "wares_b"):
            admin.execute(f"CREATE TABLE {name} (made_on date)".encode())
            admin.execute(f"COMMENT ON COLUMN {name}.made_on IS 'Day of the first piece'".encode())
    database = await open_clone(clone)
    text = (await list_tables(database)).text
    assert "wares_a (\n made_on date -- Day of the first piece\n" in text
    assert "wares_b (\n made_on date\n" in text
    assert "-- Day of the first piece" in (await describe_table(database, "wares_b")).text


async def test_one_schema_can_be_asked_for(database: Database) -> None:
    answer = await list_tables(database, "sales")
    assert answer.text.startswith("CREATE TABLE sales.targets (")
    assert answer.structured == {"tables": 1, "form": "full"}


async def test_an_unknown_schema_names_the_nearest(database: Database) -> None:
    with pytest.raises(AnkusError) as caught:
        await list_tables(database, "sale")
    assert caught.value.code == "undefined_schema"
    assert "sales" in caught.value.hint


async def test_a_search_path_takes_prefixes_away(clone: Clone, open_clone: Open) -> None:
    database = await open_clone(clone, search_path="sales, public")
    assert (await list_tables(database, "sales")).text.startswith("CREATE TABLE targets (")


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
    definition, indexes = text[: text.index(");") + 2], text[text.index(");") + 3 :]
    assert (
        definition
        == """-- ~2000 rows
CREATE TABLE orders (
 id int PRIMARY KEY DEFAULT nextval('orders_id_seq'::regclass),
 customer_id int REFERENCES customers(id) NOT NULL,
 status text NOT NULL DEFAULT 'new'::text, -- 'new','paid','returned','sent'
 placed_at timestamptz NOT NULL -- 2024-01-01 03:00:00+00 … 2024-09-07 00:00:00+00
);"""
    )
    assert set(indexes.split("\n")) == {
        "-- referenced by: order_items.order_id = orders.id",
        "CREATE INDEX orders_placed ON orders (placed_at) WHERE (status <> 'returned'::text);",
        "CREATE UNIQUE INDEX orders_pkey ON orders (id);",
    }


async def test_comments_and_ranges_of_numbers_are_shown(database: Database) -> None:
    assert (
        "city text, -- 'London','Paris','Казань','Москва'; Where they live"
        in (await describe_table(database, "customers")).text
    )
    assert "-- 1.25 … 50.00" in (await describe_table(database, "products")).text


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
    assert ",'lost'" in text


async def test_a_list_before_any_analyze_has_the_columns_and_no_guesses(
    clone: Clone, database: Database
) -> None:
    with clone.admin() as admin:
        admin.execute(
            "CREATE TABLE fresh (id int PRIMARY KEY, kind text); GRANT SELECT ON fresh TO ankus_reader"
        )
    assert "CREATE TABLE fresh (\n id int PRIMARY KEY,\n kind text\n);" in (await list_tables(database)).text
