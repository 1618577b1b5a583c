"""Traces on a terminal: tables, and the timeline of one run."""

import json
from collections.abc import Sequence
from datetime import datetime
from typing import Any

from rich.cells import cell_len
from rich.console import Console
from rich.table import Table
from rich.text import Text

from ankus_runner.traces.names import REASON
from ankus_runner.traces.reading import Row, depths

BAR = 16
"""Characters of the timeline."""
WORDS = ("Span", "What", "Question")
"""Columns that are cut where there is too little room, down to `SHORTEST`."""
SHORTEST = 8
GAP = 2
"""Blanks between two columns."""


def print_list(console: Console, traces: Sequence[Row]) -> None:
    """A line a run."""
    drawn = table("Trace", "Began", "Profile", "Status", ">Steps", ">Tokens", ">Cost", ">Seconds", "Question")
    for trace in traces:
        drawn.add_row(
            trace["trace_id"][:12],
            f"{trace['started_at'].astimezone():%Y-%m-%d %H:%M:%S}",
            plain(trace["profile"]),
            _status(trace),
            str(trace["steps"]),
            _tokens(trace),
            _number(trace["cost"], 4),
            _number(trace["seconds"], 1),
            plain(shortened(trace["question"], 60)),
        )
    console.print(_firm(drawn, console) if traces else "There are no such traces.")


def print_trace(console: Console, trace: Row, spans: Sequence[Row], *, payloads: bool) -> None:
    """One run: what it was, then its spans as a timeline."""
    began = f"{trace['started_at'].astimezone():%Y-%m-%d %H:%M:%S}"
    about = f"{trace['trace_id']} · {trace['profile']} · {trace['model']} · {began}"
    console.print(plain(about), style="bold", soft_wrap=True)
    cost = f" · cost {_number(trace['cost'], 6)}" if trace["cost"] is not None else ""
    sums = (
        f"{trace['steps']} steps · {trace['model_calls']} model calls · {trace['tool_calls']} tool calls · "
        f"{_tokens(trace)} tokens{cost} · first token after {_number(trace['first_token_seconds'], 2)} s · "
        f"{_number(trace['seconds'], 2)} s"
    )
    console.print(_status(trace), plain(sums), soft_wrap=True)
    drawn = table("Span", "Time", ">At", ">Seconds", ">Tokens", ">First", "What")
    start, whole = trace["started_at"], max(trace["seconds"] or 0.0, _end(spans, trace["started_at"]))
    deep = depths(spans)
    for span in spans:
        drawn.add_row(*_line(span, start, whole, deep[span["span_id"]]))
    console.print(_firm(drawn, console))
    if payloads:
        _print_payloads(console, spans)


def print_sums(console: Console, sums: dict[str, list[Row]]) -> None:
    """The sums by profile and model, then by tool."""
    columns = (">Runs", ">Answered", ">Steps", ">Tokens", ">Cost", ">Median s", ">p95 s", ">First token s")
    runs = table("Profile", "Model", *columns)
    for row in sums["runs"]:
        answered = f"{row['answered']} ({row['answered'] / row['runs']:.0%})"
        numbers = (row["seconds_median"], row["seconds_p95"], row["first_token_median"])
        runs.add_row(
            plain(row["profile"]),
            plain(row["model"]),
            str(row["runs"]),
            answered,
            _number(row["steps"], 1),
            _tokens(row),
            _number(row["cost"], 4),
            *(_number(number, 2) for number in numbers),
        )
    tools = table("Tool", ">Calls", ">Failed", ">Median s", ">p95 s")
    for row in sums["tools"]:
        seconds = (_number(row["seconds_median"], 3), _number(row["seconds_p95"], 3))
        tools.add_row(plain(row["tool"]), str(row["calls"]), str(row["failed"]), *seconds)
    console.print(_firm(runs, console) if sums["runs"] else "There are no traces.")
    if sums["tools"]:
        console.print(Text(), _firm(tools, console))


def _line(span: Row, start: datetime, whole: float, depth: int) -> tuple[str | Text, ...]:
    at = (span["started_at"] - start).total_seconds()
    failed = span["status"] not in ("ok", "running")
    return (
        Text("  " * depth + span["name"], style="red" if failed else ""),
        _bar(at, span["seconds"], whole),
        f"{at:.2f}",
        _number(span["seconds"], 2),
        _tokens(span) if span["prompt_tokens"] is not None else "",
        _number(span["first_token_seconds"], 2),
        plain(shortened(_what(span), 60)),
    )


def _bar(at: float, seconds: float, whole: float) -> str:
    """Where in the run a span lies; what came before the run lies at its beginning."""
    if whole <= 0:
        return ""
    first = min(max(int(at / whole * BAR), 0), BAR - 1)
    last = min(max(int((at + seconds) / whole * BAR), first), BAR - 1)
    return "·" * first + ("▏" if not seconds else "█" * (last - first + 1))


def _what(span: Row) -> str:
    reason = span["attrs"].get(REASON)
    if reason:
        return str(reason)
    if span["kind"] == "model":
        return str(span["output"] or span["error"])
    return _text(span["input"]) if span["input"] is not None else str(span["error"])


def _print_payloads(console: Console, spans: Sequence[Row]) -> None:
    for span in spans:
        for side in ("input", "output"):
            if span[side] is not None:
                console.print(f"\n── {span['span_id']} ", plain(span["name"]), f" {side}", style="dim")
                console.print(plain(_text(span[side])), soft_wrap=True)


def _text(value: Any) -> str:
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)


def _end(spans: Sequence[Row], start: datetime) -> float:
    """When the last span ended, for a run that never did."""
    ends = ((span["started_at"] - start).total_seconds() + span["seconds"] for span in spans)
    return max(ends, default=0.0)


def table(*columns: str) -> Table:
    """A plain table; a column whose name begins with > is of numbers."""
    drawn = Table(box=None, pad_edge=False)
    for column in columns:
        drawn.add_column(
            column.removeprefix(">"), justify="right" if column[0:1] == ">" else "left", no_wrap=True
        )
    return drawn


def _firm(table: Table, console: Console) -> Table:
    """The table with numbers, times and ids that stay whole: where the terminal is narrow, words are cut."""
    words = [column for column in table.columns if column.header in WORDS]
    room = console.width - GAP * (len(table.columns) - 1)
    for column in table.columns:
        if column not in words:
            column.min_width = max(cell_len(str(cell)) for cell in (column.header, *column.cells))
            room -= column.min_width
    for column in words:
        column.max_width = max(room // len(words), SHORTEST)
    return table


def plain(text: Any) -> Text:
    """Text as it is: what a model wrote is no markup, and moves no cursor."""
    return Text("".join(c for c in str(text) if c.isprintable() or c == "\n"))


def shortened(text: Any, length: int) -> str:
    """The beginning of a text as one line."""
    words = " ".join(str(text if text is not None else "").split())
    return words if len(words) <= length else f"{words[: length - 1]}…"


def _status(trace: Row) -> Text:
    colours = {"ok": "green", "error": "red", "cancelled": "yellow"}
    return Text(trace["error"] or trace["status"], style=colours.get(trace["status"], ""))


def _tokens(row: Row) -> str:
    return f"{row['prompt_tokens']}/{row['cached_tokens']}/{row['completion_tokens']}"


def _number(value: float | None, digits: int) -> str:
    return "" if value is None else f"{value:.{digits}f}"
