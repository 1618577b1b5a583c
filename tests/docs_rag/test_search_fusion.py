"""Fusion: one ranking from several arms and phrasings."""

from typing import get_args

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from ankus_docs_rag.search.config import Arms, Fusion, Method
from ankus_docs_rag.search.fusion import Scores, across, fused, min_max, ranks

METHODS = get_args(Method)
scores = st.lists(st.floats(0, 100) | st.just(float("nan")), min_size=1, max_size=20).map(np.array)


def order(values: Scores) -> list[int]:
    return list(np.argsort(-values, kind="stable"))


@given(scores)
def test_normal_scores_are_from_0_to_1_in_the_same_order(values: Scores) -> None:
    normal = min_max(values)

    assert ((normal >= 0) & (normal <= 1)).all()
    known = np.isfinite(values)
    rising = np.argsort(values[known], kind="stable")
    assert (np.diff(normal[known][rising]) >= 0).all()


@given(scores)
def test_ranks_count_from_1_without_gaps_and_leave_out_the_unknown(values: Scores) -> None:
    places = ranks(values)

    known = np.isfinite(values)
    assert sorted(places[known]) == list(range(1, known.sum() + 1))
    assert (places[~known] == 0).all()


@given(st.sampled_from(METHODS), st.integers(2, 20), st.randoms(use_true_random=False))
def test_a_candidate_that_every_arm_ranks_higher_is_ranked_higher(
    method: Method, count: int, random: object
) -> None:
    better = np.linspace(1.0, 0.1, count)
    arms = {"dense": better, "tokens": better * 7, "words": better**2}

    assert order(fused(arms, Arms(), Fusion(method=method), np.ones(count))) == list(range(count))


@pytest.mark.parametrize("method", ["multiplicative", "weighted"])
def test_an_empty_lexical_arm_changes_nothing(method: Method) -> None:
    dense = np.array([0.8, 0.9, 0.7])
    nothing = np.zeros(3)

    alone = fused({"dense": dense}, Arms(tokens=0, words=0), Fusion(method=method), np.ones(3))
    beside = fused(
        {"dense": dense, "tokens": nothing, "words": nothing}, Arms(), Fusion(method=method), np.ones(3)
    )

    assert order(beside) == order(alone)


def test_a_lexical_arm_without_trust_changes_nothing() -> None:
    dense, words = np.array([0.9, 0.8]), np.array([0.0, 30.0])

    trusted = fused(
        {"dense": dense, "words": words}, Arms(tokens=0, words=5), Fusion(method="weighted"), np.ones(2)
    )
    gated = fused(
        {"dense": dense, "words": words}, Arms(tokens=0, words=5), Fusion(method="weighted"), np.zeros(2)
    )

    assert order(trusted) == [1, 0]
    assert order(gated) == [0, 1]


def test_a_candidate_whose_words_are_not_trusted_is_not_behind_for_having_none() -> None:
    dense, words = np.array([0.9, 0.9, 0.1]), np.array([30.0, 0.0, 0.0])

    scores = fused(
        {"dense": dense, "words": words}, Arms(tokens=0), Fusion(), trust=np.array([1.0, 0.0, 1.0])
    )

    assert scores[0] == pytest.approx(scores[1])


def test_reciprocal_ranks_add_up_as_published() -> None:
    arms = {"dense": np.array([0.9, 0.8]), "words": np.array([1.0, 5.0])}

    total = fused(arms, Arms(dense=1, words=1, tokens=0), Fusion(method="rrf", smoothing=60), np.ones(2))

    assert total == pytest.approx([1 / 61 + 1 / 62, 1 / 62 + 1 / 61])


def test_what_a_further_phrasing_finds_counts_half_of_what_the_question_finds() -> None:
    question, other = np.array([1.0, 0.0, 0.0]), np.array([0.0, 1.0, 0.0])

    assert across([question, other]) == pytest.approx([2 / 3, 1 / 3, 0])
    assert across([question]) is question
