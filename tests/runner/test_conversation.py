"""A conversation: what a later question sees of the earlier ones."""

from tests.fixtures.agent import OpenAgent
from tests.fixtures.scripted import ScriptedModel, call, final


async def test_a_conversation_remembers_what_was_asked_and_found(
    open_agent: OpenAgent, scripted: ScriptedModel
) -> None:
    scripted.play(
        call("toy__look_up", {"word": "a"}),
        final("Itself."),
        call("toy__look_up", {"word": "b"}),
        final("Itself too."),
    )

    async with open_agent() as session:
        await session.say("a?")
        await session.say("And b?")

    said = [message["content"] for message in scripted.requests[-1]["messages"]]
    assert next(text for text in said if "Question: " in text).endswith("Question: a?")
    assert "Thought: Done.\nFinal: Itself." in said
    assert "Question: And b?" in said
    assert (
        scripted.requests[2]["messages"][: len(said) - 3] == scripted.requests[3]["messages"][: len(said) - 3]
    )


async def test_a_conversation_forgets_its_oldest_questions_where_room_is_short(
    open_agent: OpenAgent, scripted: ScriptedModel
) -> None:
    words = [letter * 300 for letter in "abcdefgh"]
    for word in words:
        scripted.script += [call("toy__look_up", {"word": word}), final(f"It is {word}.")]

    async with open_agent(context_tokens=1_500) as session:
        for word in words:
            await session.say(f"{word}?")

    said = " ".join(message["content"] for message in scripted.requests[-1]["messages"])
    assert words[-1] in said
    assert words[0] not in said
    assert said.count("Words: apple") == 1


async def test_a_conversation_can_begin_anew(open_agent: OpenAgent, scripted: ScriptedModel) -> None:
    scripted.play(
        call("toy__look_up", {"word": "a"}), final("It."), call("toy__look_up", {"word": "b"}), final("It.")
    )

    async with open_agent() as session:
        await session.say("a?")
        session.earlier.clear()
        await session.say("b?")

    assert not any("a?" in message["content"] for message in scripted.requests[-1]["messages"])
