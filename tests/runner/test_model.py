"""What counts as an answer that runs in a circle."""

from hypothesis import given
from hypothesis import strategies as st

from ankus_runner.model import repeats_itself

MONTHS = ", ".join(
    f"sum(CASE WHEN extract(month FROM ordered_at) = {month} THEN total_amount ELSE 0 END) AS m{month}"
    for month in range(1, 13)
)


def test_filters_that_come_again_and_again_are_a_circle() -> None:
    circle = "c.email IS NOT NULL AND c.full_name IS NOT NULL AND c.company IS NOT NULL AND "

    assert repeats_itself("SELECT count(*) FROM customers c WHERE " + circle * 8)


def test_a_column_for_each_month_is_none() -> None:
    assert not repeats_itself(f"SELECT {MONTHS} FROM orders")


@given(st.text(max_size=300))
def test_what_is_short_is_none(text: str) -> None:
    assert not repeats_itself(text)


@given(st.text(min_size=1, max_size=40), st.text(max_size=100))
def test_whatever_is_repeated_long_enough_is_one(period: str, before: str) -> None:
    assert repeats_itself(before + period * (600 // len(period) + 1))
