"""Chunks and questions that nobody wrote, of any number: clustered vectors, terms by Zipf's law.

Each chunk is near the centre of one of many clusters, as texts of one topic are near each other. Its terms
are drawn by their rank r with probability ~ 1/r^s, and weigh what BM25 would let them weigh.
"""

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ankus_docs_rag.lexical.bm25 import TOKEN_DIMENSIONS
from ankus_docs_rag.lexical.words import term_id

DIMENSIONS = 384
CHUNKS_A_CLUSTER = 200
SPREAD = 0.8
"""Length of the noise beside a centre of length 1."""
VOCABULARY = 200_000
"""Distinct words; tokens have the whole vocabulary of XLM-R."""
EXPONENT = 1.07
"""s of Zipf's law, of English prose."""
WORDS, TOKENS = 60, 120
"""Terms drawn for a chunk; some come twice."""
ASKED_WORDS, ASKED_TOKENS = 5, 8
BATCH = 2_000

Vector = NDArray[np.float32]
Ranks = NDArray[np.int64]


@dataclass(frozen=True)
class Chunk:
    """A passage of one piece."""

    number: int
    """From 1 on."""
    vector: Vector
    words: dict[int, float]
    """Id of a term -> its weight."""
    tokens: dict[int, float]


@dataclass(frozen=True)
class Asked:
    """A question that was made of a chunk: a vector near it, and some of its terms."""

    vector: Vector
    words: tuple[str, ...]
    tokens: tuple[int, ...]


@dataclass
class Synthetic:
    """So many chunks, the same ones for the same number and seed.

    `chunks` is to be gone through once; afterwards the questions and frequencies are known.
    """

    size: int
    questions: int
    seed: int = 7
    asked: list[Asked] = field(default_factory=list)
    word_frequency: Counter[int] = field(default_factory=Counter)
    token_frequency: Counter[int] = field(default_factory=Counter)

    def __post_init__(self) -> None:
        self._random = np.random.default_rng(self.seed)
        self._ids = [term_id(f"w{rank}") for rank in range(VOCABULARY)]
        self._word_shares, self._token_shares = _shares(VOCABULARY), _shares(TOKEN_DIMENSIONS)
        self._centres = _unit(self._random.standard_normal((self._clusters(), DIMENSIONS), dtype=np.float32))

    def chunks(self) -> Iterator[Chunk]:
        """All chunks."""
        every = max(1, self.size // self.questions)
        for start in range(0, self.size, BATCH):
            many = min(BATCH, self.size - start)
            vectors = self._vectors(many)
            words, tokens = (
                self._ranks(many, WORDS, self._word_shares),
                self._ranks(many, TOKENS, self._token_shares),
            )
            for row in range(many):
                yield self._chunk(start + row + 1, vectors[row], words[row], tokens[row])
                if (start + row) % every == 0 and len(self.asked) < self.questions:
                    self.asked.append(self._question(vectors[row], words[row], tokens[row]))

    def _clusters(self) -> int:
        return max(2, self.size // CHUNKS_A_CLUSTER)

    def _vectors(self, many: int) -> Vector:
        centres = self._centres[self._random.integers(0, len(self._centres), many)]
        return _unit(centres + SPREAD * _unit(self._noise(many)))

    def _noise(self, many: int) -> Vector:
        return self._random.standard_normal((many, DIMENSIONS), dtype=np.float32)

    def _ranks(self, many: int, terms: int, shares: NDArray[np.float64]) -> Ranks:
        return np.searchsorted(shares, self._random.random((many, terms))).astype(np.int64)

    def _chunk(self, number: int, vector: Vector, words: Ranks, tokens: Ranks) -> Chunk:
        by_word = _weights(Counter(self._ids[rank] for rank in words.tolist()))
        by_token = _weights(Counter(tokens.tolist()))
        self.word_frequency.update(by_word.keys())
        self.token_frequency.update(by_token.keys())
        return Chunk(number, vector, by_word, by_token)

    def _question(self, vector: Vector, words: Ranks, tokens: Ranks) -> Asked:
        near = _unit(vector[np.newaxis] + SPREAD / 2 * _unit(self._noise(1)))[0]
        some_words = self._random.choice(np.unique(words), ASKED_WORDS, replace=False)
        some_tokens = self._random.choice(np.unique(tokens), ASKED_TOKENS, replace=False)
        return Asked(near, tuple(f"w{rank}" for rank in some_words.tolist()), tuple(some_tokens.tolist()))


def _shares(vocabulary: int) -> NDArray[np.float64]:
    """The probability of a rank or a lower one, rank by rank."""
    weights = 1 / np.arange(1, vocabulary + 1) ** EXPONENT
    shares: NDArray[np.float64] = np.cumsum(weights) / weights.sum()
    # rounding must not leave a gap below 1
    shares[-1] = 1.0
    return shares


def _weights(counts: Counter[int]) -> dict[int, float]:
    """BM25's weights in a chunk of mean length, k1 = 1.2."""
    return {term: count * 2.2 / (count + 1.2) for term, count in counts.items()}


def _unit(rows: NDArray[Any]) -> Vector:
    lengths = np.linalg.norm(rows, axis=1, keepdims=True)
    return np.asarray(rows / lengths, dtype=np.float32)
