"""The command `ankus-code-graph embed NAME`."""

from dataclasses import dataclass

from ankus_code_graph.search.embedder import embedder_of
from ankus_code_graph.search.settings import EmbedderSettings
from ankus_code_graph.search.vectors import Progress, embed_graph
from ankus_code_graph.settings import StoreSettings
from ankus_code_graph.store.connect import writing_connection
from ankus_shared.errors import SettingsError


@dataclass(frozen=True, kw_only=True)
class EmbedSettings(StoreSettings, EmbedderSettings):
    """How the command `embed` reaches the graph and the embedder."""


def embed(name: str, settings: EmbedSettings, progress: Progress) -> int:
    """Make the vectors of a graph that are missing; how many were made. Run again, it goes on.

    Raises:
        SettingsError: If no embedder is configured.
        UnknownGraph, NoVectors, EmbedderUnavailable: As `embed_graph`.
    """
    embedder = embedder_of(settings)
    if embedder is None:
        raise SettingsError("No embedder is configured.", hint="Give --embedder-url, or ANKUS_EMBEDDER_URL.")
    with writing_connection(settings) as (connection, reader):
        return embed_graph(connection, name, embedder, reader, progress)
