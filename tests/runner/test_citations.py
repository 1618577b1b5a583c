"""Citations: an answer cites lines that were seen, and the agent is told where it does not."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ankus_runner.citations import complaint
from ankus_shared.untrusted import frame
from tests.fixtures.agent import OpenAgent
from tests.fixtures.scripted import ScriptedModel, call, final

SEEN = [
    "function f src/a/heap.c:10-30\ng -> f  src/b.c:4,8(+2)  direct",
    frame("7  int x;\n8  \n9  y(other.c);", "src/c.h:7-12"),
]


@pytest.mark.parametrize(
    "answer",
    [
        "f (src/a/heap.c:10).",
        "f (a/heap.c:10-30), called at b.c:8.",
        "See heap.c:30, src/b.c:4,8.",
        "The text at src/c.h:9 and c.h:12",
    ],
)
def test_lines_that_were_seen_may_be_cited(answer: str) -> None:
    assert complaint(answer, SEEN) == ""


@pytest.mark.parametrize(
    ("answer", "unseen"),
    [
        ("f (src/a/heap.c:11).", "src/a/heap.c:11"),
        ("f (heap.c:10) and src/other.c:10.", "src/other.c:10"),
        ("eap.c:10", "eap.c:10"),
        ("b.c:4-9", "b.c:9"),
        ("c.h:11", "c.h:11"),
    ],
)
def test_a_line_that_was_not_seen_is_named_with_lines_that_were(answer: str, unseen: str) -> None:
    said = complaint(answer, SEEN)

    assert said.startswith(f"{unseen} stands in no observation.")
    assert "src/a/heap.c:10" in said


def test_an_answer_cites_something_where_anything_was_seen() -> None:
    assert "cites no file:line" in complaint("It is in f.", SEEN)
    assert complaint("Nothing reaches it.", ["No path from f to g."]) == ""
    assert "cite none" in complaint("It is at a.c:1.", ["No path from f to g."])


@given(st.text(), st.lists(st.text(), max_size=4))
def test_no_text_is_too_strange(answer: str, observations: list[str]) -> None:
    assert "\n" not in complaint(answer, observations)


@given(st.lists(st.integers(1, 10**6), min_size=1, max_size=5))
def test_whatever_a_tool_wrote_can_be_cited(lines: list[int]) -> None:
    written = f"src/x.c:{','.join(map(str, lines))}"

    assert complaint(f"See {written}.", [f"f  {written}  direct"]) == ""


async def test_an_answer_with_an_invented_line_is_given_back(
    open_agent: OpenAgent, scripted: ScriptedModel
) -> None:
    look_up = call("toy__look_up", {"word": "src/a.c:7"})
    scripted.play(look_up, final("It is at src/a.c:8."), final("It is at src/a.c:7."))

    async with open_agent(cite="lines") as session:
        outcome = await session.ask("Where?")

    assert outcome.answer == "It is at src/a.c:7."
    said = scripted.requests[-1]["messages"][-1]["content"]
    assert said == "Error: src/a.c:8 stands in no observation. Cite what you saw, such as src/a.c:7."


async def test_a_later_question_may_cite_what_an_earlier_one_saw(
    open_agent: OpenAgent, scripted: ScriptedModel
) -> None:
    scripted.play(
        call("toy__look_up", {"word": "a.c:7"}), final("At a.c:7."),
        call("toy__look_up", {"word": "b.c:1"}), final("At a.c:7 and b.c:1."),
    )  # fmt: skip

    async with open_agent(cite="lines") as session:
        await session.say("Where?")
        outcome = await session.say("And the other?")

    assert outcome.answer == "At a.c:7 and b.c:1."


async def test_a_profile_that_asks_for_no_citations_gets_its_answer_as_it_is(
    open_agent: OpenAgent, scripted: ScriptedModel
) -> None:
    scripted.play(call("toy__look_up", {"word": "a.c:7"}), final("At b.c:9."))

    async with open_agent() as session:
        assert (await session.ask("Where?")).answer == "At b.c:9."
