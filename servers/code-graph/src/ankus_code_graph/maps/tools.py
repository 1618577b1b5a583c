"""The tool that describes and draws the architecture."""

from typing import Annotated

from pydantic import Field

from ankus_code_graph.maps import describe
from ankus_code_graph.maps.paint import PictureFormat
from ankus_code_graph.maps.read import Overviews
from ankus_code_graph.store.graphs import Graphs
from ankus_code_graph.toolset import Toolset
from ankus_shared.answers import Answer


def add_tools(toolset: Toolset) -> None:
    """Register it."""
    overviews = Overviews()

    @toolset.tool()
    async def describe_architecture(
        graphs: Graphs,
        path: Annotated[str, Field(description="Directory to look into", max_length=1000)] = "",
        depth: Annotated[int, Field(description="Directories below it that are modules", ge=1, le=6)] = 2,
        graph: Annotated[str, Field(description="Graph; empty if there is one")] = "",
        picture: Annotated[PictureFormat, Field(description="Form of the drawn map")] = "png",
    ) -> Answer:
        """Describe modules: size, purpose, dependencies, cycles, entry points; with a drawn map."""
        return await describe.describe_architecture(graphs, overviews, path, depth, graph, picture)
