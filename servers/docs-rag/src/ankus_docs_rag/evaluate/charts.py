"""The plots of a report as SVG, drawn by Vega-Lite without a browser.

Text and lines are `currentColor`, so that a page's own colours, light or dark, hold for them too.
"""

from collections.abc import Mapping, Sequence
from typing import Any

import vl_convert

from ankus_docs_rag.evaluate.compare import Comparison
from ankus_docs_rag.evaluate.judge import MEASURES, Judged
from ankus_docs_rag.evaluate.run import Evaluation
from ankus_docs_rag.evaluate.summary import ALL, NDCG, RECALL, Row, groups_of, values_of

VERSION = "6.4"
OURS, PART, BASELINE = "#3b82f6", "#7c9cc9", "#9a9a92"
WORSE = "#d9643a"
_COLOURS = (OURS, "#d9643a", "#1f9e77", "#b069c8", "#c99a1d", "#4cb3c7", "#c2557a", "#7f8a3c", "#8c7a6b")
_NOTHING_OUTSIDE: list[str] = []
_CONFIG: dict[str, Any] = {
    "background": "transparent",
    # the renderer measures in Liberation Sans; the padding is for a browser whose font is wider
    "font": "Liberation Sans, Arial, Helvetica, sans-serif",
    "padding": {"left": 28, "right": 20, "top": 4, "bottom": 4},
    "view": {"stroke": None},
    "axis": {
        "labelColor": "currentColor",
        "titleColor": "currentColor",
        "titleFontWeight": "normal",
        "domainColor": "currentColor",
        "tickColor": "currentColor",
        "gridColor": "currentColor",
        "gridOpacity": 0.12,
        "domainOpacity": 0.4,
        "tickOpacity": 0.4,
        "labelLimit": 260,
        "labelOverlap": True,
    },
    "header": {"labelColor": "currentColor", "titleColor": "currentColor", "labelFontWeight": "bold"},
    "legend": {"labelColor": "currentColor", "titleColor": "currentColor", "labelLimit": 260},
}


def bars(rows: Sequence[Row], name: str = NDCG) -> str:
    """A measure of each system with its interval, a panel a group; crossed groups are left to the table."""
    shown = [row for row in rows if "," not in row.group]
    groups = list(dict.fromkeys(_panel(row) for row in shown))
    systems = list(dict.fromkeys(row.system for row in shown))
    values = [
        {
            "group": _panel(row),
            "system": row.system,
            "mean": row.measures[name].mean,
            "low": row.measures[name].low,
            "high": row.measures[name].high,
            "family": _family(row.system, systems),
        }
        for row in shown
    ]
    x = {"field": "mean", "type": "quantitative", "title": name, "scale": {"domain": [0, 1]}}
    y = {"field": "system", "type": "nominal", "sort": systems, "title": None}
    family = {"domain": ["ours", "a part of it", "baseline"], "range": [OURS, PART, BASELINE]}
    colour = {"field": "family", "type": "nominal", "title": None, "scale": family}
    bar = {
        "mark": {"type": "bar", "height": 9},
        "encoding": {"x": x, "y": y, "color": colour | {"legend": {"orient": "top"}}},
    }
    rule = {
        "mark": {"type": "rule", "color": "currentColor", "strokeWidth": 1.2},
        "encoding": {"x": {"field": "low", "type": "quantitative"}, "x2": {"field": "high"}, "y": y},
    }
    facet = {"field": "group", "type": "nominal", "sort": groups, "title": None}
    inner = {"width": 200, "height": {"step": 15}, "layer": [bar, rule]}
    return _drawn({"data": {"values": values}, "facet": facet, "columns": 3, "spec": inner})


def curves(rows: Sequence[Row], k_values: Sequence[int]) -> str:
    """Recall by the number of hits that are looked at."""
    over_all = [row for row in rows if row.group == ALL]
    systems = [row.system for row in over_all]
    values = [
        {"system": row.system, "k": k, "recall": row.measures[f"recall@{k}"].mean}
        for row in over_all
        for k in k_values
    ]
    scale = {"domain": systems, "range": [_COLOURS[at % len(_COLOURS)] for at in range(len(systems))]}
    dashes = {
        "domain": systems,
        "range": [[4, 3] if _family(system, systems) == "baseline" else [1, 0] for system in systems],
    }
    k = {"field": "k", "type": "quantitative", "title": "hits looked at (k)", "scale": {"type": "log"}}
    encoding = {
        "x": k | {"axis": {"values": list(k_values), "format": "d"}},
        "y": {"field": "recall", "type": "quantitative", "title": "recall@k", "scale": {"zero": False}},
        "color": {"field": "system", "type": "nominal", "title": None, "sort": systems, "scale": scale},
        "strokeDash": {"field": "system", "type": "nominal", "sort": systems, "scale": dashes},
    }
    mark = {"type": "line", "point": {"size": 30}, "strokeWidth": 1.8}
    spec = {"width": 560, "height": 300, "data": {"values": values}, "mark": mark, "encoding": encoding}
    return _drawn(spec)


def heat_map(evaluation: Evaluation, name: str = NDCG) -> str:
    """Each question a column, each system a row; hard questions to the right within their kind."""
    everything = groups_of(evaluation.questions)[0]
    systems = list(evaluation.outcomes)
    scores = {system: values_of(evaluation, system, name, everything) for system in systems}
    asked = [evaluation.questions[place] for place in everything.places]
    ease = [sum(scores[system][at] for system in systems) for at in range(len(asked))]
    order = sorted(range(len(asked)), key=lambda at: (asked[at].kind, -ease[at]))
    values = [
        {"question": asked[at].id, "kind": asked[at].kind, "system": system, "value": scores[system][at]}
        for at in order
        for system in systems
    ]
    ids = [asked[at].id for at in order]
    opacity = {"field": "value", "type": "quantitative", "title": name}
    encoding = {
        "x": {"field": "question", "type": "nominal", "sort": ids, "axis": None},
        "y": {"field": "system", "type": "nominal", "sort": systems, "title": None},
        "opacity": opacity | {"scale": {"domain": [0, 1], "range": [0.06, 1]}},
        "column": {"field": "kind", "type": "nominal", "title": None},
    }
    spec = {
        "width": {"step": 7},
        "height": {"step": 17},
        "spacing": 8,
        "data": {"values": values},
        "mark": {"type": "rect", "color": OURS},
        "encoding": encoding,
        "resolve": {"scale": {"x": "independent"}},
    }
    return _drawn(spec)


def differences(comparison: Comparison) -> str:
    """B less A with intervals, by group, of the two measures that matter most."""
    shown = [one for one in comparison.differences if one.measure in (NDCG, RECALL) and "," not in one.group]
    groups = list(dict.fromkeys(f"{one.group} ({one.count})" for one in shown))
    values = [
        {
            "group": f"{one.group} ({one.count})",
            "measure": one.measure,
            "mean": one.difference.mean,
            "low": one.difference.low,
            "high": one.difference.high,
            "sign": "B is worse" if one.difference.mean < 0 else "B is better",
        }
        for one in shown
    ]
    y = {"field": "group", "type": "nominal", "sort": groups, "title": None}
    scale = {"domain": ["B is better", "B is worse"], "range": [OURS, WORSE]}
    colour = {"field": "sign", "type": "nominal", "title": None, "scale": scale}
    low = {"field": "low", "type": "quantitative", "title": "B less A"}
    zero = {"mark": {"type": "rule", "color": "currentColor"}, "encoding": {"x": {"datum": 0}}}
    line = {
        "mark": {"type": "rule", "strokeWidth": 2},
        "encoding": {"y": y, "x": low, "x2": {"field": "high"}, "color": colour},
    }
    point = {
        "mark": {"type": "circle", "size": 70, "opacity": 1},
        "encoding": {"y": y, "x": {"field": "mean", "type": "quantitative"}, "color": colour},
    }
    facet = {"column": {"field": "measure", "type": "nominal", "sort": [NDCG, RECALL], "title": None}}
    inner = {"width": 300, "height": {"step": 22}, "layer": [zero, line, point]}
    return _drawn({"data": {"values": values}, "facet": facet, "spec": inner})


def judgement(judged: Sequence[Judged]) -> str:
    """How the answers are spread over each measure, from 0 to 1."""
    values = [
        {"measure": name, "value": value}
        for one in judged
        for name in MEASURES
        if (value := getattr(one, name)) is not None
    ]
    x = {
        "field": "value",
        "type": "quantitative",
        "title": None,
        "bin": {"extent": [0, 1], "step": 0.1},
        "axis": {"format": ".1f"},
    }
    encoding = {
        "x": x,
        "y": {"aggregate": "count", "title": "answers", "axis": {"tickMinStep": 1, "format": "d"}},
        "column": {"field": "measure", "type": "nominal", "sort": list(MEASURES), "title": None},
    }
    mark = {"type": "bar", "color": OURS}
    spec = {"width": 260, "height": 150, "data": {"values": values}, "mark": mark, "encoding": encoding}
    return _drawn(spec)


def _panel(row: Row) -> str:
    return f"{row.group} ({row.count})"


def _family(system: str, systems: Sequence[str]) -> str:
    if system.startswith("baseline"):
        return "baseline"
    return "ours" if system == systems[0] else "a part of it"


def _drawn(spec: Mapping[str, Any]) -> str:
    whole = {**spec, "config": _CONFIG}
    return vl_convert.vegalite_to_svg(whole, vl_version=VERSION, allowed_base_urls=_NOTHING_OUTSIDE)
