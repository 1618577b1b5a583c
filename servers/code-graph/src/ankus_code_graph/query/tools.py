"""The tools that ask a graph about symbols; each is a thin call into one module."""

from typing import Annotated, Literal

from pydantic import Field

from ankus_code_graph.query import calls, diff, find, impact, includes, paths, references, source
from ankus_code_graph.query.calls import Question
from ankus_code_graph.query.reach import Over
from ankus_code_graph.query.schema_text import counts_text, schema_text
from ankus_code_graph.query.view import viewed
from ankus_code_graph.store.graphs import Graphs
from ankus_code_graph.toolset import GraphContext, Toolset
from ankus_shared.answers import Answer

Symbol = Annotated[
    str,
    Field(
        description="name, file.c:name, Struct.field, or file.c:123 for the function there",
        min_length=1,
        max_length=400,
    ),
]
Name = Annotated[
    str,
    Field(
        description="Name, part of one, pattern with *, file.c:name or Struct.field",
        min_length=1,
        max_length=400,
    ),
]
Graph = Annotated[str, Field(description="Graph; empty for the only one", max_length=63)]
Limit = Annotated[int, Field(description="Lines at most", ge=1, le=200)]
Offset = Annotated[int, Field(description="Lines to skip", ge=0, le=1_000_000)]
Depth = Annotated[int, Field(description="Steps of calls", ge=1, le=10)]
Pointers = Annotated[bool, Field(description="Also calls through function pointers")]
Kind = Literal["", "function", "macro", "struct", "field", "global", "enum", "sql_function", "file"]


def add_tools(toolset: Toolset) -> None:
    """Register them, and the resource of the schema."""
    _add_looking(toolset)
    _add_calls(toolset)
    _add_impact(toolset)
    _add_schema(toolset)


def _add_looking(toolset: Toolset) -> None:
    @toolset.tool()
    async def find_symbol(
        graphs: Graphs,
        name: Name,
        kind: Annotated[Kind, Field(description="Only this kind; empty for all")] = "",
        graph: Graph = "",
        limit: Limit = 20,
        offset: Offset = 0,
    ) -> Answer:
        """Find functions, macros, types, fields, globals, enum values, SQL functions and files by name."""
        async with viewed(graphs, graph) as view:
            return await find.find_symbol(view, name, kind, limit, offset)

    @toolset.tool()
    async def get_source(
        graphs: Graphs,
        symbol: Annotated[
            str, Field(description="As for find_callers; empty for a file", max_length=400)
        ] = "",
        file: Annotated[str, Field(description="Path or its end", max_length=400)] = "",
        start: Annotated[int, Field(description="First line; 0 for the beginning", ge=0, le=10**9)] = 0,
        end: Annotated[int, Field(description="Last line; 0 for the end", ge=0, le=10**9)] = 0,
        context: Annotated[int, Field(description="Lines around it", ge=0, le=100)] = 0,
        graph: Graph = "",
    ) -> Answer:
        """Read the text of a symbol, or lines of a file, with line numbers."""
        async with viewed(graphs, graph) as view:
            return await source.get_source(view, symbol, file, start, end, context)

    @toolset.tool()
    async def find_references(
        graphs: Graphs,
        symbol: Symbol,
        access: Annotated[references.Access, Field(description="Only this use")] = "any",
        graph: Graph = "",
        limit: Limit = 50,
        offset: Offset = 0,
    ) -> Answer:
        """Find where a global, field, type, macro or function is read, written, called or addressed."""
        async with viewed(graphs, graph) as view:
            return await references.find_references(view, symbol, access, limit, offset)

    @toolset.tool()
    async def list_includes(
        graphs: Graphs,
        file: Annotated[str, Field(description="Path or its end", min_length=1, max_length=400)],
        direction: Annotated[includes.IncludeDirection, Field(description="Which way")] = "includes",
        transitive: Annotated[bool, Field(description="Also indirectly, with the chain")] = False,
        graph: Graph = "",
        limit: Limit = 50,
        offset: Offset = 0,
    ) -> Answer:
        """List what a file includes, or what includes it."""
        async with viewed(graphs, graph) as view:
            return await includes.list_includes(view, file, direction, transitive, limit, offset)


def _add_calls(toolset: Toolset) -> None:
    @toolset.tool()
    async def find_callers(
        graphs: Graphs,
        symbol: Symbol,
        depth: Depth = 1,
        through_pointers: Pointers = True,
        graph: Graph = "",
        limit: Limit = 50,
        offset: Offset = 0,
    ) -> Answer:
        """Find who calls a function, expands a macro, or calls through a pointer, also indirectly."""
        question = Question(symbol, "callers", depth, Over(through_pointers), limit, offset)
        async with viewed(graphs, graph) as view:
            return await calls.find_calls(view, question)

    @toolset.tool()
    async def find_callees(
        graphs: Graphs,
        symbol: Symbol,
        depth: Depth = 1,
        through_pointers: Pointers = True,
        graph: Graph = "",
        limit: Limit = 50,
        offset: Offset = 0,
    ) -> Answer:
        """Find what a function or macro calls, or a pointer holds, also indirectly."""
        question = Question(symbol, "callees", depth, Over(through_pointers), limit, offset)
        async with viewed(graphs, graph) as view:
            return await calls.find_calls(view, question)

    @toolset.tool()
    async def find_call_path(
        graphs: Graphs,
        from_symbol: Symbol,
        to_symbol: Symbol,
        max_paths: Annotated[int, Field(description="Paths at most", ge=1, le=20)] = 3,
        through_pointers: Pointers = True,
        graph: Graph = "",
    ) -> Answer:
        """Find how one function reaches another: the shortest chains of calls."""
        async with viewed(graphs, graph) as view:
            return await paths.find_call_path(view, from_symbol, to_symbol, max_paths, through_pointers)


def _add_impact(toolset: Toolset) -> None:
    @toolset.tool()
    async def assess_impact(graphs: Graphs, symbol: Symbol, depth: Depth = 3, graph: Graph = "") -> Answer:
        """Assess what a change of a symbol reaches: functions, files, modules, SQL functions, tests."""
        async with viewed(graphs, graph) as view:
            return await impact.assess_impact(view, symbol, depth)

    @toolset.tool()
    async def diff_impact(
        graphs: Graphs,
        range: Annotated[str, Field(description="Revisions A..B of git", min_length=1, max_length=300)],
        depth: Depth = 2,
        graph: Graph = "",
    ) -> Answer:
        """Assess what a range of git revisions changes and reaches."""
        async with viewed(graphs, graph) as view:
            return await diff.diff_impact(view, range, depth)


def _add_schema(toolset: Toolset) -> None:
    @toolset.server.resource("code-graph://schema", mime_type="text/markdown")
    async def schema() -> str:
        """Labels and properties of a graph, what rule and confidence mean, and queries to copy."""
        return schema_text()

    @toolset.server.resource("code-graph://schema/{graph}", mime_type="text/markdown")
    async def schema_of(graph: str, context: GraphContext) -> str:
        """The same with how much of each label one graph holds."""
        async with viewed(context.request_context.lifespan_context, graph) as view:
            return f"{await counts_text(view)}\n\n{schema_text()}"
