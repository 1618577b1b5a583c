"""`describe_architecture`: the modules of a part of the tree, what leads from one to the other, their map."""

from functools import partial

import anyio.to_thread

from ankus_code_graph.errors import BadQuery
from ankus_code_graph.maps import shown
from ankus_code_graph.maps.order import cycles, layered_order
from ankus_code_graph.maps.overview import Modules, Overview, modules_of
from ankus_code_graph.maps.paint import PictureFormat, paint
from ankus_code_graph.maps.picture import draw_map
from ankus_code_graph.maps.purpose import purpose
from ankus_code_graph.maps.read import Overviews, central, examples
from ankus_code_graph.maps.shown import MOST_BACKWARD, MOST_MODULES, MOST_NAMES, MOST_WHOLE, Description
from ankus_code_graph.store.graphs import Graphs
from ankus_code_graph.store.registry import GraphInfo
from ankus_shared.answers import Answer
from ankus_shared.postgres import Connection


async def describe_architecture(
    graphs: Graphs, overviews: Overviews, path: str, depth: int, name: str, picture: PictureFormat
) -> Answer:
    """Describe a part of the tree.

    Raises:
        BadQuery: If no file of the graph is below `path`.
        UnknownGraph: If there is no such graph.
        NoRenderer: If the map cannot be drawn.
    """
    path = path.strip("/").removeprefix("./").removesuffix(".")
    async with graphs.reading(name) as (connection, graph):
        overview = await overviews.get(connection, graph)
        modules = await anyio.to_thread.run_sync(modules_of, overview, path, depth)
        if not modules.inside():
            raise _nothing(graph, overview, path)
        described = await _described(connection, graph, modules)
    chosen = modules.inside()[:MOST_MODULES]
    read = partial(_purposes, graph, modules, overview)
    described.purposes = await anyio.to_thread.run_sync(read, [module.name for module in chosen])
    title = f"Modules of {path or graph.name}"
    drawn = await anyio.to_thread.run_sync(draw_map, modules, title, path) if picture != "none" else None
    pictures = (await paint(drawn.svg, picture),) if drawn is not None else ()
    return shown.show(graph, path, depth, modules, described, drawn, pictures)


async def _described(connection: Connection, graph: GraphInfo, modules: Modules) -> Description:
    names = [module.name for module in modules.inside()]
    weights = modules.between(set(names))
    order = await anyio.to_thread.run_sync(layered_order, sorted(names), weights)
    rank = {name: place for place, name in enumerate(order)}
    backward = [pair for pair in weights if rank[pair[0]] > rank[pair[1]]]
    backward.sort(key=lambda pair: (-weights[pair], pair))
    whole = names[:MOST_WHOLE]
    return Description(
        order=order,
        cycles=cycles(sorted(names), weights),
        backward=backward,
        examples=await examples(connection, graph.name, modules, backward[:MOST_BACKWARD]),
        central=await central(connection, graph.name, modules, whole, MOST_NAMES),
    )


def _purposes(graph: GraphInfo, modules: Modules, overview: Overview, names: list[str]) -> dict[str, str]:
    return {name: purpose(graph.root, modules.modules[name], overview) for name in names}


def _nothing(graph: GraphInfo, overview: Overview, path: str) -> BadQuery:
    if not overview.files:
        return BadQuery(f"The graph {graph.name} has no files.", hint="Index a tree with C files.")
    tops = sorted({file.split("/")[0] for file in overview.files if "/" in file})
    return BadQuery(
        f"The graph {graph.name} has no file below {path[:200]!r}.",
        hint=f"Give path as a directory, relative to the root; at the top: {', '.join(tops[:20]) or 'none'}.",
    )
