"""Scatter charts, histograms, boxes and heat maps."""

import math
import statistics
from collections import defaultdict
from collections.abc import Callable, Sequence
from typing import Any

from ankus_postgres_sql.charts.chart import (
    MOST_GROUPS,
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
from ankus_postgres_sql.charts.groups import Groups, grouped, nice_width, plain, unit_for
from ankus_postgres_sql.charts.series import places_of, series
from ankus_postgres_sql.charts.values import floor_to, next_of
from ankus_postgres_sql.charts.wish import Points

MOST_CELLS = 25
"""Cells of a heat map on each axis."""
MOST_POINTS = 1000
"""Points of a scatter chart."""
GRID = (40, 24)
BINS = 30
OUTLIERS = 30


def scatter(found: Points) -> Chart:
    """Points as they are or, where they are many, one for each cell of a grid, as large as it has rows."""
    notes = list[str]()
    colors, facets = split(found, notes)
    places, axis = _own_places(found, notes)
    rows: list[dict[str, Any]] = [
        {"x": x, "y": point.y, "color": color, "facet": facet, "size": 1}
        for x, point, color, facet in zip(places, found.points, colors.labels, facets.labels, strict=True)
    ]
    if len(rows) > MOST_POINTS:
        rows = _on_grid(rows)
        notes.append(f"{len(found.points)} points as {len(rows)} dots, whose size is the number of points")
    chart = Chart("scatter", axis, Axis(found.wish.y, "quantitative"), rows, notes=notes)
    return with_split(chart, found, colors, facets)


def _own_places(found: Points, notes: list[str]) -> tuple[list[Any], Axis]:
    """The place of each point on x, without steps."""
    if found.kinds["x"] == "category":
        places, axis, _ = places_of(found, notes)
        return places, axis
    axis = Axis(found.wish.x, "temporal" if found.kinds["x"] == "time" else "quantitative")
    return [coordinate(place, axis) for place in found.numbers("x")], axis


def _on_grid(rows: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """For each cell, color and facet one row in the mean place."""
    cells = defaultdict[Any, list[dict[str, Any]]](list)
    xs = [row["x"] for row in rows]
    x_cell = _cell(xs, GRID[0]) if not isinstance(xs[0], str) else (lambda x: x)
    y_cell = _cell([row["y"] for row in rows], GRID[1])
    for row in rows:
        cells[x_cell(row["x"]), y_cell(row["y"]), row["color"], row["facet"]].append(row)
    return [
        {
            "x": x if isinstance(x, str) else statistics.fmean(row["x"] for row in cell),
            "y": statistics.fmean(row["y"] for row in cell),
            "color": color,
            "facet": facet,
            "size": len(cell),
        }
        for (x, _, color, facet), cell in cells.items()
    ]


def _cell(values: Sequence[float], count: int) -> Callable[[float], int]:
    low, width = min(values), (max(values) - min(values)) / count
    return lambda value: min(int((value - low) / width), count - 1) if width else 0


def histogram(found: Points) -> Chart:
    """How many rows there are in each range of x."""
    kind, notes = found.kinds["x"], list[str]()
    if kind == "category":
        notes.append("x is text: its values are counted")
        return _series_with(found, notes)
    colors, facets = split(found, notes)
    values = found.numbers("x")
    if kind == "time":
        unit = unit_for(values, 40)
        begins = [floor_to(value, unit) for value in values]
        ends = {begin: next_of(begin, unit) for begin in begins}
        notes.append(f"by {unit}")
    else:
        width = nice_width(min(values), max(values), BINS, whole=all(value.is_integer() for value in values))
        begins = [math.floor(value / width) * width for value in values]
        ends = {begin: begin + width for begin in begins}
        notes.append(f"in ranges of {plain(width)}")
    axis = Axis(found.wish.x, "temporal" if kind == "time" else "quantitative")
    counts = aggregated(zip(begins, colors.labels, facets.labels, strict=True), found.points, "count")
    rows = [
        {"x": coordinate(begin, axis), "x2": coordinate(ends[begin], axis), "count": count or 0.0}
        | {"color": color, "facet": facet}
        for (begin, color, facet), count in counts.items()
    ]
    _stack(rows, colors.order)
    chart = Chart("histogram", axis, Axis("count of rows", "quantitative"), rows, notes=notes)
    return with_split(chart, found, colors, facets)


def _stack(rows: list[dict[str, Any]], colors: list[str]) -> None:
    """Put the colors of one range on each other: from y2 to y."""
    heights = defaultdict[Any, float](float)
    places = {color: place for place, color in enumerate(colors)}
    for row in sorted(rows, key=lambda row: places.get(row["color"], 0)):
        base = heights[row["x"], row["facet"]]
        row["y2"], row["y"] = base, base + row["count"]
        heights[row["x"], row["facet"]] = row["y"]


def _series_with(found: Points, notes: list[str]) -> Chart:
    wish = type(found.wish)(**{**vars(found.wish), "mark": "bar"})
    chart = series(Points(wish, found.kinds, found.points, found.left_out, found.ordered))
    chart.notes[:0] = notes
    return chart


def box(found: Points) -> Chart:
    """Quartiles, whiskers to the last value within 1.5 times their distance, and values beyond."""
    notes = list[str]()
    if "y" not in found.kinds:
        found = turned(
            Points(found.wish, found.kinds | {"y": "category"}, [p._replace(y="") for p in found.points])
        )
    has_x = bool(found.wish.x)
    groups = groups_of(found, "x", MOST_GROUPS) if has_x else Groups([""] * len(found.points), [""])
    note(notes, found.wish.x, groups)
    colors, facets = split(found, notes)
    values = defaultdict[Any, list[float]](list)
    for point, x, color, facet in zip(found.points, groups.labels, colors.labels, facets.labels, strict=True):
        values[x, color, facet].append(float(point.y or 0))
    rows = [
        {"x": x, "color": color, "facet": facet} | row
        for (x, color, facet), numbers in values.items()
        for row in box_of(numbers)
    ]
    hidden = sum(row.pop("hidden", 0) for row in rows)
    if hidden:
        notes.append(f"{hidden} of the values beyond the whiskers are not drawn")
    chart = Chart(
        "box",
        Axis(found.wish.x, "ordinal", tuple(groups.order)),
        Axis(found.wish.y, "quantitative"),
        rows,
        notes=notes,
    )
    return with_split(chart, found, colors, facets)


def box_of(numbers: list[float]) -> list[dict[str, Any]]:
    """The row of one box, and one row for each value beyond its whiskers, the farthest at most."""
    ordered = sorted(numbers)
    quartiles = statistics.quantiles(ordered, n=4, method="inclusive") if len(ordered) > 1 else ordered * 3
    q1, median, q3 = quartiles
    reach = 1.5 * (q3 - q1)
    within = [value for value in ordered if q1 - reach <= value <= q3 + reach]
    beyond = [value for value in ordered if not q1 - reach <= value <= q3 + reach]
    beyond.sort(key=lambda value: -abs(value - median))
    box = {"low": within[0], "q1": q1, "median": median, "q3": q3, "high": within[-1]}
    box["hidden"] = max(0, len(beyond) - OUTLIERS)
    return [box, *({"beyond": value} for value in beyond[:OUTLIERS])]


def heatmap(found: Points) -> Chart:
    """One value for each cell: the color's aggregate, or how many rows there are."""
    wish, notes = found.wish, list[str]()
    valued = Points(wish, found.kinds | {"y": found.kinds["y"]}, found.points, ordered=found.ordered)
    xs, ys = (_plain_groups(valued, role) for role in ("x", "y"))
    note(notes, wish.x, xs)
    note(notes, wish.y, ys)
    _, facets = split(found, notes)
    keys = list(zip(xs.labels, ys.labels, facets.labels, strict=True))
    values = [point._replace(y=point.color) for point in found.points]
    name = wish.aggregate or ("sum" if "color" in found.kinds else "count")
    rows = [
        {"x": x, "y": y, "facet": facet, "value": value}
        for (x, y, facet), value in aggregated(keys, values, name).items()
    ]
    title = "count of rows" if name == "count" else f"{name} of {wish.color}"
    chart = Chart(
        "heatmap",
        Axis(wish.x, "ordinal", tuple(xs.order)),
        Axis(wish.y, "ordinal", tuple(ys.order)),
        rows,
        notes=notes,
    )
    chart.facets, chart.facet_title, chart.color_title = tuple(facets.order), wish.facet, title
    return chart


def _plain_groups(found: Points, role: str) -> Groups:
    values = [getattr(point, role) for point in found.points]
    return grouped(values, found.kinds[role], MOST_CELLS, [1.0] * len(values), keep_order=found.ordered)
