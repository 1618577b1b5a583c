"""When two results of queries count as the same."""

from decimal import ROUND_HALF_EVEN, ROUND_HALF_UP, Decimal
from random import Random

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from benchmarks.results import same_result

Rows = list[tuple[str | None, ...]]

CELLS = st.one_of(
    st.none(),
    st.integers(-50, 50).map(str),
    st.decimals(-1000, 1000, places=2).map(str),
    st.floats(-1e6, 1e6).map(repr),
    st.dates().map(str),
    st.sampled_from(["t", "f", "Казань", "kazan", "", "5 apples", "2025-13", "007", "NaN"]),
)
WIDTHS = st.integers(1, 6)


@st.composite
def results(draw: st.DrawFn, min_rows: int = 0) -> Rows:
    """Rows of one width, with enough repetition that rows and columns resemble each other."""
    width = draw(WIDTHS)
    pool = draw(st.lists(CELLS, min_size=1, max_size=6))
    row = st.tuples(*[st.sampled_from(pool)] * width)
    return draw(st.lists(row, min_size=min_rows, max_size=12))


def same(expected: Rows, actual: Rows, *, ordered: bool = False, extra: bool = False) -> bool:
    """Compare rows under made-up names of columns."""
    return same_result(
        _names(expected), expected, _names(actual), actual, ordered=ordered, allow_extra_columns=extra
    )


def _names(rows: Rows) -> list[str]:
    return [f"c{position}" for position in range(len(rows[0]) if rows else 1)]


def one(expected: str | None, actual: str | None) -> bool:
    """Compare two values."""
    return same([(expected,)], [(actual,)])


@given(results(), st.randoms(use_true_random=False))
def test_the_order_of_rows_and_columns_does_not_matter(rows: Rows, chance: Random) -> None:
    mixed = [tuple(row) for row in rows]
    chance.shuffle(mixed)
    order = list(range(len(_names(rows))))
    chance.shuffle(order)
    moved = [tuple(row[position] for position in order) for row in mixed]
    assert same(rows, moved)


@given(results(), results())
def test_neither_result_is_privileged(one: Rows, other: Rows) -> None:
    for ordered in (False, True):
        assert same(one, other, ordered=ordered) == same(other, one, ordered=ordered)


@given(results(min_rows=1), st.data())
def test_a_changed_value_is_noticed(rows: Rows, data: st.DataObject) -> None:
    line = data.draw(st.integers(0, len(rows) - 1))
    column = data.draw(st.integers(0, len(rows[0]) - 1))
    changed = [list(row) for row in rows]
    changed[line][column] = "a value that no other cell has"
    assert not same(rows, [tuple(row) for row in changed])


@given(results(min_rows=1), st.data())
def test_a_missing_and_a_repeated_row_are_noticed(rows: Rows, data: st.DataObject) -> None:
    line = data.draw(st.integers(0, len(rows) - 1))
    assert not same(rows, rows[:line] + rows[line + 1 :])
    assert not same(rows, [*rows, rows[line]])


@given(results(min_rows=2), st.data())
def test_order_counts_when_it_was_asked_for(rows: Rows, data: st.DataObject) -> None:
    first, second = data.draw(st.permutations(range(len(rows))))[:2]
    swapped = list(rows)
    swapped[first], swapped[second] = swapped[second], swapped[first]
    assume(not same([rows[first]], [rows[second]]))
    assert same(rows, rows, ordered=True)
    assert same(rows, swapped)
    # a single row cannot tell columns apart, so compare with a first column that can
    numbered = [(f"row {n}", *row) for n, row in enumerate(rows)]
    renumbered = [numbered[n] for n in _swapped(len(rows), first, second)]
    assert same(numbered, renumbered)
    assert not same(numbered, renumbered, ordered=True)


def _swapped(length: int, first: int, second: int) -> list[int]:
    order = list(range(length))
    order[first], order[second] = order[second], order[first]
    return order


@given(results(min_rows=1), st.lists(CELLS, min_size=12, max_size=12))
def test_extra_columns_count_only_where_they_are_allowed(rows: Rows, more: list[str | None]) -> None:
    wider = [(extra, *row) for extra, row in zip(more, rows, strict=False)]
    assert not same(rows, wider)
    assert same(rows, wider, extra=True)
    assert not same(wider, rows, extra=True)


@given(st.decimals(-100_000, 100_000, places=9), st.integers(2, 6))
def test_rounding_to_two_decimals_or_more_is_the_same_number(exact: Decimal, decimals: int) -> None:
    unit = Decimal(1).scaleb(-decimals)
    for rounding in (ROUND_HALF_UP, ROUND_HALF_EVEN):
        assert one(f"{exact:f}", f"{exact.quantize(unit, rounding):f}")


@given(st.integers(-(10**18), 10**18))
def test_integers_and_cents_are_compared_exactly(number: int) -> None:
    assert not one(str(number), str(number + 1))
    cents = Decimal(number).scaleb(-2)
    assert not one(f"{cents:f}", f"{cents + Decimal('0.01'):f}")


@pytest.mark.parametrize(
    ("expected", "actual"),
    [
        (None, None),
        ("4.27", "4.2738461538461538"),
        ("12.5", "12.50"),
        ("3", "3.0000000000000000"),
        ("1e+20", "100000000000000000000"),
        ("81320.6", "81320.59999999999"),
        ("0.3333333333333333", "0.33333333333333333333"),
        ("2025-01-01", "2025-01-01 00:00:00+00"),
        ("2025-01-01", "2025-01-01 00:00:00"),
        ("2025-01", "2025-01-01"),
        ("2025-01-01 03:00:00+03", "2025-01-01"),
        ("2025-06-01 12:30:00.5+00", "2025-06-01 12:30:00.500000+00"),
        ("t", "true"),
        ("Казань", "Казань"),
    ],
)
def test_different_texts_of_one_value_are_the_same(expected: str | None, actual: str | None) -> None:
    assert one(expected, actual)
    assert one(actual, expected)


@pytest.mark.parametrize(
    ("expected", "actual"),
    [
        (None, ""),
        (None, "0"),
        (None, "NULL"),
        ("4.27", "4.3"),
        ("4", "4.27"),
        ("0.1234", "12.34"),
        ("2025-01-01", "2025-01-02"),
        ("2025-01-01", "2025-01-01 01:00:00+00"),
        ("t", "f"),
        ("t", "1"),
        ("Казань", "казань"),
        ("Kazan", "Казань"),
        ("007", "7"),
        ("a", "a "),
    ],
)
def test_different_values_are_not_the_same(expected: str | None, actual: str | None) -> None:
    assert not one(expected, actual)
    assert not one(actual, expected)


def test_columns_that_agree_one_by_one_must_also_agree_row_by_row() -> None:
    assert not same([("a", "x"), ("b", "y")], [("a", "y"), ("b", "x")])
    assert not same([("1.001", "x"), ("1.002", "y")], [("5", "x"), ("1.002", "y")])


def test_near_numbers_are_paired_even_where_the_first_choice_is_wrong() -> None:
    # 1.00 may stand for either; 1.0049 only for itself or 1.00
    expected: Rows = [("1.00",), ("1.0049",)]
    assert same(expected, [("1.0049",), ("0.996",)])
    assert not same(expected, [("0.996",), ("0.9961",)])


def test_many_columns_that_resemble_each_other_are_compared_quickly() -> None:
    width = 14
    rows: Rows = [tuple(str((line + column) % 2) for column in range(width)) for line in range(50)]
    broken = [*rows[:-1], tuple(str(column // 7) for column in range(width))]
    assert same(rows, [row[::-1] for row in rows])
    assert not same(rows, broken)


def test_an_empty_result_equals_an_empty_result_of_the_same_width() -> None:
    assert same_result(["a"], [], ["b"], [], ordered=True)
    assert not same_result(["a"], [], ["b", "c"], [], ordered=True)
