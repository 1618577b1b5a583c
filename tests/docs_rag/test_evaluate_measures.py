"""The measures are those of the literature, written a second time here, the long way."""

from math import log, log2

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ankus_docs_rag.evaluate.measures import (
    measure,
    ndcg_at,
    recall_at,
    reciprocal_rank,
    recognised,
    success_at,
)
from ankus_docs_rag.evaluate.relevance import Ranks

K = st.integers(1, 12)


@st.composite
def ranked(draw: st.DrawFn) -> Ranks:
    """Places at ranks of their own, or not found."""
    places = draw(st.integers(1, 5))
    spots = draw(st.lists(st.integers(1, 12), min_size=places, max_size=places, unique=True))
    found = draw(st.lists(st.booleans(), min_size=places, max_size=places))
    return tuple(spot if one else None for spot, one in zip(spots, found, strict=True))


def gains(ranks: Ranks) -> list[int]:
    """The list of gains of Järvelin & Kekäläinen: 1 where a hit is relevant."""
    return [int(rank in ranks) for rank in range(1, 13)]


def ndcg_by_vectors(ranks: Ranks, k: int) -> float:
    """nDCG by the cumulated vectors of the paper, with the base-2 discount of log(rank + 1)."""
    ideal = sorted([1] * len(ranks) + [0] * 12, reverse=True)

    def cumulated(vector: list[int]) -> float:
        total = 0.0
        for rank, gain in enumerate(vector[:k], start=1):
            total += gain / (log(rank + 1) / log(2))
        return total

    return cumulated(gains(ranks)) / cumulated(ideal)


@given(ranked(), K)
def test_ndcg_is_the_papers(ranks: Ranks, k: int) -> None:
    assert ndcg_at(ranks, k) == pytest.approx(ndcg_by_vectors(ranks, k))


@given(ranked(), K)
def test_recall_counts_relevant_hits(ranks: Ranks, k: int) -> None:
    assert recall_at(ranks, k) == sum(gains(ranks)[:k]) / len(ranks)


@given(ranked())
def test_reciprocal_rank_is_of_the_first_relevant_hit(ranks: Ranks) -> None:
    relevant = gains(ranks)

    assert reciprocal_rank(ranks) == (1 / (relevant.index(1) + 1) if 1 in relevant else 0.0)


@given(ranked(), K)
def test_success_is_any_relevant_hit(ranks: Ranks, k: int) -> None:
    assert success_at(ranks, k) == float(1 in gains(ranks)[:k])


@given(ranked(), K)
def test_more_hits_never_make_recall_or_success_smaller(ranks: Ranks, k: int) -> None:
    assert recall_at(ranks, k) <= recall_at(ranks, k + 1)
    assert success_at(ranks, k) <= success_at(ranks, k + 1)


@given(st.lists(st.none() | st.integers(1, 20), min_size=1, max_size=6).map(tuple), K)
def test_all_measures_stay_between_0_and_1(ranks: Ranks, k: int) -> None:
    for name in (f"ndcg@{k}", f"recall@{k}", f"success@{k}", "mrr"):
        assert 0 <= measure(name)(ranks) <= 1


def test_a_textbook_example() -> None:
    ranks = (2, 3, None)

    assert recall_at(ranks, 10) == pytest.approx(2 / 3)
    assert reciprocal_rank(ranks) == 0.5
    assert ndcg_at(ranks, 10) == pytest.approx((1 / log2(3) + 0.5) / (1 + 1 / log2(3) + 0.5))
    assert success_at(ranks, 1) == 0


def test_a_hit_with_two_places_is_no_better_than_perfect() -> None:
    assert ndcg_at((1, 1), 10) == 1


@pytest.mark.parametrize("name", ["", "ndcg", "ndcg@0", "mrr@10", "precision@5", "recall@-1"])
def test_another_name_is_no_measure(name: str) -> None:
    with pytest.raises(ValueError, match="there is no measure"):
        measure(name)


def test_a_refusal_is_right_when_it_names_what_is_missing() -> None:
    assert recognised(("PG_QUUX()",), "pg_quux")
    assert recognised(("anything",), "")
    assert not recognised(("wal_level",), "pg_quux")
    assert not recognised((), "")
