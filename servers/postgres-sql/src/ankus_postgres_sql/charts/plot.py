"""From a kept result to a picture, and to the two or three lines that tell what it shows."""

from dataclasses import replace

import anyio.to_thread

from ankus_postgres_sql.charts.chart import Axis, Chart
from ankus_postgres_sql.charts.draw import MIME, PictureFormat, draw
from ankus_postgres_sql.charts.groups import plain
from ankus_postgres_sql.charts.prepare import prepare
from ankus_postgres_sql.charts.spec import specification
from ankus_postgres_sql.charts.values import unit_name, written
from ankus_postgres_sql.charts.wish import Points, Wish, read_points
from ankus_postgres_sql.database import Database
from ankus_postgres_sql.query import guarded, run_within
from ankus_postgres_sql.results.bind import bind
from ankus_postgres_sql.results.store import LOCAL, Kept, Owner, row_bytes
from ankus_postgres_sql.statement import parse_statement
from ankus_postgres_sql.stream import Limits
from ankus_shared.answers import Answer, Picture
from ankus_shared.errors import AnkusError
from ankus_shared.untrusted import frame

PLOT_ROWS = 200_000
PLOT_BYTES = 48 << 20
"""What is read for a chart, at most, where a result was not kept whole."""


async def plot_result(
    database: Database, name: str, wish: Wish, form: PictureFormat = "png", owner: Owner = LOCAL
) -> Answer:
    """Draw a kept result; where not all of it was kept, its query runs again for more rows.

    Raises:
        ResultExpired: If there is no such result (any more).
        UnknownName: If it has no such column.
        ChartRefused: If it cannot be drawn so; says what can.
        NoRenderer: If drawing fails.
    """
    kept = database.results.get(owner, name)
    async with database.drawing:
        kept, note = await _whole(database, kept, owner)
        found, chart = await anyio.to_thread.run_sync(_charted, kept, wish)
        picture = await draw(specification(chart, wish.title), form)
    structured = {
        "result_id": name,
        "mark": wish.mark,
        "format": form,
        "bytes": len(picture),
        "rows": len(found.points),
        "drawn": len(chart.rows),
        "left_out": dict(found.left_out),
    }
    return Answer(_told(kept, found, chart, note, form), structured, (Picture(picture, MIME[form]),))


def _charted(kept: Kept, wish: Wish) -> tuple[Points, Chart]:
    found = read_points(kept, wish)
    return found, prepare(found)


async def _whole(database: Database, kept: Kept, owner: Owner) -> tuple[Kept, str]:
    """The result with as many rows as a chart may have, and what to say of them."""
    if kept.complete:
        return kept, ""
    try:
        statement = parse_statement(kept.sql)
        bound = await bind(database, statement, owner)
        limits = Limits(rows=PLOT_ROWS, cost=PLOT_BYTES, cost_of=row_bytes)
        async with guarded(database, statement, bound.offset) as connection:
            result = await run_within(database, connection, bound.text, limits, bound.parameters)
    except AnkusError as error:
        return (
            kept,
            f"Only the first {len(kept.rows)} rows of the query: it did not run again ({error.code}).",
        )
    whole = replace(kept, rows=result.rows, complete=not result.stopped_by)
    cut = "" if whole.complete else f", of which the first {len(whole.rows)} rows are drawn"
    return whole, f"The query ran again for rows beyond the kept {len(kept.rows)}{cut}."


def _told(kept: Kept, found: Points, chart: Chart, note: str, form: PictureFormat) -> str:
    """What was drawn, what was left out, and the values that stand out."""
    what = {"barh": "bar"}.get(chart.mark, chart.mark)
    lines = [
        f"{what} chart ({form}) of {kept.name}: {len(found.points)} rows as {len(chart.rows)} marks."
        + (f" {'; '.join(chart.notes)}." if chart.notes else "")
    ]
    if found.left_out:
        left = ", ".join(f"{count} with {why}" for why, count in found.left_out.items())
        lines[0] += f" Left out: {left}."
    gaps = sum(1 for point in found.points if point.y is None)
    if gaps:
        lines[0] += f" {gaps} NULL in y: gaps."
    if note:
        lines.append(note)
    shown = [_axis_line("x", chart.x, chart, "x"), _axis_line("y", chart.y, chart, "y"), _extremes(chart)]
    lines.append(frame("\n".join(line for line in shown if line), "database"))
    return "\n".join(lines)


def _axis_line(role: str, axis: Axis, chart: Chart, key: str) -> str:
    """An axis: its title, and its categories or its range."""
    if axis.order:
        shown = ", ".join(axis.order[:12]) + (", …" if len(axis.order) > 12 else "")
        return f"{role}: {axis.title} ({len(axis.order)}: {shown})" if axis.title else ""
    keys = (key, "x2") if key == "x" else ("y", "low", "high", "beyond")
    values = [row[name] for row in chart.rows for name in keys if row.get(name) is not None]
    return f"{role}: {axis.title} from {_said(axis, min(values))} to {_said(axis, max(values))}"


def _extremes(chart: Chart) -> str:
    """The rows with the highest and the lowest value."""
    key = {"heatmap": "value", "box": "median", "histogram": "count"}.get(chart.mark, "y")
    if chart.mark == "scatter":
        return ""
    rows = [row for row in chart.rows if row.get(key) is not None]
    ends = [max(rows, key=lambda row: row[key]), min(rows, key=lambda row: row[key])]
    said = [
        f"{word}: {_where(chart, row)} = {plain(row[key])}"
        for word, row in zip(("highest", "lowest"), ends, strict=True)
    ]
    return "; ".join(said[: 1 if ends[0] is ends[1] else 2])


def _where(chart: Chart, row: dict[str, object]) -> str:
    parts = [_said(chart.x, row["x"])]
    if chart.mark == "heatmap":
        parts.append(str(row["y"]))
    parts += [str(row[role]) for role in ("color", "facet") if row.get(role)]
    return " / ".join(part for part in parts if part)


def _said(axis: Axis, value: object) -> str:
    if isinstance(value, str):
        return value
    assert isinstance(value, int | float)
    if axis.type == "temporal":
        seconds = value / 1000
        return written(seconds, unit_name(seconds))
    return plain(float(value))
