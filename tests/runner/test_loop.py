"""The loop against a scripted model and a real MCP server: what a user sees of each fault."""

from pathlib import Path
from typing import Any

import pytest

from ankus_runner.errors import EndpointError, NotAnsweredError, QuestionError, ServerDownError
from ankus_runner.events import CallMade, Event, ResultSeen, StepDiscarded
from tests.fixtures.agent import OpenAgent
from tests.fixtures.scripted import Reply, ScriptedModel, call, final


def observations(scripted: ScriptedModel) -> list[str]:
    """The user messages of the last request, without the question."""
    return [m["content"] for m in scripted.requests[-1]["messages"] if m["role"] == "user"][1:]


def grammar(request: dict[str, Any]) -> str:
    """The grammar that a request carried."""
    return str(request["grammar"])


async def test_a_call_and_an_answer_go_the_whole_way(open_agent: OpenAgent, scripted: ScriptedModel) -> None:
    scripted.play(call("toy__look_up", {"word": "apple"}), final("An apple is an apple."))

    async with open_agent() as session:
        outcome = await session.ask("What is an apple?")

    assert outcome.answer == "An apple is an apple."
    assert outcome.evidence is not None
    assert outcome.evidence.arguments == {"word": "apple"}
    assert "apple means itself" in outcome.evidence.result.text
    assert outcome.steps == 2
    assert outcome.usage.cached == 120


async def test_the_prelude_and_the_tools_stand_in_the_first_prompt(
    open_agent: OpenAgent, scripted: ScriptedModel
) -> None:
    scripted.play(call("toy__look_up", {"word": "pear"}), final("A pear."))

    async with open_agent() as session:
        await session.ask("What is a pear?")

    system, user = scripted.requests[0]["messages"]
    assert "toy__look_up(" in system["content"]
    assert user["content"].startswith("Words: apple, pear")
    assert user["content"].endswith("Question: What is a pear?")


async def test_the_prompt_only_grows_at_its_end(open_agent: OpenAgent, scripted: ScriptedModel) -> None:
    scripted.play(
        call("toy__look_up", {"word": "a"}),
        call("toy__look_up", {"word": "b"}),
        final("Both are themselves."),
    )

    async with open_agent() as session:
        await session.ask("a and b?")

    first, second, third = (request["messages"] for request in scripted.requests)
    assert second[: len(first)] == first
    assert third[: len(second)] == second


async def test_no_answer_is_in_the_grammar_before_something_was_looked_up(
    open_agent: OpenAgent, scripted: ScriptedModel
) -> None:
    scripted.play(call("toy__look_up", {"word": "a"}), final("Itself."))

    async with open_agent() as session:
        await session.ask("a?")

    assert "Final: " not in grammar(scripted.requests[0])
    assert "Final: " in grammar(scripted.requests[1])


async def test_an_answer_that_came_too_early_is_refused(
    open_agent: OpenAgent, scripted: ScriptedModel
) -> None:
    scripted.play(final("I guess."), call("toy__look_up", {"word": "a"}), final("Itself."))

    async with open_agent() as session:
        outcome = await session.ask("a?")

    assert outcome.answer == "Itself."
    assert "nothing to answer from" in scripted.requests[1]["messages"][-1]["content"]


async def test_a_malformed_step_is_explained_and_only_the_last_one_stays(
    open_agent: OpenAgent, scripted: ScriptedModel
) -> None:
    scripted.play(
        Reply("I will look."), Reply("Call look_up"), call("toy__look_up", {"word": "a"}), final("Itself.")
    )

    async with open_agent() as session:
        outcome = await session.ask("a?")

    assert outcome.answer == "Itself."
    third = [m["content"] for m in scripted.requests[2]["messages"]]
    assert "I will look." not in third
    assert "Call look_up" in third


async def test_malformed_steps_for_ever_end_in_an_error(
    open_agent: OpenAgent, scripted: ScriptedModel
) -> None:
    scripted.play(Reply("Hm."), repeat_last=True)

    async with open_agent() as session:
        with pytest.raises(NotAnsweredError, match="4 invalid steps in a row"):
            await session.ask("a?")


async def test_a_call_that_was_cut_off_is_never_executed_but_asked_for_again_without_thought(
    open_agent: OpenAgent, scripted: ScriptedModel, events: list[Event]
) -> None:
    cut = Reply('Thought: x\nCall: toy__look_up {"word":"ap', finish_reason="length")
    whole = Reply('Call: toy__look_up {"word":"apple"}')
    scripted.play(cut, whole, final("An apple."))

    async with open_agent() as session:
        await session.ask("apple?")

    assert [event.arguments for event in events if isinstance(event, CallMade)] == [{"word": "apple"}]
    assert scripted.requests[1]["max_tokens"] > scripted.requests[0]["max_tokens"]
    assert "Thought" in grammar(scripted.requests[0])
    assert "Thought" not in grammar(scripted.requests[1])


async def test_a_step_cut_off_at_a_whole_looking_call_is_not_executed_either(
    open_agent: OpenAgent, scripted: ScriptedModel, events: list[Event]
) -> None:
    cut = Reply('Thought: x\nCall: toy__look_up {"word":"ap"}', finish_reason="length")
    scripted.play(cut, cut, call("toy__look_up", {"word": "apple"}), final("An apple."))

    async with open_agent() as session:
        await session.ask("apple?")

    assert [event.arguments for event in events if isinstance(event, CallMade)] == [{"word": "apple"}]


async def test_a_stream_that_breaks_is_asked_for_again(
    open_agent: OpenAgent, scripted: ScriptedModel, events: list[Event]
) -> None:
    broken = Reply(call("toy__look_up", {"word": "a"}).text, break_after=20)
    scripted.play(broken, call("toy__look_up", {"word": "a"}), final("Itself."))

    async with open_agent() as session:
        outcome = await session.ask("a?")

    assert outcome.steps == 2
    assert any(isinstance(event, StepDiscarded) and "broke off" in event.reason for event in events)


@pytest.mark.parametrize("fault", [Reply(status=429, headers={"Retry-After": "0"}), Reply(status=500)])
async def test_a_passing_refusal_is_tried_again(
    open_agent: OpenAgent, scripted: ScriptedModel, fault: Reply
) -> None:
    scripted.play(fault, call("toy__look_up", {"word": "a"}), final("Itself."))

    async with open_agent() as session:
        outcome = await session.ask("a?")

    assert outcome.answer == "Itself."


async def test_a_lasting_refusal_is_an_error_with_its_status(
    open_agent: OpenAgent, scripted: ScriptedModel
) -> None:
    scripted.play(Reply(status=500, text="out of memory"), repeat_last=True)

    async with open_agent() as session:
        with pytest.raises(EndpointError, match="500: out of memory"):
            await session.ask("a?")

    assert len(scripted.requests) == 4


async def test_a_refusal_for_good_is_not_tried_again(open_agent: OpenAgent, scripted: ScriptedModel) -> None:
    scripted.play(Reply(status=401, text="no key"), repeat_last=True)

    async with open_agent() as session:
        with pytest.raises(EndpointError, match="ANKUS_API_KEY"):
            await session.ask("a?")

    assert len(scripted.requests) == 1


async def test_a_tool_that_fails_is_an_observation(open_agent: OpenAgent, scripted: ScriptedModel) -> None:
    scripted.play(
        call("toy__fail_always", {"reason": "rust"}), call("toy__look_up", {"word": "a"}), final("A.")
    )

    async with open_agent() as session:
        await session.ask("a?")

    assert observations(scripted)[0].startswith("Error: ")
    assert "it failed: rust" in observations(scripted)[0]


async def test_a_tool_that_hangs_is_cancelled_in_the_server_and_reported(
    open_agent: OpenAgent, scripted: ScriptedModel, tmp_path: Path
) -> None:
    scripted.play(call("toy__hang_forever", {}), call("toy__look_up", {"word": "a"}), final("A."))

    async with open_agent(call_seconds=0.3) as session:
        await session.ask("a?")

    assert "did not answer within 0.3 s" in observations(scripted)[0]
    assert (tmp_path / "cancelled").exists()


async def test_a_server_that_dies_in_a_call_comes_back_for_the_next(
    open_agent: OpenAgent, scripted: ScriptedModel, tmp_path: Path
) -> None:
    scripted.play(call("toy__die_once", {}), call("toy__die_once", {}), final("Alive."))

    async with open_agent() as session:
        outcome = await session.ask("alive?")

    assert (tmp_path / "died").exists()
    assert "died during die_once" in observations(scripted)[0]
    assert outcome.evidence is not None
    assert outcome.evidence.result.text == "alive again"


async def test_an_unknown_tool_is_answered_with_the_known_ones(
    open_agent: OpenAgent, scripted: ScriptedModel, events: list[Event]
) -> None:
    scripted.play(call("toy__dance", {}), call("toy__look_up", {"word": "a"}), final("A."))

    async with open_agent() as session:
        await session.ask("a?")

    assert "There is no tool toy__dance" in scripted.requests[1]["messages"][-1]["content"]
    assert "toy__look_up" in scripted.requests[1]["messages"][-1]["content"]
    assert len([event for event in events if isinstance(event, CallMade)]) == 1


async def test_arguments_that_break_the_schema_are_not_sent(
    open_agent: OpenAgent, scripted: ScriptedModel, events: list[Event]
) -> None:
    scripted.play(
        call("toy__look_up", {"word": 7, "colour": "red"}), call("toy__look_up", {"word": "a"}), final("A.")
    )

    async with open_agent() as session:
        await session.ask("a?")

    complaint = scripted.requests[1]["messages"][-1]["content"]
    assert "word" in complaint
    assert len([event for event in events if isinstance(event, CallMade)]) == 1


async def test_thirty_steps_of_the_same_call_end_as_a_loop_after_one_execution(
    open_agent: OpenAgent, scripted: ScriptedModel, events: list[Event]
) -> None:
    scripted.play(call("toy__look_up", {"word": "a"}), repeat_last=True)

    async with open_agent(steps=30) as session:
        with pytest.raises(NotAnsweredError, match="same call of toy__look_up"):
            await session.ask("a?")

    assert len([event for event in events if isinstance(event, ResultSeen)]) == 1


async def test_a_repeated_call_after_an_answerable_result_leaves_only_the_answer(
    open_agent: OpenAgent, scripted: ScriptedModel
) -> None:
    again = call("toy__look_up", {"word": "a"})
    scripted.play(again, again, final("A."))

    async with open_agent() as session:
        await session.ask("a?")

    assert "toy__" not in grammar(scripted.requests[2])
    assert "Final: " in grammar(scripted.requests[2])
    assert [request["temperature"] for request in scripted.requests] == [0.0] * 3


async def test_after_two_invalid_steps_the_next_is_not_the_same_again(
    open_agent: OpenAgent, scripted: ScriptedModel
) -> None:
    bad = Reply("I do not know.")
    scripted.play(bad, bad, call("toy__look_up", {"word": "a"}), final("A."))

    async with open_agent() as session:
        await session.ask("a?")

    temperatures = [request["temperature"] for request in scripted.requests]
    assert temperatures[:2] == [0.0, 0.0]
    assert temperatures[2] > 0
    assert temperatures[3] == 0.0


async def test_after_two_failures_the_model_begins_anew_with_what_went_wrong(
    open_agent: OpenAgent, scripted: ScriptedModel
) -> None:
    failing = [call("toy__fail_always", {"reason": reason}) for reason in ("rust", "dust")]
    scripted.play(*failing, call("toy__look_up", {"word": "a"}), final("A."))

    async with open_agent() as session:
        await session.ask("a?")

    repaired, anew = (request["messages"] for request in scripted.requests[1:3])
    assert len(repaired) == 4
    assert len(anew) == 2
    assert "Earlier attempts failed:" in anew[-1]["content"]
    assert "rust" in anew[-1]["content"]
    assert "dust" in anew[-1]["content"]
    assert scripted.requests[2]["temperature"] > scripted.requests[1]["temperature"]


async def test_an_answer_that_runs_in_a_circle_is_ended_and_not_executed(
    open_agent: OpenAgent, scripted: ScriptedModel, events: list[Event]
) -> None:
    circle = Reply('Thought: x\nCall: toy__look_up {"word":"' + "and so on, " * 2000, hold=True)
    scripted.play(circle, call("toy__look_up", {"word": "a"}), final("A."))

    async with open_agent() as session:
        await session.ask("a?")

    assert [event.arguments for event in events if isinstance(event, CallMade)] == [{"word": "a"}]


async def test_samples_that_agree_outvote_the_first(
    open_agent: OpenAgent, scripted: ScriptedModel, events: list[Event]
) -> None:
    words = ("wrong", "right", "right")
    scripted.play(*(call("toy__look_up", {"word": word}) for word in words), final("Right."))

    async with open_agent(samples=3) as session:
        outcome = await session.ask("which?")

    assert outcome.evidence is not None
    assert outcome.evidence.arguments == {"word": "right"}
    assert "right means itself" in observations(scripted)[0]
    assert [event.arguments["word"] for event in events if isinstance(event, CallMade)] == ["wrong", "right"]
    assert outcome.steps == 2


async def test_the_last_step_can_only_answer(open_agent: OpenAgent, scripted: ScriptedModel) -> None:
    scripted.play(call("toy__look_up", {"word": "a"}), final("A."))

    async with open_agent(steps=2) as session:
        await session.ask("a?")

    assert "toy__" not in grammar(scripted.requests[1])


async def test_steps_without_an_answer_end_at_the_limit(
    open_agent: OpenAgent, scripted: ScriptedModel
) -> None:
    scripted.play(*(call("toy__fail_always", {"reason": str(i)}) for i in range(5)))

    async with open_agent(steps=3) as session:
        with pytest.raises(NotAnsweredError, match="within 3 steps"):
            await session.ask("a?")


async def test_a_long_result_is_capped_and_says_so(open_agent: OpenAgent, scripted: ScriptedModel) -> None:
    scripted.play(call("toy__look_up", {"word": "long", "times": 1000}), final("Long."))

    async with open_agent(observation_chars=400) as session:
        await session.ask("long?")

    observation = observations(scripted)[0]
    assert len(observation) < 600
    assert "characters left out" in observation


async def test_old_results_are_masked_when_the_context_is_full(
    open_agent: OpenAgent, scripted: ScriptedModel
) -> None:
    calls = [call("toy__look_up", {"word": f"w{i}", "times": 60}) for i in range(4)]
    scripted.play(*calls, final("Enough."))

    async with open_agent(
        observation_chars=900, context_tokens=2500, context={"strategy": "mask"}
    ) as session:
        await session.ask("words?")

    seen = observations(scripted)
    assert "left out to save room" in seen[0]
    assert "w3 means itself" in seen[-1]


@pytest.mark.parametrize("question", ["", "   \n"])
async def test_an_empty_question_is_refused_before_the_model_is_asked(
    open_agent: OpenAgent, scripted: ScriptedModel, question: str
) -> None:
    async with open_agent() as session:
        with pytest.raises(QuestionError, match="empty"):
            await session.ask(question)

    assert scripted.requests == []


async def test_a_server_that_cannot_start_is_quoted(
    open_agent: OpenAgent, toy_config: Any, scripted: ScriptedModel
) -> None:
    server = toy_config.mcpServers["toy"]
    toy_config.mcpServers["toy"] = server.model_copy(update={"args": (*server.args, "--refuse")})

    with pytest.raises(ServerDownError, match="'toy' did not start: toy: cannot start: no toys left"):
        async with open_agent():
            pass


async def test_a_server_that_ends_at_once_is_named(open_agent: OpenAgent, toy_config: Any) -> None:
    server = toy_config.mcpServers["toy"]
    toy_config.mcpServers["toy"] = server.model_copy(update={"args": ("-c", "")})

    with pytest.raises(ServerDownError, match="'toy' did not start: it ended without a word"):
        async with open_agent():
            pass


async def test_a_result_with_advice_is_corrected_before_it_is_answered_from(
    open_agent: OpenAgent, scripted: ScriptedModel
) -> None:
    scripted.play(call("toy__look_up", {"word": "xa"}), call("toy__look_up", {"word": "a"}), final("Itself."))

    async with open_agent() as session:
        outcome = await session.ask("a?")

    assert "Final: " not in grammar(scripted.requests[1])
    assert "write it without x" in observations(scripted)[0]
    assert outcome.evidence is not None
    assert outcome.evidence.arguments == {"word": "a"}


async def test_advice_that_does_not_help_is_not_insisted_on(
    open_agent: OpenAgent, scripted: ScriptedModel
) -> None:
    scripted.play(
        call("toy__look_up", {"word": "xa"}), call("toy__look_up", {"word": "xb"}), final("Nothing.")
    )

    async with open_agent() as session:
        outcome = await session.ask("a?")

    assert outcome.answer == "Nothing."


async def test_a_call_repeated_in_spite_of_advice_is_answered_from(
    open_agent: OpenAgent, scripted: ScriptedModel
) -> None:
    scripted.play(
        call("toy__look_up", {"word": "xa"}), call("toy__look_up", {"word": "xa"}), final("Nothing.")
    )

    async with open_agent() as session:
        outcome = await session.ask("a?")

    assert outcome.answer == "Nothing."
    assert outcome.evidence is not None
    assert "Call: " not in grammar(scripted.requests[2])
