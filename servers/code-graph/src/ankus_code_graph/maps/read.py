"""Reads a graph for its map; what a whole graph needs is read once a revision and kept."""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from psycopg import sql

from ankus_code_graph.maps.overview import FileFacts, Modules, Overview, Weight
from ankus_code_graph.named import named
from ankus_code_graph.store.registry import GraphInfo
from ankus_shared.postgres import Connection

MOST_KEPT = 4
"""Graphs whose overviews are kept in memory; one of a million lines takes some 10 MB."""
_TABLES = {
    "file": "File",
    "function": "Function",
    "variable": "GlobalVar",
    "calls": "CALLS",
    "includes": "INCLUDES",
    "reads": "READS",
    "writes": "WRITES",
}


@dataclass(frozen=True, slots=True)
class Called:
    """A function that much calls: by how many functions, and how many of those outside of its module."""

    name: str
    place: str
    callers: int
    outside: int


@dataclass(frozen=True, slots=True)
class Central:
    """The functions of a module that others enter by, and those that are called from most."""

    entries: list[Called]
    hubs: list[Called]


class Overviews:
    """The overviews of graphs, kept until a graph is indexed anew."""

    def __init__(self) -> None:
        self._kept = dict[tuple[str, str, str], Overview]()

    async def get(self, connection: Connection, graph: GraphInfo) -> Overview:
        """The overview of a graph, as it is now."""
        key = (graph.name, graph.revision, graph.indexed_at.isoformat())
        if key not in self._kept:
            overview = await _read(connection, graph.name)
            for old in [old for old in self._kept if old[0] == graph.name]:
                del self._kept[old]
            self._kept[key] = overview
            while len(self._kept) > MOST_KEPT:
                del self._kept[next(iter(self._kept))]
        return self._kept[key]


async def central(
    connection: Connection, graph: str, modules: Modules, shown: Sequence[str], most: int
) -> dict[str, Central]:
    """The entry points and the hubs of modules, `most` of each."""
    numbers = {name: number for number, name in enumerate(modules.modules)}
    names = list(numbers)
    parameters = _places(modules, numbers) | {"shown": [numbers[name] for name in shown], "most": most}
    rows = await _rows(connection, graph, "maps/callers", parameters)
    found = defaultdict[str, Central](lambda: Central([], []))
    for number, name, file, line, callers, outside, is_entry, is_hub in rows:
        called = Called(name, f"{file}:{line}", callers, outside)
        if is_entry:
            found[names[number]].entries.append(called)
        if is_hub:
            found[names[number]].hubs.append(called)
    for kept in found.values():
        kept.hubs.sort(key=lambda called: -called.callers)
    return dict(found)


async def examples(
    connection: Connection, graph: str, modules: Modules, pairs: Sequence[tuple[str, str]]
) -> dict[tuple[str, str], str]:
    """A call between two modules, for each pair that has one, as `a calls b at file:line`."""
    numbers = {name: number for number, name in enumerate(modules.modules)}
    names = list(numbers)
    starts, ends = [numbers[start] for start, _ in pairs], [numbers[end] for _, end in pairs]
    parameters = _places(modules, numbers) | {"starts": starts, "ends": ends}
    rows = await _rows(connection, graph, "maps/examples", parameters)
    return {
        (names[start], names[end]): f"{caller} calls {called} at {file}:{line}"
        for start, end, caller, called, file, line in rows
    }


def _places(modules: Modules, numbers: dict[str, int]) -> dict[str, Any]:
    """The files that have a module, beside the numbers of their modules."""
    known = {file: numbers[module] for file, module in modules.of_file.items() if module in numbers}
    return {"files": list(known), "modules": list(known.values())}


async def _read(connection: Connection, graph: str) -> Overview:
    rows = await _rows(connection, graph, "maps/files", {})
    paths = [path for path, *_ in rows]
    weights = defaultdict[tuple[str, str], list[int]](lambda: [0, 0, 0])
    for kind, start, end, number in await _rows(connection, graph, "maps/weights", {}):
        weights[paths[start - 1], paths[end - 1]][kind] = number
    files = {path: FileFacts(*numbers) for path, *numbers in rows}
    return Overview(files, {pair: Weight(*numbers) for pair, numbers in weights.items()})


async def _rows(
    connection: Connection, graph: str, name: str, parameters: dict[str, Any]
) -> list[tuple[Any, ...]]:
    tables = {key: sql.Identifier(graph, label) for key, label in _TABLES.items()}
    return await (await connection.execute(named(name, **tables), parameters)).fetchall()
