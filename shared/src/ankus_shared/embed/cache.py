"""Vectors of questions that were asked before, in memory: the least recently asked one goes first."""

import threading
from collections.abc import Callable, Hashable, Sequence
from typing import TypeVar

import numpy as np
from cachetools import LRUCache

from ankus_shared.embed.embedder import Embedder, ModelIdentity, Vectors, Weights

T = TypeVar("T")


class CachedQueries:
    """An `Embedder` that asks another one for each question once; passages are not kept."""

    def __init__(self, embedder: Embedder, size: int) -> None:
        self.embedder = embedder
        self._vectors: LRUCache[Hashable, Vectors] = LRUCache(size)
        self._weights: LRUCache[Hashable, Weights] = LRUCache(size)
        self._lock = threading.Lock()
        self._key = embedder.identity.fingerprint

    @property
    def identity(self) -> ModelIdentity:
        """That of the model."""
        return self.embedder.identity

    @property
    def max_tokens(self) -> int:
        """That of the model."""
        return self.embedder.max_tokens

    def count_tokens(self, texts: Sequence[str]) -> list[int]:
        """Tokens of each text as a passage."""
        return self.embedder.count_tokens(texts)

    def embed_passages(self, texts: Sequence[str]) -> Vectors:
        """Vectors of texts that are searched in."""
        return self.embedder.embed_passages(texts)

    def embed_queries(self, texts: Sequence[str]) -> Vectors:
        """Vectors of texts that are searched for."""
        if not texts:
            return self.embedder.embed_queries(texts)
        rows: list[Vectors] = self._through(self._vectors, texts, self._rows)
        return np.stack(rows)

    def lexical_passages(self, texts: Sequence[str]) -> list[Weights] | None:
        """Lexical weights of texts that are searched in."""
        return self.embedder.lexical_passages(texts)

    def lexical_queries(self, texts: Sequence[str]) -> list[Weights] | None:
        """The same of texts that are searched for."""
        if self.embedder.lexical_queries([]) is None:
            return None
        return self._through(self._weights, texts, self._new_weights)

    def close(self) -> None:
        """Close the model."""
        self.embedder.close()

    def _rows(self, texts: list[str]) -> list[Vectors]:
        return list(self.embedder.embed_queries(texts))

    def _new_weights(self, texts: list[str]) -> list[Weights]:
        return self.embedder.lexical_queries(texts) or []

    def _through(
        self, cache: LRUCache[Hashable, T], texts: Sequence[str], make: Callable[[list[str]], list[T]]
    ) -> list[T]:
        """What is known of each text, after what is not known has been made in one call."""
        with self._lock:
            known = {text: cache[self._key, text] for text in texts if (self._key, text) in cache}
        new = [text for text in dict.fromkeys(texts) if text not in known]
        made = dict(zip(new, make(new), strict=True)) if new else {}
        with self._lock:
            cache.update({(self._key, text): value for text, value in made.items()})
        known |= made
        return [known[text] for text in texts]
