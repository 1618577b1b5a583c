"""Integers between two bounds."""

import re

from hypothesis import given
from hypothesis import strategies as st

from ankus_runner.constraint.integers import integer_expression

bounds = st.integers(-(10**6), 10**6) | st.integers(-120, 120) | st.integers(-(2**63), 2**63 - 1)


def matches(expression: str, text: str) -> bool:
    """Whether a GBNF expression of digits, classes and counts, a regex but for its quotes, matches."""
    return re.fullmatch(expression.replace('"', "").replace(" ", ""), text) is not None


@given(bounds, bounds, st.data())
def test_exactly_the_integers_within_the_bounds_match(one: int, other: int, data: st.DataObject) -> None:
    low, high = min(one, other), max(one, other)
    expression = integer_expression(low, high)
    near = st.integers(low - 20, low + 20) | st.integers(high - 20, high + 20) | st.integers(low, high)
    for value in data.draw(st.lists(near | bounds, min_size=1, max_size=30)):
        assert matches(expression, str(value)) is (low <= value <= high), (expression, value)


def test_all_small_ranges_are_exact() -> None:
    for low in range(-25, 26):
        for high in range(low, 26):
            expression = integer_expression(low, high)
            assert [n for n in range(-130, 131) if matches(expression, str(n))] == list(range(low, high + 1))


@given(bounds, st.integers(-(10**18), 10**18))
def test_a_missing_bound_is_open(bound: int, value: int) -> None:
    assert matches(integer_expression(bound, None), str(value)) is (bound <= value)
    assert matches(integer_expression(None, bound), str(value)) is (value <= bound)
    assert matches(integer_expression(None, None), str(value))


def test_one_number_is_written_one_way() -> None:
    for expression in (integer_expression(None, None), integer_expression(-5, 5)):
        for text in ("-0", "00", "01", "-01", "+1", "1.0", "", "-"):
            assert not matches(expression, text)


def test_a_common_range_stays_short() -> None:
    assert integer_expression(1, 1000) == '[1-9] [0-9]{0,2} | "1000"'
    assert integer_expression(0, None) == '"0" | [1-9] [0-9]{0,18}'
