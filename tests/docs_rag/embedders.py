"""Embedders and a tokenizer for tests alone: fast, and words become directions by their hash."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from zlib import crc32

import numpy as np

from ankus_docs_rag.errors import UnknownModel
from ankus_docs_rag.lexical.bm25 import TOKEN_DIMENSIONS
from ankus_shared.embed.embedder import Embedder, ModelIdentity, Vectors, Weights
from ankus_shared.embed.errors import EmbedderUnavailable

DIMENSIONS = 16


class WordTokenizer:
    """Each word is a token."""

    def encode_ids(self, texts: Sequence[str]) -> list[list[int]]:
        """The hash of each word, cut to the size of XLM-R's vocabulary."""
        return [[crc32(word.encode()) % TOKEN_DIMENSIONS for word in text.split()] for text in texts]


@dataclass
class WordEmbedder:
    """A text's vector has one more in the direction of each of its words."""

    name: str = "words"
    dimensions: int = DIMENSIONS
    weights: str = "1"
    lexical: bool = False
    """Whether it has lexical weights of its own, as BGE-M3 does."""
    fail_after: int | None = None
    """Batches that it embeds before it fails."""
    on_batch: Callable[[], None] = lambda: None
    """Called before each batch."""
    texts: list[str] = field(default_factory=list)
    """All passages that it was asked for."""
    batches: int = 0
    closed: bool = False

    @property
    def identity(self) -> ModelIdentity:
        """Its name, its dimensions and what stands for its weights."""
        return ModelIdentity(self.name, self.weights, self.dimensions, "", "", "sum", "words")

    @property
    def max_tokens(self) -> int:
        """As E5's."""
        return 512

    def count_tokens(self, texts: Sequence[str]) -> list[int]:
        """Words."""
        return [len(text.split()) for text in texts]

    def embed_passages(self, texts: Sequence[str]) -> Vectors:
        """One row a text.

        Raises:
            EmbedderUnavailable: After `fail_after` batches.
        """
        self.on_batch()
        if self.fail_after is not None and self.batches >= self.fail_after:
            raise EmbedderUnavailable("The embedder is gone.")
        self.batches += 1
        self.texts += texts
        return self.embed_queries(texts)

    def embed_queries(self, texts: Sequence[str]) -> Vectors:
        """The same, without a trace."""
        rows = np.full((len(texts), self.dimensions), 0.01, np.float32)
        for row, text in zip(rows, texts, strict=True):
            for word in text.lower().split():
                row[crc32(word.encode()) % self.dimensions] += 1.0
        normal: Vectors = (rows / np.linalg.norm(rows, axis=1, keepdims=True)).astype(np.float32)
        return normal

    def lexical_passages(self, texts: Sequence[str]) -> list[Weights] | None:
        """The length of each word as its weight, from a model that has lexical weights."""
        if not self.lexical:
            return None
        ids = WordTokenizer().encode_ids(texts)
        pairs = zip(ids, texts, strict=True)
        return [dict(zip(each, map(float, map(len, text.split())), strict=True)) for each, text in pairs]

    def lexical_queries(self, texts: Sequence[str]) -> list[Weights] | None:
        """The same."""
        return self.lexical_passages(texts)

    def close(self) -> None:
        """Remember it."""
        self.closed = True


def opening(*embedders: WordEmbedder) -> Callable[[str], Embedder]:
    """Opens these by name; "" is the first one."""

    def load(name: str) -> Embedder:
        known = {embedder.name: embedder for embedder in reversed(embedders)} | {"": embedders[0]}
        if name not in known:
            raise UnknownModel(f"No model is named {name!r}.")
        return known[name]

    return load
