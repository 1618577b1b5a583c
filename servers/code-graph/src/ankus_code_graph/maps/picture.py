"""Which modules and dependencies are drawn, and how large."""

import math
from collections import Counter
from dataclasses import dataclass

from ankus_code_graph.maps.fonts import shortened, text_width
from ankus_code_graph.maps.layout import Arrow, Box, lay_out
from ankus_code_graph.maps.order import layered_order
from ankus_code_graph.maps.overview import Module, Modules
from ankus_code_graph.maps.svg import DETAIL_SIZE, MARGIN, NAME_SIZE, Label, draw_svg
from ankus_code_graph.prose import counted

WIDTH = 1120.0
"""Pixels of a row of boxes; arrows that pass beside them may make the map somewhat wider."""
MOST_BOXES, MOST_OUTSIDE = 40, 8
_ARROWS_PER_BOX, _ARROWS_OUT, _ARROWS_INTO = 1.6, 4, 7
_HUB_SHARE, _FEW_USERS, _ARROWS_INTO_HUB = 0.4, 5, 5
"""A hub is used by more than this share of all boxes; that is written into it, not drawn."""
_SMALLEST, _LARGEST = 40.0, 92.0
"""Heights of boxes in pixels."""
_WIDEST_NAME = 230.0
Weights = dict[tuple[str, str], float]


@dataclass(frozen=True)
class Map:
    """A drawn map as SVG, and what of it was left out."""

    svg: str
    shown: int
    left_out: int


def draw_map(modules: Modules, title: str, path: str) -> Map:
    """The largest modules, those outside that matter most to them, and the strongest dependencies."""
    inside = modules.inside()
    chosen = [*inside[:MOST_BOXES], *_outside(modules, MOST_BOXES - len(inside[:MOST_BOXES]))]
    names = {module.name for module in chosen}
    weights = modules.between(names)
    order = layered_order(sorted(names), weights)
    users = Counter(end for _, end in weights)
    labels = _labels(chosen, path, users)
    biggest = max((module.lines for module in chosen), default=1)
    boxes = {module.name: _box(module, labels[module.name], biggest) for module in chosen}
    arrows = _arrows(weights, len(chosen), {module.name for module in chosen if not module.inside})
    tied = {name for arrow in arrows for name in (arrow.start, arrow.end)}
    drawn = [boxes[name] for name in order if modules.modules[name].inside or name in tied]
    placed = lay_out(drawn, arrows, WIDTH - 2 * MARGIN)
    left_out = len(inside) - len(inside[:MOST_BOXES])
    note = "Height: lines. Thickness: calls, global uses and includes."
    if hidden := len(weights) - len(arrows):
        note += f" {hidden:,} weaker dependencies are not drawn."
    return Map(draw_svg(placed, labels, title, note), len(drawn), left_out)


def _outside(modules: Modules, room: int) -> list[Module]:
    """The modules elsewhere that have most to do with those inside."""
    weight = dict[str, int]()
    for (start, end), strength in modules.weights.items():
        for name, other in ((start, end), (end, start)):
            if not modules.modules[name].inside and modules.modules[other].inside:
                weight[name] = weight.get(name, 0) + strength.total
    strongest = sorted(weight, key=lambda name: (-weight[name], name))
    return [modules.modules[name] for name in strongest[: max(0, min(MOST_OUTSIDE, room))]]


def _labels(chosen: list[Module], path: str, users: Counter[str]) -> dict[str, Label]:
    """Names without what they all begin with; a colour for each directory above them."""
    groups = dict[str, int]()
    labels = {}
    for module in sorted(chosen, key=lambda module: module.name):
        name = module.name.removeprefix(f"{path}/") if path and module.inside else module.name
        parent = module.name.rpartition("/")[0] or module.name
        group = groups.setdefault(parent, len(groups)) if module.inside else -1
        detail = f"{counted(module.lines, 'line')}, {counted(module.functions, 'function')}"
        if _is_hub(users[module.name], len(chosen)):
            detail += f", {users[module.name]} users"
        labels[module.name] = Label(shortened(name, NAME_SIZE * 1.06, _WIDEST_NAME), detail, group)
    return labels


def _box(module: Module, label: Label, biggest: int) -> Box:
    widest = max(text_width(label.name, NAME_SIZE * 1.06), text_width(label.detail, DETAIL_SIZE))
    share = math.sqrt(module.lines / max(1, biggest))
    return Box(module.name, widest + 22 + 40 * share, _SMALLEST + (_LARGEST - _SMALLEST) * share)


def _is_hub(users: int, boxes: int) -> bool:
    return users > max(_FEW_USERS, boxes * _HUB_SHARE)


def _arrows(weights: Weights, boxes: int, outside: set[str]) -> list[Arrow]:
    """The strongest dependencies; each box keeps its own strongest one; few of the many into a hub."""
    users = Counter(end for _, end in weights)
    kept, out, into = list[tuple[str, str]](), Counter[str](), Counter[str]()
    for start, end in sorted(weights, key=lambda pair: (-weights[pair], pair)):
        if start in outside and end in outside:
            continue
        first = out[start] == 0 and into[start] == 0
        crowded = into[end] >= (_ARROWS_INTO_HUB if _is_hub(users[end], boxes) else _ARROWS_INTO)
        if first or (len(kept) < boxes * _ARROWS_PER_BOX and not crowded and out[start] < _ARROWS_OUT):
            kept.append((start, end))
            out[start] += 1
            into[end] += 1
    return [Arrow(start, end, weights[start, end]) for start, end in kept]
