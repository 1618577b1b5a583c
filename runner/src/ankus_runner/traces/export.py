"""Traces as JSON lines, one a run: what it was and its spans, with their payloads while those are kept."""

import json
from collections.abc import Iterable, Iterator
from datetime import date, datetime
from typing import IO, Any

from ankus_runner.traces.reading import Row, Wanted, list_traces, spans_of
from ankus_runner.traces.store import Connection


def exported(connection: Connection, wanted: Wanted) -> Iterator[Row]:
    """The runs that are wanted, each with its spans; one at a time."""
    for trace in list_traces(connection, wanted):
        yield {**trace, "spans": spans_of(connection, trace["trace_id"], wanted.user)}


def write_lines(traces: Iterable[Row], file: IO[str]) -> int:
    """Write a line a run; how many there were."""
    count = 0
    for count, trace in enumerate(traces, start=1):  # noqa: B007 - the last number is the count
        file.write(as_json(trace) + "\n")
    return count


def as_json(value: Any) -> str:
    """JSON in one line, with times as ISO 8601."""
    return json.dumps(value, ensure_ascii=False, default=_plain)


def _plain(value: Any) -> str:
    if isinstance(value, datetime | date):
        return value.isoformat()
    raise TypeError(type(value).__name__)
