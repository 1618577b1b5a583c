"""The tool that searches."""

from typing import Annotated, Literal

from pydantic import Field

from ankus_code_graph.search import run
from ankus_code_graph.search.embedder import embedder_of
from ankus_code_graph.search.pattern import Mode
from ankus_code_graph.search.request import Search
from ankus_code_graph.store.graphs import Graphs
from ankus_code_graph.toolset import Toolset
from ankus_shared.answers import Answer

Kind = Literal[
    "", "Function", "Macro", "Struct", "Field", "GlobalVar", "Enum", "SqlFunction", "File", "Directory"
]


def add_tools(toolset: Toolset) -> None:
    """Register it."""
    embedder = embedder_of(toolset.settings)

    @toolset.tool()
    async def search_code(
        graphs: Graphs,
        query: Annotated[
            str,
            Field(description="Text, an RE2 pattern, or a question in words", min_length=1, max_length=500),
        ],
        mode: Annotated[
            Mode, Field(description="text: as written; regex: within lines; meaning: names and comments")
        ] = "auto",
        path: Annotated[str, Field(description="Directory, file, or pattern such as src/*.h")] = "",
        kind: Annotated[Kind, Field(description="Only in, or of, this kind")] = "",
        graph: Annotated[str, Field(description="Graph; empty if there is one")] = "",
        limit: Annotated[int, Field(description="Hits a page", ge=1, le=100)] = 20,
        offset: Annotated[int, Field(description="Hits to skip", ge=0, le=5000)] = 0,
    ) -> Answer:
        """Search source text, or symbols by what they are for: file:line with the function around it."""
        search = Search(query=query, mode=mode, path=path, kind=kind, graph=graph, limit=limit, offset=offset)
        return await run.search_code(graphs, search, embedder)
