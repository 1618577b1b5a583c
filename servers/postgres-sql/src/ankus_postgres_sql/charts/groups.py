"""Values of a column as a few labels in an order that makes sense: categories, ranges, units of time."""

import math
import re
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from ankus_postgres_sql.charts.values import UNITS, Kind, Unit, floor_to, next_of, written

NULL = "NULL"
_WIDEST = 60  # characters of one label
_MONTHS = {
    name: place % 12
    for names in (
        "january february march april may june july august september october november december",
        "январь февраль март апрель май июнь июль август сентябрь октябрь ноябрь декабрь",
        "января февраля марта апреля мая июня июля августа сентября октября ноября декабря",
    )
    for place, name in enumerate(names.split())
}
_DAYS = {
    name: place % 7
    for names in (
        "monday tuesday wednesday thursday friday saturday sunday",
        "понедельник вторник среда четверг пятница суббота воскресенье",
        "пн вт ср чт пт сб вс",
    )
    for place, name in enumerate(names.split())
}
_NUMBER = re.compile(r"-?\d+(?:[.,]\d+)?")


@dataclass(frozen=True)
class Groups:
    """The label of each row, the labels in order, and what to say of what was put together."""

    labels: list[str]
    order: list[str]
    note: str = ""


def grouped(
    values: Sequence[float | str], kind: Kind, most: int, weights: Sequence[float], *, keep_order: bool
) -> Groups:
    """At most about `most` labels for values, which are floats unless `kind` is category.

    Args:
        weights: How much each row counts when the largest categories are chosen and put in order.
        keep_order: Whether the rows' own order is meant, as by ORDER BY.
    """
    if kind == "time":
        return _by_time([float(value) for value in values], most)
    if kind == "number":
        numbers = [float(value) for value in values]
        if len(set(numbers)) > most:
            return _by_range(numbers, most)
        return Groups([plain(value) for value in numbers], [plain(value) for value in sorted(set(numbers))])
    return _by_name([str(value) for value in values], most, weights, keep_order)


def plain(value: float) -> str:
    """A number as people write it: 3, 0.25, 1e+30."""
    return str(int(value)) if value.is_integer() and abs(value) < 1e15 else f"{value:.6g}"


def nice_width(low: float, high: float, most: int, *, whole: bool) -> float:
    """The least width of 1, 2 or 5 times a power of ten with which at most `most` ranges cover the values."""
    span = high - low
    if span <= 0:
        return 1.0
    power = 10.0 ** math.floor(math.log10(span / most))
    width = next(power * step for step in (1, 2, 5, 10, 20, 50) if span / (power * step) <= most - 1)
    return max(width, 1.0) if whole else width


def unit_for(moments: Iterable[float], most: int) -> Unit:
    """The finest unit that tells the moments apart, or a coarser one of which there are at most `most`."""
    found = sorted(set(moments))
    units = list(UNITS)
    while len(units) > 1 and all(floor_to(value, units[1]) == value for value in found):
        units.pop(0)
    for unit in units:
        if _steps(found[0], found[-1], unit, most) is not None:
            return unit
    return "year"


def _by_time(moments: list[float], most: int) -> Groups:
    unit = unit_for(moments, most)
    begins = [floor_to(value, unit) for value in moments]
    steps = _steps(min(begins), max(begins), unit, most) or sorted(set(begins))
    labels = [written(begin, unit) for begin in begins]
    note = f"by {unit}" if any(floor_to(value, unit) != value for value in moments) else ""
    return Groups(labels, [written(step, unit) for step in steps], note)


def _steps(first: float, last: float, unit: Unit, most: int) -> list[float] | None:
    """The begins of all units between two moments; None where they are more than `most`."""
    steps = [floor_to(first, unit)]
    while steps[-1] < floor_to(last, unit):
        if len(steps) >= most:
            return None
        steps.append(next_of(steps[-1], unit))
    return steps


def _by_range(numbers: list[float], most: int) -> Groups:
    width = nice_width(min(numbers), max(numbers), most, whole=all(value.is_integer() for value in numbers))
    places = [math.floor(value / width) for value in numbers]

    def label(place: int) -> str:
        return f"{plain(place * width)}–{plain((place + 1) * width)}"

    order = [label(place) for place in range(min(places), max(places) + 1)]
    return Groups([label(place) for place in places], order, f"in ranges of {plain(width)}")


def _by_name(names: list[str], most: int, weights: Sequence[float], keep_order: bool) -> Groups:
    """Categories: the largest by weight where they are many, and one for the others."""
    shortened = [name if len(name) <= _WIDEST else name[: _WIDEST - 1] + "…" for name in names]
    totals = Counter[str]()
    for name, weight in zip(shortened, weights, strict=True):
        totals[name] += abs(weight)  # type: ignore[assignment]  # typeshed counts in whole numbers
    order = sorted_names(list(dict.fromkeys(shortened)), totals, keep_order)
    if len(order) <= most:
        return Groups(shortened, order)
    largest = {name for name, _ in totals.most_common(most - 1)}
    other = f"other ({len(order) - len(largest)})"
    labels = [name if name in largest else other for name in shortened]
    note = f"the {len(largest)} largest of {len(order)}, the rest as {other!r}"
    return Groups(labels, [name for name in order if name in largest] + [other], note)


def sorted_names(names: list[str], totals: Counter[str], keep_order: bool) -> list[str]:
    """Months and days by the calendar, numbers by size; else as the rows come, or the largest first."""
    known = [name for name in names if name != NULL]
    rest = [NULL] if NULL in names else []
    for calendar in (_MONTHS, _DAYS):
        places = {name: _place(name, calendar) for name in known}
        if known and all(place is not None for place in places.values()):
            return sorted(known, key=lambda name: places[name] or 0) + rest
    numbers = {name: match for name in known if (match := _NUMBER.match(name))}
    if known and len(numbers) == len(known):
        return sorted(known, key=lambda name: (float(numbers[name][0].replace(",", ".")), name)) + rest
    return (known if keep_order else sorted(known, key=lambda name: -totals[name])) + rest


def _place(name: str, calendar: dict[str, int]) -> int | None:
    """Where a name, also shortened to three letters or more, stands in a calendar."""
    folded = name.strip(" .").lower()
    if folded in calendar:
        return calendar[folded]
    if len(folded) < 3:
        return None
    return next((place for full, place in calendar.items() if full.startswith(folded)), None)
