"""Intervals hold the mean and shrink with more questions; the test agrees with all signs written out."""

from itertools import product
from statistics import mean

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ankus_docs_rag.evaluate.intervals import bootstrap, randomisation_test

SCORES = st.lists(st.floats(0, 1), min_size=1, max_size=30)


@settings(max_examples=25)
@given(SCORES)
def test_an_interval_holds_its_mean_within_the_values(values: list[float]) -> None:
    interval = bootstrap(values)

    assert interval.mean == pytest.approx(mean(values))
    assert min(values) - 1e-9 <= interval.low <= interval.mean <= interval.high <= max(values) + 1e-9


def test_an_interval_is_the_same_each_time_and_another_by_another_seed() -> None:
    values = [at * at / 400 for at in range(20)]

    assert bootstrap(values) == bootstrap(values)
    assert bootstrap(values, seed=1) != bootstrap(values, seed=2)


def test_an_interval_is_about_two_standard_errors_wide_to_each_side() -> None:
    values = [0.0, 1.0] * 50  # a share of 0.5 of 100: standard error 0.05

    interval = bootstrap(values)

    assert interval.low == pytest.approx(0.5 - 1.96 * 0.05, abs=0.011)
    assert interval.high == pytest.approx(0.5 + 1.96 * 0.05, abs=0.011)


def test_more_questions_make_it_narrower() -> None:
    few, many = bootstrap([0.0, 1.0] * 5), bootstrap([0.0, 1.0] * 200)

    assert many.high - many.low < (few.high - few.low) / 3


def test_there_is_no_interval_of_nothing() -> None:
    with pytest.raises(ValueError, match="no mean of no values"):
        bootstrap([])


def by_hand(differences: list[float]) -> float:
    """Every sign, tried."""
    observed = abs(sum(differences)) - 1e-9
    sums = [
        sum(sign * one for sign, one in zip(signs, differences, strict=True))
        for signs in product((-1, 1), repeat=len(differences))
    ]
    return mean(float(abs(one) >= observed) for one in sums)


@given(st.lists(st.sampled_from([-0.5, -0.25, 0.0, 0.125, 0.75]), min_size=1, max_size=9))
def test_few_differences_are_tested_exactly(differences: list[float]) -> None:
    assert randomisation_test(differences) == pytest.approx(by_hand(differences))


def test_no_difference_is_no_evidence() -> None:
    assert randomisation_test([0.0] * 40) == 1.0
    assert randomisation_test([]) == 1.0


def test_the_drawn_test_agrees_with_the_exact_one_nearby() -> None:
    moved = [0.3, 0.1, -0.2, 0.4, 0.25, -0.1, 0.05, 0.2, 0.15, -0.3, 0.35, 0.1, 0.02]
    exact = randomisation_test(moved)

    # two more that hardly differ: too many to try all signs
    drawn = randomisation_test([*moved, 1e-9, 1e-9])

    assert drawn == pytest.approx(exact, abs=0.02)


def test_a_clear_difference_is_significant_and_its_sign_does_not_matter() -> None:
    better = [0.2 + 0.01 * at for at in range(40)]

    assert randomisation_test(better) < 0.001
    assert randomisation_test([-one for one in better]) == randomisation_test(better)


def test_a_p_value_that_is_drawn_is_never_0() -> None:
    assert randomisation_test([1.0] * 60) > 0
