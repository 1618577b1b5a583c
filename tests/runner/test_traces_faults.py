"""The store's disk gets full, the clock is set back, a run goes over midnight: no answer fails for it."""

import signal
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from functools import partial
from pathlib import Path
from random import Random
from unittest.mock import Mock

import psutil
import pytest

from ankus_runner.events import Listener, ModelAsked, RunBegan, RunEnded, StepStarted, told
from ankus_runner.hooks import Hooks
from ankus_runner.profile import Profile
from ankus_runner.session import Session
from ankus_runner.traces import record
from ankus_runner.traces.queue import SpanQueue
from ankus_runner.traces.reading import spans_of
from ankus_runner.traces.record import Recorder
from ankus_runner.traces.redact import Redactor
from ankus_runner.traces.span import Record, Span
from ankus_runner.traces.store import connected, opened_store, partitions, purge
from ankus_runner.traces.writer import Losses, Writer
from ankus_shared.postgres import cluster
from tests.fixtures.agent import OpenAgent
from tests.fixtures.disk import Disk, small_disk
from tests.fixtures.scripted import ScriptedModel, call, final
from tests.fixtures.shop import environment, processes_of
from tests.fixtures.traces import TraceDatabase


@pytest.fixture
def disk(monkeypatch: pytest.MonkeyPatch) -> Iterator[Disk]:
    """A small disk that the data directory is on."""
    monkeypatch.setattr(cluster, "NEEDED_BYTES", 0)
    monkeypatch.setattr(cluster, "STOP_SECONDS", "3")
    with small_disk("200m") as small:
        monkeypatch.setenv("ANKUS_DATA_DIR", str(small.path))
        yield small
        assert not [each for each in psutil.process_iter(["cwd"]) if _lies_on(small, each)]


def _lies_on(disk: Disk, process: psutil.Process) -> bool:
    return str(process.info["cwd"] or "").startswith(str(disk.path))


def a_large_run(recorder: Listener, profile: Profile) -> None:
    """A run with a prompt of 6 MB that cannot be compressed."""
    chance = Random(1)
    recorder(RunBegan("large?", profile, "m"))
    recorder(ModelAsked("m", [{"role": "user", "content": chance.randbytes(50_000).hex()}] * 60, 1, 0.0))
    recorder(RunEnded())


def traces_kept() -> list[str]:
    """How the runs that are in the store with their spans ended."""
    with connected(None) as connection:
        query = (
            "SELECT status FROM ankus_trace.trace t"
            " WHERE EXISTS (SELECT FROM ankus_trace.span s WHERE s.trace_id = t.trace_id AND s.kind = 'run')"
        )
        return sorted(status for (status,) in connection.execute(query).fetchall())


async def test_a_full_disk_costs_no_answer_is_counted_and_with_room_again_all_is_written(
    disk: Disk, open_agent: OpenAgent, scripted: ScriptedModel, toy_profile: Profile
) -> None:
    replies = [call("toy__look_up", {"word": "a"}), final("A.")]
    scripted.respond = lambda _: replies[(len(scripted.requests) - 1) % 2]
    losses: list[Losses | None] = []

    @contextmanager
    def recorder_of() -> Iterator[Callable[[], Recorder]]:
        writer = Writer(SpanQueue(), partial(opened_store, None, 30, 7), Redactor())
        yield lambda: Recorder(writer.put)
        losses.append(writer.close(100))

    with connected(None):
        pass  # the first start makes the database
    disk.leave(2_000)

    async with open_agent() as session:
        with recorder_of() as make:
            a_large_run(make(), toy_profile)
            await answered(session, make())
        with recorder_of() as make:
            a_large_run(make(), toy_profile)
            await answered(session, make())
            disk.resize("600m")
            while len(traces_kept()) < 2:
                threading.Event().wait(0.05)

    [full, free] = losses
    assert full is not None
    assert full.unwritten > 0
    assert "disk is full" in full.reason or "No space left" in full.reason
    assert free is None
    assert traces_kept() == ["cancelled", "ok"]


async def answered(session: Session, recorder: Listener) -> None:
    """A question is answered while a recorder is told of it."""
    run = session.agent.begin("a?", None, Hooks(tell=recorder))
    began = RunBegan(run.question, session.agent.profile, "m", run.run_id)
    assert (await told(recorder, began, session.agent.go_on(run))).answer == "A."


def test_spans_keep_their_order_where_the_clock_is_set_back_in_the_middle_of_a_run(
    toy_profile: Profile, monkeypatch: pytest.MonkeyPatch
) -> None:
    times = iter([datetime(2026, 11, 25, 12, tzinfo=UTC), *[datetime(2020, 1, 1, tzinfo=UTC)] * 100])
    wall = Mock(wraps=datetime)
    wall.now = lambda _: next(times)
    monkeypatch.setattr(record, "datetime", wall)
    records: list[Record] = []
    recorder = Recorder(records.append)

    recorder(RunBegan("a?", toy_profile, "m"))
    for number in (1, 2, 3):
        recorder(StepStarted(number))
    recorder(RunEnded())

    *steps, run = (each for each in records if isinstance(each, Span))
    begun = [run.started_at, *(step.started_at for step in steps)]
    assert begun == sorted(begun)
    assert all(0 <= step.seconds <= run.seconds < 60 for step in steps)
    assert begun[-1] - begun[0] < timedelta(minutes=1)


def test_a_run_over_midnight_lies_in_the_partitions_of_both_days_and_is_read_whole(
    toy_profile: Profile, trace_database: TraceDatabase, monkeypatch: pytest.MonkeyPatch
) -> None:
    midnight = datetime.now(UTC).replace(hour=0, minute=0, second=0, microsecond=0)

    class Late(record.Clock):
        """It is a second later each time it is looked at."""

        looked = 0

        def now(self) -> datetime:
            """The time."""
            Late.looked += 1
            return midnight + timedelta(seconds=Late.looked - 2.5)

    monkeypatch.setattr(record, "Clock", lambda: Late(wall=midnight - timedelta(seconds=2.5)))
    with trace_database.recorder() as recorder:
        recorder(RunBegan("a?", toy_profile, "m", run_id="a"))
        for number in (1, 2, 3, 4):
            recorder(StepStarted(number))
        recorder(RunEnded())

    yesterday, today = midnight - timedelta(days=1), midnight
    with connected(trace_database.url) as connection:
        days = [day for _, table, day in partitions(connection) if table == "span"]
        spans = spans_of(connection, "a")
        dropped = purge(connection, 1, 1, today=today.date() + timedelta(days=1))
        left = spans_of(connection, "a")
    assert trace_database.losses is None
    assert days == [yesterday.date(), today.date()]
    assert [span["kind"] for span in spans] == ["run", "step", "step", "step", "step"]
    assert f"span_{yesterday:%Y%m%d}" in dropped
    assert {span["started_at"].date() for span in left} == {today.date()}


ENDING = """
import sys
from functools import partial
import psutil
from ankus_runner.events import RunBegan, RunEnded
from ankus_runner.profile import load_profile
from ankus_runner.traces.queue import SpanQueue
from ankus_runner.traces.record import Recorder
from ankus_runner.traces.redact import Redactor
from ankus_runner.traces.store import opened_store
from ankus_runner.traces.writer import Writer


def starting():
    try:
        return any("start" in child.cmdline() for child in psutil.Process().children())
    except psutil.Error:  # it has just ended
        return False


writer = Writer(SpanQueue(), partial(opened_store, None, 30, 7), Redactor())
recorder = Recorder(writer.put)
recorder(RunBegan("a?", load_profile("assistant"), "m"))
recorder(RunEnded())
while not starting():
    pass
print("closing", flush=True)
writer.close(float(sys.argv[1]))
"""
"""A program that ends while the server of its store is just being started."""


def test_a_program_that_ends_while_the_store_starts_leaves_no_server_behind(tmp_path: Path) -> None:
    with subprocess_of(tmp_path, patience="100") as first:  # it makes the database
        first.communicate()
    assert first.returncode == 0

    with subprocess_of(tmp_path, patience="0") as impatient:
        impatient.communicate()
    assert impatient.returncode == 0
    assert not processes_of(tmp_path)

    with subprocess_of(tmp_path, patience="100") as interrupted:
        interrupted.send_signal(signal.SIGINT)
        assert "KeyboardInterrupt" in interrupted.communicate()[1]
    assert not processes_of(tmp_path)


@contextmanager
def subprocess_of(home: Path, patience: str) -> Iterator[subprocess.Popen[str]]:
    """The program, which waits so many seconds for what is unwritten; it has just begun to."""
    command = [sys.executable, "-c", ENDING, patience]
    pipe = subprocess.PIPE
    with subprocess.Popen(command, env=environment(home), stdout=pipe, stderr=pipe, text=True) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == "closing\n"
        yield process
