"""The store may be slow, down, killed or full: no answer fails for it, and what is lost is counted."""

import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from typing import Any

import psutil
import psycopg
import pytest

from ankus_runner.events import RunBegan, RunEnded, StepStarted
from ankus_runner.profile import Profile
from ankus_runner.traces.keeping import kept_traces
from ankus_runner.traces.queue import SpanQueue
from ankus_runner.traces.record import Recorder
from ankus_runner.traces.redact import Redactor
from ankus_runner.traces.settings import TraceSettings
from ankus_runner.traces.span import Approval, Record, Span
from ankus_runner.traces.store import opened_store
from ankus_runner.traces.writer import Sink, Writer
from ankus_shared.postgres import embedded_server
from tests.fixtures.agent import OpenAgent
from tests.fixtures.scripted import Reply, ScriptedModel, call, final
from tests.fixtures.traces import TraceDatabase


class Kept:
    """A sink in memory, which writes when it is let, and fails as often as it is told."""

    def __init__(self, failures: int = 0) -> None:
        self.records: list[Record] = []
        self.may_write = threading.Event()
        self.writing = threading.Event()
        self.opened = 0
        self._failures = failures

    def write(self, records: list[Record], redactor: Redactor) -> None:
        """Write all of them, or none."""
        self.writing.set()
        assert self.may_write.wait(60)
        if self._failures:
            self._failures -= 1
            raise psycopg.OperationalError("gone: postgresql://u:planted@h/db")
        self.records += records

    @contextmanager
    def connect(self) -> Iterator[Sink]:
        """Open it."""
        self.opened += 1
        yield self


def a_run(recorder: Recorder, profile: Profile, steps: int = 1) -> None:
    recorder(RunBegan("a?", profile, "m"))
    for number in range(1, steps + 1):
        recorder(StepStarted(number))
    recorder(RunEnded())


def spans(records: list[Record]) -> list[Span]:
    return [record for record in records if isinstance(record, Span)]


def test_a_full_queue_drops_and_counts_and_what_it_let_in_is_written(toy_profile: Profile) -> None:
    sink, queue = Kept(), SpanQueue(records=10)
    writer = Writer(queue, sink.connect, Redactor())
    recorder = Recorder(writer.put)

    recorder(RunBegan("a?", toy_profile, "m"))
    assert sink.writing.wait(60)
    for number in range(1, 102):
        recorder(StepStarted(number))  # 100 steps end meanwhile
    sink.may_write.set()
    losses = writer.close()

    assert losses is not None
    assert losses.unwritten == 0
    assert losses.dropped + len(spans(sink.records)) == 100
    assert losses.dropped in (90, 91)  # whether the run's own record waited with the steps
    assert f"{losses.dropped} dropped by the full queue" in str(losses)


def test_a_queue_is_full_by_the_size_of_what_waits_too(toy_profile: Profile) -> None:
    queue = SpanQueue(records=1_000, characters=10_000)
    records: list[Record] = []
    recorder = Recorder(records.append)

    recorder(RunBegan("x" * 20_000, toy_profile, "m"))
    recorder(RunEnded())
    for record in records:
        queue.put(record)

    assert queue.dropped == 1
    assert not spans(queue.take(100))


def test_an_approval_is_let_into_a_full_queue() -> None:
    queue = SpanQueue(records=0)
    approval = Approval("t", datetime.now(UTC), "tool", {}, "approved", "ann")

    assert queue.put(approval)
    assert queue.take(5) == [approval]


def test_a_store_that_comes_back_gets_everything_and_nothing_is_said(toy_profile: Profile) -> None:
    sink = Kept(failures=2)
    sink.may_write.set()
    writer = Writer(SpanQueue(), sink.connect, Redactor())

    recorder = Recorder(writer.put)
    a_run(recorder, toy_profile)
    while not sink.records:
        threading.Event().wait(0.01)

    assert writer.close() is None
    assert [span.kind for span in spans(sink.records)] == ["step", "run"]
    assert sink.opened == 3


def test_a_store_that_stays_down_loses_what_was_recorded_in_one_line_without_a_password(
    toy_profile: Profile,
) -> None:
    sink = Kept(failures=1_000_000)
    sink.may_write.set()
    writer = Writer(SpanQueue(), sink.connect, Redactor())

    a_run(Recorder(writer.put), toy_profile)
    losses = writer.close()

    assert losses is not None
    assert losses.unwritten == 4
    assert "gone" in str(losses)
    assert "planted" not in str(losses)
    assert "\n" not in str(losses)


def test_without_an_event_no_store_is_opened() -> None:
    sink = Kept()
    writer = Writer(SpanQueue(), sink.connect, Redactor())

    assert writer.close() is None
    assert sink.opened == 0


async def test_the_answer_comes_while_no_store_is_there(
    open_agent: OpenAgent, scripted: ScriptedModel, tmp_path: Path
) -> None:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port = listener.getsockname()[1]
    place = tmp_path / "url"
    place.write_text(f"postgresql://u:planted@127.0.0.1:{port}/db", encoding="utf-8")
    scripted.play(call("toy__look_up", {"word": "a"}), final("A."))
    said: list[str] = []

    with kept_traces(TraceSettings(traces_url_file=place), [], said.append) as traces:
        async with open_agent(listener=traces) as session:
            outcome = await session.ask("a?")

    assert outcome.answer == "A."
    [line] = said
    assert "not written" in line
    assert "Cannot connect to database db" in line
    assert "planted" not in line


def kill_postmaster(data: Path) -> None:
    """kill -9, and wait until all of its processes are gone."""
    postmaster = psutil.Process(int((data / "postmaster.pid").read_text().split()[0]))
    children = postmaster.children()
    postmaster.kill()
    psutil.wait_procs([postmaster, *children])


async def test_nothing_is_lost_where_the_store_is_killed_in_the_middle_of_a_run(
    open_agent: OpenAgent, scripted: ScriptedModel, tmp_path_factory: pytest.TempPathFactory
) -> None:
    data = tmp_path_factory.mktemp("killed") / "postgres"
    url: list[str] = []

    @contextmanager
    def connect() -> Iterator[Sink]:
        with embedded_server(data) as server:
            url[:] = [server.url()]
            with opened_store(server.url(), 30, 7) as store:
                yield store

    writer = Writer(SpanQueue(), connect, Redactor())
    replies = [
        call("toy__look_up", {"word": "a"}),
        final("A."),
        call("toy__look_up", {"word": "b"}),
        final("B."),
    ]

    def respond(_: dict[str, Any]) -> Reply:
        if len(scripted.requests) == 4:  # the second question has taken its first step
            while not url:
                threading.Event().wait(0.01)
            kill_postmaster(data)
        return replies[len(scripted.requests) - 1]

    scripted.respond = respond
    async with open_agent(listener=Recorder(writer.put)) as session:
        await session.say("a?")
        answer = (await session.say("b?")).answer

    with embedded_server(data) as server:
        losses = writer.close(60)
        rows = TraceDatabase(server.url()).rows(
            "SELECT count(DISTINCT t.trace_id), count(*) FROM ankus_trace.trace t"
            " JOIN ankus_trace.span USING (trace_id) WHERE t.status = 'ok'"
        )
    assert (answer, losses) == ("B.", None)
    assert rows == [(2, 15)]


def test_a_batch_that_was_written_already_is_not_written_twice(
    toy_profile: Profile, trace_database: TraceDatabase
) -> None:
    records: list[Record] = []
    a_run(Recorder(records.append), toy_profile, steps=3)

    with opened_store(trace_database.url, 30, 7) as store:
        store.write(records, Redactor())
        store.write(records, Redactor())

    assert trace_database.rows("SELECT count(*) FROM ankus_trace.span") == [(4,)]
    assert trace_database.rows("SELECT status, steps FROM ankus_trace.trace") == [("cancelled", 3)]


def test_a_database_of_another_version_is_a_line(toy_profile: Profile, trace_database: TraceDatabase) -> None:
    with opened_store(trace_database.url, 30, 7):
        pass
    trace_database.rows("UPDATE ankus_migration SET checksum = 'x' RETURNING 1")
    writer = Writer(SpanQueue(), partial(opened_store, trace_database.url, 30, 7), Redactor())

    a_run(Recorder(writer.put), toy_profile)
    losses = writer.close(60)

    assert losses is not None
    assert "was changed after it was applied" in str(losses)
