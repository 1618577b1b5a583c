"""A run of the real loop as its trace: each call with its tokens, time, cost, and what was decided."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, cast

import pytest

from ankus_runner.constraint import parse_plan
from ankus_runner.errors import NotAnsweredError
from ankus_runner.events import (
    Approved,
    CallMade,
    Event,
    ModelDecided,
    PlanMade,
    ResultSeen,
    RunBegan,
    RunEnded,
    StepStarted,
    TextArrived,
)
from ankus_runner.hosts import ToolResult
from ankus_runner.profile import Profile
from ankus_runner.traces import names
from ankus_runner.traces.export import exported
from ankus_runner.traces.reading import (
    Row,
    TraceNotFoundError,
    Wanted,
    approvals_of,
    find_trace,
    list_traces,
    spans_of,
    sums,
)
from ankus_runner.traces.record import Recorder
from ankus_runner.traces.span import Record, Span, Trace
from ankus_runner.traces.store import connected
from tests.fixtures.agent import OpenAgent
from tests.fixtures.scripted import Reply, ScriptedModel, call, final
from tests.fixtures.traces import TraceDatabase


def the_trace(database: TraceDatabase) -> tuple[Row, list[Row]]:
    """The only run, with its spans."""
    with connected(database.url) as connection:
        [trace] = list_traces(connection, Wanted())
        return trace, spans_of(connection, trace["trace_id"])


def of_kind(spans: list[Row], kind: str) -> list[Row]:
    return [span for span in spans if span["kind"] == kind]


async def test_each_model_call_has_its_tokens_cost_and_time_to_first_token(
    open_agent: OpenAgent, scripted: ScriptedModel, trace_database: TraceDatabase
) -> None:
    scripted.play(call("toy__look_up", {"word": "apple"}), final("An apple."))

    with trace_database.recorder() as recorder:
        async with open_agent(listener=recorder) as session:
            outcome = await session.ask("What is an apple?")

    trace, spans = the_trace(trace_database)
    first, second = of_kind(spans, "model")
    assert (first["prompt_tokens"], first["cached_tokens"]) == (100, 60)
    assert first["completion_tokens"] + second["completion_tokens"] == outcome.usage.completion
    assert first["cost"] == pytest.approx((40 * 1.0 + 60 * 0.5 + first["completion_tokens"] * 2.0) / 1e6)
    assert 0 < first["first_token_seconds"] <= first["seconds"]
    assert second["output"] == "Thought: Done.\nFinal: An apple."
    assert second["attrs"][names.FINISH_REASONS] == ["stop"]
    assert (trace["prompt_tokens"], trace["cached_tokens"]) == (200, 120)
    assert trace["cost"] == pytest.approx(first["cost"] + second["cost"])
    assert (trace["status"], trace["steps"], trace["model_calls"]) == ("ok", 2, 2)
    assert trace["question"] == "What is an apple?"
    assert trace_database.losses is None


async def test_each_tool_call_has_its_arguments_and_its_result_the_prelude_included(
    open_agent: OpenAgent, scripted: ScriptedModel, trace_database: TraceDatabase
) -> None:
    scripted.play(
        call("toy__fail_always", {"reason": "rain"}), call("toy__look_up", {"word": "a"}), final("A.")
    )

    with trace_database.recorder() as recorder:
        async with open_agent(listener=recorder) as session:
            await session.ask("a?")

    trace, spans = the_trace(trace_database)
    prelude, failed, good = of_kind(spans, "tool")
    assert (prelude["tool"], prelude["attrs"][names.OPENING]) == ("toy__list_words", True)
    assert prelude["output"]["text"] == "Words: apple, pear"
    assert prelude["seconds"] > 0
    assert (failed["status"], failed["error"]) == ("error", "tool_error")
    assert "it failed: rain" in failed["output"]["text"]
    assert good["input"] == {"word": "a"}
    assert (good["status"], good["step"]) == ("ok", 2)
    assert trace["tool_calls"] == 3


async def test_spans_lie_within_their_parents(
    open_agent: OpenAgent, scripted: ScriptedModel, trace_database: TraceDatabase
) -> None:
    scripted.play(call("toy__look_up", {"word": "a"}), final("A."))

    with trace_database.recorder() as recorder:
        async with open_agent(listener=recorder) as session:
            await session.ask("a?")

    _, spans = the_trace(trace_database)
    by_id = {span["span_id"]: span for span in spans}
    kinds = {(by_id[span["parent_id"]]["kind"], span["kind"]) for span in spans if span["parent_id"]}
    assert kinds == {
        *(("run", kind) for kind in ("decision", "step", "tool")),
        *(("step", kind) for kind in ("model", "tool")),
    }
    for span in spans:
        above = by_id.get(span["parent_id"])
        if above and names.OPENING not in span["attrs"]:
            assert span["started_at"] >= above["started_at"]
            assert span["seconds"] <= above["seconds"]


async def test_a_prompt_that_grew_is_kept_once(
    open_agent: OpenAgent, scripted: ScriptedModel, trace_database: TraceDatabase
) -> None:
    scripted.play(call("toy__look_up", {"word": "a"}), call("toy__look_up", {"word": "b"}), final("Both."))

    with trace_database.recorder() as recorder:
        async with open_agent(listener=recorder) as session:
            await session.ask("a and b?")

    inputs = [span["input"] for span in of_kind(the_trace(trace_database)[1], "model")]
    sent: list[Any] = []
    for request, kept in zip(scripted.requests, inputs, strict=True):
        sent = sent[: kept["kept"]] + kept["messages"]
        assert sent == request["messages"]
    assert [kept["kept"] for kept in inputs] == [0, 2, 4]


async def test_what_was_discarded_is_a_decision_with_its_reason(
    open_agent: OpenAgent, scripted: ScriptedModel, trace_database: TraceDatabase
) -> None:
    scripted.play(Reply("I will look."), call("toy__look_up", {"word": "a"}), final("A."))

    with trace_database.recorder() as recorder:
        async with open_agent(listener=recorder) as session:
            await session.ask("a?")

    [_, decision] = of_kind(the_trace(trace_database)[1], "decision")  # the first chose the prompt
    assert decision["name"] == "discarded"
    assert decision["attrs"][names.REASON].startswith("That was not a valid step")


async def test_a_run_without_an_answer_keeps_its_error(
    open_agent: OpenAgent, scripted: ScriptedModel, trace_database: TraceDatabase
) -> None:
    scripted.play(Reply("Hm."), repeat_last=True)

    with trace_database.recorder() as recorder:
        async with open_agent(listener=recorder) as session:
            with pytest.raises(NotAnsweredError):
                await session.ask("a?")

    trace, spans = the_trace(trace_database)
    assert (trace["status"], trace["error"]) == ("error", "not_answered")
    assert "4 invalid steps" in of_kind(spans, "run")[0]["output"]
    assert len(of_kind(spans, "model")) == 4


async def test_questions_of_one_conversation_share_its_id(
    open_agent: OpenAgent, scripted: ScriptedModel, trace_database: TraceDatabase
) -> None:
    scripted.play(
        call("toy__look_up", {"word": "a"}), final("A."), call("toy__look_up", {"word": "b"}), final("B.")
    )

    with trace_database.recorder() as recorder:
        async with open_agent(listener=recorder) as session:
            await session.say("a?")
            await session.say("b?")

    with connected(trace_database.url) as connection:
        newest, oldest = list_traces(connection, Wanted())
        [row] = sums(connection, 1)["runs"]
        tools = {tool["tool"]: tool["calls"] for tool in sums(connection, 1)["tools"]}
        assert find_trace(connection, newest["trace_id"][:20])["trace_id"] == newest["trace_id"]
    assert newest["question"] == "b?"
    assert newest["conversation"] == oldest["conversation"]
    assert (row["profile"], row["runs"], row["answered"]) == ("toys", 2, 2)
    assert tools == {"toy__look_up": 2, "toy__list_words": 1}


def test_a_run_that_is_cancelled_ends_all_that_is_open(toy_profile: Profile) -> None:
    records: list[Record] = []
    recorder = Recorder(records.append)

    recorder(RunBegan("a?", toy_profile, "m"))
    recorder(ModelDecided("small", "is passed over for large", "it failed twice"))
    recorder(RunEnded())

    decision, run = (record for record in records if isinstance(record, Span))
    assert decision.name == "small is passed over for large"
    assert (run.kind, run.status) == ("run", "cancelled")
    assert [record.status for record in records if isinstance(record, Trace)] == ["running", "cancelled"]


@dataclass(frozen=True)
class ToolGrown:
    """An event that the recorder has never heard of."""

    steps: tuple[str, ...]
    tokens: int
    of: Mapping[str, object]


def test_an_event_of_an_unknown_kind_is_a_decision_with_all_that_it_holds(
    toy_profile: Profile, trace_database: TraceDatabase
) -> None:
    event = ToolGrown(("look up", "answer"), 7, {"server": Path("toy"), "api_key": "planted"})

    with trace_database.recorder() as recorder:
        recorder(RunBegan("a?", toy_profile, "m"))
        recorder(TextArrived("a piece"))
        recorder(cast("Event", event))
        recorder(RunEnded())

    [decision] = of_kind(the_trace(trace_database)[1], "decision")
    assert decision["name"] == "tool grown"
    assert decision["input"] == {
        "steps": ["look up", "answer"],
        "tokens": 7,
        "of": {"server": "toy", "api_key": "***"},
    }


def test_runs_side_by_side_have_a_recorder_each_and_mix_nothing(toy_profile: Profile) -> None:
    records: list[Record] = []
    recorders = {word: Recorder(records.append) for word in ("a", "b")}

    for word, recorder in recorders.items():
        recorder(RunBegan(f"{word}?", toy_profile, "m", run_id=word))
    for word, recorder in recorders.items():
        recorder(StepStarted(1))
        recorder(CallMade("toy__look_up", {"word": word}))
    for word, recorder in recorders.items():
        recorder(ResultSeen("toy__look_up", ToolResult(word, None, failed=False)))
        recorder(RunEnded())

    spans = [record for record in records if isinstance(record, Span)]
    calls = {span.trace_id: (span.input, span.output["text"]) for span in spans if span.kind == "tool"}
    assert calls == {word: ({"word": word}, word) for word in recorders}
    assert sorted(span.trace_id for span in spans) == ["a", "a", "a", "b", "b", "b"]


def test_a_run_whose_end_was_never_told_is_ended_by_the_next(toy_profile: Profile) -> None:
    records: list[Record] = []
    recorder = Recorder(records.append)

    recorder(RunBegan("a?", toy_profile, "m", run_id="a"))
    recorder(RunBegan("b?", toy_profile, "m", run_id="b"))

    ends = [(record.trace_id, record.status) for record in records if isinstance(record, Trace)]
    assert ends == [("a", "running"), ("a", "cancelled"), ("b", "running")]


def test_another_users_runs_are_as_if_they_were_not_there(
    toy_profile: Profile, trace_database: TraceDatabase
) -> None:
    with trace_database.recorder() as recorder:
        for user in ("ann", "bob"):
            recorder(RunBegan(f"{user}?", toy_profile, "m", run_id=f"{user}1", user=user))
            recorder(StepStarted(1))
            recorder(Approved("toy__drop", {}, "approved", user))
            recorder(CallMade(f"toy__{user}", {}))
            recorder(RunEnded())

    with connected(trace_database.url) as connection:
        mine = Wanted(user="ann")
        assert [trace["question"] for trace in list_traces(connection, mine)] == ["ann?"]
        assert [trace["trace_id"] for trace in exported(connection, mine)] == ["ann1"]
        assert find_trace(connection, "ann", "ann")["user_name"] == "ann"
        with pytest.raises(TraceNotFoundError, match="no trace that begins with 'bob1'"):
            find_trace(connection, "bob1", "ann")
        for read in (spans_of, approvals_of):
            assert read(connection, "bob1", "bob")
            assert not read(connection, "bob1", "ann")
        found = sums(connection, None, "ann")
        assert [row["runs"] for row in found["runs"]] == [1]
        assert [row["tool"] for row in found["tools"]] == ["toy__ann"]
        assert len(list_traces(connection, Wanted())) == 2


def test_an_approval_stays_and_cannot_be_rewritten(
    toy_profile: Profile, trace_database: TraceDatabase
) -> None:
    with trace_database.recorder() as recorder:
        recorder(RunBegan("a?", toy_profile, "m"))
        recorder(Approved("toy__drop", {"table": "t", "password": "hunter22"}, "refused", "ann"))
        recorder(RunEnded())

    rows = trace_database.rows("SELECT tool, arguments, verdict, decided_by FROM ankus_trace.approval")
    assert rows == [("toy__drop", {"table": "t", "password": "***"}, "refused", "ann")]
    for statement in ("DELETE FROM", "UPDATE", "TRUNCATE"):
        text = f"{statement} ankus_trace.approval" + (" SET tool = ''" if statement == "UPDATE" else "")
        with pytest.raises(Exception, match="append-only"):
            trace_database.rows(text)


def test_calls_of_a_plan_that_end_in_another_order_have_their_own_results(toy_profile: Profile) -> None:
    records: list[Record] = []
    recorder = Recorder(records.append)
    recorder(RunBegan("Who?", toy_profile, "m"))
    recorder(PlanMade(parse_plan('E1 = t {"a":1}'), {"E1": []}))
    for name in ("E1", "E2"):
        recorder(CallMade("t", {"name": name}, name))
    for name in ("E2", "E1"):
        recorder(ResultSeen("t", ToolResult(f"of {name}", None, failed=False), name))

    [planned] = [record for record in records if isinstance(record, Span) and names.PLAN in record.attributes]
    assert planned.attributes[names.PLAN] == 'E1 = t {"a":1}'
    calls = [record for record in records if isinstance(record, Span) and record.kind == "tool"]
    assert {span.input["name"]: span.output["text"] for span in calls} == {"E1": "of E1", "E2": "of E2"}
