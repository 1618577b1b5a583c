"""Where an OpenAI-compatible server is that makes vectors."""

import os
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated

from ankus_shared.settings import option, read_secret

KEY_VARIABLE = "ANKUS_EMBEDDER_KEY"


@dataclass(frozen=True, kw_only=True)
class EndpointSettings:
    """The server, and how its model wants its texts."""

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


def embedder_key(settings: EndpointSettings) -> str | None:
    """The bearer token for it, from the file or else from the variable.

    Raises:
        SettingsError: The file cannot be read or is empty.
    """
    if settings.embedder_key_file is not None:
        return read_secret(settings.embedder_key_file, "the bearer token")
    return os.environ.get(KEY_VARIABLE) or None
