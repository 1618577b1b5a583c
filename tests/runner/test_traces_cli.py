"""`ankus traces` as a person runs it, over runs of the real loop, and what is kept for how long."""

import json
import re
import subprocess
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, date, datetime, timedelta
from http.server import BaseHTTPRequestHandler, HTTPServer
from io import StringIO
from pathlib import Path
from typing import Any

import psycopg
import pytest
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest
from rich.console import Console

from ankus_runner.traces import names, show
from ankus_runner.traces.export import exported
from ankus_runner.traces.otlp import OtlpError, send
from ankus_runner.traces.reading import Wanted
from ankus_runner.traces.redact import Redactor
from ankus_runner.traces.span import Record, Span, Trace
from ankus_runner.traces.store import connected, opened_store, partitions, purge
from tests.fixtures.agent import OpenAgent
from tests.fixtures.program import Command, the_line
from tests.fixtures.scripted import ScriptedModel, call, final
from tests.fixtures.traces import TraceDatabase

ANKUS = Command("ankus")
README = Path(__file__).parents[2] / "runner" / "README.md"
TODAY = date(2026, 11, 25)


@pytest.fixture
async def recorded(
    open_agent: OpenAgent, scripted: ScriptedModel, trace_database: TraceDatabase, tmp_path: Path
) -> Path:
    """The file with the URL of a store that holds one run: a failed call, a good one, the answer."""
    scripted.play(
        call("toy__fail_always", {"reason": "rain [red]"}),
        call("toy__look_up", {"word": "a"}),
        final("It is A."),
    )
    with trace_database.recorder() as recorder:
        async with open_agent(listener=recorder) as session:
            await session.ask("What is [bold]a[/bold]?")
    place = tmp_path / "url"
    place.write_text(trace_database.url, encoding="utf-8")
    return place


def run(place: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    return ANKUS.run("traces", *arguments, ANKUS_TRACES_URL_FILE=str(place), COLUMNS="220")


def out(place: Path, *arguments: str) -> str:
    done = run(place, *arguments)
    assert done.returncode == 0, done.stderr
    return done.stdout


async def test_list_shows_what_was_asked_and_show_prints_its_timeline(recorded: Path) -> None:
    listed = out(recorded, "list")
    [line] = [line for line in listed.splitlines() if "toys" in line]
    assert "What is [bold]a[/bold]?" in line
    assert "ok" in line
    assert "300/180/" in line

    shown = out(recorded, "show", line.split()[0], "--payloads")

    order = ["invoke_agent toys", "execute_tool toy__list_words", "step 1", "chat m"]
    order += ["execute_tool toy__fail_always", "step 2", "execute_tool toy__look_up", "step 3"]
    places = [shown.index(name) for name in order]
    assert sorted(places) == places
    assert "3 steps · 3 model calls · 3 tool calls" in shown
    assert re.search(r"step 1 +·*█+ +\d+\.\d\d +\d+\.\d\d", shown)
    assert "it failed: rain [red]" in shown


def test_numbers_stay_whole_on_a_narrow_terminal() -> None:
    at = datetime(2026, 11, 25, tzinfo=UTC)
    numbers = {"prompt_tokens": 12345, "cached_tokens": 12000, "completion_tokens": 321}
    run_of = {"trace_id": "a" * 32, "profile": "p" * 60, "model": "m", "started_at": at, "seconds": 12.5}
    sums_of = {"steps": 1, "model_calls": 1, "tool_calls": 0, "cost": None, "first_token_seconds": 1.25}
    span: dict[str, Any] = {
        "span_id": "s",
        "parent_id": None,
        "name": "n" * 60,
        "kind": "run",
        "error": "",
        "attrs": {},
    }
    console = Console(width=80, file=StringIO())

    state = {"status": "ok", "error": "", "input": "word " * 30, "output": None}
    row = {**run_of, **sums_of, **numbers, **span, **state}
    show.print_trace(console, row, [row], payloads=False)

    drawn = console.file.getvalue()  # type: ignore[attr-defined]
    assert "12345/12000/321" in drawn.splitlines()[-1]
    assert "12.50" in drawn.splitlines()[-1]


async def test_show_and_stats_as_json_hold_everything(recorded: Path) -> None:
    [trace] = [json.loads(line) for line in out(recorded, "list", "--json").splitlines()]
    shown = json.loads(out(recorded, "show", trace["trace_id"], "--json"))
    found = json.loads(out(recorded, "stats", "--json"))

    assert [span["kind"] for span in shown["spans"]].count("model") == 3
    assert shown["spans"][0]["output"] == "It is A."
    assert found["runs"][0]["answered"] == 1
    assert {tool["tool"]: tool["failed"] for tool in found["tools"]}["toy__fail_always"] == 1
    assert "toy__fail_always" in out(recorded, "stats")


async def test_export_writes_a_line_a_run(recorded: Path, tmp_path: Path) -> None:
    target = tmp_path / "traces.jsonl"

    done = run(recorded, "export", "--to", str(target))

    assert done.returncode == 0, done.stderr
    assert "1 runs were written" in done.stderr
    [trace] = [json.loads(line) for line in target.read_text("utf-8").splitlines()]
    assert trace["question"] == "What is [bold]a[/bold]?"
    assert len(trace["spans"]) == 11
    assert out(recorded, "export") == target.read_text("utf-8")


async def test_a_trace_that_is_not_there_and_a_store_that_is_down_are_a_line(recorded: Path) -> None:
    assert "There is no trace that begins with 'ffff'" in the_line(run(recorded, "show", "ffff"))
    assert "There are no such traces" in out(recorded, "list", "--user", "bob")
    assert "needs --to" in the_line(run(recorded, "export", "--format", "otlp"))
    assert "No such file or directory" in the_line(run(recorded, "export", "--to", "/nowhere/at/all"))

    recorded.write_text("postgresql://u:planted@127.0.0.1:1/db", encoding="utf-8")

    line = the_line(run(recorded, "list"))
    assert "Cannot connect" in line
    assert "planted" not in line


async def test_the_commands_of_the_readme_work(
    recorded: Path, trace_database: TraceDatabase, tmp_path: Path
) -> None:
    [[trace]] = [list(row) for row in trace_database.rows("SELECT trace_id FROM ankus_trace.trace")]
    block = README.read_text("utf-8").split("## Traces")[1].split("```sh\n")[1].split("```")[0]
    lines = [line.split("#")[0].split() for line in block.splitlines()]
    with collector() as target:
        replaced = {
            "3f9c": str(trace)[:12],
            "traces.jsonl": str(tmp_path / "traces.jsonl"),
            "http://localhost:4318/v1/traces": target.url,
        }
        for line in lines:
            assert line[:2] == ["ankus", "traces"]
            done = run(recorded, *(replaced.get(word, word) for word in line[2:]))
            assert done.returncode == 0, done.stderr
            assert done.stdout or done.stderr

    assert [line[2] for line in lines] == ["list", "show", "stats", "compare", "export", "export", "purge"]
    assert len(target.requests) == 1


class Collector:
    """An OTLP/HTTP collector on loopback."""

    def __init__(self, status: int) -> None:
        self.requests: list[ExportTraceServiceRequest] = []
        self.status = status
        self.url = ""


@contextmanager
def collector(status: int = 200) -> Iterator[Collector]:
    """A collector that answers with a status."""
    found = Collector(status)

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"]))
            found.requests.append(ExportTraceServiceRequest.FromString(body))
            self.send_response(found.status)
            self.send_header("Content-Length", "0")
            self.end_headers()

        def log_message(self, *_: Any) -> None:
            """Nothing."""

    with HTTPServer(("127.0.0.1", 0), Handler) as server:
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        found.url = f"http://127.0.0.1:{server.server_address[1]}/v1/traces"
        try:
            yield found
        finally:
            server.shutdown()
            thread.join()


async def test_export_to_a_collector_keeps_ids_times_and_names(
    recorded: Path, trace_database: TraceDatabase
) -> None:
    with collector() as target, connected(trace_database.url) as connection:
        [trace] = exported(connection, Wanted())
        count = send([trace], target.url)

    spans = [
        span
        for request in target.requests
        for resource in request.resource_spans
        for scope in resource.scope_spans
        for span in scope.spans
    ]
    assert count == len(spans) == 11
    assert {span.trace_id.hex() for span in spans} == {trace["trace_id"]}
    by_id = {span.span_id.hex(): span for span in spans}
    [model, *_] = [row for row in trace["spans"] if row["kind"] == "model"]
    sent = by_id[model["span_id"]]
    said = {pair.key: pair.value for pair in sent.attributes}
    assert sent.parent_span_id.hex() == model["parent_id"]
    assert said[names.INPUT_TOKENS].int_value == 100
    assert said[names.OPERATION].string_value == "chat"
    assert sent.end_time_unix_nano - sent.start_time_unix_nano == pytest.approx(
        model["seconds"] * 1e9, abs=2_000
    )


async def test_a_collector_that_refuses_is_an_error(recorded: Path, trace_database: TraceDatabase) -> None:
    with collector(400) as target, connected(trace_database.url) as connection:
        with pytest.raises(OtlpError, match="did not take"):
            send(exported(connection, Wanted()), target.url)


def day_of_records(day: date, trace_id: str) -> list[Record]:
    """A run of that day with one span."""
    at = datetime(day.year, day.month, day.day, 23, 59, tzinfo=UTC)
    span = Span(trace_id, "1" * 16, None, "run", "r", at, 1.0, input="question", output="answer")
    return [Trace(trace_id, at, "c", "p", "h", "m", "ok", seconds=1.0), span]


def test_purge_drops_whole_days_and_payloads_sooner(trace_database: TraceDatabase) -> None:
    days = [TODAY - timedelta(days=back) for back in (0, 3, 7, 8, 30, 31, 400)]
    records = [each for i, day in enumerate(days) for each in day_of_records(day, f"{i:032x}")]

    with connected(trace_database.url) as connection:
        with opened_store(trace_database.url, 3650, 3650) as store:
            store.write(records, Redactor())
        connection.execute(
            "INSERT INTO ankus_trace.score (trace_id, name, value, source)"
            " SELECT unnest(%s::text[]), 's', 1, 'x'",
            [[f"{0:032x}", f"{6:032x}"]],
        )
        dropped = purge(connection, 30, 7, today=TODAY)
        left = [name for name, _, _ in partitions(connection)]

    assert "trace_20251021" in dropped
    assert [name for name in left if name.startswith("span_2")] == [
        f"span_{day:%Y%m%d}" for day in sorted(days[:5])
    ]
    assert sorted(name for name in left if "payload" in name) == [
        f"span_payload_{day:%Y%m%d}" for day in sorted(days[:3])
    ]
    assert trace_database.rows("SELECT count(*) FROM ankus_trace.trace") == [(5,)]
    assert trace_database.rows("SELECT trace_id FROM ankus_trace.score") == [(f"{0:032x}",)]


async def test_purge_of_everything_leaves_nothing_but_approvals(recorded: Path) -> None:
    assert "dropped span_2" in out(recorded, "purge", "--days", "0")

    assert "There are no such traces" in out(recorded, "list")
    assert "Nothing is that old" in out(recorded, "purge")


def test_writing_drops_what_is_too_old_by_itself(trace_database: TraceDatabase) -> None:
    with opened_store(trace_database.url, 3650, 3650) as store:
        store.write(day_of_records(datetime.now(UTC).date() - timedelta(days=40), "a" * 32), Redactor())

    with opened_store(trace_database.url, 30, 7):
        pass

    assert trace_database.rows("SELECT count(*) FROM ankus_trace.trace") == [(0,)]


def test_an_agent_that_reads_the_same_database_cannot_read_traces(trace_database: TraceDatabase) -> None:
    with opened_store(trace_database.url, 30, 7):
        pass
    other = trace_database.url.replace("postgres@", "ankus_reader@")

    with psycopg.connect(other) as connection, pytest.raises(psycopg.errors.InsufficientPrivilege):
        connection.execute("SELECT * FROM ankus_trace.trace")
