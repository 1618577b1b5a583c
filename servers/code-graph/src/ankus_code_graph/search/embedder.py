"""A client of `/v1/embeddings`, the protocol of OpenAI that vLLM, llama.cpp and others speak too."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import httpx2

from ankus_code_graph.errors import EmbedderUnavailable
from ankus_code_graph.search.settings import EmbedderSettings
from ankus_shared.settings import read_secret


@dataclass(frozen=True)
class Embedder:
    """Where texts become vectors."""

    url: str
    model: str
    timeout: float
    key: str | None = None

    def embed(self, texts: Sequence[str]) -> list[list[float]]:
        """The vectors of texts, in their order; blocks.

        Raises:
            EmbedderUnavailable: If the server is not there, refuses, or answers something else.
        """
        try:
            with httpx2.Client(timeout=self.timeout, trust_env=False) as client:
                response = client.post(self._endpoint(), json=self._request(texts), headers=self._headers())
        except httpx2.HTTPError as error:
            raise self._unavailable(str(error) or type(error).__name__) from error
        return self._vectors(response, len(texts))

    async def embed_one(self, text: str) -> list[float]:
        """The vector of one text.

        Raises:
            EmbedderUnavailable: As `embed`.
        """
        try:
            async with httpx2.AsyncClient(timeout=self.timeout, trust_env=False) as client:
                response = await client.post(
                    self._endpoint(), json=self._request([text]), headers=self._headers()
                )
        except httpx2.HTTPError as error:
            raise self._unavailable(str(error) or type(error).__name__) from error
        return self._vectors(response, 1)[0]

    def _endpoint(self) -> str:
        base = self.url.rstrip("/")
        return f"{base}/embeddings" if base.endswith("/v1") else f"{base}/v1/embeddings"

    def _request(self, texts: Sequence[str]) -> dict[str, Any]:
        return {"model": self.model, "input": list(texts), "encoding_format": "float"}

    def _headers(self) -> dict[str, str]:
        return {"authorization": f"Bearer {self.key}"} if self.key else {}

    def _vectors(self, response: httpx2.Response, wanted: int) -> list[list[float]]:
        if response.status_code != httpx2.codes.OK:
            raise self._unavailable(f"status {response.status_code}: {response.text[:200]}")
        try:
            data = sorted(response.json()["data"], key=lambda item: item["index"])
            vectors = [[float(number) for number in item["embedding"]] for item in data]
        except (ValueError, KeyError, TypeError) as error:
            raise self._unavailable("its answer is no list of embeddings") from error
        if len(vectors) != wanted or len({len(vector) for vector in vectors}) > 1 or not all(vectors):
            raise self._unavailable(f"it answered {len(vectors)} vectors for {wanted} texts")
        return vectors

    def _unavailable(self, reason: str) -> EmbedderUnavailable:
        return EmbedderUnavailable(
            f"The embedder at {self.url} gave no vectors: {reason}.",
            hint="Check --embedder-url and --embedder-model, and that the server runs.",
        )


def embedder_of(settings: EmbedderSettings) -> Embedder | None:
    """The configured embedder, if there is one.

    Raises:
        SettingsError: If the file of its key cannot be read.
    """
    if not settings.embedder_url:
        return None
    key = (
        None
        if settings.embedder_key_file is None
        else read_secret(settings.embedder_key_file, "the bearer token")
    )
    return Embedder(settings.embedder_url, settings.embedder_model, settings.embedder_timeout, key)
