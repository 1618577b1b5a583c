"""Several samples of a call: which one is taken, and when there are enough."""

from hypothesis import assume, given
from hypothesis import strategies as st

from ankus_runner.calls import Made
from ankus_runner.constraint import Call
from ankus_runner.hosts import ToolResult
from ankus_runner.vote import decided, winner


def candidate(text: str, result: str, *, failed: bool = False) -> Made:
    """A sample with a result."""
    return Made(text, Call("s__t", {"sql": text}), ToolResult(result, None, failed))


CANDIDATES = st.lists(
    st.builds(candidate, st.text(max_size=3), st.sampled_from("abc"), failed=st.booleans()),
    min_size=1,
    max_size=5,
)


def test_the_result_of_most_samples_is_taken_in_the_words_of_the_first() -> None:
    samples = [candidate("1", "a"), candidate("2", "b\nc"), candidate("3", "c\nb")]

    assert winner(samples).text == "2"


def test_a_failed_call_has_no_vote() -> None:
    samples = [
        candidate("1", "error", failed=True),
        candidate("2", "error", failed=True),
        candidate("3", "a"),
    ]

    assert winner(samples).text == "3"


def test_where_all_failed_or_none_agree_the_first_is_taken() -> None:
    assert winner([candidate("1", "x", failed=True), candidate("2", "y", failed=True)]).text == "1"
    assert winner([candidate("1", "a"), candidate("2", "b")]).text == "1"


def test_two_that_agree_are_enough_of_three() -> None:
    assert decided([candidate("1", "a"), candidate("2", "a")], samples=3)
    assert not decided([candidate("1", "a"), candidate("2", "b")], samples=3)


@given(CANDIDATES, st.lists(st.sampled_from("abc"), max_size=4))
def test_once_it_is_decided_no_further_sample_changes_the_result(
    candidates: list[Made], further: list[str]
) -> None:
    assume(decided(candidates, len(candidates) + len(further)))
    assume(any(not candidate.result.failed for candidate in candidates))

    more = [*candidates, *(candidate("later", result) for result in further)]

    assert winner(more).result.text == winner(candidates).result.text
