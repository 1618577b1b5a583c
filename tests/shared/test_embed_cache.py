"""Vectors of questions are kept, so that a question costs once."""

from collections.abc import Sequence

import numpy as np
import pytest

from ankus_shared.embed.cache import CachedQueries
from ankus_shared.embed.embedder import ModelIdentity, Vectors, Weights


class Counting:
    """An embedder whose vector of a text is its length, and that tells what it was asked."""

    def __init__(self, *, lexical: bool = False) -> None:
        self.asked: list[list[str]] = []
        self.closed = False
        self._lexical = lexical
        self.identity = ModelIdentity("counting", "", 1, "", "", "", "")
        self.max_tokens = 9

    def count_tokens(self, texts: Sequence[str]) -> list[int]:
        return [len(text) for text in texts]

    def embed_passages(self, texts: Sequence[str]) -> Vectors:
        self.asked.append(list(texts))
        return np.array([[len(text)] for text in texts], np.float32).reshape(-1, 1)

    def embed_queries(self, texts: Sequence[str]) -> Vectors:
        return self.embed_passages(texts)

    def lexical_passages(self, texts: Sequence[str]) -> list[Weights] | None:
        return [{len(text): 1.0} for text in texts] if self._lexical else None

    def lexical_queries(self, texts: Sequence[str]) -> list[Weights] | None:
        return self.lexical_passages(texts)

    def close(self) -> None:
        self.closed = True


def test_a_question_is_embedded_once() -> None:
    model = Counting()
    cached = CachedQueries(model, 10)

    first = cached.embed_queries(["a", "bb"])
    second = cached.embed_queries(["bb", "ccc", "a", "ccc"])

    assert first.tolist() == [[1], [2]]
    assert second.tolist() == [[2], [3], [1], [3]]
    assert model.asked == [["a", "bb"], ["ccc"]]


def test_the_question_that_was_asked_longest_ago_goes_first() -> None:
    model = Counting()
    cached = CachedQueries(model, 2)
    for text in ("a", "bb", "a", "ccc"):
        cached.embed_queries([text])
    model.asked.clear()

    cached.embed_queries(["a"])
    cached.embed_queries(["bb"])

    assert model.asked == [["bb"]]


def test_more_questions_than_are_kept_are_all_answered() -> None:
    cached = CachedQueries(Counting(), 1)

    assert cached.embed_queries(["a", "bb", "ccc"]).tolist() == [[1], [2], [3]]


def test_what_a_caller_does_to_its_vectors_stays_with_it() -> None:
    cached = CachedQueries(Counting(), 10)

    cached.embed_queries(["a"])[:] = 7
    cached.embed_queries(["a"])[:] = 8

    assert cached.embed_queries(["a"]).tolist() == [[1]]


def test_no_question_is_no_vector() -> None:
    assert CachedQueries(Counting(), 10).embed_queries([]).shape == (0, 1)


def test_passages_are_not_kept() -> None:
    model = Counting()
    cached = CachedQueries(model, 10)

    for _ in range(2):
        assert cached.embed_passages(["a"]).tolist() == [[1]]

    assert model.asked == [["a"], ["a"]]


@pytest.mark.parametrize("lexical", [True, False])
def test_lexical_weights_are_those_of_the_model(lexical: bool) -> None:
    model = Counting(lexical=lexical)
    cached = CachedQueries(model, 10)

    assert cached.lexical_queries(["a", "bb", "a"]) == model.lexical_queries(["a", "bb", "a"])
    assert cached.lexical_passages(["a"]) == model.lexical_passages(["a"])


def test_the_rest_is_the_model_itself() -> None:
    model = Counting()
    cached = CachedQueries(model, 10)
    cached.close()

    assert (cached.identity, cached.max_tokens) == (model.identity, 9)
    assert cached.count_tokens(["abc"]) == [3]
    assert model.closed
