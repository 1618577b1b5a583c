"""Where a reranker is that reads questions and passages together, and how it is reached."""

from dataclasses import dataclass
from pathlib import Path
from typing import Annotated

from ankus_shared.settings import option


@dataclass(frozen=True, kw_only=True)
class RerankSettings:
    """Of `[rerank] method = "endpoint"` in the search's configuration; its model is named there."""

    reranker_url: Annotated[str | None, option("ANKUS_RERANKER_URL")] = None
    """Base URL of a server that has /rerank as vLLM, Jina and Cohere do, such as http://127.0.0.1:8000."""

    reranker_key_file: Annotated[Path | None, option("ANKUS_RERANKER_KEY_FILE")] = None
    """File that holds the bearer token for it (or the variable ANKUS_RERANKER_KEY)."""

    reranker_timeout: Annotated[int, option("ANKUS_RERANKER_TIMEOUT", at_least=1, at_most=600)] = 10
    """Seconds that one request to it may take."""
