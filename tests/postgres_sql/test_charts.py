"""Charts show what the rows hold: every mark, Cyrillic, dates, NULLs, many points; and say what they show."""

import random
import struct
import xml.etree.ElementTree as ET
import zlib
from collections import Counter
from collections.abc import Sequence
from datetime import date, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ankus_postgres_sql.charts.chart import Chart
from ankus_postgres_sql.charts.groups import grouped, nice_width, plain, sorted_names
from ankus_postgres_sql.charts.plot import plot_result
from ankus_postgres_sql.charts.prepare import prepare
from ankus_postgres_sql.charts.shapes import box_of
from ankus_postgres_sql.charts.values import UNITS, date_of, days_of, floor_to, moment, next_of, number
from ankus_postgres_sql.charts.wish import Wish, read_points
from ankus_postgres_sql.database import Database
from ankus_postgres_sql.query import run_query
from ankus_postgres_sql.results.store import Kept
from ankus_postgres_sql.stream import Column
from ankus_shared.answers import Answer
from ankus_shared.errors import AnkusError
from tests.fixtures.db import Clone
from tests.postgres_sql.conftest import Open

SALES = """
    SELECT (ARRAY['Январь','Февраль','Март','Апрель'])[1 + g % 4] AS "Месяц",
           (ARRAY['Москва','Щёлково'])[1 + g % 2] AS "Город",
           date '2024-01-01' + g AS "День", (g * 37 % 101)::numeric AS "Сумма", g AS n
      FROM generate_series(0, 199) g
"""
MARKS = [
    (
        Wish(mark="bar", x="Месяц", y="Сумма", color="Город"),
        ["Январь", "Апрель", "Щёлково", "sum of Сумма"],
        4,
    ),
    (Wish(mark="line", x="День", y="Сумма", color="Город"), ["День", "Москва", "2024-05"], 2),
    (Wish(mark="area", x="День", y="Сумма", color="Город"), ["2024-03", "Город"], 4),
    (Wish(mark="scatter", x="n", y="Сумма", color="Город", title="Точки"), ["Точки", "Москва"], 200),
    (Wish(mark="histogram", x="Сумма"), ["count of rows", "Сумма"], 21),
    (Wish(mark="box", x="Город", y="Сумма"), ["Москва", "Щёлково", "Сумма"], 2),
    (Wish(mark="heatmap", x="Месяц", y="Город", color="Сумма"), ["Февраль", "Щёлково"], 4),
    (Wish(mark="bar", x="Месяц", y="Сумма", facet="Город"), ["Москва", "Щёлково"], 4),
]


@pytest.mark.parametrize(("wish", "texts", "marks"), MARKS, ids=lambda value: getattr(value, "mark", None))
async def test_each_mark_is_drawn_with_cyrillic_labels(
    database: Database, wish: Wish, texts: list[str], marks: int
) -> None:
    await run_query(database, SALES)
    answer = await plot_result(database, "r1", wish, "svg")
    root = ET.fromstring(image_of(answer, "image/svg+xml"))
    drawn = [element.text for element in root.iter() if element.tag.endswith("}text")]
    assert set(texts) <= set(drawn)
    groups = [e for e in root.iter() if "role-mark" in e.get("class", "")]
    shapes = Counter(child.tag.rpartition("}")[2] for group in groups for child in group)
    assert shapes["path"] >= marks
    assert answer.text.count("\n") <= 6


async def test_a_png_has_the_right_size_is_small_and_is_not_blank(database: Database) -> None:
    await run_query(database, SALES)
    answer = await plot_result(database, "r1", Wish(mark="bar", x="Месяц", y="Сумма", title="По месяцам"))
    png = image_of(answer, "image/png")
    width, height, colors = pixels_of(png)
    assert (width, height) == (1050, 600)
    assert len(png) < 150_000
    total = sum(colors.values())
    assert colors[bytes.fromhex("ffffffff")] < 0.95 * total
    assert colors[bytes.fromhex("4c78a8ff")] > 0.1 * total


async def test_a_chart_of_many_rows_draws_few_marks_and_reads_what_was_not_kept(
    clone: Clone, open_clone: Open
) -> None:
    small = await open_clone(clone, result_rows=100)
    await run_query(small, "SELECT g AS x, g % 1000 AS y FROM generate_series(1, 30000) g")
    answer = await plot_result(small, "r1", Wish(mark="scatter", x="x", y="y"))
    assert answer.structured["rows"] == 30_000
    assert answer.structured["drawn"] <= 1000
    assert "The query ran again for rows beyond the kept 100." in answer.text


@pytest.mark.parametrize(
    ("wish", "code", "said"),
    [
        (Wish(mark="line", x="Месяц", y="Город"), "text_against_text", "mark=heatmap"),
        (Wish(mark="bar", x="Месяц", y="Город"), "text_against_text", "aggregate=count"),
        (Wish(mark="bar", x="Месец", y="Сумма"), "undefined_column", "Месяц"),
        (Wish(mark="scatter", x="n"), "chart_refused", "Name a column for y"),
        (Wish(mark="heatmap", x="n"), "chart_refused", "color holds the values"),
        (Wish(mark="heatmap", x="n", y="Месяц", color="Город"), "chart_refused", "Leave color out"),
        (Wish(mark="histogram", x="n", y="Сумма"), "chart_refused", "Leave y out"),
        (Wish(mark="bar"), "chart_refused", "Name a column for x"),
    ],
)
async def test_what_makes_no_chart_is_refused_with_what_would(
    database: Database, wish: Wish, code: str, said: str
) -> None:
    await run_query(database, SALES)
    with pytest.raises(AnkusError) as caught:
        await plot_result(database, "r1", wish)
    assert caught.value.code == code
    assert said in caught.value.hint


@pytest.mark.parametrize("query", ["SELECT 1 AS x, 2 AS y WHERE false", "SELECT 1 AS x, 'NaN'::float8 AS y"])
async def test_a_result_without_rows_to_draw_is_refused(database: Database, query: str) -> None:
    await run_query(database, query)
    with pytest.raises(AnkusError) as caught:
        await plot_result(database, "r1", Wish(mark="bar", x="x", y="y"))
    assert caught.value.code == "empty_result"


async def test_an_unknown_result_is_called_expired(database: Database) -> None:
    with pytest.raises(AnkusError) as caught:
        await plot_result(database, "r9", Wish(mark="bar", x="x"))
    assert caught.value.code == "result_expired"


def test_values_that_no_axis_has_are_left_out_and_counted() -> None:
    rows = [("2024-01-01", "1"), ("infinity", "2"), (None, "3"), ("2024-01-02", "NaN"), ("2024-01-03", None)]
    found = read_points(kept([("d", 1082), ("v", 1700)], rows), Wish(mark="line", x="d", y="v"))
    assert found.left_out == {"infinity in d": 1, "NULL in d": 1, "NaN or infinity in v": 1}
    assert [row["y"] for row in prepare(found).rows] == [1.0, None]


def test_many_categories_become_the_largest_and_others() -> None:
    rows = [(f"c{place}", str(place)) for place in range(100)]
    chart = charted([("c", 25), ("v", 23)], rows, Wish(mark="bar", x="c", y="v"))
    values = {row["x"]: row["y"] for row in chart.rows}
    assert len(values) == 30
    assert values["other (71)"] == sum(range(71))
    assert "c the 29 largest of 100, the rest as 'other (71)'" in chart.notes


@pytest.mark.parametrize(
    ("names", "order"),
    [
        (["March", "january", "NULL", "May"], ["january", "March", "May", "NULL"]),
        (["Пт", "Пн", "Вс"], ["Пн", "Пт", "Вс"]),
        (["10-20", "2-10", "100+"], ["2-10", "10-20", "100+"]),
        (["мар", "янв", "фев"], ["янв", "фев", "мар"]),
        (["b", "c", "a"], ["c", "a", "b"]),
    ],
)
def test_categories_stand_in_the_order_that_people_expect(names: list[str], order: list[str]) -> None:
    totals = Counter({"c": 3, "a": 2, "b": 1})
    assert sorted_names(names, totals, keep_order=False) == order


@pytest.mark.parametrize("name", ["sum", "mean", "median", "min", "max", "count"])
def test_an_aggregate_is_what_its_name_says(name: Any) -> None:
    rows = [("a", "1"), ("a", "2"), ("a", "9"), ("b", "5")]
    chart = charted([("c", 25), ("v", 23)], rows, Wish(mark="bar", x="c", y="v", aggregate=name))
    wanted = {"sum": 12, "mean": 4, "median": 2, "min": 1, "max": 9, "count": 3}
    assert {row["x"]: row["y"] for row in chart.rows} == {"a": wanted[name], "b": 1 if name == "count" else 5}


def test_a_number_against_names_lies_on_its_side() -> None:
    chart = charted([("v", 23), ("c", 25)], [("3", "a"), ("4", "b")], Wish(mark="bar", x="v", y="c"))
    assert chart.mark == "barh"
    assert {row["x"]: row["y"] for row in chart.rows} == {"a": 3, "b": 4}


def test_a_missing_month_has_its_place_among_bars() -> None:
    rows = [("2024-01-15", "1"), ("2024-02-03", "2"), ("2024-12-31", "4")]
    rows += [(f"2024-01-{day:02}", "0") for day in range(1, 3)]
    chart = charted([("d", 1082), ("v", 23)], rows, Wish(mark="bar", x="d", y="v"))
    assert chart.x.order == tuple(f"2024-{month:02}" for month in range(1, 13))


@given(st.dates())
def test_days_are_counted_as_the_calendar_counts_them(day: date) -> None:
    days = (day - date(1970, 1, 1)).days
    assert days_of(day.year, day.month, day.day) == days
    assert date_of(days) == (day.year, day.month, day.day)
    assert moment(day.isoformat().encode()) == days * 86400


@given(st.floats(-1e11, 1e11), st.sampled_from(UNITS))
def test_a_moment_is_in_the_unit_that_begins_before_it(seconds: float, unit: Any) -> None:
    begin = floor_to(seconds, unit)
    assert begin <= seconds < next_of(begin, unit)
    assert floor_to(begin, unit) == begin


@pytest.mark.parametrize(
    ("text", "seconds"),
    [
        (b"2024-05-01 10:00:00.5+03", 1714557600.5),
        (b"0001-12-31 BC", -62135596800.0 - 86400),
        (b"12024-01-01 00:00:00", 317273587200.0),
        (b"infinity", None),
        (b"-infinity", None),
        (b"294276-12-31 23:59:59", None),
    ],
)
def test_moments_are_read_by_the_clock_that_they_show(text: bytes, seconds: float | None) -> None:
    assert moment(text) == seconds


@given(st.lists(st.floats(-1e9, 1e9), min_size=1, max_size=50), st.integers(5, 40))
def test_ranges_cover_every_number_and_are_not_too_many(numbers: list[float], most: int) -> None:
    groups = grouped(numbers, "number", most, [1.0] * len(numbers), keep_order=False)
    assert set(groups.labels) <= set(groups.order)
    assert len(groups.order) <= most + 1


@given(st.floats(-1e6, 1e6), st.floats(1e-3, 1e6), st.integers(5, 40))
def test_a_width_is_the_least_nice_one(low: float, span: float, most: int) -> None:
    width = nice_width(low, low + span, most, whole=False)
    assert float(f"{width:.0e}"[0]) in (1, 2, 5)
    assert (low + span - low) / width <= most


@given(st.lists(st.integers(-1000, 1000), min_size=1, max_size=60))
def test_a_box_holds_the_middle_half_and_every_value_is_inside_or_beyond(numbers: list[int]) -> None:
    box, *beyond = box_of([float(value) for value in numbers])
    assert box["low"] <= box["q1"] <= box["median"] <= box["q3"] <= box["high"] or len(beyond) > 0
    inside = sum(box["low"] <= value <= box["high"] for value in numbers)
    assert inside + len(beyond) + box["hidden"] == len(numbers)


@given(st.integers(-(10**14), 10**14))
def test_whole_numbers_are_written_whole(value: int) -> None:
    assert plain(float(value)) == str(value)


def test_numbers_of_any_size_are_read_and_what_is_none_is_not() -> None:
    assert number(b"9223372036854775807") == float(2**63)
    assert [number(text) for text in (b"NaN", b"-Infinity", b"1" + b"0" * 400)] == [None] * 3


def test_a_line_of_100_000_points_keeps_its_mean_in_few_steps() -> None:
    generator = random.Random(1)
    start = date(2000, 1, 1)
    rows = [
        ((start + timedelta(days=generator.randrange(9000))).isoformat(), str(generator.randrange(100)))
        for _ in range(100_000)
    ]
    wish = Wish(mark="line", x="d", y="v", aggregate="mean")
    chart = charted([("d", 1082), ("v", 23)], rows, wish)
    assert len(chart.rows) <= 400
    assert all(row["y"] is not None and 40 < row["y"] < 60 for row in chart.rows)


def kept(columns: list[tuple[str, int]], rows: Sequence[tuple[str | None, ...]]) -> Kept:
    """A result of those columns (name, oid) and rows."""
    encoded = [tuple(None if value is None else value.encode() for value in row) for row in rows]
    return Kept(
        "r1", "", [Column(name, (oid, -1)) for name, oid in columns], ["?"] * len(columns), encoded, True
    )


def charted(columns: list[tuple[str, int]], rows: list[Any], wish: Wish) -> Chart:
    """The chart of such a result."""
    return prepare(read_points(kept(columns, rows), wish))


def image_of(answer: Answer, mime: str) -> bytes:
    """The one picture of an answer."""
    (picture,) = answer.pictures
    assert picture.media_type == mime
    return picture.data


def pixels_of(png: bytes) -> tuple[int, int, Counter[bytes]]:
    """Width, height, and how often each RGBA occurs in the upper part (PNG specification, 9 Filtering)."""
    width, height, depth, kind = struct.unpack_from(">IIBB", png, 16)
    assert (depth, kind) == (8, 6)
    data, place = b"", 8
    while place < len(png):
        (length,) = struct.unpack_from(">I", png, place)
        if png[place + 4 : place + 8] == b"IDAT":
            data += png[place + 8 : place + 8 + length]
        place += 12 + length
    return width, height, _colors(zlib.decompress(data), width * 4)


def _colors(raw: bytes, stride: int) -> Counter[bytes]:
    colors, above = Counter[bytes](), bytearray(stride)
    for start in range(0, 250 * (stride + 1), stride + 1):
        line = bytearray(raw[start + 1 : start + 1 + stride])
        _unfilter(raw[start], line, above)
        colors.update(bytes(line[place : place + 4]) for place in range(0, stride, 4))
        above = line
    return colors


def _unfilter(kind: int, line: bytearray, above: bytearray) -> None:
    for place in range(len(line) if kind else 0):
        left = line[place - 4] if place >= 4 else 0
        corner = above[place - 4] if place >= 4 else 0
        line[place] = (line[place] + _predicted(kind, left, above[place], corner)) & 255


def _predicted(kind: int, left: int, up: int, corner: int) -> int:
    if kind == 4:
        guess = left + up - corner
        return min((left, up, corner), key=lambda value: abs(guess - value))
    return {1: left, 2: up, 3: (left + up) // 2}[kind]
