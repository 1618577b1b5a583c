"""The tool for a query of the user's own: query_graph."""

from typing import Annotated

from pydantic import Field

from ankus_code_graph.cypher import run
from ankus_code_graph.store.graphs import Graphs
from ankus_code_graph.toolset import Toolset
from ankus_shared.answers import Answer

Parameters = dict[str, str | int | float | bool]
NONE: Parameters = {}


def add_tools(toolset: Toolset) -> None:
    """Register it."""
    settings = toolset.settings

    @toolset.tool()
    async def query_graph(
        graphs: Graphs,
        query: Annotated[str, Field(description="MATCH … RETURN … in Cypher, fixed hops", min_length=1)],
        graph: Annotated[str, Field(description="Name of the graph; empty where there is one")] = "",
        parameters: Annotated[Parameters, Field(description="Values of $names")] = NONE,
        limit: Annotated[int, Field(description="Rows at most; 0 for the default", ge=0, le=1000)] = 0,
    ) -> Answer:
        """Run one read-only Cypher query. Vertices: Directory File Function Macro Struct Field GlobalVar Enum
        SqlFunction (name, file, line). Edges: CONTAINS INCLUDES DEFINES CALLS EXPANDS MACRO_CALLS POINTS
        DISPATCHES READS WRITES ADDRESSES USES_TYPE IMPLEMENTS (file, lines, rule, confidence, via).
        """
        rows = limit or settings.row_limit
        return await run.query_graph(graphs, query, graph, parameters, rows, settings.answer_limit)
