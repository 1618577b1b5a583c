"""Where facts are kept, and what makes their vectors."""

from dataclasses import dataclass
from pathlib import Path
from typing import Annotated

from ankus_shared.embed.settings import EndpointSettings
from ankus_shared.settings import option, read_secret


@dataclass(frozen=True, kw_only=True)
class MemoryPlace:
    """The database of the facts."""

    memory_url_file: Annotated[Path | None, option("ANKUS_MEMORY_URL_FILE")] = None
    """File with the URL of the PostgreSQL database for what is remembered; without it the embedded server."""

    def memory_url(self) -> str | None:
        """The URL, or None for the embedded server.

        Raises:
            SettingsError: The file cannot be read or is empty.
        """
        return read_secret(self.memory_url_file, "the database URL") if self.memory_url_file else None


@dataclass(frozen=True, kw_only=True)
class MemorySettings(MemoryPlace, EndpointSettings):
    """The same, and what makes vectors; without --embedder-url the embedded e5-small."""

    embedding_cache: Annotated[int, option("ANKUS_EMBEDDING_CACHE", at_least=0, at_most=1_000_000)] = 1000
    """Texts whose vectors are kept in memory, by model and text, to recall by again; 0 for none."""
