"""The tools for graphs as a whole: index_repository makes one, list_graphs shows which there are."""

from pathlib import Path
from typing import Annotated

from pydantic import Field

from ankus_code_graph.errors import BadSource
from ankus_code_graph.settings import Settings, StoreSettings
from ankus_code_graph.store import listing
from ankus_code_graph.store.graphs import Graphs
from ankus_code_graph.store.registry import check_name
from ankus_code_graph.toolset import GraphContext, Toolset
from ankus_shared.answers import Answer
from ankus_shared.job import run_job
from ankus_shared.paths import allowed_path
from ankus_shared.settings import variables_of
from ankus_shared.tools import IDEMPOTENT_WRITE

Patterns = Annotated[
    tuple[str, ...], Field(description="Patterns of paths below path, such as src/*", max_length=50)
]


def add_tools(toolset: Toolset) -> None:
    """Register them."""
    settings = toolset.settings

    @toolset.tool()
    async def list_graphs(graphs: Graphs) -> Answer:
        """List the graphs: name, source tree, commit, when it was indexed, counts."""
        return await listing.list_graphs(graphs)

    @toolset.tool(IDEMPOTENT_WRITE)
    async def index_repository(
        graphs: Graphs,
        context: GraphContext,
        path: Annotated[str, Field(description="Folder of a C source tree", min_length=1)],
        name: Annotated[str, Field(description="Of the graph: 3 to 63 of a-z, 0-9, _", max_length=63)],
        include: Patterns = (),
        exclude: Patterns = (),
    ) -> Answer:
        """Index a C source tree as a graph, or bring the graph up to date. Minutes for a large new tree."""
        check_name(name)
        root = _allowed_root(path, settings)
        arguments = [str(root), "--name", name]
        arguments += [f"--include={pattern}" for pattern in include]
        arguments += [f"--exclude={pattern}" for pattern in exclude]
        arguments += ["--progress", "lines"]
        variables = variables_of(settings, StoreSettings)
        outcome = await run_job("ankus_code_graph", ["index", *arguments], variables, context.report_progress)
        return Answer(outcome.text, {"graph": name, **outcome.structured})


def _allowed_root(path: str, settings: Settings) -> Path:
    """The folder that a client may index.

    Raises:
        PathNotAllowed: If it lies outside of the server's source roots.
        BadSource: If it is no folder.
    """
    place = allowed_path(path, settings.source_root)
    if not place.is_dir():
        raise BadSource(f"{path} is no folder.", hint="Give the folder of a C source tree.")
    return place
