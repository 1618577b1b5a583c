"""Vectors of facts and questions, by the embedded e5 or a server; or why there are none.

The model is loaded in a thread when it is first needed. Where none is to be had, words are compared.
"""

import math
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import anyio
import anyio.to_thread

from ankus_runner.memory.settings import MemorySettings
from ankus_shared.errors import AnkusError

if TYPE_CHECKING:
    from ankus_shared.embed.embedder import Embedder, Vectors

E5_RANGE = (0.72, 0.92)
"""Cosine of e5-small from texts that have nothing in common to a question and its answer."""
ANY_RANGE = (0.0, 1.0)
RETRY_SECONDS = 60
"""After which a model that could not be opened is tried again: its server may be back."""
INSTALL = "pip install 'ankus-runner[memory]'"


@dataclass(frozen=True)
class Vector:
    """What a model made of a text."""

    model: str
    """Its fingerprint: vectors of another one are not compared with it."""
    text: str
    """As pgvector reads it."""


@dataclass(frozen=True)
class Embedded:
    """Vectors, or why there are none."""

    vectors: tuple[Vector, ...] = ()
    missing: str = ""
    range: tuple[float, float] = ANY_RANGE


class Meaning:
    """The embedder of a session, which is opened once.

    Args:
        open_embedder: Blocks; raises an AnkusError where there is none.
    """

    def __init__(self, open_embedder: Callable[[], "Embedder"]) -> None:
        self._open = open_embedder
        self._embedder: Embedder | None = None
        self._missing = ""
        self._again = 0.0
        self._lock = anyio.Lock()

    async def of_facts(self, texts: Sequence[str]) -> Embedded:
        """Vectors of texts that are kept."""
        return await self._made(texts, lambda embedder: embedder.embed_passages(texts))

    async def of_questions(self, texts: Sequence[str]) -> Embedded:
        """Vectors of texts that facts are searched for."""
        return await self._made(texts, lambda embedder: embedder.embed_queries(texts))

    async def aclose(self) -> None:
        """Give back the model's memory."""
        embedder, self._embedder = self._embedder, None
        if embedder is not None:
            await anyio.to_thread.run_sync(embedder.close)

    async def _made(self, texts: Sequence[str], make: "Callable[[Embedder], Vectors]") -> Embedded:
        async with self._lock:
            if self._embedder is None and time.monotonic() >= self._again:
                await anyio.to_thread.run_sync(self._load)
        embedder = self._embedder
        if embedder is None:
            return Embedded(missing=self._missing)
        try:
            made = await anyio.to_thread.run_sync(make, embedder)
        except AnkusError as error:
            return Embedded(missing=str(error))  # its server may be back at the next call
        identity = embedder.identity
        vectors = tuple(Vector(identity.fingerprint, _text(row)) for row in made.tolist())
        return Embedded(vectors, range=E5_RANGE if identity.name == "e5-small" else ANY_RANGE)

    def _load(self) -> None:
        try:
            self._embedder = self._open()
        except ImportError as error:
            self._missing = f"The library {error.name} is not installed: {INSTALL}"
            self._again = math.inf
        except AnkusError as error:
            self._missing = str(error)
            self._again = time.monotonic() + RETRY_SECONDS


def opener(settings: MemorySettings) -> Callable[[], "Embedder"]:
    """What opens the embedder that is set: the server of --embedder-url, or e5-small."""

    def open_embedder() -> "Embedder":
        from ankus_shared.embed import cache, e5, endpoint

        if settings.embedder_url:
            found: Embedder = endpoint.EndpointEmbedder(endpoint.endpoint_of(settings))
        else:
            found = e5.open_e5(threads=1)
        size = settings.embedding_cache
        return cache.CachedQueries(found, size) if size else found

    return open_embedder


def _text(row: list[float]) -> str:
    return f"[{','.join(f'{number:.6g}' for number in row)}]"
