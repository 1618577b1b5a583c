"""How a question about calls enters the graph of functions: a macro, a field and a variable have none.

For the callers of a macro the first level is the functions that expand it, themselves or through other
macros; for those of a pointer, the functions that call through it. For callees: what a macro's body calls,
what is stored in a pointer.
"""

import json
from collections.abc import Collection
from dataclasses import dataclass

from psycopg import sql

from ankus_code_graph.model import LABEL_ID, label_of
from ankus_code_graph.query.evidence import Step
from ankus_code_graph.query.reach import Direction, Over, Reached, reach
from ankus_code_graph.query.symbol import Symbol
from ankus_code_graph.query.view import View, array

CALLABLE = ("Function", "Macro", "Field", "GlobalVar")
_EDGES = {
    ("Macro", "callers"): "EXPANDS",
    ("Macro", "callees"): "MACRO_CALLS",
    ("Field", "callers"): "DISPATCHES",
    ("GlobalVar", "callers"): "DISPATCHES",
    ("Field", "callees"): "POINTS",
    ("GlobalVar", "callees"): "POINTS",
}


@dataclass(frozen=True)
class Entry:
    """Where a search begins: the ids of level 0, and the label of the edges to level 1, "" for calls."""

    ids: list[int]
    edge: str


async def entry_of(view: View, symbol: Symbol, direction: Direction) -> Entry:
    """Where a search from a symbol begins; a macro stands for all that use it, or that it uses."""
    edge = _EDGES.get((symbol.label, direction), "")
    ids = await macros_around(view, symbol, direction) if symbol.label == "Macro" else [symbol.id]
    return Entry(ids, edge)


async def macros_around(view: View, macro: Symbol, direction: Direction) -> list[int]:
    """The macro, and the macros that name it in their bodies, or that its body names, to any depth."""
    name = "macro_users" if direction == "callers" else "macro_parts"
    seen = frontier = {macro.id}
    while frontier:
        rows = await view.rows(name, ids=array(frontier))
        found = {int(row[0]) for row in rows}
        frontier = {identity for identity in found if label_of(identity) == "Macro"} - seen
        seen = seen | frontier
    return sorted(seen)


async def reach_from(view: View, entry: Entry, direction: Direction, depth: int, over: Over) -> Reached:
    """Levels of functions, of which the first may lie behind the edges of the entry."""
    if not entry.edge:
        return await reach(view, entry.ids, direction, depth, over)
    first = sorted({_far(step, direction) for step in await entry_steps(view, entry, direction)})
    further = await reach(view, first, direction, depth - 1, over)
    levels = [level for level in further.levels if level]
    return Reached([entry.ids, *levels], further.complete)


async def entry_steps(
    view: View, entry: Entry, direction: Direction, functions: Collection[int] | None = None
) -> list[Step]:
    """The edges between the entry and functions: all, or some."""
    near, far = ("end_id", "start_id") if direction == "callers" else ("start_id", "end_id")
    query = sql.SQL(
        "SELECT start_id, end_id, properties FROM {g}.{label} WHERE {near} = "
        "ANY((SELECT %(ids)s::graphid[])::graphid[]) AND {far} BETWEEN %(low)s::graphid AND %(high)s::graphid"
    ).format(
        g=view.schema,
        label=sql.Identifier(entry.edge),
        near=sql.Identifier(near),
        far=sql.Identifier(far),
    )
    first = LABEL_ID["Function"] << 48  # a macro's body names macros too
    low, high = str(first), str(first + (1 << 48) - 1)
    rows = await view.run(query, {"ids": array(entry.ids), "low": low, "high": high})
    found = [Step(int(start), int(end), json.loads(edge)) for start, end, edge in rows]
    return [step for step in found if functions is None or _far(step, direction) in functions]


def _far(step: Step, direction: Direction) -> int:
    return step.start if direction == "callers" else step.end
