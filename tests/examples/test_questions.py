"""The questions about the example shop: their SQL runs, and its result is the only right one."""

import re

import pytest
from pglast import ast, parse_sql
from pglast.stream import RawStream

from benchmarks.questions import Question, load_questions
from tests.examples.conftest import Query

QUESTIONS = load_questions()
EACH = pytest.mark.parametrize("question", QUESTIONS, ids=lambda question: question.id)


def test_there_are_twenty_questions_in_english_and_ten_in_russian() -> None:
    assert [question.language for question in QUESTIONS].count("en") == 20
    assert [question.language for question in QUESTIONS].count("ru") == 10
    assert {question.kind for question in QUESTIONS} == {"one-table", "join", "aggregate", "window", "date"}
    assert QUESTIONS[0].question == "Which five customers spent the most last year?"


@EACH
def test_a_question_is_in_the_language_that_it_says(question: Question) -> None:
    assert bool(re.search("[а-яё]{4}", question.question)) == (question.language == "ru")


@EACH
def test_only_the_first_question_depends_on_the_day_on_which_it_is_asked(question: Question) -> None:
    asks_today = re.search(r"current_|now\(|localtime", question.sql, re.IGNORECASE) is not None
    assert asks_today == (question is QUESTIONS[0])


@EACH
def test_the_sql_gives_a_few_rows_and_the_same_each_time(question: Question, query: Query) -> None:
    rows = query(question.sql)
    assert 1 <= len(rows) <= 100
    assert query(question.sql) == rows


@EACH
def test_no_value_of_a_result_is_unknown(question: Question, query: Query) -> None:
    assert all(value is not None for row in query(question.sql) for value in row)


@EACH
def test_no_tie_decides_what_is_in_the_result_or_in_which_order(question: Question, query: Query) -> None:
    select = parse_sql(question.sql)[0].stmt
    assert isinstance(select, ast.SelectStmt)
    assert question.ordered <= bool(select.sortClause)
    if not select.sortClause:
        return
    rows = query(question.sql)
    keys = _sort_keys(select, query)
    if question.ordered:
        assert len(set(keys[: len(rows)])) == len(rows)
    if len(keys) > len(rows):
        assert keys[len(rows)] != keys[len(rows) - 1]


def _sort_keys(select: ast.SelectStmt, query: Query) -> list[tuple[str, ...]]:
    """What the statement sorts by, for each row that it would have without its limit."""
    targets, sorts = select.targetList or (), select.sortClause or ()
    named = {target.name: target.val for target in targets if target.name}
    keys = [ast.ResTarget(val=named.get(RawStream()(sort.node), sort.node)) for sort in sorts]
    select.targetList = (*keys, *targets)
    select.limitCount = None
    return [row[: len(keys)] for row in query(RawStream()(select))]


@pytest.mark.parametrize("other", ["row_number()", "dense_rank()"])
def test_no_tie_decides_who_is_first_in_a_group(other: str, query: Query) -> None:
    ranked = [question for question in QUESTIONS if "rank()" in question.sql]
    assert ranked
    for question in ranked:
        changed = re.sub(r"\brank\(\)", other, question.sql)
        assert sorted(query(changed)) == sorted(query(question.sql)), question.id


# "Spent" may mean each of these; the customers are the same ones.
READINGS = {
    "orders that were not cancelled": (
        "SELECT customer_id, ordered_at AS day, total_amount AS amount "
        "FROM orders WHERE status <> 'cancelled'"
    ),
    "all orders": "SELECT customer_id, ordered_at AS day, total_amount AS amount FROM orders",
    "delivered orders": (
        "SELECT customer_id, ordered_at AS day, total_amount AS amount FROM orders WHERE status = 'delivered'"
    ),
    "goods without shipping": (
        "SELECT customer_id, ordered_at AS day, line_total AS amount "
        "FROM orders JOIN order_items USING (order_id)"
    ),
    "goods before discounts": (
        "SELECT customer_id, ordered_at AS day, quantity * unit_price AS amount "
        "FROM orders JOIN order_items USING (order_id)"
    ),
    "payments by the day of payment": (
        "SELECT customer_id, paid_at AS day, amount "
        "FROM orders JOIN payments p USING (order_id) WHERE p.status = 'captured'"
    ),
    "payments less what was given back": (
        "SELECT customer_id, ordered_at AS day, total_amount - (SELECT coalesce(sum(refund_amount), 0) "
        "FROM order_items JOIN returns USING (order_item_id) WHERE order_id = o.order_id) AS amount "
        "FROM orders o WHERE status <> 'cancelled'"
    ),
}


@pytest.mark.parametrize("year", [2025, 2026])
@pytest.mark.parametrize("reading", READINGS)
def test_every_reading_of_spent_names_the_same_five_customers(reading: str, year: int, query: Query) -> None:
    assert _top_five(READINGS[reading], year, query) == _top_five(
        READINGS["orders that were not cancelled"], year, query
    )


def _top_five(spending: str, year: int, query: Query) -> set[str]:
    rows = query(
        f"SELECT full_name FROM customers JOIN ({spending}) s USING (customer_id) "
        f"WHERE extract(year FROM day) = {year} GROUP BY customer_id ORDER BY sum(amount) DESC LIMIT 5"
    )
    return {name for (name,) in rows}
