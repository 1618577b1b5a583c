"""What is drawn, and what every mark needs for it: colors, facets, groups, aggregates."""

import math
import statistics
from collections import defaultdict
from collections.abc import Callable, Hashable, Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal

from ankus_postgres_sql.charts.groups import Groups, grouped
from ankus_postgres_sql.charts.wish import Point, Points

MOST_GROUPS, MOST_COLORS, MOST_FACETS = 30, 10, 9
MOST_STEPS = 400
"""Places on x of one line."""

AGGREGATES: dict[str, Callable[[Sequence[float]], float]] = {
    "sum": math.fsum,
    "mean": statistics.fmean,
    "median": statistics.median,
    "min": min,
    "max": max,
    "count": lambda values: float(len(values)),
}


@dataclass(frozen=True)
class Axis:
    """One axis: its title, and its values in order or, where there are none, on a scale."""

    title: str
    type: Literal["ordinal", "quantitative", "temporal"]
    order: tuple[str, ...] = ()


@dataclass
class Chart:
    """What is drawn: rows with x, y and, as the mark needs them, color, facet, x2, size, q1 and so on."""

    mark: str
    x: Axis
    y: Axis
    rows: list[dict[str, Any]]
    colors: tuple[str, ...] = ()
    color_title: str = ""
    facets: tuple[str, ...] = ()
    facet_title: str = ""
    notes: list[str] = field(default_factory=list)


def aggregated(keys: Iterable[Hashable], points: Iterable[Point], name: str) -> dict[Any, float | None]:
    """One value for each key; None where all are NULL, which `count` counts like any."""
    values = defaultdict[Any, list[float]](list)
    for key, point in zip(keys, points, strict=True):
        kept = values[key]
        if name == "count":
            kept.append(0.0)
        elif point.y is not None:
            kept.append(float(point.y))
    function = AGGREGATES.get(name or "sum", math.fsum)
    return {key: function(kept) if kept else None for key, kept in values.items()}


def coordinate(value: float, axis: Axis) -> float:
    """A place on a scale; Vega counts milliseconds."""
    return value * 1000 if axis.type == "temporal" else value


def groups_of(found: Points, role: str, most: int) -> Groups:
    weights = [
        1.0 if "y" not in found.kinds or found.kinds["y"] != "number" else float(p.y or 0)
        for p in found.points
    ]
    values = [getattr(point, role) for point in found.points]
    return grouped(values, found.kinds[role], most, weights, keep_order=found.ordered)


def split(found: Points, notes: list[str]) -> tuple[Groups, Groups]:
    """The colors and the facets of the points."""
    split = []
    for role, most in (("color", MOST_COLORS), ("facet", MOST_FACETS)):
        if role in found.kinds and not (role == "color" and found.wish.mark == "heatmap"):
            split.append(groups_of(found, role, most))
            note(notes, getattr(found.wish, role), split[-1])
        else:
            split.append(Groups([""] * len(found.points), []))
    return split[0], split[1]


def with_split(chart: Chart, found: Points, colors: Groups, facets: Groups) -> Chart:
    chart.colors, chart.facets = tuple(colors.order), tuple(facets.order)
    chart.color_title, chart.facet_title = found.wish.color, found.wish.facet
    return chart


def note(notes: list[str], name: str, groups: Groups) -> None:
    if groups.note:
        notes.append(f"{name} {groups.note}")


def turned(found: Points) -> Points:
    """A bar chart whose x is the number: its bars lie, and its categories stand at the side."""
    wish = found.wish
    turned = type(wish)(**{**vars(wish), "x": wish.y, "y": wish.x})
    points = [point._replace(x=point.y, y=point.x) for point in found.points]
    kinds = found.kinds | {"x": found.kinds["y"], "y": found.kinds["x"]}
    return Points(turned, kinds, points, found.left_out, found.ordered)
