"""A model that makes a mistake learns from the answer how to correct it."""

import pytest

from ankus_postgres_sql.database import Database
from ankus_postgres_sql.plans.explain import explain_query
from ankus_postgres_sql.query import run_query
from ankus_shared.errors import AnkusError
from tests.fixtures.db import Clone
from tests.postgres_sql.conftest import Open

LESSONS = [
    ("SELECT * FROM ordres", "undefined_table", "Tables: orders, "),
    ("SELECT * FROM sales.target", "undefined_table", "sales.targets"),
    ("SELECT custmer_id FROM orders", "undefined_column", "Nearest: orders.customer_id."),
    ("SELECT o.nothing FROM orders o", "undefined_column", "orders has id, customer_id, status, placed_at."),
    ("SELECT x.id FROM orders o", "undefined_table", ""),
    (
        "SELECT o.name FROM orders o",
        "undefined_column",
        "customers.name exists: JOIN customers ON o.customer_id = customers.id.",
    ),
    (
        "SELECT title FROM orders",
        "undefined_column",
        "products.title exists: JOIN order_items ON order_items.order_id = orders.id"
        " JOIN products ON order_items.product_id = products.id.",
    ),
    (
        "SELECT o.name FROM orders o JOIN customers c ON c.id = o.customer_id",
        "undefined_column",
        "Write c.name.",
    ),
    ("SELECT customers.name FROM customers c", "undefined_table", "Write c.name."),
    ("SELECT customer.name FROM customers", "undefined_table", "Write customers.name."),
    ("SELECT id FROM orders o, customers c", "ambiguous_column", "Say which: "),
    ("SELECT * FROM orders WHERE", "syntax_error", "Correct the SQL at the caret"),
    ("SELECT TOP 5 * FROM orders", "syntax_error", "write LIMIT n"),
    ("SELECT `id` FROM orders", "syntax_error", "backquotes"),
    ("SELECT * FROM orders LIMIT 5, 10", "syntax_error", "LIMIT count OFFSET start"),
    ("SELECT status, count(*) FROM orders", "grouping_error", "Add that column to GROUP BY"),
    ("SELECT strftime('%Y', placed_at) FROM orders", "undefined_function", "to_char"),
    ("SELECT YEAR(placed_at) FROM orders", "undefined_function", "extract(year from x)"),
    ("SELECT date_sub(now(), 1)", "undefined_function", "interval"),
    ("SELECT datediff(now(), now())", "undefined_function", "a::date - b::date"),
    ("SELECT round(1.5::float8, 2)", "undefined_function", "round(x::numeric, n)"),
    ("SELECT date_trunc('month', '2024-01-01'::text)", "undefined_function", "::date"),
    ("SELECT lenght('x')", "undefined_function", "length("),
    ("SELECT placed_at + 1 FROM orders", "undefined_function", "Cast one side"),
    ("SELECT * FROM customers WHERE mood = 'angry'", "invalid_text_representation", "sad, ok, happy"),
    ("SELECT * FROM orders WHERE placed_at > 'soon'", "invalid_datetime_format", "'2024-12-31'"),
    ("SELECT 1 / 0", "division_by_zero", "nullif"),
    ("SELECT 1 WHERE 1 = (SELECT id FROM orders)", "cardinality_violation", "IN"),
    ("SELECT CASE WHEN true THEN 1 ELSE now() END", "datatype_mismatch", "Cast"),
    ("SELECT * FROM orders WHERE row_number() OVER () = 1", "windowing_error", "outer query"),
    ("SELECT * FROM nowhere.orders", "undefined_table", "orders"),
]


@pytest.mark.parametrize(("text", "code", "lesson"), LESSONS)
async def test_an_error_teaches(each_database: Database, text: str, code: str, lesson: str) -> None:
    with pytest.raises(AnkusError) as caught:
        await run_query(each_database, text)
    assert caught.value.code == code
    assert lesson in caught.value.hint
    assert caught.value.hint


async def test_a_syntax_error_shows_the_line_and_the_place(database: Database) -> None:
    with pytest.raises(AnkusError) as caught:
        await run_query(database, "SELECT id,\n       имя имя2 'x' FROM orders")
    lines = caught.value.message.split("\n")
    assert lines[1] == "line 2:        имя имя2 'x' FROM orders"
    assert lines[2].index("^") == lines[1].index("'x'")


async def test_a_place_is_right_inside_an_explained_statement(database: Database) -> None:
    with pytest.raises(AnkusError) as caught:
        await explain_query(database, "SELECT custmer_id FROM orders", analyze=True)
    assert caught.value.hint == "Nearest: orders.customer_id."


async def test_errors_in_another_language_teach_the_same(clone: Clone, database: Database) -> None:
    # The embedded server has no translations, so the message itself is not needed: only its position is.
    with pytest.raises(AnkusError) as caught:
        await run_query(database, 'SELECT "Custmer_Id" FROM orders')
    assert "customer_id" in caught.value.hint


@pytest.mark.parametrize(
    ("condition", "remark"),
    [
        ("status = 'Paid'", "orders.status has no 'Paid'; its values: 'paid', "),
        ("'payd' = o.status", "orders.status has no 'payd'; its values: 'paid', "),
        ("status IN ('shipped', 'gone')", "orders.status has no 'shipped'; its values: "),
        ("status LIKE '%pai%' AND id < 0", ""),
        ("status LIKE '%PAI%'", "orders.status has no '%PAI%'; its values: 'paid', "),
        ("lower(status) = 'PAID'", "orders.status has no 'PAID'"),
        ("placed_at >= '2030-01-01'", "orders.placed_at runs from 2024-01-01 03:00:00+00 to 2024-09-07"),
        ("extract(year FROM placed_at) = 2019", "orders.placed_at runs from"),
        ("placed_at BETWEEN '2019-01-01' AND '2019-12-31'", "orders.placed_at runs from"),
        ("placed_at > now() + interval '50 years'", "orders.placed_at runs from"),
        ("id = -1", ""),
    ],
)
async def test_a_query_that_finds_nothing_says_why(database: Database, condition: str, remark: str) -> None:
    answer = await run_query(database, f"SELECT id FROM orders o WHERE {condition}")
    assert answer.structured["row_count"] == 0
    if remark:
        assert f"\n{remark}" in answer.text
    else:
        assert answer.text == "0 rows\ncolumns: id"


async def test_a_sum_over_nothing_says_why(database: Database) -> None:
    answer = await run_query(
        database,
        "SELECT sum(p.price) FROM customers c JOIN orders o ON o.customer_id = c.id"
        " JOIN order_items i ON i.order_id = o.id JOIN products p ON p.id = i.product_id"
        " WHERE c.city = 'Moscow'",
    )
    assert "customers.city has no 'Moscow'; its values: " in answer.text
    assert "'Москва'" in answer.text


@pytest.mark.parametrize(
    ("condition", "remark"),
    [
        ("name = 'Казань'", "places.name has no 'Казань', but places.name_ru has 'Казань'."),
        ("name = 'Казани'", "places.name has no 'Казани', but places.name_ru has 'Казань'."),
        ("name_ru = 'Kazan'", "places.name_ru has no 'Kazan', but places.name has 'Kazan'."),
        ("name = 'Kasan'", "places.name has no 'Kasan'; its values: 'Kazan', "),
    ],
)
async def test_a_value_that_stands_in_another_column_is_named(
    clone: Clone, open_clone: Open, condition: str, remark: str
) -> None:
    with clone.admin() as admin:
        admin.execute(b"CREATE TABLE places (name text, name_ru text)")
        admin.execute("INSERT INTO places VALUES ('Kazan', 'Казань'), ('Moscow', 'Москва')".encode())
    answer = await run_query(await open_clone(clone), f"SELECT count(*) FROM places WHERE {condition}")
    assert remark in answer.text
    assert answer.structured["advice"].startswith(remark)


async def test_a_name_in_the_wrong_case_is_found_among_many(database: Database) -> None:
    answer = await run_query(database, "SELECT id FROM customers WHERE name = 'customer 7'")
    assert "customers.name has no 'customer 7', but 'Customer 7'" in answer.text


async def test_the_log_holds_no_literals(database: Database, capsys: pytest.CaptureFixture[str]) -> None:
    await run_query(database, "SELECT 'a secret word' AS s WHERE 1 = 47110815")
    captured = capsys.readouterr()
    assert "fingerprint" in captured.out + captured.err
    assert "secret word" not in captured.out + captured.err
    assert "47110815" not in captured.out + captured.err
