"""Calls that may destroy something wait for a person's word, and where nobody can be asked there are none."""

from pathlib import Path
from typing import Any

import pytest
from mcp_types import Tool as McpTool
from mcp_types import ToolAnnotations

from ankus_runner.approvals import MOST_EDITS, Answer, Approvals, Gate, Rules, digest, without
from ankus_runner.catalogue import Tool, build_catalogue
from ankus_runner.config import HostConfig
from ankus_runner.constraint import Call
from ankus_runner.conversation import Conversation, History
from ankus_runner.errors import ApprovalError, NotAllowedError
from ankus_runner.events import ApprovalAsked, Approved, CallMade, Event, Sampling
from ankus_runner.guard import RunGuard
from ankus_runner.hooks import AllowAll, AllowNone, Hooks
from ankus_runner.profile import ApprovalPolicy, Limits
from ankus_runner.run import Run
from tests.fixtures.agent import OpenAgent
from tests.fixtures.asked import YES, Person
from tests.fixtures.scripted import ScriptedModel, call, final
from tests.fixtures.traces import TraceDatabase

DROP = call("toy__drop_table", {"name": "orders"})
LOOK = call("toy__look_up", {"word": "a"})


@pytest.fixture
def toy_config(toys: HostConfig, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> HostConfig:
    """The toy server of the module, whose traces go to this test's folder."""
    monkeypatch.setenv("TOY_FOLDER", str(tmp_path))
    return toys


def made(events: list[Event]) -> list[str]:
    return [event.tool for event in events if isinstance(event, CallMade)]


def said(events: list[Event]) -> list[tuple[str, str]]:
    return [(event.verdict, event.by) for event in events if isinstance(event, Approved)]


def last_message(scripted: ScriptedModel, request: int) -> str:
    return str(scripted.requests[request]["messages"][-1]["content"])


async def test_the_exact_call_is_shown_and_made_when_a_person_allows_it(
    open_agent: OpenAgent, scripted: ScriptedModel, events: list[Event], tmp_path: Path
) -> None:
    scripted.play(DROP, LOOK, final("Gone."))
    person = Person([YES])

    async with open_agent(hooks=person.hooks()) as session:
        await session.ask("drop it")

    [asked] = person.asked
    assert (asked.user, asked.tool, asked.arguments) == ("ann", "toy__drop_table", {"name": "orders"})
    assert asked.digest == digest(Call("toy__drop_table", {"name": "orders"}))
    assert (tmp_path / "dropped-orders").exists()
    assert said(events) == [("approved", "bob")]
    assert made(events) == ["toy__drop_table", "toy__look_up"]


async def test_a_refusal_is_read_by_the_model_and_nothing_is_called(
    open_agent: OpenAgent, scripted: ScriptedModel, events: list[Event], tmp_path: Path
) -> None:
    scripted.play(DROP, LOOK, final("Kept."))
    person = Person([Answer("refuse", reason="we need the orders", by="bob")])

    async with open_agent(hooks=person.hooks()) as session:
        outcome = await session.ask("drop it")

    assert outcome.answer == "Kept."
    assert "A person refused this call: we need the orders" in last_message(scripted, 1)
    assert not (tmp_path / "dropped-orders").exists()
    assert said(events) == [("refused", "bob")]


async def test_an_edit_is_validated_asked_about_again_and_shown_to_the_model(
    open_agent: OpenAgent, scripted: ScriptedModel, events: list[Event], tmp_path: Path
) -> None:
    scripted.play(DROP, LOOK, final("Dropped drafts."))
    person = Person([Answer("edit", {"name": "x" * 21}), Answer("edit", {"name": "drafts"}, by="bob")])

    async with open_agent(hooks=person.hooks()) as session:
        await session.ask("drop it")

    assert "too long" in person.asked[1].problem
    assert [path.name for path in tmp_path.glob("dropped-*")] == ["dropped-drafts"]
    assert said(events) == [("edited", "bob")]
    step = scripted.requests[1]["messages"][-2]["content"]
    assert "A person changed the arguments" in step
    assert step.endswith('Call: toy__drop_table {"name":"drafts"}')


async def test_silence_is_a_refusal_and_the_tool_leaves_the_grammar(
    open_agent: OpenAgent, scripted: ScriptedModel, events: list[Event]
) -> None:
    scripted.play(DROP, LOOK, final("Kept."))

    async with open_agent(hooks=Person([None]).hooks(seconds=0.05)) as session:
        outcome = await session.ask("drop it")

    assert outcome.answer == "Kept."
    assert "Nobody allowed this call within 0.05 seconds" in last_message(scripted, 1)
    assert said(events) == [("timed_out", "")]
    grammars = [str(request["grammar"]) for request in scripted.requests]
    assert ["toy__drop_table" in grammar for grammar in grammars] == [True, False, False]


async def test_where_nobody_can_be_asked_the_tool_is_in_no_grammar_no_prompt_and_no_call(
    open_agent: OpenAgent, scripted: ScriptedModel, events: list[Event], tmp_path: Path
) -> None:
    scripted.play(DROP, LOOK, final("Kept."))

    async with open_agent(hooks=Hooks(approver=AllowNone())) as session:
        await session.ask("drop it")

    assert not any("toy__drop_table" in request["grammar"] for request in scripted.requests)
    assert "toy__drop_table" not in scripted.requests[0]["messages"][0]["content"]
    assert "There is no tool toy__drop_table now" in last_message(scripted, 1)
    assert made(events) == ["toy__look_up"]
    assert not list(tmp_path.glob("dropped-*"))


async def test_a_profile_that_could_only_ask_says_so_at_once(
    open_agent: OpenAgent, scripted: ScriptedModel
) -> None:
    approvals = {"ask": ["toy__*"]}
    async with open_agent(hooks=Hooks(approver=AllowNone()), approvals=approvals) as session:
        with pytest.raises(NotAllowedError, match="nobody can be asked") as caught:
            await session.ask("drop it")

    assert caught.value.code == "nobody_to_ask"
    assert scripted.requests == []


async def test_a_call_that_is_asked_about_is_not_sampled_again(
    open_agent: OpenAgent, scripted: ScriptedModel, events: list[Event]
) -> None:
    scripted.play(LOOK, final("A."))
    person = Person([YES])

    async with open_agent(samples=3, hooks=person.hooks(), approvals={"ask": ["toy__look_up"]}) as session:
        await session.ask("a?")

    assert len(person.asked) == 1
    assert not [event for event in events if isinstance(event, Sampling)]


async def test_what_was_said_is_written_down_before_the_call_goes_out(
    open_agent: OpenAgent, scripted: ScriptedModel, trace_database: TraceDatabase
) -> None:
    scripted.play(DROP, LOOK, final("Gone."))
    query = "SELECT tool, arguments->>'name', verdict, decided_by FROM ankus_trace.approval"
    written: list[tuple[object, ...]] = []

    def look(event: Event) -> None:
        if isinstance(event, CallMade) and event.tool == "toy__drop_table":
            written.extend(trace_database.rows(query))

    with trace_database.kept() as kept:
        hooks = Hooks(approver=Person([YES]).hooks().approver, ledger=kept.ledger)

        def both(event: Event) -> None:
            look(event)
            kept(event)

        async with open_agent(listener=both, hooks=hooks, approvals={"log": "required"}) as session:
            await session.ask("drop it")

    assert written == [("toy__drop_table", "orders", "approved", "bob")]


def tool(**hints: bool) -> Tool:
    schema = {"type": "object", "properties": {"name": {"type": "string", "maxLength": 9}}}
    offered = McpTool(name="drop", input_schema=schema, annotations=ToolAnnotations(**hints))
    return build_catalogue({"s": [offered]}).find("s__drop")


@pytest.mark.parametrize(
    ("hints", "rules", "need"),
    [
        ({}, {}, "ask"),
        ({"read_only_hint": True}, {}, "free"),
        ({"destructive_hint": False}, {}, "free"),
        ({"read_only_hint": True}, {"ask": ["s__*"]}, "ask"),
        ({}, {"allow": ["s__dr*"]}, "free"),
        ({}, {"allow": ["s__*"], "ask": ["s__drop"]}, "ask"),
        ({"read_only_hint": True}, {"allow": ["*"], "never": ["s__drop"]}, "never"),
    ],
)
def test_a_tools_hints_and_the_profile_say_whether_it_needs_a_word(
    hints: dict[str, bool], rules: dict[str, Any], need: str
) -> None:
    assert Rules(ApprovalPolicy.model_validate(rules)).of(tool(**hints)) == need


def a_run(hooks: Hooks) -> Run:
    return Run("q", Conversation("", "", "q", History()), RunGuard(Limits()), hooks)


@pytest.mark.parametrize(("remember", "asked"), [("", 3), ("call", 2), ("tool", 1)])
async def test_a_word_holds_for_the_session_where_the_person_says_so(remember: Any, asked: int) -> None:
    person = Person([Answer("approve", by="bob", remember=remember)])
    approvals = Approvals(person, 60)

    for name in ("a", "a", "b"):
        verdict = await approvals.ask(a_run(Hooks()), Call("s__drop", {"name": name}), tool())
        assert verdict.call == Call("s__drop", {"name": name})

    assert len(person.asked) == asked


@pytest.mark.parametrize("answer", [Answer("edit", {"name": "too long a name"}), Answer("edit")])
async def test_wrong_edits_for_ever_are_a_refusal(answer: Answer) -> None:
    wrong = tool()
    person, needed = Person([answer]), {**wrong.full_schema, "required": ["name"]}
    strict = Tool(**{**vars(wrong), "full_schema": needed})

    verdict = await Approvals(person, 60).ask(a_run(Hooks()), Call("s__drop", {"name": "a"}), strict)

    assert verdict.call is None
    assert len(person.asked) == MOST_EDITS


async def test_a_secret_is_neither_shown_nor_lost() -> None:
    events: list[Event] = []
    person = Person([Answer("edit", {"url": "pg://ann:***@h", "name": "new"}, by="bob")])
    approvals = Approvals(person, 60, without(["hunter2-hunter2"]))
    before = {"url": "pg://ann:hunter2-hunter2@h", "name": "old", "more": [{"hunter2-hunter2": 1}]}

    verdict = await approvals.ask(a_run(Hooks(events.append)), Call("s__drop", before), tool())

    assert verdict.call == Call("s__drop", {"url": "pg://ann:hunter2-hunter2@h", "name": "new"})
    shown = [person.asked[0].arguments, *(e.arguments for e in events if isinstance(e, ApprovalAsked))]
    assert len(shown) == 2
    assert "hunter2" not in str(shown)


class Unreachable:
    async def ask(self, asked: object) -> Answer:
        raise ApprovalError("down")


class Late:
    async def kept(self, seconds: float) -> bool:
        return False


@pytest.mark.parametrize(
    ("hooks", "log", "refusal"),
    [
        (Hooks(approver=Approvals(Unreachable(), 60)), "best_effort", "could be asked about this call: down"),
        (Hooks(approver=AllowAll(), ledger=Late()), "required", "the log of approvals cannot be written"),
        (Hooks(approver=AllowAll(), ledger=Late()), "best_effort", ""),
    ],
)
async def test_who_cannot_be_asked_and_what_cannot_be_written_down_are_refusals(
    hooks: Hooks, log: str, refusal: str
) -> None:
    gate = Gate(Rules(ApprovalPolicy.model_validate({"log": log})))

    verdict = await gate.word(a_run(hooks), Call("s__drop", {}), tool())

    assert refusal in verdict.reason
    assert (verdict.call is None) == bool(refusal)
