"""`ankus traces compare`: what differs between two prompts, sets of runs, or runs, and how sure it is."""

import json
import re
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from ankus_runner.cli import app
from ankus_runner.events import (
    CallMade,
    ModelAnswered,
    ModelAsked,
    PromptChosen,
    ResultSeen,
    RunBegan,
    RunEnded,
    StepStarted,
)
from ankus_runner.hosts import ToolResult
from ankus_runner.model import Completion, Usage
from ankus_runner.outcome import Outcome
from ankus_runner.profile import Profile
from ankus_runner.prompting import prompt_of
from ankus_runner.traces.compare import intervals, sets
from ankus_runner.traces.reading import Wanted
from ankus_runner.traces.record import Recorder
from ankus_runner.traces.redact import Redactor
from ankus_runner.traces.span import PromptVersion, Record, Trace
from ankus_runner.traces.store import connected, opened_store
from ankus_shared.settings import run_command
from tests.fixtures.traces import TraceDatabase

README = Path(__file__).parents[2] / "runner" / "README.md"
NOW = datetime.now(UTC)
VERSIONS = prompt_of("Answer.\n{{ tools }}") | prompt_of("Answer briefly.\n{{ tools }}", "2")


def run_of(number: int, version: str, **changes: object) -> Trace:
    """One of many runs: those of version 2 are quicker, write less, and fail more seldom."""
    second = version == "2"
    failed = number % 10 < (1 if second else 5)
    trace = Trace(
        f"{version}{number:031x}",
        NOW - timedelta(minutes=number),
        "ann",
        "c",
        "toys",
        "m",
        VERSIONS[version].hash,
        version,
        "error" if failed else "ok",
        "not_answered" if failed else "",
        seconds=(1.0 if second else 2.0) + number % 7 / 10,
        steps=3,
        usage=Usage(prompt=100, completion=20 if second else 40, cached=60),
        first_token_seconds=0.5,
    )
    return replace(trace, **changes)  # type: ignore[arg-type]


@pytest.fixture
def many(trace_database: TraceDatabase) -> TraceDatabase:
    """A store with 40 runs of each version, one of another user, one cancelled, and scores."""
    records: list[Record] = [run_of(number, version) for version in VERSIONS for number in range(40)]
    records += [run_of(50, "1", user="bob"), run_of(51, "2", status="cancelled", error="")]
    records += [PromptVersion(each.hash, "toys", each.body, each.version) for each in VERSIONS.values()]
    with opened_store(trace_database.url, 30, 7) as store:
        store.write(records, Redactor())
    trace_database.rows(
        "INSERT INTO ankus_trace.score (trace_id, name, value, source)"
        " SELECT trace_id, 'good', CASE prompt_version WHEN '2' THEN 1 ELSE 0.5 END, s"
        " FROM ankus_trace.trace, unnest(ARRAY['x', 'y']) s RETURNING 1"
    )
    return trace_database


def printed(capsys: pytest.CaptureFixture[str], database: TraceDatabase, place: Path, *words: str) -> str:
    place.write_text(database.url, encoding="utf-8")
    status = run_command(app, ["traces", "compare", *words, "--traces-url-file", str(place)])
    found = capsys.readouterr()
    assert status == 0, found.err
    return found.out


def test_two_prompts_are_compared_measure_by_measure_with_intervals(
    many: TraceDatabase, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    def of(*words: str) -> dict[str, dict[str, object]]:
        found = json.loads(printed(capsys, many, tmp_path / "url", *words, "--user", "ann", "--json"))
        assert [each["runs"] for each in found["sets"]] == [40, 40]
        assert found["sets"][0]["errors"] == {"not_answered": 20}
        assert found["prompt"][3:5] == ["-Answer.", "+Answer briefly."]
        return {each["name"]: each for each in found["measures"]}

    named = of("prompt=1", "prompt=2")
    assert named == of(f"prompt={VERSIONS['1'].hash[:8]}", f"prompt={VERSIONS['2'].hash[:8]},profile=toys")
    answered, seconds, steps = named["answered"], named["seconds, median"], named["steps"]
    assert (answered["before"], answered["after"]) == (0.5, 0.9)
    assert answered["interval"] == pytest.approx([0.2046, 0.5582], abs=0.01)
    assert answered["sure"]
    assert seconds["difference"] == pytest.approx(-1.0)
    assert seconds["sure"]
    assert (steps["difference"], steps["interval"], steps["sure"]) == (0, [0, 0], False)
    assert named["tokens written"]["difference"] == -20
    assert named["score good"]["difference"] == 0.5
    assert named["cost"]["before"] is None


def test_a_person_reads_a_table_and_the_prompts_difference(
    many: TraceDatabase, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    [command] = re.findall(r"^ankus traces compare (.*)$", README.read_text("utf-8"), re.MULTILINE)
    words = command.replace("assistant", "toys").split()

    out = printed(capsys, many, tmp_path / "url", *words, "--user", "ann")

    lines = {line[:22].strip(): line[22:].split() for line in out.splitlines()}
    assert lines["runs"] == ["40", "40"]
    assert lines["answered"][:3] == ["0.5", "0.9", "0.4"]
    assert lines["answered"][-1] == "*"
    assert lines["error not_answered"] == ["20", "4"]
    assert "Newcombe" in out
    assert "+Answer briefly." in out


def test_sets_are_bounded_by_user_and_too_small_ones_have_no_interval(many: TraceDatabase) -> None:
    first, second = sets.Chosen(prompt="1"), sets.Chosen(prompt="2", days=1)
    with connected(many.url) as connection:
        compared = sets.compare(connection, (first, second), Wanted(limit=1_000))
        of_bob = sets.compare(connection, (first, second), Wanted(limit=1_000, user="bob"))

    assert [len(runs.runs) for runs in compared.sets] == [41, 40]  # the one that was cancelled is of none
    assert [len(runs.runs) for runs in of_bob.sets] == [1, 0]
    assert {measure.interval for measure in of_bob.measures} == {None}
    assert not of_bob.prompt


@contextmanager
def answering(recorder: Recorder, profile: Profile, run_id: str, version: str) -> Iterator[None]:
    """A run of ann's, from its first request to its answer."""
    recorder(RunBegan("a?", profile, "m", run_id, "ann"))
    recorder(PromptChosen(version, VERSIONS[version].hash, "asked for"))
    recorder(StepStarted(1))
    prompt = VERSIONS[version].text("- look_up(word)")
    recorder(ModelAsked("m", [{"role": "system", "content": prompt}], 100, 0.0))
    recorder(ModelAnswered("m", Completion("Call", "stop", Usage(1, 1, 0), 0.1, "")))
    yield
    recorder(RunEnded(Outcome(f"Answer {version}.", None, 1, Usage(1, 1, 0), 1.0, 0.1)))


def called(recorder: Recorder, word: str, result: str) -> None:
    recorder(CallMade("toy__look_up", {"word": word}))
    recorder(ResultSeen("toy__look_up", ToolResult(result, None, failed=False)))


def test_two_runs_are_aligned_call_by_call_with_what_differs(
    trace_database: TraceDatabase,
    toy_profile: Profile,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
) -> None:
    profile = toy_profile.model_copy(update={"versions": VERSIONS})
    with trace_database.recorder() as recorder:
        with answering(recorder, profile, "aaaa1", "1"):
            for word, result in (("fig", "a fruit"), ("pear", "one"), ("plum", "three\nfour")):
                called(recorder, word, result)
        with answering(recorder, profile, "bbbb2", "2"):
            for word, result in (("fig", "a fruit"), ("plum", "three\nfive"), ("kiwi", "six")):
                called(recorder, word, result)
    place = tmp_path / "url"

    found = json.loads(printed(capsys, trace_database, place, "aaaa", "bbbb", "--json"))
    out = printed(capsys, trace_database, place, "aaaa", "bbbb", "--user", "ann")

    assert [(each["how"], each["arguments"]["word"]) for each in found["calls"]] == [
        ("same", "fig"),
        ("only the first", "pear"),
        ("another result", "plum"),
        ("only the second", "kiwi"),
    ]
    assert found["calls"][2]["result"][-2:] == ["-four", "+five"]
    assert found["prompt"][-3:] == ["-Answer.", "+Answer briefly.", " - look_up(word)"]
    assert found["answer"][-2:] == ["-Answer 1.", "+Answer 2."]
    for line in (
        "- toy__look_up {'word': 'pear'}",
        "~ toy__look_up",
        "-four",
        "+Answer briefly.",
        "+Answer 2.",
    ):
        assert line in out
    of_bob = ["traces", "compare", "aaaa", "bbbb", "--user", "bob", "--traces-url-file", str(place)]
    assert run_command(app, of_bob) == 1
    assert "There is no trace that begins with 'aaaa'" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("words", "complaint"),
    [
        (
            ("prompt=1", "3f9c"),
            "A run and a set cannot be compared. Name two runs, or",
        ),
        (("colour=1", "prompt=2"), "not chosen by 'colour'. By prompt, profile, model, days."),
        (("days=x", "days=2"), "'x' is no number of days"),
    ],
)
def test_what_cannot_be_compared_is_a_line(
    words: tuple[str, str], complaint: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run_command(app, ["traces", "compare", *words]) == 2

    assert complaint in capsys.readouterr().err


def test_intervals_are_those_of_the_papers() -> None:
    low, high = intervals.share_difference(48, 80, 56, 70)  # the first example of Newcombe's paper
    assert [low, high] == pytest.approx([0.0524, 0.3339], abs=5e-5)
    assert list(intervals.wilson(0, 20)) == pytest.approx([0.0, 0.1611], abs=5e-5)
    assert intervals.p95([1, 2, 3, 4, 5]) == pytest.approx(4.8)

    same = intervals.difference([1, 2, 3, 4] * 20, [1, 2, 3, 4] * 20, intervals.mean)
    assert same[0] < 0 < same[1]
    # the normal approximation: 1.96 * sqrt(2 * 1.25 / 80)
    assert same[1] == pytest.approx(0.3465, rel=0.1)
