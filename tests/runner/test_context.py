"""The context ladder: whatever the sizes, what is sent fits, and what matters most stays as it is."""

import re
from collections.abc import Callable
from itertools import pairwise
from typing import Any

import pytest

from ankus_runner.catalogue import UnknownTool
from ankus_runner.config import HostConfig
from ankus_runner.constraint import parse_step, render_json_step
from ankus_runner.endpoints import Models
from ankus_runner.errors import ContextFullError
from ankus_runner.events import (
    Event,
    ModelDecided,
    PromptReduced,
    ResultSeen,
    StepDiscarded,
    TextArrived,
    Warned,
)
from ankus_runner.hooks import Hooks
from ankus_runner.profile import ContextPolicy, Limits, Profile
from ankus_runner.results import READ
from ankus_runner.session import Endpoint, open_session
from ankus_runner.summary import WRITE
from tests.fixtures.agent import OpenAgent
from tests.fixtures.scripted import Reply, ScriptedModel, call, final, serve_scripted

LIMITS = {"steps": 60, "tokens": 10**9, "observation_chars": 2_000, "context_tokens": 6_000}
SUMMARY = {
    "goal": "Words.",
    "facts": [{"fact": "w0 means itself.", "source": "question"}],
    "open_questions": ["And the rest?"],
    "decisions": [],
}
TIMES = 60_000
"""So often the toy says what a word means: more than 1 MB."""


def said(request: dict[str, Any]) -> list[str]:
    """What stands in the messages of a request."""
    return [message["content"] for message in request["messages"]]


def sums_up(request: dict[str, Any]) -> bool:
    """Whether a request asks for a summary."""
    return WRITE in request["grammar"]


def steps(scripted: ScriptedModel) -> list[dict[str, Any]]:
    """The requests for a step."""
    return [request for request in scripted.requests if not sums_up(request)]


def looks_up(words: int, summary: Reply | None = None, times: int = 200) -> Callable[[dict[str, Any]], Reply]:
    """A model that looks `words` words up for each question, each once, and then answers."""
    made = iter(range(10**6))

    def respond(request: dict[str, Any]) -> Reply:
        if sums_up(request):
            return summary or call(WRITE, SUMMARY)
        number = next(made)
        if number % (words + 1) == words:
            return final(f"Answer {number}.")
        return call("toy__look_up", {"word": f"w{number}", "times": times})

    return respond


@pytest.mark.parametrize("strategy", ["window", "summarise", "mask", "hybrid", "selective"])
async def test_two_hundred_steps_with_results_of_a_megabyte_fit(
    open_agent: OpenAgent, scripted: ScriptedModel, events: list[Event], strategy: str
) -> None:
    scripted.tokenizer, scripted.context = True, LIMITS["context_tokens"]
    scripted.respond = looks_up(49, times=TIMES)

    async with open_agent(context={"strategy": strategy}, **LIMITS) as session:
        answers = [(await session.say(f"Question {number}?")).answer for number in range(4)]

    assert answers == ["Answer 49.", "Answer 99.", "Answer 149.", "Answer 199."]
    results = [event.result.text for event in events if isinstance(event, ResultSeen)]
    assert len(results) == 196
    assert min(map(len, results)) > 1_000_000
    assert len(steps(scripted)) == 200
    for number, request in enumerate(steps(scripted)):
        holds_together(request, f"Question {number // 50}?")
    reductions = [event for event in events if isinstance(event, PromptReduced)]
    assert 10 < len(reductions) < 100  # each makes room for several steps
    assert any(sums_up(request) for request in scripted.requests) == (strategy in ("summarise", "hybrid"))
    assert scripted.counted < 1_500


def holds_together(request: dict[str, Any], question: str) -> None:
    """System prompt, opening and question are there; calls have their results, the newest two verbatim."""
    system, *others = request["messages"]
    assert system["role"] == "system"
    assert "toy__look_up(" in system["content"]
    assert others[0]["content"].startswith("Words: apple, pear")
    assert [message["role"] for message in others] == (["user", "assistant"] * len(others))[: len(others)]
    assert any(message["content"].endswith(f"Question: {question}") for message in others)
    pairs = [
        (step["content"], result["content"])
        for step, result in zip(others[1::2], others[2::2], strict=False)
        if "Call: " in step["content"]
    ]
    whole = [f"{re.findall(r'w[0-9]+', step)[0]} means itself" in result for step, result in pairs]
    assert all(whole[-2:])
    assert all(
        seen or "left out to save room" in result for seen, (_, result) in zip(whole, pairs, strict=True)
    )


async def test_a_result_that_was_cut_is_read_on_by_its_handle(
    open_agent: OpenAgent, scripted: ScriptedModel
) -> None:
    scripted.play(
        call("toy__look_up", {"word": "long", "times": 100}),
        call(READ, {"handle": "obs1", "offset": 300}),
        call(READ, {"handle": "obs1", "offset": 700}),
        final("Long."),
    )

    async with open_agent(observation_chars=400) as session:
        await session.ask("long?")

    text = "long means itself. " * 100
    last = said(scripted.requests[-1])
    assert f'{len(text)} characters; {READ} {{"handle":"obs1","offset":300}} reads on' in last[3]
    assert text[300:700] in last[5]
    assert '"offset":700} reads on' in last[5]
    assert text[700:1100] in last[7]


async def test_the_grammar_reads_again_only_what_the_prompt_holds_in_part(
    open_agent: OpenAgent, scripted: ScriptedModel
) -> None:
    scripted.play(
        call("toy__look_up", {"word": "short"}),
        call("toy__look_up", {"word": "long", "times": 100}),
        final("Long."),
    )

    async with open_agent(observation_chars=400) as session:
        await session.ask("long?")

    first, second, third = (request["grammar"] for request in scripted.requests)
    assert READ not in first + second
    assert READ in third
    assert "obs2" in third
    assert "obs1" not in third


async def test_a_handle_that_is_not_there_is_refused_with_the_tools_that_are(
    open_agent: OpenAgent, scripted: ScriptedModel, events: list[Event]
) -> None:
    read = call(READ, {"handle": "obs7", "offset": 0})
    long = call("toy__look_up", {"word": "long", "times": 100})
    scripted.play(read, long, read, call(READ, {"handle": "obs1", "offset": 5_000}), final("Long."))

    async with open_agent(observation_chars=400) as session:
        await session.ask("long?")

    reasons = [event.reason for event in events if isinstance(event, StepDiscarded)]
    assert f"There is no tool {READ} now" in reasons[0]
    assert "obs7" in reasons[1]
    assert "none from 5000 on" in said(scripted.requests[-1])[-1]


async def test_a_profile_may_leave_reading_again_out(open_agent: OpenAgent, scripted: ScriptedModel) -> None:
    scripted.play(call("toy__look_up", {"word": "long", "times": 100}), final("Long."))

    async with open_agent(observation_chars=400, context={"read_again": False}) as session:
        await session.ask("long?")

    assert "(obs1 has 1900 characters.)" in said(scripted.requests[-1])[-1]
    assert READ not in scripted.requests[-1]["grammar"]


async def test_a_masked_result_is_read_again(open_agent: OpenAgent, scripted: ScriptedModel) -> None:
    words = [call("toy__look_up", {"word": f"w{number}", "times": 100}) for number in range(6)]
    scripted.tokenizer, scripted.context = True, 5_000
    scripted.play(*words, call(READ, {"handle": "obs1", "offset": 0}), final("Enough."))

    async with open_agent(
        context={"strategy": "mask"}, observation_chars=2_000, context_tokens=5_000
    ) as session:
        await session.ask("words?")

    assert "left out to save room" in said(scripted.requests[-2])[3]
    assert said(scripted.requests[-1])[-1].startswith("Observation: w0 means itself.")


async def test_a_result_that_became_too_old_is_no_longer_offered(
    open_agent: OpenAgent, scripted: ScriptedModel
) -> None:
    words = [call("toy__look_up", {"word": f"w{number}", "times": 100}) for number in range(3)]
    scripted.play(*words, final("Enough."))

    async with open_agent(observation_chars=400, context={"kept_chars": 3_500}) as session:
        await session.ask("words?")

    grammar = scripted.requests[-1]["grammar"]
    assert "obs2" in grammar
    assert "obs3" in grammar
    assert "obs1" not in grammar


async def test_the_prompt_grows_only_at_its_end_between_reductions(
    open_agent: OpenAgent, scripted: ScriptedModel, events: list[Event]
) -> None:
    scripted.tokenizer, scripted.context = True, LIMITS["context_tokens"]
    scripted.respond = looks_up(49)

    async with open_agent(context={"strategy": "mask"}, **LIMITS) as session:
        await session.ask("words?")

    prompts = [said(request) for request in scripted.requests]
    grown = [later[: len(earlier)] == earlier for earlier, later in pairwise(prompts)]
    reductions = [event for event in events if isinstance(event, PromptReduced)]
    assert grown.count(False) == len(reductions) > 0
    assert max(event.after for event in reductions) <= 0.8 * (LIMITS["context_tokens"] - 400)


async def test_a_summary_has_the_goal_and_facts_with_sources_and_stands_before_the_question(
    open_agent: OpenAgent, scripted: ScriptedModel
) -> None:
    scripted.tokenizer, scripted.context = True, LIMITS["context_tokens"]
    scripted.respond = looks_up(30)

    async with open_agent(context={"strategy": "summarise"}, **LIMITS) as session:
        outcome = await session.ask("words?")

    asked = next(request for request in scripted.requests if sums_up(request))
    assert "obs1: " in said(asked)[-1]
    assert said(asked)[:3] == said(scripted.requests[0])[:2] + said(scripted.requests[1])[2:3]
    first = said(scripted.requests[-1])[1]
    assert 'What came before, in short:\n<untrusted source="summary">\nGoal: Words.' in first
    assert "- w0 means itself. (question)" in first
    assert "- And the rest?" in first
    assert "Decisions" not in first
    assert first.endswith("Question: words?")
    assert outcome.usage.prompt == 100 * len(scripted.requests)  # what summaries cost is counted


@pytest.mark.parametrize(
    "summary",
    [
        Reply(call(WRITE, SUMMARY).text, finish_reason="length"),
        Reply("I would rather not."),
        call(WRITE, {"goal": "x"}),
        call("toy__look_up", {"word": "x"}),
        Reply(status=400, text="no such grammar"),
    ],
)
async def test_without_a_summary_the_oldest_steps_are_left_out(
    open_agent: OpenAgent, scripted: ScriptedModel, events: list[Event], summary: Reply
) -> None:
    scripted.tokenizer, scripted.context = True, LIMITS["context_tokens"]
    scripted.respond = looks_up(20, summary)

    async with open_agent(context={"strategy": "summarise"}, **LIMITS) as session:
        outcome = await session.ask("words?")

    assert outcome.answer == "Answer 20."
    assert "could not be summed up" in next(event.reason for event in events if isinstance(event, Warned))
    assert re.search(r"\(\d+ earlier steps and answers are left out\.\)", said(scripted.requests[-1])[1])


async def test_a_summary_that_a_model_cannot_write_is_written_by_the_next(
    scripted: ScriptedModel, toy_config: HostConfig, toy_profile: Profile, events: list[Event]
) -> None:
    scripted.tokenizer, scripted.context = True, LIMITS["context_tokens"]
    scripted.respond = looks_up(20, Reply(status=400, text="no such grammar"))
    profile = toy_profile.model_copy(
        update={
            "limits": Limits.model_validate(toy_profile.limits.model_dump() | LIMITS),
            "context": ContextPolicy(strategy="summarise"),
        }
    )
    with serve_scripted(ScriptedModel("other", ("json_schema",))) as other:
        other.play(Reply(render_json_step(parse_step(call(WRITE, SUMMARY).text))), repeat_last=True)
        specs = [{"name": "small", "base_url": scripted.url}, {"name": "large", "base_url": other.url}]
        endpoint = Endpoint(models=Models.model_validate({"models": specs}).chosen())
        async with open_session(endpoint, toy_config, profile, Hooks(events.append)) as session:
            await session.ask("words?")

    assert "Goal: Words." in said(scripted.requests[-1])[1]
    assert WRITE not in "".join(event.text for event in events if isinstance(event, TextArrived))
    assert {(event.model, event.decision) for event in events if isinstance(event, ModelDecided)} == {
        ("small", "is passed over for large")
    }


async def test_a_question_that_cannot_fit_is_an_error_before_the_model_is_asked(
    open_agent: OpenAgent, scripted: ScriptedModel
) -> None:
    scripted.tokenizer = True

    async with open_agent(context_tokens=1_024) as session:
        with pytest.raises(ContextFullError, match=r"take \d+ tokens; there is room for 624"):
            await session.ask("why? " * 700)

    assert scripted.requests == []


async def test_a_newest_result_that_is_too_long_alone_is_cut_further(
    open_agent: OpenAgent, scripted: ScriptedModel
) -> None:
    scripted.tokenizer, scripted.context = True, 1_500
    scripted.play(call("toy__look_up", {"word": "w", "times": 9_000}), final("Long."))

    async with open_agent(observation_chars=20_000, context_tokens=1_500) as session:
        await session.ask("long?")

    newest = said(scripted.requests[-1])[-1]
    assert newest.startswith("Observation: w means itself.")
    assert f'{READ} {{"handle":"obs1","offset":0}}' in newest


@pytest.mark.parametrize("pins", [(), ("toy__list_*",)])
async def test_the_newest_result_of_a_pinned_tool_stays(
    open_agent: OpenAgent, scripted: ScriptedModel, pins: tuple[str, ...]
) -> None:
    scripted.tokenizer, scripted.context = True, LIMITS["context_tokens"]
    looks = looks_up(30)
    scripted.respond = lambda request: (
        looks(request) if len(scripted.requests) > 1 else call("toy__list_words", {})
    )

    async with open_agent(context={"strategy": "window", "pins": pins}, **LIMITS) as session:
        await session.ask("words?")

    assert ("Observation: Words: apple, pear" in said(scripted.requests[-1])) == bool(pins)


async def test_a_pin_that_fits_no_tool_is_refused(open_agent: OpenAgent, scripted: ScriptedModel) -> None:
    with pytest.raises(UnknownTool, match="toy__list_wards"):
        async with open_agent(context={"pins": ["toy__list_wards"]}):
            pass


async def test_selective_keeps_what_later_steps_referred_to(
    open_agent: OpenAgent, scripted: ScriptedModel
) -> None:
    scripted.tokenizer, scripted.context = True, LIMITS["context_tokens"]
    learnt = call("toy__look_up", {"word": "k", "times": 40})
    replies = [learnt, *(call("toy__look_up", {"word": f"w{n}", "times": 90}) for n in range(20))]
    replies = [
        reply if number != 4 else call("toy__look_up", {"word": "w3", "times": 90}, thought="k means itself.")
        for number, reply in enumerate(replies)
    ]
    scripted.play(*replies, final("Enough."))

    async with open_agent(context={"strategy": "selective"}, **LIMITS) as session:
        await session.ask("words?")

    last = said(scripted.requests[-1])
    assert "k means itself. k means itself." in last[3]
    assert "w1 means itself. w1" not in " ".join(last)
