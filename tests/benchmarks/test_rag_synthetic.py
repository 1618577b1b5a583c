"""Synthetic chunks are the same each time, and shaped like those of real texts."""

import numpy as np
import pytest

from benchmarks.rag.scale import recall
from benchmarks.rag.synthetic import ASKED_TOKENS, ASKED_WORDS, DIMENSIONS, Synthetic


def test_the_same_number_gives_the_same_chunks() -> None:
    first, second = (list(Synthetic(30, questions=3).chunks()) for _ in range(2))
    assert [chunk.words for chunk in first] == [chunk.words for chunk in second]
    assert np.array_equal([chunk.vector for chunk in first], [chunk.vector for chunk in second])
    assert [chunk.number for chunk in first] == list(range(1, 31))


def test_vectors_have_length_1_and_those_of_a_cluster_are_near_each_other() -> None:
    vectors = np.array([chunk.vector for chunk in Synthetic(200, questions=1).chunks()])
    assert vectors.shape == (200, DIMENSIONS)
    assert np.allclose(np.linalg.norm(vectors, axis=1), 1, atol=1e-5)
    # two clusters: half of the pairs share a centre
    assert (vectors @ vectors.T > 0.3).mean() == pytest.approx(0.5, abs=0.05)


def test_a_few_terms_are_in_most_chunks_and_most_terms_are_in_few() -> None:
    synthetic = Synthetic(200, questions=1)
    list(synthetic.chunks())
    counts = sorted(synthetic.word_frequency.values())
    assert counts[-1] > 190
    assert counts[len(counts) // 2] <= 2


def test_a_question_is_near_the_chunk_it_was_made_of_and_shares_its_terms() -> None:
    synthetic = Synthetic(40, questions=4)
    chunks = list(synthetic.chunks())
    assert len(synthetic.asked) == 4
    for asked, chunk in zip(synthetic.asked, chunks[::10], strict=True):
        assert float(asked.vector @ chunk.vector) > 0.8
        assert set(asked.tokens) <= set(chunk.tokens)
        assert (len(asked.words), len(asked.tokens)) == (ASKED_WORDS, ASKED_TOKENS)


def test_recall_is_the_share_of_the_exact_first_that_was_found() -> None:
    assert recall([[1, 9, 2], [5, 4]], [[1, 2, 3], [4, 5]], k=2) == pytest.approx((1 / 2 + 2 / 2) / 2)
