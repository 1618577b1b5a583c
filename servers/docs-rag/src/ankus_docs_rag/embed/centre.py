"""Take off what all vectors of a model have in common, so that nearness tells more of the meaning.

E5's vectors lie in a narrow cone: short texts of any kind are near to every question, and texts of one
language near to each other. Its mean over ordinary texts is taken off, for questions and passages and for
each language apart, and the strongest direction that is left: "all-but-the-top", Mu and Viswanath 2018,
arXiv:1702.01417.

The means lie in `data/e5-small-centre.npz`; `python -m benchmarks.rag.centre` makes it.
"""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import cache
from importlib import resources
from io import BytesIO

import numpy as np
from numpy.typing import NDArray

from ankus_docs_rag.read.language import language_of
from ankus_shared.embed.embedder import Vectors

FILE = "e5-small-centre.npz"


@dataclass(frozen=True)
class Centre:
    """The means of ordinary texts, and the strongest directions around them.

    Args:
        passages: By language, en or ru, shape (dimensions,).
        queries: The same of questions.
        directions: Orthonormal rows, shape (directions, dimensions).
    """

    passages: dict[str, NDArray[np.float32]] = field(repr=False)
    queries: dict[str, NDArray[np.float32]] = field(repr=False)
    directions: NDArray[np.float32] = field(repr=False)

    @property
    def hash(self) -> str:
        """SHA-256 over all of it, in hex."""
        parts = [*self.passages.values(), *self.queries.values(), self.directions]
        return hashlib.sha256(b"".join(np.ascontiguousarray(part).tobytes() for part in parts)).hexdigest()

    def centred_passages(self, vectors: Vectors, texts: Sequence[str]) -> Vectors:
        """Vectors of passages, of length 1 again."""
        return self._centred(vectors, [self.passages[_language(text)] for text in texts])

    def centred_queries(self, vectors: Vectors, texts: Sequence[str]) -> Vectors:
        """Vectors of questions, of length 1 again."""
        return self._centred(vectors, [self.queries[_language(text)] for text in texts])

    def _centred(self, vectors: Vectors, means: list[NDArray[np.float32]]) -> Vectors:
        if not len(vectors):
            return vectors
        moved = vectors - np.stack(means)
        for direction in self.directions:  # row by row: a text's vector is the same in any company
            moved -= (moved * direction).sum(axis=1, keepdims=True) * direction
        lengths = np.linalg.norm(moved, axis=1, keepdims=True)
        result: Vectors = (moved / np.maximum(lengths, 1e-9)).astype(np.float32)
        return result


@cache
def shipped_centre() -> Centre:
    """That of e5-small."""
    data = resources.files("ankus_docs_rag").joinpath("data", FILE).read_bytes()
    with np.load(BytesIO(data), allow_pickle=False) as arrays:
        passages = {language: arrays[f"passages_{language}"] for language in ("en", "ru")}
        queries = {language: arrays[f"queries_{language}"] for language in ("en", "ru")}
        return Centre(passages, queries, arrays["directions"])


def _language(text: str) -> str:
    return "ru" if language_of(text) == "ru" else "en"
