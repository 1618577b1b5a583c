"""Traces over HTTP: the caller's own runs, and of one run what happened when, and what it cost."""

import threading
from collections.abc import Awaitable, Callable
from contextlib import ExitStack
from datetime import datetime
from typing import Any, Protocol, TypeVar

import anyio
import psycopg
from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from ankus_runner.events import Listener
from ankus_runner.serve.errors import NoSuchThingError
from ankus_runner.serve.keys import Key
from ankus_runner.traces.metrics import RunMetrics
from ankus_runner.traces.names import REASON
from ankus_runner.traces.reading import Row, Wanted, depths, find_trace, list_traces, spans_of
from ankus_runner.traces.record import Recorder
from ankus_runner.traces.span import Record
from ankus_runner.traces.store import Connection, connected
from ankus_runner.traces.writer import Writer
from ankus_shared.postgres import DatabaseUnavailable
from ankus_shared.untrusted import without_frames

T = TypeVar("T")
Handler = Callable[[Request, Key], Awaitable[Response]]
MOST_LISTED = 100


class Reader(Protocol):
    """Where traces are read."""

    async def read(self, work: Callable[[Connection], T]) -> T:
        """What `work` finds."""


class TraceReader:
    """One connection to the store of traces, opened when it is first needed, in threads of their own.

    Args:
        url: The database; None is the embedded server's own.
    """

    def __init__(self, url: str | None) -> None:
        self._url = url
        self._stack = ExitStack()
        self._connection: Connection | None = None
        self._alone = threading.Lock()

    async def read(self, work: Callable[[Connection], T]) -> T:
        """What `work` finds.

        Raises:
            DatabaseUnavailable: The store does not answer.
        """
        return await anyio.to_thread.run_sync(self._read, work)

    def close(self) -> None:
        """Leave the store."""
        with self._alone:
            self._leave()

    def _read(self, work: Callable[[Connection], T]) -> T:
        with self._alone:
            if self._connection is None:
                self._connection = self._stack.enter_context(connected(self._url))
            try:
                return work(self._connection)
            except psycopg.OperationalError as error:
                self._leave()
                raise DatabaseUnavailable(
                    "The store of traces does not answer.", hint="Try again in a moment."
                ) from error

    def _leave(self) -> None:
        self._connection = None
        self._stack.close()


def recorders(writer: Writer | None, metrics: RunMetrics) -> Callable[[], Listener]:
    """What makes a recorder for each run: its records are counted, and kept where traces are."""

    def put(record: Record) -> None:
        metrics.take(record)
        if writer is not None:
            writer.put(record)

    return lambda: Recorder(put)


class Traces:
    """The routes of traces.

    Args:
        reader: None where no traces are kept.
    """

    def __init__(self, reader: Reader | None) -> None:
        self._reader = reader

    def handlers(self) -> list[tuple[str, str, Handler]]:
        """Method, path and what answers."""
        return [("GET", "/v1/traces", self.list), ("GET", "/v1/traces/{id}", self.read)]

    async def list(self, _: Request, key: Key) -> Response:
        """The newest runs."""
        if self._reader is None:
            return JSONResponse({"object": "list", "kept": False, "data": []})
        wanted = Wanted(user=key.user, limit=MOST_LISTED)
        found = await self._reader.read(lambda connection: list_traces(connection, wanted))
        return JSONResponse({"object": "list", "kept": True, "data": [_run(row) for row in found]})

    async def read(self, request: Request, key: Key) -> Response:
        """One run with its spans."""
        if self._reader is None:
            raise NoSuchThingError("No traces are kept here.")
        beginning = request.path_params["id"]

        def both(connection: Connection) -> tuple[Row, list[Row]]:
            run = find_trace(connection, beginning, key.user)
            return run, spans_of(connection, run["trace_id"])

        run, spans = await self._reader.read(both)
        depth = depths(spans)
        shown = [_span(span, run["started_at"], depth[span["span_id"]]) for span in spans]
        question = next((span["input"] for span in spans if span["kind"] == "run"), None)
        return JSONResponse({"run": {**_run(run), "question": question}, "spans": shown})


_OF_RUN = (
    "conversation profile model status error seconds steps model_calls tool_calls prompt_tokens cached_tokens"
    " completion_tokens first_token_seconds cost"
).split()
_OF_SPAN = (
    "kind name status error step model tool seconds prompt_tokens cached_tokens completion_tokens"
    " first_token_seconds cost input output"
).split()


def _run(row: Row) -> dict[str, Any]:
    return {
        "id": row["trace_id"],
        "started_at": row["started_at"].isoformat(),
        "question": row.get("question"),
        **{name: row[name] for name in _OF_RUN},
    }


def _span(row: Row, began: datetime, depth: int) -> dict[str, Any]:
    offset = max((row["started_at"] - began).total_seconds(), 0.0)
    reason = (row["attrs"] or {}).get(REASON)
    shown = {name: row[name] for name in _OF_SPAN}
    if row["kind"] == "tool" and isinstance(row["output"], dict):
        shown["output"] = {**row["output"], "text": without_frames(row["output"].get("text") or "")}
    return {"id": row["span_id"], "offset": offset, "depth": depth, "reason": reason} | shown
