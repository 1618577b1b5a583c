"""How search reaches a model that turns text into vectors."""

from dataclasses import dataclass
from pathlib import Path
from typing import Annotated

from ankus_shared.settings import option


@dataclass(frozen=True, kw_only=True)
class EmbedderSettings:
    """Where vectors come from; without a URL search goes by words alone."""

    embedder_url: Annotated[str | None, option("ANKUS_EMBEDDER_URL")] = None
    """Base URL of an OpenAI-compatible server that has /v1/embeddings, such as http://127.0.0.1:8080."""

    embedder_model: Annotated[str, option("ANKUS_EMBEDDER_MODEL")] = "default"
    """Name of the model there; vectors of another model are not compared with."""

    embedder_key_file: Annotated[Path | None, option("ANKUS_EMBEDDER_KEY_FILE")] = None
    """File that holds the bearer token for it."""

    embedder_timeout: Annotated[int, option("ANKUS_EMBEDDER_TIMEOUT", at_least=1, at_most=600)] = 20
    """Seconds that one request to it may take."""
