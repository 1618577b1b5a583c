"""What is asked for, checked against the columns of a result, and the points that it gives."""

from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Literal, NamedTuple

from ankus_postgres_sql.charts.errors import ChartRefused
from ankus_postgres_sql.charts.groups import NULL
from ankus_postgres_sql.charts.values import Kind, kind_of, moment, number
from ankus_postgres_sql.results.page import place_of
from ankus_postgres_sql.results.store import Kept

Mark = Literal["bar", "line", "area", "scatter", "histogram", "box", "heatmap"]
Aggregate = Literal["", "count", "sum", "mean", "median", "min", "max"]
Value = float | str | None


@dataclass(frozen=True, kw_only=True)
class Wish:
    """A chart that is asked for; columns by name, empty where there is none."""

    mark: Mark
    x: str = ""
    y: str = ""
    color: str = ""
    facet: str = ""
    aggregate: Aggregate = ""
    title: str = ""


class Point(NamedTuple):
    """One row; what has no column is 0 for x and y, and empty for the others."""

    x: Value
    y: Value
    color: Value
    facet: Value


@dataclass
class Points:
    """The rows that can be drawn, the kinds of their values, and how many rows were left out, and why."""

    wish: Wish
    kinds: dict[str, Kind]
    points: list[Point] = field(default_factory=list)
    left_out: Counter[str] = field(default_factory=Counter)
    ordered: bool = False

    def numbers(self, role: str) -> list[float]:
        """The values of x or y, which are numbers or moments."""
        return [float(getattr(point, role)) for point in self.points if getattr(point, role) is not None]


def read_points(kept: Kept, wish: Wish) -> Points:
    """The points of a result.

    Raises:
        UnknownName: If there is no such column; names the nearest.
        ChartRefused: If the columns cannot be drawn so, or nothing is left to draw.
    """
    roles = {role: name for role in ("x", "y", "color", "facet") if (name := getattr(wish, role))}
    places = {role: place_of(kept, name) for role, name in roles.items()}
    kinds = {role: kind_of(kept.columns[place].type[0]) for role, place in places.items()}
    kinds |= dict.fromkeys({"color", "facet"} & kinds.keys() - _value_roles(wish), "category")
    _check(wish, kinds)
    found = Points(wish, kinds, ordered=kept.ordered)
    for row in kept.rows:
        values = {role: _value(row[place], kinds[role]) for role, place in places.items()}
        if why := _unusable(wish, values, {role: row[places[role]] for role in places}, kinds):
            found.left_out[why] += 1
        else:
            found.points.append(Point(*(values.get(role, _ABSENT[role]) for role in Point._fields)))
    if not any(point.y is not None for point in found.points):
        why = "; ".join(f"{count} with {what}" for what, count in found.left_out.items())
        raise ChartRefused(
            f"{kept.name} has no rows that can be drawn{f': {why}' if why else ''}.",
            hint="Draw other columns, or run a query that finds rows.",
            code="empty_result",
        )
    return found


_ABSENT: dict[str, Value] = {"x": 0.0, "y": 0.0, "color": "", "facet": ""}
_READERS: dict[Kind, Callable[[bytes], Value]] = {
    "number": number,
    "time": moment,
    "category": lambda value: value.decode("utf-8", "replace"),
}


def _value_roles(wish: Wish) -> set[str]:
    return {"color"} if wish.mark == "heatmap" else set()


def _value(value: bytes | None, kind: Kind) -> Value:
    if value is None:
        return NULL if kind == "category" else None
    return _READERS[kind](value)


def _unusable(
    wish: Wish, values: dict[str, Value], raw: dict[str, bytes | None], kinds: dict[str, Kind]
) -> str:
    """Why a row cannot be drawn; a NULL in y is a gap in a line."""
    for role, value in values.items():
        gap = role == "y" and raw[role] is None and wish.mark in ("line", "area")
        if value is None and not gap:
            what = (
                "NULL" if raw[role] is None else "NaN or infinity" if kinds[role] == "number" else "infinity"
            )
            return f"{what} in {getattr(wish, role)}"
    return ""


def _check(wish: Wish, kinds: dict[str, Kind]) -> None:
    """Refuse what makes no chart, with what would."""
    if "x" not in kinds and wish.mark != "box":
        raise ChartRefused(f"A {wish.mark} chart needs x.", hint="Name a column for x.")
    if wish.mark == "heatmap":
        _check_heatmap(wish, kinds)
        return
    if wish.mark == "histogram":
        if "y" in kinds:
            raise ChartRefused(
                "A histogram counts the rows by x and has no y.", hint="Leave y out, or use mark=bar."
            )
        return
    needs_y = wish.mark in ("scatter", "box")
    if needs_y and "y" not in kinds and not (wish.mark == "box" and kinds.get("x") == "number"):
        raise ChartRefused(f"A {wish.mark} chart needs a number as y.", hint="Name a column for y.")
    if "y" in kinds and kinds["y"] != "number" and wish.aggregate != "count":
        if wish.mark == "bar" and kinds["x"] == "number":
            return  # lies on its side
        raise ChartRefused(
            f"y must be a number; {wish.y} is {'a time' if kinds['y'] == 'time' else 'text'}.",
            hint="Use mark=heatmap for how often two texts meet, or aggregate=count to count rows.",
            code="text_against_text" if kinds.get("x") == "category" else "chart_refused",
        )


def _check_heatmap(wish: Wish, kinds: dict[str, Kind]) -> None:
    if "y" not in kinds:
        raise ChartRefused("A heat map needs x and y.", hint="Name a column for y; color holds the values.")
    if "color" in kinds and kinds["color"] != "number" and wish.aggregate != "count":
        raise ChartRefused(
            f"The color of a heat map must be a number; {wish.color} is not.",
            hint="Leave color out to count rows, or name a number.",
        )
