"""The command `ankus-code-graph embed NAME`."""

import sys
from dataclasses import dataclass
from typing import Annotated

from cyclopts import App
from rich.console import Console
from rich.progress import Progress as Bar

from ankus_code_graph.search.embedder import embedder_of
from ankus_code_graph.search.settings import EmbedderSettings
from ankus_code_graph.search.vectors import Progress, embed_graph
from ankus_code_graph.settings import StoreSettings
from ankus_code_graph.store.connect import writing_connection
from ankus_shared.errors import SettingsError
from ankus_shared.settings import FLAT


@dataclass(frozen=True, kw_only=True)
class EmbedSettings(StoreSettings, EmbedderSettings):
    """How the command `embed` reaches the graph and the embedder."""


DEFAULTS = EmbedSettings()


def add_command(app: App) -> None:
    """Register it with the command line."""

    @app.command(name="embed")
    def embed_names(name: str, settings: Annotated[EmbedSettings, FLAT] = DEFAULTS) -> None:
        """Make the vectors of the graph NAME that are missing or out of date; ended, it goes on next time."""
        with Bar(console=Console(stderr=True)) as bar:
            task = bar.add_task("embed", total=None)
            made = embed(name, settings, lambda done, total: bar.update(task, completed=done, total=total))
        sys.stdout.write(f"Made {made:,} vectors with {settings.embedder_model}.\n")


def embed(name: str, settings: EmbedSettings, progress: Progress) -> int:
    """Make the vectors of a graph that are missing; how many were made.

    Raises:
        SettingsError: If no embedder is configured.
        UnknownGraph, NoVectors, EmbedderUnavailable: As `embed_graph`.
    """
    embedder = embedder_of(settings)
    if embedder is None:
        raise SettingsError("No embedder is configured.", hint="Give --embedder-url, or ANKUS_EMBEDDER_URL.")
    with writing_connection(settings) as (connection, reader):
        return embed_graph(connection, name, embedder, reader, progress)
