"""The thread that writes records, so that no answer waits for the store nor fails with it.

While the store is down the batch at hand is kept and tried again, and the queue fills behind it.
"""

import threading
from collections.abc import Callable
from contextlib import AbstractContextManager, ExitStack
from dataclasses import dataclass
from typing import Protocol

import anyio
import psycopg

from ankus_runner.traces.queue import SpanQueue
from ankus_runner.traces.redact import Redactor
from ankus_runner.traces.span import Record
from ankus_shared.errors import AnkusError
from ankus_shared.logs import without_secrets

BATCH = 500
FIRST_PAUSE, LONGEST_PAUSE = 0.2, 10.0
"""Seconds between two attempts to reach the store."""
PATIENCE = 10.0
"""Seconds that the end of a program waits for what is still unwritten: a first start makes a database."""
LAST_TRY = 5.0
"""The same, where the store was down already."""
LOOKED = 0.01
"""Seconds between two looks whether all is written: no thread waits, which Ctrl-C could not end."""
LEAVING = 60.0
"""Seconds that it waits for the store to be left, whatever is unwritten: a thread that dies with the program
would leave the embedded server running, for nobody else to stop."""
LEAVING_URL = 1.0
"""The same for a server that is none of ours."""


class Sink(Protocol):
    """Where records are written to."""

    def write(self, records: list[Record], redactor: Redactor) -> None:
        """Write all of them, or none."""


Connect = Callable[[], AbstractContextManager[Sink]]


@dataclass(frozen=True)
class Losses:
    """What was not written, and why."""

    dropped: int
    """Records that the queue had no room for."""
    unwritten: int
    """Records that the store did not take."""
    reason: str

    def __str__(self) -> str:
        parts = [f"{self.dropped} dropped by the full queue"] if self.dropped else []
        parts += [f"{self.unwritten} not written"] if self.unwritten else []
        return f"Trace records lost: {', '.join(parts)}. {self.reason}".strip()


class Writer:
    """Takes records off a queue and writes them, from the first one on until it is closed.

    Args:
        queue: What is to be written.
        connect: Opens the store; it is left and opened anew after every failure.
        redactor: What is taken out of each record.
        leaving: Seconds that its end waits for the store to be left.
    """

    def __init__(
        self, queue: SpanQueue, connect: Connect, redactor: Redactor, leaving: float = LEAVING
    ) -> None:
        self._queue = queue
        self._connect = connect
        self._redactor = redactor
        self._leaving = leaving
        self._ending = threading.Event()
        self._done = threading.Event()
        self._late = threading.Event()
        self._down = False
        self._reason = ""
        self._unwritten = 0
        self._settled = 0
        self._at_hand = 0
        self._starting = threading.Lock()
        self._thread = threading.Thread(target=self._run, name="ankus-traces", daemon=True)

    @property
    def dropped(self) -> int:
        """Records that the queue had no room for so far."""
        return self._queue.dropped

    def put(self, record: Record) -> None:
        """Hand a record over, at once, from any thread."""
        self._queue.put(record)
        if self._thread.ident is None:
            with self._starting:
                if self._thread.ident is None:
                    self._thread.start()

    async def kept(self, seconds: float) -> bool:
        """Wait until all that was handed over is written, at most so long; whether it is.

        Where the store is known to be down, nothing is waited for.
        """
        wanted, lost = self._queue.accepted, self._unwritten
        with anyio.move_on_after(seconds):
            while self._settled < wanted and not self._down:  # noqa: ASYNC110 - the other side is a thread
                await anyio.sleep(LOOKED)
        return self._settled >= wanted and self._unwritten == lost

    def close(self, seconds: float = PATIENCE) -> Losses | None:
        """Write what is left, for at most `seconds`; what was lost, if anything was."""
        self._queue.close()
        self._ending.set()
        if self._thread.ident is not None:
            self._end(min(seconds, LAST_TRY) if self._down else seconds)
        late = self._at_hand + len(self._queue)
        lost = Losses(self._queue.dropped, self._unwritten + late, self._reason)
        if late and not self._reason:
            lost = Losses(lost.dropped, lost.unwritten, f"The store was not ready within {seconds:g} s.")
        return lost if lost.dropped or lost.unwritten else None

    def _end(self, seconds: float) -> None:
        """Wait for what is unwritten, then for the store to be left, also if Ctrl-C ends the first wait."""
        try:
            self._done.wait(seconds)
        finally:
            self._late.set()
            self._thread.join(self._leaving)

    def _run(self) -> None:
        with ExitStack() as stack:
            try:
                self._drain(stack)
            finally:
                self._done.set()

    def _drain(self, stack: ExitStack) -> None:
        sink: Sink | None = None
        while not self._late.is_set() and (batch := self._queue.take(BATCH)):
            self._at_hand = len(batch)
            sink = self._deliver(batch, sink, stack)
            self._at_hand = 0
            self._settled += len(batch)

    def _deliver(self, batch: list[Record], sink: Sink | None, stack: ExitStack) -> Sink | None:
        """Write a batch, as often as it takes; the open store, or None where it could not be done."""
        pause = FIRST_PAUSE
        while True:
            last = self._ending.is_set()
            try:
                sink = sink or stack.enter_context(self._connect())
                sink.write(batch, self._redactor)
            except (AnkusError, psycopg.Error, OSError) as error:
                self._failed(error, stack)
                sink = None
                # what the server refuses for its content, it refuses again
                if last or isinstance(error, psycopg.DataError | psycopg.IntegrityError):
                    self._unwritten += len(batch)
                    return None
                self._ending.wait(pause)
                pause = min(2 * pause, LONGEST_PAUSE)
            else:
                self._down = False
                return sink

    def _failed(self, error: Exception, stack: ExitStack) -> None:
        self._down = True
        self._reason = " ".join(without_secrets(str(error)).split())[:300]
        try:
            stack.close()
        except (AnkusError, psycopg.Error, OSError) as second:
            self._reason += f" ({type(second).__name__} on leaving it)"
