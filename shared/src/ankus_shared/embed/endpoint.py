"""A client of `/v1/embeddings`, the protocol of OpenAI that vLLM, llama.cpp and others speak too."""

import datetime
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from email.utils import parsedate_to_datetime
from typing import Any

import httpx2
import numpy as np
import stamina

from ankus_shared.embed.embedder import ModelIdentity, Vectors, Weights
from ankus_shared.embed.errors import EmbedderUnavailable, ModelMismatch
from ankus_shared.embed.settings import EndpointSettings, embedder_key
from ankus_shared.errors import SettingsError

KIND = "endpoint"
HINT = "Check --embedder-url and --embedder-model, and that the server runs."

CountIds = Callable[[Sequence[str]], list[list[int]]]

_ATTEMPTS = 4
_LONGEST_PAUSE = 30.0
_CHARACTERS_A_TOKEN = 3
"""Of Russian and of code under XLM-R's and its like: rather too many tokens than too few."""


@dataclass(frozen=True)
class Endpoint:
    """Where a model is, and how it wants its texts."""

    url: str
    model: str
    key: str | None = None
    query_prefix: str = ""
    passage_prefix: str = ""
    max_tokens: int = 512
    batch: int = 32
    timeout: float = 20


def endpoint_of(settings: EndpointSettings) -> Endpoint:
    """The server as it is set, with its key.

    Raises:
        SettingsError: It has no URL, or the file of its key cannot be read.
    """
    if not settings.embedder_url:
        raise SettingsError(
            "The model 'endpoint' needs the address of its server.",
            hint="Set --embedder-url or ANKUS_EMBEDDER_URL.",
        )
    return Endpoint(
        url=settings.embedder_url,
        model=settings.embedder_model,
        key=embedder_key(settings),
        query_prefix=settings.embedder_query_prefix,
        passage_prefix=settings.embedder_passage_prefix,
        max_tokens=settings.embedder_max_tokens,
        batch=settings.embedder_batch,
        timeout=settings.embedder_timeout,
    )


class _Again(EmbedderUnavailable):
    """Raised where another attempt may help."""

    def __init__(self, message: str, pause: float | None = None) -> None:
        super().__init__(message, hint=HINT)
        self.pause = pause
        """Seconds that the server wants us to wait."""


class EndpointEmbedder:
    """An `Embedder` over HTTP; may be used by several threads.

    Args:
        encode_ids: The tokenizer by which lengths are told; without one a token is taken for 3 characters.

    Raises:
        EmbedderUnavailable: The server is not there, refuses, or answers something else.
    """

    def __init__(self, endpoint: Endpoint, encode_ids: CountIds | None = None) -> None:
        self._endpoint, self._encode_ids = endpoint, encode_ids
        self._client = httpx2.Client(timeout=endpoint.timeout, trust_env=False, headers=_headers(endpoint))
        self._dimensions = 0
        try:
            self._dimensions = self._embedded(endpoint.query_prefix, ["dimension"]).shape[1]
        except BaseException:
            self._client.close()
            raise

    @property
    def identity(self) -> ModelIdentity:
        """By the name of its model: a server does not tell what weights it has."""
        endpoint = self._endpoint
        return ModelIdentity(
            name=f"{KIND}:{endpoint.model}",
            weights="",
            dimensions=self._dimensions,
            query_prefix=endpoint.query_prefix,
            passage_prefix=endpoint.passage_prefix,
            pooling="",
            tokenizer=endpoint.model,
        )

    @property
    def max_tokens(self) -> int:
        """As it is set."""
        return self._endpoint.max_tokens

    def count_tokens(self, texts: Sequence[str]) -> list[int]:
        """Tokens of each text by E5's tokenizer if it is there, or else a third of its characters."""
        whole = [self._endpoint.passage_prefix + text for text in texts]
        if self._encode_ids is None:
            return [-(-len(text) // _CHARACTERS_A_TOKEN) + 2 for text in whole]
        return [len(ids) + 2 for ids in self._encode_ids(whole)]

    def embed_passages(self, texts: Sequence[str]) -> Vectors:
        """Vectors of texts that are searched in."""
        return self._embedded(self._endpoint.passage_prefix, texts)

    def embed_queries(self, texts: Sequence[str]) -> Vectors:
        """Vectors of texts that are searched for."""
        return self._embedded(self._endpoint.query_prefix, texts)

    def lexical_passages(self, texts: Sequence[str]) -> list[Weights] | None:
        """None: the protocol has no lexical weights."""
        return None

    def lexical_queries(self, texts: Sequence[str]) -> list[Weights] | None:
        """None: the protocol has no lexical weights."""
        return None

    def close(self) -> None:
        """Close its connections."""
        self._client.close()

    def _embedded(self, prefix: str, texts: Sequence[str]) -> Vectors:
        vectors = np.empty((len(texts), self._dimensions), np.float32)
        step = self._endpoint.batch
        parts = [
            self._asked([prefix + text for text in texts[start : start + step]])
            for start in range(0, len(texts), step)
        ]
        return np.concatenate(parts) if parts else vectors

    def _asked(self, texts: list[str]) -> Vectors:
        for attempt in stamina.retry_context(
            on=_pause, attempts=_ATTEMPTS, timeout=None, wait_initial=0.2, wait_max=5.0, wait_jitter=0.2
        ):
            with attempt:
                return self._once(texts)
        raise AssertionError("stamina ends by a result or an exception")

    def _once(self, texts: list[str]) -> Vectors:
        body = {"model": self._endpoint.model, "input": texts, "encoding_format": "float"}
        try:
            response = self._client.post(_address(self._endpoint.url), json=body)
        except httpx2.TransportError as error:
            raise _Again(self._said(str(error) or type(error).__name__)) from error
        except (httpx2.HTTPError, httpx2.InvalidURL) as error:
            raise self._unavailable(str(error)) from error
        self._check(response)
        return self._vectors(response, len(texts))

    def _check(self, response: httpx2.Response) -> None:
        if response.status_code == httpx2.codes.OK:
            return
        reason = f"status {response.status_code}: {response.text[:200]}"
        if response.status_code == httpx2.codes.TOO_MANY_REQUESTS or response.is_server_error:
            raise _Again(self._said(reason), retry_after(response.headers.get("retry-after"), time.time()))
        raise self._unavailable(reason)

    def _vectors(self, response: httpx2.Response, wanted: int) -> Vectors:
        try:
            vectors = parsed(response.json(), wanted)
        except (ValueError, KeyError, TypeError, OverflowError) as error:
            raise self._unavailable(f"its answer is not {wanted} vectors: {error}") from error
        if self._dimensions and vectors.shape[1] != self._dimensions:
            raise ModelMismatch(
                f"The embedder at {self._endpoint.url} made vectors of {self._dimensions} numbers, "
                f"and now of {vectors.shape[1]}.",
                hint="Let it serve one model by this name, or set --embedder-model.",
            )
        return vectors

    def _unavailable(self, reason: str) -> EmbedderUnavailable:
        return EmbedderUnavailable(self._said(reason), hint=HINT)

    def _said(self, reason: str) -> str:
        if self._endpoint.key:
            reason = reason.replace(self._endpoint.key, "***")  # a server may repeat what it was sent
        return f"The embedder at {self._endpoint.url} gave no vectors: {reason}."


def parsed(answer: Any, wanted: int) -> Vectors:
    """The vectors of an answer in the order of their texts, each of length 1.

    Raises:
        ValueError: They are not as many, not of one length, or a number is infinite or all are 0.
        KeyError: Something is left out.
        TypeError: Something is of another type.
    """
    data = sorted(answer["data"], key=lambda item: item["index"])
    if [item["index"] for item in data] != list(range(wanted)):
        raise ValueError(f"there are {len(data)}")
    vectors = np.array([item["embedding"] for item in data], np.float64)
    if vectors.ndim != 2 or not vectors.size:
        raise ValueError("they are not lists of numbers")
    lengths = np.linalg.norm(vectors, axis=1, keepdims=True)
    if not np.isfinite(lengths).all() or not lengths.all():
        raise ValueError("one of them has no direction")
    unit: Vectors = (vectors / lengths).astype(np.float32)
    return unit


def retry_after(value: str | None, now: float) -> float | None:
    """Seconds to wait by a header Retry-After (RFC 9110, 10.2.3: seconds, or a date), at most 30."""
    if value is None:
        return None
    if value.strip().isdecimal():
        return min(float(value), _LONGEST_PAUSE)
    try:
        when = parsedate_to_datetime(value)
    except ValueError:
        return None
    if when.tzinfo is None:
        when = when.replace(tzinfo=datetime.UTC)
    return min(max(when.timestamp() - now, 0.0), _LONGEST_PAUSE)


def _pause(error: Exception) -> bool | float:
    if not isinstance(error, _Again):
        return False
    return True if error.pause is None else error.pause


def _headers(endpoint: Endpoint) -> dict[str, str]:
    return {"authorization": f"Bearer {endpoint.key}"} if endpoint.key else {}


def _address(url: str) -> str:
    base = url.rstrip("/")
    return f"{base}/embeddings" if base.endswith("/v1") else f"{base}/v1/embeddings"
