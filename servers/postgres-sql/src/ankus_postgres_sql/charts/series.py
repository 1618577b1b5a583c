"""Bars, lines and areas: one value for each place on x, color and facet."""

from collections.abc import Hashable, Sequence
from typing import Any

from ankus_postgres_sql.charts.chart import (
    MOST_GROUPS,
    MOST_STEPS,
    Axis,
    Chart,
    aggregated,
    coordinate,
    groups_of,
    note,
    split,
    turned,
    with_split,
)
from ankus_postgres_sql.charts.wish import Points


def series(found: Points) -> Chart:
    """Bars, lines and areas: one value for each place on x, color and facet."""
    wish, notes = found.wish, list[str]()
    lying = wish.mark == "bar" and found.kinds.get("y", "number") != "number" and wish.aggregate != "count"
    if lying:
        found = turned(found)
    places, axis, width = places_of(found, notes)
    colors, facets = split(found, notes)
    keys = list(zip(places, colors.labels, facets.labels, strict=True))
    name = _aggregate(found, keys, width)
    values = aggregated(keys, found.points, name)
    if name not in ("count", "") and len(values) < len(found.points):
        notes.append(f"y is the {name} of {len(found.points)} rows")
    rows = [
        {"x": x, "y": value, "color": color, "facet": facet} for (x, color, facet), value in values.items()
    ]
    title = "count of rows" if name == "count" else f"{name} of {found.wish.y}" if name else found.wish.y
    chart = Chart("barh" if lying else wish.mark, axis, Axis(title, "quantitative"), rows, notes=notes)
    return with_split(chart, found, colors, facets)


def places_of(found: Points, notes: list[str]) -> tuple[list[Any], Axis, float]:
    """The place of each point on x, the axis, and the width of a step where places were put together."""
    kind, wish = found.kinds["x"], found.wish
    if kind == "category" or wish.mark == "bar":
        groups = groups_of(found, "x", MOST_GROUPS if kind == "category" else 40)
        note(notes, wish.x, groups)
        return list(groups.labels), Axis(wish.x, "ordinal", tuple(groups.order)), 0.0
    axis = Axis(wish.x, "temporal" if kind == "time" else "quantitative")
    places = found.numbers("x")
    if len(set(places)) <= MOST_STEPS:
        return [coordinate(place, axis) for place in places], axis, 0.0
    low, width = min(places), (max(places) - min(places)) / MOST_STEPS
    steps = (min(int((place - low) / width), MOST_STEPS - 1) for place in places)
    notes.append(f"{wish.x} in {MOST_STEPS} steps")
    return [coordinate(low + (step + 0.5) * width, axis) for step in steps], axis, width


def _aggregate(found: Points, keys: Sequence[Hashable], width: float) -> str:
    """How the values at one place become one: as asked for; else their sum, or the mean within a step."""
    if "y" not in found.kinds:
        return "count"
    if found.wish.aggregate:
        return found.wish.aggregate
    if len(set(keys)) == len(keys):
        return ""
    places = [(point.x, point.color, point.facet) for point in found.points]
    return "mean" if width and len(set(places)) == len(places) else "sum"
