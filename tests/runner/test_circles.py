"""A run that turns in a circle is led out by its grammar; whatever a model does, a run ends in its limits."""

from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from ankus_runner.circles import CircleWatch
from ankus_runner.config import HostConfig
from ankus_runner.errors import NotAnsweredError
from ankus_runner.events import CallMade, Event, Guarded, RunBegan, StepStarted
from ankus_runner.hooks import Hooks
from ankus_runner.profile import Limits, Profile
from ankus_runner.session import Endpoint, open_session
from ankus_runner.traces import names
from ankus_runner.traces.record import Recorder
from ankus_runner.traces.span import Record, Span
from tests.fixtures.agent import OpenAgent
from tests.fixtures.scripted import Reply, ScriptedModel, call, final, serve_scripted


@pytest.fixture
def toy_config(toys: HostConfig, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> HostConfig:
    """The toy server of the module, whose traces go to this test's folder."""
    monkeypatch.setenv("TOY_FOLDER", str(tmp_path))
    return toys


def found(results: list[tuple[str, str]], **limits: int) -> list[str]:
    """Which circles are seen, one result after the other; "" for none."""
    watch = CircleWatch(Limits.model_validate(limits))
    watch.know("the question")
    circles = [watch.answered(tool, text) for tool, text in results]
    return [circle.kind if circle else "" for circle in circles]


@pytest.mark.parametrize(
    ("results", "kinds"),
    [
        ("a1 a1 a1", ["", "", "same result"]),
        ("a1 b1 a1 a1", ["", "", "", ""]),
        ("a1 b2 a1 b2", ["", "", "", "cycle"]),
        ("a1 b2 c3 a1 b2 c3", ["", "", "", "", "", "cycle"]),
        ("a1 b2 a3 b4 a5 b6", [""] * 6),
        ("a1 a2 b3 a4 a3 a1 b2", ["", "", "", "", "", "", ""]),
        ("a1 a2 b3 a2 a3 b1 a1", ["", "", "", "", "", "", "no news"]),
    ],
)
def test_a_circle_is_seen_by_what_was_answered(results: str, kinds: list[str]) -> None:
    assert found([(result[0], result[1]) for result in results.split()]) == kinds


def test_the_words_of_the_question_are_no_news_and_a_number_is() -> None:
    assert found([("a", "The QUESTION"), ("b", "question?")], no_news=2) == ["", "no news"]
    assert found([("a", "The QUESTION"), ("b", "question: 42")], no_news=2) == ["", ""]


def test_calls_that_were_made_before_go_round_too() -> None:
    watch = CircleWatch(Limits())
    for tool in "abab":
        watch.called(tool, f"{tool} {{}}")

    circle = watch.around("b")
    assert circle.kind == "cycle"
    assert circle.tools == {"a", "b"}
    assert watch.around("b").kind == "same call"  # it has been told


def test_what_writes_is_progress() -> None:
    watch = CircleWatch(Limits(same_result=2))
    assert watch.answered("a", "1") is None
    watch.wrote()
    assert watch.answered("a", "1") is None


def tools_in(request: dict[str, Any]) -> list[str]:
    return [name for name in ("look_up", "fail_always", "list_words") if f"toy__{name}" in request["grammar"]]


async def test_another_call_with_the_same_result_leaves_only_the_answer(
    open_agent: OpenAgent, scripted: ScriptedModel, events: list[Event]
) -> None:
    # the advice on a word with x is one and the same
    words = [call("toy__look_up", {"word": f"x{n}"}) for n in range(3)]
    scripted.play(*words, final("There is none."))

    async with open_agent() as session:
        outcome = await session.ask("x?")

    assert outcome.answer == "There is none."
    assert [tools_in(request) for request in scripted.requests[2:]] == [
        ["look_up", "fail_always", "list_words"],
        [],
    ]
    [guarded] = [event for event in events if isinstance(event, Guarded)]
    assert (guarded.kind, guarded.tools) == ("same result", ("toy__look_up",))


async def test_where_no_answer_is_possible_the_tool_leaves_the_next_step(
    toys: HostConfig, toy_profile: Profile, scripted: ScriptedModel, events: list[Event]
) -> None:
    profile = toy_profile.model_copy(update={"answer_after": ("toy__fail_always",)})
    word = [call("toy__look_up", {"word": "a"}), call("toy__look_up", {"word": "b"})]
    scripted.play(word[0], word[0], word[1], call("toy__list_words", {}), word[1])
    scripted.script += [Reply(status=401)]

    async with open_session(Endpoint(scripted.url, "m"), toys, profile, Hooks(events.append)) as session:
        with pytest.raises(Exception, match="401"):
            await session.ask("a?")

    # called again in the second step, it is left out until another tool has been called
    offered = ["look_up" in tools_in(request) for request in scripted.requests]
    assert offered == [True, True, False, False, True, True]
    called = [event.tool for event in events if isinstance(event, CallMade)]
    assert called == ["toy__look_up", "toy__list_words", "toy__look_up"]


async def test_a_run_ends_where_it_has_cost_what_it_may(
    open_agent: OpenAgent, scripted: ScriptedModel
) -> None:
    scripted.respond = lambda body: call("toy__look_up", {"word": f"w{len(scripted.requests)}"})

    async with open_agent(cost=0.00005) as session:
        with pytest.raises(NotAnsweredError, match=r"a cost of 5e-05\. .*--max-cost"):
            await session.ask("a?")

    assert len(scripted.requests) == 1  # which cost more


STEPS = st.one_of(
    st.sampled_from(["a", "b", "x1", "x2", "x3"]).map(lambda word: call("toy__look_up", {"word": word})),
    st.sampled_from(["rust", "dust"]).map(lambda reason: call("toy__fail_always", {"reason": reason})),
    st.just(call("toy__list_words", {})),
    st.just(call("toy__look_up", {"word": 7})),
    st.sampled_from([final("I guess."), Reply("Hm."), Reply("Call: toy__look_up {", finish_reason="length")]),
)


@settings(max_examples=12, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(STEPS, min_size=1, max_size=8), st.booleans())
async def test_whatever_a_model_does_the_run_ends_and_nothing_outside_of_the_grammar_is_called(
    toys: HostConfig, toy_profile: Profile, steps: list[Reply], may_answer: bool
) -> None:
    limits = Limits(steps=8, same_result=2, no_news=2)
    after = ("toy__look_up",) if may_answer else ("toy__fail_always",)
    profile = toy_profile.model_copy(update={"limits": limits, "answer_after": after})
    turn = iter(steps * 20)
    with serve_scripted(ScriptedModel(respond=lambda _: next(turn))) as model:

        def look(event: Event) -> None:
            if isinstance(event, CallMade):
                assert event.tool in model.requests[-1]["grammar"]

        async with open_session(Endpoint(model.url, "m"), toys, profile, Hooks(look)) as session:
            with suppress(NotAnsweredError):
                assert (await session.ask("what?")).steps <= limits.steps
        assert len(model.requests) <= 2 * limits.steps  # a step that was cut off is asked for twice


def test_a_trace_holds_the_circle_as_a_decision(toy_profile: Profile) -> None:
    records: list[Record] = []
    recorder = Recorder(records.append)
    for event in (RunBegan("a?", toy_profile, "m"), StepStarted(1), Guarded("cycle", ("a", "b"), "round")):
        recorder(event)

    [decision] = [record for record in records if isinstance(record, Span)]
    assert (decision.kind, decision.name) == ("decision", "circle: cycle")
    assert decision.attributes[names.REASON] == "round"
