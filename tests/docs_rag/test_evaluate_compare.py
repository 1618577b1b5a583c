"""A and B over the same questions: differences with a test, and who wins where."""

import pytest

from ankus_docs_rag.errors import BadQuestions
from ankus_docs_rag.evaluate.compare import compare
from ankus_docs_rag.evaluate.run import Evaluation
from ankus_docs_rag.evaluate.tables import comparison_table
from tests.docs_rag.evaluations import evaluation, question

QUESTIONS = [question(f"q{at}", language="ru" if at % 2 else "en") for at in range(20)]


def run(*first: int | None, system: str = "it") -> Evaluation:
    """The first questions are found at these ranks, the others at rank 2."""
    ranks = [*first, *[2] * (len(QUESTIONS) - len(first))]
    return evaluation(QUESTIONS, {system: [(rank,) for rank in ranks]})


def test_a_run_does_not_differ_from_itself() -> None:
    found = compare(run(1, None), run(1, None))

    assert all(one.difference.mean == 0 and one.p == 1 for one in found.differences)
    assert not found.wins
    assert not found.losses
    assert found.count == 20


def test_a_better_run_wins_with_a_small_p() -> None:
    found = compare(run(), run(*[1] * 10))

    over_all = next(one for one in found.differences if (one.group, one.measure) == ("all", "mrr"))
    assert (over_all.a, over_all.b) == (0.5, 0.75)
    assert over_all.difference.mean == 0.25
    assert over_all.difference.low > 0
    assert over_all.p == pytest.approx(2 / 2**10)
    assert len(found.wins) == 10


def test_the_other_way_round_has_the_same_p_and_the_other_sign() -> None:
    there, back = compare(run(), run(1, 1, None)), compare(run(1, 1, None), run())

    for one, other in zip(there.differences, back.differences, strict=True):
        assert one.p == other.p
        assert one.difference.mean == pytest.approx(-other.difference.mean)
    assert [one.question.id for one in there.wins] == ["q0", "q1"]
    assert [one.question.id for one in back.losses] == ["q0", "q1"]


def test_the_largest_loss_comes_first() -> None:
    found = compare(run(1, 1, 1), run(3, None, 2))

    assert [one.question.id for one in found.losses] == ["q1", "q0", "q2"]


def test_groups_are_compared_too() -> None:
    found = compare(run(), run(1))

    moved = {one.group: one.difference.mean for one in found.differences if one.measure == "mrr"}
    assert moved["language en"] == pytest.approx(0.05)
    assert moved["language ru"] == 0


def test_questions_of_one_run_alone_are_left_out_and_counted() -> None:
    fewer = evaluation(QUESTIONS[:5], {"it": [(1,)] * 5})
    changed = evaluation([question("q0", places=2), *QUESTIONS[1:5]], {"it": [(1, 1), *[(1,)] * 4]})

    assert (compare(run(), fewer).count, compare(run(), fewer).left_out) == (5, 15)
    assert (compare(fewer, changed).count, compare(fewer, changed).left_out) == (4, 2)


def test_two_systems_of_one_run_can_be_compared() -> None:
    both = evaluation(QUESTIONS, {"ankus": [(1,)] * 20, "dense": [(None,)] * 20})

    found = compare(both, both, "dense", "ankus", ("run", "run"))

    assert (found.a, found.b) == ("run: dense", "run: ankus")
    assert len(found.wins) == 20


def test_by_default_the_first_system_is_compared() -> None:
    found = compare(run(system="ankus"), run(system="mine"), names=("old", "new"))

    assert (found.a, found.b) == ("old: ankus", "new: mine")


@pytest.mark.parametrize(("first", "second"), [("none", ""), ("it", "none")])
def test_a_system_that_is_not_there_is_named_with_those_that_are(first: str, second: str) -> None:
    with pytest.raises(BadQuestions, match="has no system none") as caught:
        compare(run(), run(), first, second)

    assert caught.value.hint == "It has: it."


def test_runs_of_other_questions_cannot_be_compared() -> None:
    other = evaluation([question("other")], {"it": [(1,)]})

    with pytest.raises(BadQuestions, match="no answerable question in common"):
        compare(run(), other)


def test_the_table_marks_what_chance_hardly_does() -> None:
    table = comparison_table(compare(run(), run(*[1] * 10)))

    p_values = [str(cell) for cell in table.columns[-1].cells]
    assert p_values[0].endswith(" *")
    assert "1.000" in p_values
