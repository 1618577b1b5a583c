"""BM25 over words that are given: a baseline, so the plain textbook form and nothing more.

Robertson & Zaragoza, "The Probabilistic Relevance Framework: BM25 and Beyond" (Foundations and Trends in
IR 3(4), 2009), with k1 = 1.2, b = 0.75, and the idf that is never negative:
log(1 + (N - n + 0.5) / (n + 0.5)).
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from math import log

import numpy as np
from numpy.typing import NDArray

K1, B = 1.2, 0.75
Posting = tuple[int, str, int]
"""A document's number from 0, a word in it, and how often it stands there."""


@dataclass(frozen=True)
class Bm25:
    """An index in memory."""

    documents: int
    weights: dict[str, tuple[NDArray[np.int64], NDArray[np.float64]]]
    """For each word its documents, and what it adds to the score of each."""

    def best(self, words: Iterable[str], count: int) -> list[int]:
        """The documents that fit best, best first; none that shares no word."""
        scores = np.zeros(self.documents)
        for word in words:
            if word in self.weights:
                numbers, added = self.weights[word]
                scores[numbers] += added
        order = np.argsort(-scores, kind="stable")[:count]
        return [int(number) for number in order if scores[number] > 0]


def index(documents: int, postings: Sequence[Posting]) -> Bm25:
    """Weigh every word of every document."""
    lengths = np.zeros(documents)
    by_word: dict[str, tuple[list[int], list[int]]] = {}
    for number, word, times in postings:
        lengths[number] += times
        numbers, counts = by_word.setdefault(word, ([], []))
        numbers.append(number)
        counts.append(times)
    damped = K1 * (1 - B + B * lengths / max(float(lengths.mean()) if documents else 0.0, 1.0))
    weights = {}
    for word, (numbers, counts) in by_word.items():
        where, times_in = np.asarray(numbers), np.asarray(counts, dtype=np.float64)
        idf = log(1 + (documents - len(numbers) + 0.5) / (len(numbers) + 0.5))
        weights[word] = (where, idf * times_in * (K1 + 1) / (times_in + damped[where]))
    return Bm25(documents, weights)
