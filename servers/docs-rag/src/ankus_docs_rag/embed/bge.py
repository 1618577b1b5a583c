"""BGE-M3 (Chen et al. 2024, arXiv:2402.03216) by any library: dense and lexical weights in one pass."""

import functools
import hashlib
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from ankus_shared.embed.embedder import ModelIdentity, Vectors, Weights

MAX_TOKENS = 8192

_REMEMBERED = 4
"""Calls whose results are kept: who asks for vectors asks for the weights of the same texts next."""
_CHUNK = 1 << 20


@dataclass(frozen=True)
class Library:
    """What a library can do with texts."""

    encode: Callable[[list[str]], tuple[Vectors, list[Weights]]]
    count: Callable[[list[str]], list[int]]
    """Tokens of each text, special ones included, not cut."""
    close: Callable[[], None]


class BgeM3:
    """An `Embedder`; questions and passages are the same to it."""

    def __init__(self, library: Library, identity: ModelIdentity, max_tokens: int) -> None:
        self._library, self._identity, self._max_tokens = library, identity, max_tokens
        self._both = functools.lru_cache(_REMEMBERED)(self._encoded)

    @property
    def identity(self) -> ModelIdentity:
        """By the hash of its weights."""
        return self._identity

    @property
    def max_tokens(self) -> int:
        """8,192, or what its weights are made for."""
        return self._max_tokens

    def count_tokens(self, texts: Sequence[str]) -> list[int]:
        """Tokens of each text, not cut."""
        return self._library.count(list(texts))

    def embed_passages(self, texts: Sequence[str]) -> Vectors:
        """Vectors of texts that are searched in."""
        return self._both(tuple(texts))[0].copy()

    def embed_queries(self, texts: Sequence[str]) -> Vectors:
        """Vectors of texts that are searched for."""
        return self.embed_passages(texts)

    def lexical_passages(self, texts: Sequence[str]) -> list[Weights] | None:
        """Lexical weights of texts that are searched in."""
        return list(self._both(tuple(texts))[1])

    def lexical_queries(self, texts: Sequence[str]) -> list[Weights] | None:
        """The same of texts that are searched for."""
        return self.lexical_passages(texts)

    def close(self) -> None:
        """Give back its memory."""
        self._both.cache_clear()
        self._library.close()

    def _encoded(self, texts: tuple[str, ...]) -> tuple[Vectors, list[Weights]]:
        if not texts:
            return np.empty((0, self._identity.dimensions), np.float32), []
        return self._library.encode(list(texts))


def as_weights(weights: Mapping[str, float]) -> Weights:
    """Weights as both libraries give them, token ids as text, as they are kept."""
    return {int(token): float(weight) for token, weight in weights.items() if weight > 0}


def hash_of(files: Iterable[Path]) -> str:
    """SHA-256 over the names and contents of files."""
    whole = hashlib.sha256()
    for path in sorted(files):
        content = hashlib.sha256()
        with path.open("rb") as file:
            while part := file.read(_CHUNK):
                content.update(part)
        whole.update(f"{path.name} {content.hexdigest()}\n".encode())
    return whole.hexdigest()
