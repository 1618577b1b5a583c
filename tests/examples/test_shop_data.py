"""The rows of the example shop: the same everywhere, consistent, and like those of a real shop."""

import os
import subprocess
import sys

import pytest

from examples.shop.generate import digest, tables
from examples.shop.marker import DIGEST
from tests.examples.conftest import REPOSITORY, Query


def test_the_rows_and_the_schema_are_those_of_the_pinned_digest() -> None:
    assert digest(tables()) == DIGEST


@pytest.mark.parametrize("hash_seed", ["0", "4711"])
def test_another_process_makes_the_same_rows(hash_seed: str) -> None:
    done = subprocess.run(
        [sys.executable, "-m", "examples.shop.generate"],
        env={**os.environ, "PYTHONHASHSEED": hash_seed, "TZ": "Asia/Almaty", "LC_ALL": "C"},
        cwd=REPOSITORY, capture_output=True, text=True, check=True,
    )  # fmt: skip
    assert DIGEST in done.stdout


def test_there_are_at_least_eight_tables_and_fifty_thousand_rows(query: Query) -> None:
    counts = [int(query(f"SELECT count(*) FROM {table.name}")[0][0]) for table in tables()]
    assert counts == [len(table.rows) for table in tables()]
    assert len(counts) >= 8
    assert sum(counts) >= 50_000


def test_every_table_has_a_comment_statistics_and_a_primary_key(query: Query) -> None:
    rows = query(
        "SELECT relname, obj_description(oid, 'pg_class'), reltuples, "
        "       EXISTS (SELECT FROM pg_constraint WHERE conrelid = c.oid AND contype = 'p') "
        "  FROM pg_class c WHERE relnamespace = 'public'::regnamespace AND relkind = 'r'"
    )
    assert len(rows) == len(tables())
    for name, comment, estimate, has_key in rows:
        assert comment, name
        assert int(estimate) > 0, name
        assert has_key == "t", name


def test_every_foreign_key_has_an_index_that_begins_with_it(query: Query) -> None:
    unserved = query(
        "SELECT conrelid::regclass, conname FROM pg_constraint k WHERE contype = 'f' AND NOT EXISTS "
        "(SELECT FROM pg_index i WHERE i.indrelid = k.conrelid AND i.indkey[0] = k.conkey[1])"
    )
    assert unserved == []


def test_new_rows_continue_the_numbers_of_the_old(query: Query) -> None:
    rows = query(
        "SELECT s.last_value, (SELECT max(order_id) FROM orders) FROM pg_sequences s "
        "WHERE s.schemaname = 'public' AND s.sequencename = 'orders_order_id_seq'"
    )
    assert rows[0][0] == rows[0][1]


# Each query finds the rows that break a rule.
RULES = {
    "an order's total is the sum of its lines and its fee": (
        "SELECT order_id FROM orders o WHERE total_amount <> "
        "shipping_fee + (SELECT sum(line_total) FROM order_items i WHERE i.order_id = o.order_id)"
    ),
    "orders lie between the first and the last day": (
        "SELECT order_id FROM orders WHERE ordered_at < '2022-01-01' OR ordered_at >= '2026-10-01'"
    ),
    "nothing happens after the last day": (
        "SELECT greatest(max(shipped_on), max(delivered_on), (SELECT max(returned_on) FROM returns), "
        "(SELECT max(reviewed_on) FROM reviews), (SELECT max(paid_at)::date FROM payments)) AS last "
        "FROM orders HAVING greatest(max(shipped_on), max(delivered_on), "
        "(SELECT max(returned_on) FROM returns), (SELECT max(reviewed_on) FROM reviews), "
        "(SELECT max(paid_at)::date FROM payments)) > '2026-09-30'"
    ),
    "nobody orders before registering": (
        "SELECT order_id FROM orders JOIN customers USING (customer_id) WHERE ordered_at < registered_on"
    ),
    "what is sold is on sale": (
        "SELECT order_id FROM orders JOIN order_items USING (order_id) JOIN products USING (product_id) "
        "WHERE ordered_at::date NOT BETWEEN introduced_on AND coalesce(discontinued_on, 'infinity')"
    ),
    "only what was delivered comes back, and not more of it": (
        "SELECT return_id FROM returns r JOIN order_items i USING (order_item_id) "
        "JOIN orders USING (order_id) WHERE delivered_on IS NULL OR returned_on <= delivered_on "
        "OR r.quantity > i.quantity OR refund_amount > line_total"
    ),
    "only who has a product reviews it": (
        "SELECT review_id FROM reviews r WHERE NOT EXISTS (SELECT FROM orders o JOIN order_items i "
        "USING (order_id) WHERE o.customer_id = r.customer_id AND i.product_id = r.product_id "
        "AND o.delivered_on < r.reviewed_on)"
    ),
    "what is sent is paid": (
        "SELECT order_id FROM orders o WHERE status IN ('paid', 'shipped', 'delivered') AND NOT EXISTS "
        "(SELECT FROM payments p WHERE p.order_id = o.order_id AND p.status = 'captured' "
        "AND p.amount = o.total_amount AND (shipped_on IS NULL OR p.paid_at::date <= shipped_on))"
    ),
    "no cancelled order keeps the customer's money": (
        "SELECT order_id FROM orders o JOIN payments p USING (order_id) "
        "WHERE o.status = 'cancelled' AND p.status = 'captured'"
    ),
    "products belong to categories of the second level": (
        "SELECT product_id FROM products JOIN categories USING (category_id) WHERE parent_id IS NULL"
    ),
    "no two customers have the same name": (
        "SELECT full_name FROM customers GROUP BY full_name HAVING count(*) > 1"
    ),
    "names in Russian are in Cyrillic": (
        "SELECT name_ru FROM cities WHERE name_ru !~ '[а-яё]' "
        "UNION ALL SELECT name_ru FROM categories WHERE name_ru !~ '[а-яё]' "
        "UNION ALL SELECT name_ru FROM products WHERE name_ru !~ '[а-яё]' "
        "UNION ALL SELECT full_name FROM customers WHERE (full_name ~ '[а-яё]') <> (language = 'ru')"
    ),
}


@pytest.mark.parametrize("rule", RULES)
def test_the_data_obey_the_rule_that(rule: str, query: Query) -> None:
    assert query(f"{RULES[rule]} LIMIT 5") == []


# Each query gives one number that a real shop would have within these bounds.
SHAPES = {
    "half of the customers read Russian": (
        "SELECT avg((language = 'ru')::int) FROM customers", 0.4, 0.6
    ),
    "December brings more than twice as many orders as February": (
        "SELECT count(*) FILTER (WHERE extract(month FROM ordered_at) = 12)::float / "
        "count(*) FILTER (WHERE extract(month FROM ordered_at) = 2) "
        "FROM orders WHERE ordered_at < '2026-01-01'", 2, 4
    ),
    "Sundays are busier than Wednesdays": (
        "SELECT count(*) FILTER (WHERE extract(isodow FROM ordered_at) = 7)::float / "
        "count(*) FILTER (WHERE extract(isodow FROM ordered_at) = 3) FROM orders", 1.2, 1.8
    ),
    "a tenth of the buyers gives about half of the money": (
        "SELECT sum(spent) FILTER (WHERE tenth = 1) / sum(spent) FROM (SELECT sum(total_amount) AS spent, "
        "ntile(10) OVER (ORDER BY sum(total_amount) DESC) AS tenth FROM orders GROUP BY customer_id) t",
        0.35, 0.65
    ),
    "a tenth of the products gives about half of the pieces": (
        "SELECT sum(n) FILTER (WHERE tenth = 1) / sum(n) FROM (SELECT sum(quantity) AS n, "
        "ntile(10) OVER (ORDER BY sum(quantity) DESC) AS tenth FROM order_items GROUP BY product_id) t",
        0.3, 0.6
    ),
    "one order of twenty is cancelled": (
        "SELECT avg((status = 'cancelled')::int) FROM orders", 0.04, 0.07
    ),
    "one line of twenty comes back": (
        "SELECT (SELECT count(*) FROM returns)::float / count(*) FROM order_items", 0.03, 0.06
    ),
    "half of the reviews have no text": (
        "SELECT avg((body IS NULL)::int) FROM reviews", 0.4, 0.6
    ),
    "most lines have no discount": (
        "SELECT avg((discount_percent > 0)::int) FROM order_items", 0.1, 0.4
    ),
}  # fmt: skip


@pytest.mark.parametrize("shape", SHAPES)
def test_the_shop_looks_real_in_that(shape: str, query: Query) -> None:
    statement, low, high = SHAPES[shape]
    assert low <= float(query(statement)[0][0]) <= high


def test_upper_and_lower_case_work_in_russian(query: Query) -> None:
    assert query("SELECT name FROM cities WHERE name_ru ILIKE 'КАЗАНЬ'") == [("Kazan",)]
