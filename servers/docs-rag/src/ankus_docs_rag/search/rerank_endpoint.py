"""A client of `/rerank`, which vLLM, Jina and Cohere serve alike.

POST {url}/rerank   {"model", "query", "documents", "top_n"}
->                  {"results": [{"index", "relevance_score"}, ...]}
"""

import math
import time
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

import httpx2
import stamina

from ankus_docs_rag.errors import RerankerUnavailable
from ankus_shared.embed.endpoint import retry_after

HINT = "Check --reranker-url and the model of [rerank] in the search's configuration."
_ATTEMPTS = 3


@dataclass(frozen=True)
class RerankEndpoint:
    """Where a reranker is."""

    url: str
    model: str
    key: str | None = field(default=None, repr=False)
    timeout: float = 10


class _Again(RerankerUnavailable):
    """Raised where another attempt may help."""

    def __init__(self, message: str, pause: float | None = None) -> None:
        super().__init__(message, hint=HINT)
        self.pause = pause
        """Seconds that the server wants us to wait."""


class EndpointReranker:
    """A `CrossEncoder` over HTTP; may be used by several threads."""

    def __init__(self, endpoint: RerankEndpoint) -> None:
        headers = {"authorization": f"Bearer {endpoint.key}"} if endpoint.key else {}
        self._endpoint = endpoint
        self._client = httpx2.Client(timeout=endpoint.timeout, trust_env=False, headers=headers)

    def scores(self, question: str, passages: Sequence[str]) -> list[float]:
        """The server's relevance of each passage.

        Raises:
            RerankerUnavailable: The server is not there, refuses, or answers something else.
        """
        if not passages:
            return []
        body = {
            "model": self._endpoint.model,
            "query": question,
            "documents": list(passages),
            "top_n": len(passages),
        }
        for attempt in stamina.retry_context(
            on=_pause, attempts=_ATTEMPTS, timeout=None, wait_initial=0.2, wait_max=2.0, wait_jitter=0.1
        ):
            with attempt:
                return self._once(body, len(passages))
        raise AssertionError("stamina ends by a result or an exception")

    def close(self) -> None:
        """Close its connections."""
        self._client.close()

    def _once(self, body: dict[str, Any], wanted: int) -> list[float]:
        try:
            response = self._client.post(f"{self._endpoint.url.rstrip('/')}/rerank", json=body)
        except httpx2.TransportError as error:
            raise _Again(self._said(str(error) or type(error).__name__)) from error
        except (httpx2.HTTPError, httpx2.InvalidURL) as error:
            raise self._unavailable(str(error)) from error
        if response.status_code != httpx2.codes.OK:
            reason = f"status {response.status_code}: {response.text[:200]}"
            if response.status_code == httpx2.codes.TOO_MANY_REQUESTS or response.is_server_error:
                raise _Again(
                    self._said(reason), retry_after(response.headers.get("retry-after"), time.time())
                )
            raise self._unavailable(reason)
        try:
            return parsed(response.json(), wanted)
        except (ValueError, KeyError, TypeError, OverflowError) as error:
            raise self._unavailable(f"its answer is not {wanted} scores: {error}") from error

    def _unavailable(self, reason: str) -> RerankerUnavailable:
        return RerankerUnavailable(self._said(reason), hint=HINT)

    def _said(self, reason: str) -> str:
        if self._endpoint.key:
            reason = reason.replace(self._endpoint.key, "***")  # a server may repeat what it was sent
        return f"The reranker at {self._endpoint.url} gave no scores: {reason}."


def parsed(answer: Any, wanted: int) -> list[float]:
    """The scores of an answer in the order of the passages.

    Raises:
        ValueError: They are not as many, or one is no finite number.
        KeyError: Something is left out.
        TypeError: Something is of another type.
    """
    results = sorted(answer["results"], key=lambda result: result["index"])
    if [result["index"] for result in results] != list(range(wanted)):
        raise ValueError(f"there are {len(results)}")
    scores = [float(result["relevance_score"]) for result in results]
    if not all(map(math.isfinite, scores)):
        raise ValueError("one of them is no finite number")
    return scores


def _pause(error: Exception) -> bool | float:
    if not isinstance(error, _Again):
        return False
    return True if error.pause is None else error.pause
