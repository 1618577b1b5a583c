"""What an answer about calls cannot know, said in it."""

import json
from collections.abc import Sequence

from ankus_code_graph.prose import counted
from ankus_code_graph.query.reach import Direction, Reached
from ankus_code_graph.query.symbol import Symbol, symbols_of
from ankus_code_graph.query.text import few, joined, place, plain
from ankus_code_graph.query.view import View, array, ids_of
from ankus_shared.untrusted import frame

SHOWN = 5
MANY = 1_000
"""Functions from which on it is cheaper to ask for all whose address is taken."""


async def unresolved(view: View, root: Symbol, direction: Direction, reached: Reached) -> str:
    """Calls that there may be beside those that were found; "" where there can be none."""
    asked = reached.levels if reached.complete else reached.levels[:-1]
    ids = [identity for level in asked[1:] for identity in level]
    if direction == "callees":
        return await _of_callees(view, root, ids)
    return await _of_callers(view, root, ids)


async def _of_callers(view: View, root: Symbol, ids: Sequence[int]) -> str:
    return joined(
        await addresses(view, root),
        await _stored_elsewhere(view, ids),
        await _from_sql(view, root),
    )


async def addresses(view: View, root: Symbol) -> str:
    """Where a function's address goes without a known call from there."""
    rows = await view.rows("address_places", id=str(root.id)) if root.label == "Function" else []
    if not rows:
        return ""
    holders = await symbols_of(view, {int(holder) for holder, _, _ in rows})
    places = [
        f"{holders[int(holder)].name} ({place(known['file'], known['lines'])})"
        for holder, known in ((holder, json.loads(edge)) for holder, edge, _ in rows)
    ]
    rest = rows[0][2] - len(rows)
    return (
        f"Not resolved: its address is taken or stored in {few(places)}{f' (+{rest} more)' if rest else ''}, "
        "and may be called from there."
    )


async def _stored_elsewhere(view: View, ids: Sequence[int]) -> str:
    many = await taken(view, ids)
    return (
        f"Not resolved: of {counted(many, 'function')} on the way the address is taken or stored where no "
        "known call goes through; they may have more callers."
        if many
        else ""
    )


async def taken(view: View, ids: Sequence[int]) -> int:
    """How many functions may be called through addresses that no known call goes through."""
    if not ids:
        return 0
    if len(ids) < MANY:
        return len(await view.rows("taken_of", ids=array(ids)))
    first, last = ids_of("Function")
    rows = await view.rows("taken_all", low=str(first), high=str(last))
    return len({int(row[0]) for row in rows}.intersection(ids))


async def _from_sql(view: View, root: Symbol) -> str:
    if root.label != "Function":
        return ""
    rows = await view.rows("sql_names", ids=array([root.id]))
    names = [json.loads(known)["name"] for _, known in rows]
    return f"Called from SQL too, as {few(names)}." if names else ""


async def _of_callees(view: View, root: Symbol, ids: Sequence[int]) -> str:
    own = root.properties
    indirect = [plain(str(text), 100) for text in own.get("indirect") or []]
    shown = "\n".join(indirect[:SHOWN])
    rest = len(indirect) - SHOWN
    head = f"Not resolved: {counted(len(indirect), 'call')} through unknown pointers, as line: text"
    return joined(
        f"{head}{f' (the first {SHOWN})' if rest > 0 else ''}:\n{frame(shown, root.file)}"
        if indirect
        else "",
        f"Outside of the tree: {few(own['external'], 12)}." if own.get("external") else "",
        await _of_further(view, ids),
    )


async def _of_further(view: View, ids: Sequence[int]) -> str:
    if not ids:
        return ""
    [(indirect, external)] = await view.rows("unresolved_calls", ids=array(ids))
    parts = [
        f"{counted(indirect, 'function')} with calls through unknown pointers" if indirect else "",
        f"{counted(external, 'function')} with calls out of the tree" if external else "",
    ]
    told = " and ".join(part for part in parts if part)
    return f"Not resolved further down: {told}." if told else ""
