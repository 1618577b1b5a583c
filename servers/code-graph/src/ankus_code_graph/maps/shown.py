"""The text of `describe_architecture`."""

from collections import defaultdict
from dataclasses import dataclass, field
from typing import Any

from ankus_code_graph.maps.overview import Module, Modules, Weight
from ankus_code_graph.maps.picture import Map
from ankus_code_graph.maps.read import Called, Central
from ankus_code_graph.prose import counted
from ankus_code_graph.store.registry import GraphInfo
from ankus_shared.answers import Answer, Picture
from ankus_shared.untrusted import frame

MOST_MODULES, MOST_WHOLE, MOST_NAMES, MOST_BACKWARD = 40, 20, 3, 8
"""Modules that are described, those with all that is known of them, names in a list, dependencies."""
_MOST_IN_CYCLE = 12


@dataclass
class Description:
    """What is known of the modules beside their sizes and weights."""

    order: list[str]
    """Users before what they use."""
    cycles: list[list[str]]
    backward: list[tuple[str, str]]
    """Dependencies against that order, the strongest first."""
    examples: dict[tuple[str, str], str]
    central: dict[str, Central]
    purposes: dict[str, str] = field(default_factory=dict)


def show(
    graph: GraphInfo,
    path: str,
    depth: int,
    modules: Modules,
    found: Description,
    drawn: Map | None,
    pictures: tuple[Picture, ...],
) -> Answer:
    """The answer: totals, each module, cycles, and what goes against the layers."""
    inside = modules.inside()
    uses, used_by = _neighbours(modules)
    blocks = [
        _module(module, found, uses[module.name], used_by[module.name]) for module in inside[:MOST_WHOLE]
    ]
    if small := inside[MOST_WHOLE:MOST_MODULES]:
        blocks.append("\n".join(line for module in small for line in _size(module, found)))
    parts = [
        _head(graph, path, depth, inside),
        frame("\n\n".join([*blocks, *_layers(modules, found)]), f"names and comments of graph {graph.name}"),
        *_left_out(inside, drawn),
    ]
    structured: dict[str, Any] = {
        "graph": graph.name,
        "modules": len(inside),
        "shown": min(len(inside), MOST_MODULES),
        "cycles": [len(group) for group in found.cycles],
        "against_layers": len(found.backward),
    }
    return Answer("\n".join(parts), structured, pictures)


def _head(graph: GraphInfo, path: str, depth: int, inside: list[Module]) -> str:
    lines, functions = sum(m.lines for m in inside), sum(m.functions for m in inside)
    files = sum(len(module.paths) for module in inside)
    return (
        f"{path or 'The whole tree'} of graph {graph.name}, {depth} deep: {len(inside):,} modules, "
        f"{files:,} files, {lines:,} lines, {functions:,} functions. The largest first; calls are pairs "
        "of functions, global uses pairs of a function and a variable."
    )


def _module(module: Module, found: Description, uses: dict[str, Weight], used_by: dict[str, Weight]) -> str:
    lines = _size(module, found)
    lines += _strongest("uses", uses) + _strongest("used by", used_by)
    central = found.central.get(module.name)
    if central is not None:
        lines += _called("entered by", central.entries, outside=True)
        hubs = [hub for hub in central.hubs if hub not in central.entries]
        lines += _called("hubs within", hubs, outside=False)
    return "\n".join(lines)


def _size(module: Module, found: Description) -> list[str]:
    sizes = {
        "file": len(module.paths),
        "line": module.lines,
        "function": module.functions,
        "global": module.globals,
    }
    line = f"{module.name}: {', '.join(counted(number, noun) for noun, number in sizes.items())}"
    what = found.purposes.get(module.name)
    return [line, f"  is: {what}"] if what else [line]


def _strongest(word: str, weights: dict[str, Weight]) -> list[str]:
    if not weights:
        return []
    ordered = sorted(weights, key=lambda name: (-weights[name].total, name))
    named = "; ".join(f"{name} ({weights[name]})" for name in ordered[:MOST_NAMES])
    rest = len(ordered) - MOST_NAMES
    return [f"  {word}: {named}" + (f"; and {rest} more" if rest > 0 else "")]


def _called(word: str, functions: list[Called], *, outside: bool) -> list[str]:
    if not functions:
        return []
    named = (
        f"{called.name} {called.place} ({counted(called.outside if outside else called.callers, 'caller')})"
        for called in functions
    )
    return [f"  {word}: {'; '.join(named)}"]


def _layers(modules: Modules, found: Description) -> list[str]:
    """Cycles, and the dependencies that make them."""
    blocks = []
    for group in found.cycles:
        more = f" and {len(group) - _MOST_IN_CYCLE} more" if len(group) > _MOST_IN_CYCLE else ""
        names = ", ".join(group[:_MOST_IN_CYCLE])
        blocks.append(f"Cycle of {len(group)} modules, each reaches all others: {names}{more}.")
    if not found.cycles:
        blocks.append("No cycles: every dependency leads down the layers.")
    if found.backward:
        lines = [f"Against the layers, {len(found.backward)} dependencies; the strongest:"]
        for pair in found.backward[:MOST_BACKWARD]:
            example = found.examples.get(pair)
            shown = f", such as {example}" if example else ""
            lines.append(f"  {pair[0]} -> {pair[1]} ({modules.weights[pair]}){shown}")
        blocks.append("\n".join(lines))
    return blocks


def _left_out(inside: list[Module], drawn: Map | None) -> list[str]:
    notes = []
    if len(inside) > MOST_MODULES:
        notes.append(
            f"{len(inside) - MOST_MODULES:,} smaller modules are not described: give path or less depth."
        )
    if drawn is not None and drawn.left_out:
        notes.append(f"The map shows {drawn.shown} modules and leaves {drawn.left_out:,} smaller ones out.")
    return notes


def _neighbours(
    modules: Modules,
) -> tuple[defaultdict[str, dict[str, Weight]], defaultdict[str, dict[str, Weight]]]:
    """For each module: what it uses, and what uses it."""
    uses = defaultdict[str, dict[str, Weight]](dict)
    used_by = defaultdict[str, dict[str, Weight]](dict)
    for (start, end), weight in modules.weights.items():
        uses[start][end] = weight
        used_by[end][start] = weight
    return uses, used_by
