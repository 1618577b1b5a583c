"""A chart as a Vega-Lite specification (https://vega.github.io/vega-lite/docs/spec.html)."""

import math
from typing import Any

from ankus_postgres_sql.charts.chart import Axis, Chart

WIDTH, HEIGHT = 700, 400
_SCHEMA = "https://vega.github.io/schema/vega-lite/v6.json"  # a name: nothing is fetched
_FONT = "Liberation Sans, DejaVu Sans, Arial, sans-serif"
_DAY = 86_400_000
_CONFIG = {
    "font": _FONT,
    "aria": False,
    "view": {"stroke": None},
    "axis": {"gridColor": "#e6e6e6", "domainColor": "#888", "labelLimit": 160, "labelOverlap": True},
    "axisX": {"grid": False},
    "title": {"anchor": "start", "fontSize": 15},
    "legend": {"labelLimit": 140},
}


def specification(chart: Chart, title: str) -> dict[str, Any]:
    """The specification; every value is in it."""
    names = {"color", "facet"} if chart.mark != "heatmap" else {"facet"}
    unused = {name for name in names if not getattr(chart, f"{name}s")}
    values = [{key: value for key, value in row.items() if key not in unused} for row in chart.rows]
    spec: dict[str, Any] = {
        "$schema": _SCHEMA,
        "background": "white",
        "data": {"values": values},
        "config": _CONFIG,
    }
    if title:
        spec["title"] = title
    width, height = _size(chart)
    view = _view(chart)
    if not chart.facets:
        return (
            spec
            | view
            | {"width": width, "height": height, "autosize": {"type": "fit", "contains": "padding"}}
        )
    facet = {
        "field": "facet",
        "type": "nominal",
        "sort": list(chart.facets),
        "title": chart.facet_title or None,
    }
    columns = min(3, len(chart.facets))
    inner = view | {"width": (width - 60) // columns - 30, "height": 150 if len(chart.facets) > 3 else 260}
    return spec | {"facet": facet, "columns": columns, "spec": inner}


def _size(chart: Chart) -> tuple[int, int]:
    side = chart.x if chart.mark == "barh" else chart.y
    lines = len(side.order) * (1 if chart.mark in ("barh", "heatmap") else 0)
    return WIDTH, max(HEIGHT, min(700, 18 * lines + 80))


def _view(chart: Chart) -> dict[str, Any]:
    match chart.mark:
        case "box":
            return {"layer": _box_layers(chart)}
        case "heatmap":
            return {"mark": {"type": "rect"}, "encoding": _heat(chart)}
        case "histogram":
            ends = {"x2": {"field": "x2"}, "y2": {"field": "y2"}}
            return {
                "mark": {"type": "rect", "stroke": "white"},
                "encoding": _xy(chart) | ends | _color(chart),
            }
        case "scatter":
            return {
                "mark": {"type": "circle", "opacity": 0.65},
                "encoding": _xy(chart) | _color(chart) | _dots(chart),
            }
        case "barh":
            encoding = _xy(chart)
            encoding["x"], encoding["y"] = encoding["y"], encoding["x"]
            encoding["y"]["axis"] = {
                "labelAngle": 0,
                "labelLimit": 260,
                "labelOverlap": False,
                "maxExtent": 320,
            }
            return {"mark": {"type": "bar"}, "encoding": encoding | _color(chart)}
        case "bar":
            return {"mark": {"type": "bar"}, "encoding": _xy(chart) | _color(chart)}
        case "area":
            return {
                "mark": {"type": "area", "opacity": 0.7, "line": True},
                "encoding": _xy(chart) | _color(chart),
            }
        case _:
            point = len(chart.rows) <= 60
            return {"mark": {"type": "line", "point": point}, "encoding": _xy(chart) | _color(chart)}


def _xy(chart: Chart) -> dict[str, Any]:
    free = chart.mark in ("line", "scatter")
    return {
        "x": {"field": "x", **_axis(chart.x, [row.get("x") for row in chart.rows], zero=False)},
        "y": {"field": "y", **_axis(chart.y, [row.get("y") for row in chart.rows], zero=not free)},
    }


def _axis(axis: Axis, values: list[Any], *, zero: bool) -> dict[str, Any]:
    found: dict[str, Any] = {"type": axis.type, "title": axis.title or None}
    if axis.type == "ordinal":
        found["sort"] = list(axis.order)
        if sum(map(len, axis.order)) > 90:
            found["axis"] = {"labelAngle": -40}
        else:
            found["axis"] = {"labelAngle": 0}
        return found
    numbers = [value for value in values if value is not None]
    if axis.type == "temporal":
        return found | {"scale": {"type": "utc"}, "axis": _time_axis(max(numbers) - min(numbers))}
    found["scale"] = {"zero": zero}
    if numbers and max(map(abs, numbers)) >= 1e6:
        found["axis"] = {"labelExpr": "replace(format(datum.value, '.4~s'), 'G', 'B')"}
    return found


def _time_axis(span: float) -> dict[str, Any]:
    """How moments are written on an axis: in figures, which every language reads."""
    years, months = span / (366 * _DAY), span / (30 * _DAY)
    if years > 4:
        return {"format": "%Y", "tickCount": {"interval": "year", "step": math.ceil(years / 12)}}
    if months > 4:
        return {"format": "%Y-%m", "tickCount": {"interval": "month", "step": math.ceil(months / 12)}}
    return {"format": "%Y-%m-%d" if span > 3 * _DAY else "%m-%d %H:%M", "tickCount": 8}


def _color(chart: Chart) -> dict[str, Any]:
    if not chart.colors:
        return {}
    scheme = {"scheme": "tableau10"}
    return {
        "color": {
            "field": "color",
            "type": "nominal",
            "sort": list(chart.colors),
            "scale": scheme,
            "title": chart.color_title or None,
        }
    }


def _dots(chart: Chart) -> dict[str, Any]:
    if all(row["size"] == 1 for row in chart.rows):
        return {}
    return {
        "size": {"field": "size", "type": "quantitative", "title": "points", "scale": {"range": [8, 220]}}
    }


def _heat(chart: Chart) -> dict[str, Any]:
    value = {
        "field": "value",
        "type": "quantitative",
        "title": chart.color_title,
        "scale": {"scheme": "blues"},
    }
    y = {"field": "y", **_axis(chart.y, [], zero=False)}
    y["axis"] = {"labelAngle": 0, "maxExtent": 320}
    return {"x": {"field": "x", **_axis(chart.x, [], zero=False)}, "y": y, "color": value}


def _box_layers(chart: Chart) -> list[dict[str, Any]]:
    """The whiskers, the box, its median, and the values beyond; colors stand side by side."""
    x: dict[str, Any] = {"field": "x", **_axis(chart.x, [], zero=False)}
    shared = {"x": x} | ({"xOffset": {"field": "color", "sort": list(chart.colors)}} if chart.colors else {})
    title = {"title": chart.y.title, "type": "quantitative", "scale": {"zero": False}}
    boxes, color = "isValid(datum.median)", _color(chart)
    width = {"band": 0.6}
    return [
        {
            "transform": [{"filter": boxes}],
            "mark": {"type": "rule"},
            "encoding": shared | {"y": {"field": "low", **title}, "y2": {"field": "high"}},
        },
        {
            "transform": [{"filter": boxes}],
            "mark": {"type": "bar", "width": width, "opacity": 1},
            "encoding": shared | color | {"y": {"field": "q1", **title}, "y2": {"field": "q3"}},
        },
        {
            "transform": [{"filter": boxes}],
            "mark": {"type": "tick", "color": "black", "thickness": 2, "width": width},
            "encoding": shared | {"y": {"field": "median", **title}},
        },
        {
            "transform": [{"filter": "isValid(datum.beyond)"}],
            "mark": {"type": "point", "size": 16},
            "encoding": shared | color | {"y": {"field": "beyond", **title}},
        },
    ]
