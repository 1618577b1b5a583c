"""Which model makes vectors, and where it is."""

from dataclasses import dataclass
from pathlib import Path
from typing import Annotated

from ankus_shared.embed.settings import EndpointSettings
from ankus_shared.settings import option


@dataclass(frozen=True, kw_only=True)
class EmbedSettings(EndpointSettings):
    """How texts become vectors."""

    model: Annotated[str, option("ANKUS_DOCS_MODEL")] = "e5-small"
    """Model that makes vectors: e5-small, bge-m3, bge-m3-onnx, or endpoint for --embedder-url."""

    model_weights: Annotated[Path | None, option("ANKUS_DOCS_MODEL_WEIGHTS")] = None
    """Folder of the model's weights; by default where its package keeps them."""

    model_threads: Annotated[int, option("ANKUS_DOCS_MODEL_THREADS", at_least=0, at_most=1024)] = 0
    """Threads that make vectors; 0 for one a core."""

    query_cache: Annotated[int, option("ANKUS_DOCS_QUERY_CACHE", at_least=0, at_most=1_000_000)] = 1000
    """Questions whose vectors are kept in memory; 0 for none."""
