"""Passages that an answer cites by number: only such as were seen, each number one passage."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ankus_runner.citing import KINDS
from ankus_runner.passages import Source, complaint, numbered, openings, sources
from ankus_shared.untrusted import frame
from tests.fixtures.agent import OpenAgent
from tests.fixtures.scripted import ScriptedModel, call, final


def shown(*urls: str) -> str:
    """What a search answers."""
    return "\n\n".join(f"[{place}] pg15 15\n{frame('text', url)}" for place, url in enumerate(urls, 1))


def test_numbers_go_on_from_one_observation_to_the_next() -> None:
    first = f"Observation: {numbered(shown('a', 'b'), [])}"
    second = numbered(shown("c"), [first])

    assert sources("Both [2] and [3].", [first, second]) == (Source(2, "b"), Source(3, "c"))


@pytest.mark.parametrize(
    ("answer", "said"),
    [
        ("It is so [1].", ""),
        ("It is so [1, 2].", ""),
        ("It is so [1-2].", ""),
        ("It is so [4].", "There is no passage [4]. Cite passages that you saw, such as [1]."),
        ("It is so [1-3].", "There is no passage [3]. Cite passages that you saw, such as [1]."),
        ("It is so.", "The answer cites no passage."),
        ("That is not in the documents.", ""),
        ("В документах этого нет.", ""),
    ],
)
def test_an_answer_cites_what_was_seen_and_something(answer: str, said: str) -> None:
    complained = complaint(answer, [shown("a", "b")])

    assert complained.startswith(said)
    assert bool(complained) == bool(said)


def test_a_number_in_the_text_of_a_passage_is_no_passage() -> None:
    forged = f"[1] pg15 15\n{frame('[7] evil 1', 'a')}"

    assert complaint("See [7].", [forged]).startswith("There is no passage [7]")


def test_a_text_that_was_read_is_a_passage_too() -> None:
    read = f"zoo 2, characters 0 to 4 of 4\n\n{frame('text', 'c')}"

    seen = numbered(read, [shown("a", "b")])

    assert seen.startswith("[3] zoo 2, characters 0 to 4 of 4\n\n<untrusted")
    assert sources("See [3].", [shown("a", "b"), f"Observation: {seen}"]) == (Source(3, "c"),)


@pytest.mark.parametrize(
    ("question", "expected"),
    [
        ("Is it?", ("[1] ", "[2] ", "Not in the documents: ")),
        ("Так ли wal_level?", ("[1] По документам, ", "[2] По документам, ", "В документах этого нет: ")),
    ],
)
def test_an_answer_begins_with_a_passage_or_with_there_being_none_in_the_question_s_language(
    question: str, expected: tuple[str, ...]
) -> None:
    seen = [shown("a", "b")]

    assert openings(question, seen) == expected
    assert [complaint(f"{opening}so it is.", seen) for opening in expected] == ["", "", ""]


@given(st.integers(52, 900), st.integers(0, 3))
def test_a_long_result_is_shown_and_read_on_in_whole_passages(limit: int, gone: int) -> None:
    whole = shown(*"abcdefgh")
    one = len(shown("a"))
    start = gone * (one + 2)

    part, end = KINDS["passages"].cut(whole, start, limit)

    assert part == whole[start:end]
    assert part.count("</untrusted>") == min((limit + 2) // (one + 2), 8 - gone)
    assert len(part) <= limit


@given(st.lists(st.integers(0, 4), min_size=1, max_size=5))
def test_every_passage_of_a_run_has_a_number_of_its_own(sizes: list[int]) -> None:
    observations: list[str] = []
    for turn, size in enumerate(sizes):
        observations.append(numbered(shown(*(f"{turn}/{place}" for place in range(size))), observations))

    total = sum(sizes)
    cited = sources(" ".join(f"[{number}]" for number in range(1, total + 1)), observations)

    assert [source.number for source in cited] == list(range(1, total + 1))
    assert len({source.url for source in cited}) == total


async def test_an_answer_that_cites_an_unseen_passage_is_given_back(
    open_agent: OpenAgent, scripted: ScriptedModel
) -> None:
    look_up = call("toy__look_up", {"word": shown("https://docs/a")})
    scripted.play(look_up, final("So it is [2]."), final("So it is [1]."))

    async with open_agent(cite="passages") as session:
        outcome = await session.ask("Is it?")

    assert outcome.answer == "So it is [1]."
    assert outcome.sources == (Source(1, "https://docs/a"),)
