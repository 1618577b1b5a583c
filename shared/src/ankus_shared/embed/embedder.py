"""What the rest of the package knows of a model: who it is, how much it reads, and the vectors it makes."""

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

Vectors = NDArray[np.float32]
"""Shape (texts, dimensions), each row of length 1."""
Weights = Mapping[int, float]
"""Lexical weights of one text: token id of the XLM-R vocabulary (0 to 250,001) -> weight above 0."""


@dataclass(frozen=True)
class ModelIdentity:
    """What has to be equal for two vectors to be comparable."""

    name: str
    """Key of the catalogue, such as e5-small, or endpoint:NAME."""
    weights: str
    """SHA-256 of the weights; for an endpoint "" (it does not tell)."""
    dimensions: int
    query_prefix: str
    passage_prefix: str
    pooling: str
    tokenizer: str
    """SHA-256 of the vocabulary, or the name of the endpoint's model."""
    options: Mapping[str, Any] = field(default_factory=dict)

    @property
    def fingerprint(self) -> str:
        """SHA-256 over all of it, in hex."""
        return hashlib.sha256(json.dumps(asdict(self), sort_keys=True).encode()).hexdigest()


class Embedder(Protocol):
    """A loaded model. Its methods block; callers on an event loop use a worker thread."""

    @property
    def identity(self) -> ModelIdentity:
        """Which model it is."""
        ...

    @property
    def max_tokens(self) -> int:
        """Tokens of one text that it reads, special ones and prefix included; the rest would be cut."""
        ...

    def count_tokens(self, texts: Sequence[str]) -> list[int]:
        """Tokens of each text as a passage, special ones and prefix included."""
        ...

    def embed_passages(self, texts: Sequence[str]) -> Vectors:
        """Vectors of texts that are searched in."""
        ...

    def embed_queries(self, texts: Sequence[str]) -> Vectors:
        """Vectors of texts that are searched for."""
        ...

    def lexical_passages(self, texts: Sequence[str]) -> list[Weights] | None:
        """Lexical weights, from a model that has them (BGE-M3); None from one that has not."""
        ...

    def lexical_queries(self, texts: Sequence[str]) -> list[Weights] | None:
        """The same of texts that are searched for."""
        ...

    def close(self) -> None:
        """Give back its memory and connections."""
        ...
