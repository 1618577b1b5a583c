"""Which model makes vectors, and where it is."""

from dataclasses import dataclass
from pathlib import Path
from typing import Annotated

from ankus_shared.settings import option


@dataclass(frozen=True, kw_only=True)
class EmbedSettings:
    """How texts become vectors."""

    model: Annotated[str, option("ANKUS_DOCS_MODEL")] = "e5-small"
    """Model that makes vectors: e5-small, bge-m3, bge-m3-onnx, or endpoint for --embedder-url."""

    model_weights: Annotated[Path | None, option("ANKUS_DOCS_MODEL_WEIGHTS")] = None
    """Folder of the model's weights; by default where its package keeps them."""

    model_threads: Annotated[int, option("ANKUS_DOCS_MODEL_THREADS", at_least=0, at_most=1024)] = 0
    """Threads that make vectors; 0 for one a core."""

    embedder_url: Annotated[str | None, option("ANKUS_EMBEDDER_URL")] = None
    """Base URL of an OpenAI-compatible server that has /v1/embeddings, such as http://127.0.0.1:8080."""

    embedder_model: Annotated[str, option("ANKUS_EMBEDDER_MODEL")] = "default"
    """Name of the model there."""

    embedder_key_file: Annotated[Path | None, option("ANKUS_EMBEDDER_KEY_FILE")] = None
    """File that holds the bearer token for it (or the variable ANKUS_EMBEDDER_KEY)."""

    embedder_query_prefix: Annotated[str, option("ANKUS_EMBEDDER_QUERY_PREFIX")] = ""
    """What stands before a question there, such as 'query: '."""

    embedder_passage_prefix: Annotated[str, option("ANKUS_EMBEDDER_PASSAGE_PREFIX")] = ""
    """What stands before a passage there, such as 'passage: '."""

    embedder_max_tokens: Annotated[
        int, option("ANKUS_EMBEDDER_MAX_TOKENS", at_least=16, at_most=1_000_000)
    ] = 512
    """Tokens of one text that the model there reads."""

    embedder_batch: Annotated[int, option("ANKUS_EMBEDDER_BATCH", at_least=1, at_most=2048)] = 32
    """Texts in one request to it."""

    embedder_timeout: Annotated[int, option("ANKUS_EMBEDDER_TIMEOUT", at_least=1, at_most=600)] = 20
    """Seconds that one request to it may take."""

    query_cache: Annotated[int, option("ANKUS_DOCS_QUERY_CACHE", at_least=0, at_most=1_000_000)] = 1000
    """Questions whose vectors are kept in memory; 0 for none."""
