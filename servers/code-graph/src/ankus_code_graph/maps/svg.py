"""A laid out map as SVG text; everything that comes from the tree is escaped."""

import math
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from itertools import pairwise
from xml.sax.saxutils import escape, quoteattr

from ankus_code_graph.maps.layout import Arrow, Box, Layout

FONT = "Liberation Sans, Arial, sans-serif"
NAME_SIZE, DETAIL_SIZE, TITLE_SIZE = 14.0, 11.0, 18.0
MARGIN, HEAD, FOOT = 28.0, 58.0, 40.0
INK, GREY, DOWN, BACK = "#1f2933", "#66727f", "#5b7fa6", "#d1495b"
_FILLS = ("#e3eefb", "#e6f4ea", "#fdf1dc", "#f3e8fb", "#fde7e9", "#e0f4f4", "#f1f1e4", "#ece9f7")
_STROKES = ("#4a7bb5", "#4c9a63", "#c48a2a", "#8d5fb3", "#c05f6a", "#3d9797", "#8c8c55", "#6f64ad")
_ASIDE = 14.0
_OUTSIDE = ("#f5f6f7", "#9aa5b1")


@dataclass(frozen=True)
class Label:
    """What stands in a box: two lines, and the group whose colour it has (-1: outside of the part)."""

    name: str
    detail: str
    group: int


def draw_svg(layout: Layout, labels: Mapping[str, Label], title: str, note: str) -> str:
    """The map: arrows below, boxes above them, a title, and a legend."""
    width, height = layout.width + 2 * MARGIN, layout.height + HEAD + FOOT + MARGIN
    heaviest = max((arrow.weight for arrow in layout.arrows), default=1.0)
    arrows = [_arrow(arrow, layout, heaviest) for arrow in sorted(layout.arrows, key=lambda a: a.weight)]
    boxes = [_box(box, labels[box.name]) for box in layout.boxes]
    return "".join(
        [
            f'<svg xmlns="http://www.w3.org/2000/svg" width="{width:.0f}" height="{height:.0f}" '
            f'viewBox="0 0 {width:.0f} {height:.0f}" font-family={quoteattr(FONT)}>',
            f'<rect width="100%" height="100%" fill="#ffffff"/>{_text(MARGIN, 34, title, TITLE_SIZE, INK)}',
            f'<g transform="translate({MARGIN:.0f},{HEAD:.0f})">',
            *arrows,
            *boxes,
            "</g>",
            _legend(height - FOOT / 2, note),
            "</svg>",
        ]
    )


def _box(box: Box, label: Label) -> str:
    fill, stroke = _OUTSIDE if label.group < 0 else (_FILLS[label.group % 8], _STROKES[label.group % 8])
    dashes = ' stroke-dasharray="4 3"' if label.group < 0 else ""
    left, top = box.x - box.width / 2, box.y - box.height / 2
    return (
        f"<g><title>{_safe(box.name)}</title>"
        f'<rect x="{left:.1f}" y="{top:.1f}" width="{box.width:.1f}" height="{box.height:.1f}" rx="7" '
        f'fill="{fill}" stroke="{stroke}" stroke-width="1.4"{dashes}/>'
        + _text(box.x, box.y - 2, label.name, NAME_SIZE, INK, "middle", bold=True)
        + _text(box.x, box.y + 14, label.detail, DETAIL_SIZE, GREY, "middle")
        + "</g>"
    )


def _arrow(arrow: Arrow, layout: Layout, heaviest: float) -> str:
    """A smooth line through the arrow's points, from the edge of its first box to that of its last."""
    share = math.sqrt(arrow.weight / heaviest)
    colour, thick = (BACK if arrow.backward else DOWN), 0.9 + 4.6 * share
    boxes = {box.name: box for box in layout.boxes}
    points = list(arrow.points)
    way = 1 if points[-1][1] > points[0][1] else -1
    start, end = boxes[arrow.start], boxes[arrow.end]
    head = 7 + 5 * share
    aside = _ASIDE if arrow.backward else 0.0  # or it would lie on the arrow that it answers
    first, last = _side(start, points[1][0]) + aside, _side(end, points[-2][0]) + aside
    tip = last, end.y - way * end.height / 2
    points[0], points[-1] = (first, points[0][1]), (last, points[-1][1] - way * head * 0.8)
    points = [(first, start.y + way * start.height / 2), *points, (last, tip[1] - way * head * 0.8)]
    dashes = ' stroke-dasharray="7 4"' if arrow.backward else ""
    return (
        f'<path d="{" ".join(_curve(points))}" fill="none" stroke="{colour}" stroke-width="{thick:.1f}" '
        f'stroke-opacity="{0.45 + 0.35 * share:.2f}"{dashes}>'
        f"<title>{_safe(f'{arrow.start} -> {arrow.end}')}</title></path>"
        f'<path d="M{tip[0]:.1f},{tip[1]:.1f} l{-head / 2:.1f},{-way * head:.1f} h{head:.1f} z" '
        f'fill="{colour}" fill-opacity="0.9"/>'
    )


def _side(box: Box, toward: float) -> float:
    """The x at which an arrow meets a box: towards its next point."""
    reach = box.width * 0.36
    return box.x + max(-reach, min(reach, (toward - box.x) * 0.35))


def _curve(points: list[tuple[float, float]]) -> Iterator[str]:
    yield f"M{points[0][0]:.1f},{points[0][1]:.1f}"
    for (x, y), (to_x, to_y) in pairwise(points):
        middle = (y + to_y) / 2
        yield f"C{x:.1f},{middle:.1f} {to_x:.1f},{middle:.1f} {to_x:.1f},{to_y:.1f}"


def _legend(y: float, note: str) -> str:
    line = '<path d="M{0:.0f},{1:.0f} h34" stroke="{2}" stroke-width="3" fill="none"{3}/>'
    dashes = ' stroke-dasharray="7 4"'
    return (
        line.format(MARGIN, y - 4, DOWN, "")
        + _text(MARGIN + 42, y, "uses, as most do", DETAIL_SIZE, GREY)
        + line.format(MARGIN + 150, y - 4, BACK, dashes)
        + _text(MARGIN + 192, y, "against the layers", DETAIL_SIZE, GREY)
        + _text(MARGIN + 310, y, note, DETAIL_SIZE, GREY)
    )


def _text(
    x: float, y: float, text: str, size: float, colour: str, anchor: str = "start", *, bold: bool = False
) -> str:
    weight = ' font-weight="bold"' if bold else ""
    return (
        f'<text x="{x:.1f}" y="{y:.1f}" font-size="{size:.0f}" fill="{colour}" '
        f'text-anchor="{anchor}"{weight}>{_safe(text)}</text>'
    )


def _safe(text: str) -> str:
    """Text inside of an element: what XML cannot hold is shown as a question mark."""
    return escape("".join(char if char.isprintable() else "?" for char in text))
