"""A and B over the same questions: what differs, by how much, and whether chance could have done it.

The p-values are of one test each and not corrected for how many there are; the first, of nDCG@10 over all
questions, is the one to decide by.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace

from ankus_docs_rag.errors import BadQuestions
from ankus_docs_rag.evaluate.intervals import Interval, bootstrap, randomisation_test
from ankus_docs_rag.evaluate.measures import measure
from ankus_docs_rag.evaluate.questions import Question
from ankus_docs_rag.evaluate.run import Evaluation, Outcome
from ankus_docs_rag.evaluate.summary import NDCG, groups_of, measure_names, values_of


@dataclass(frozen=True)
class Difference:
    """One measure over one group: B less A."""

    group: str
    measure: str
    count: int
    a: float
    b: float
    difference: Interval
    p: float


@dataclass(frozen=True)
class Change:
    """A question on which the two differ, by nDCG@10."""

    question: Question
    a: Outcome
    b: Outcome
    difference: float


@dataclass(frozen=True)
class Comparison:
    """All that differs."""

    a: str
    b: str
    count: int
    differences: tuple[Difference, ...]
    wins: tuple[Change, ...]
    """Where B is better, the largest gain first."""
    losses: tuple[Change, ...]
    left_out: int
    """Answerable questions that only one of the runs has, or that have other places there."""


def compare(
    first: Evaluation,
    second: Evaluation,
    system: str = "",
    other_system: str = "",
    names: tuple[str, str] = ("A", "B"),
) -> Comparison:
    """Compare a system of a run with one of another run, or of the same.

    Raises:
        BadQuestions: If a run has no such system, or the runs have no answerable question in common.
    """
    a = _system(first, system)
    b = _system(second, other_system or (a if not system and a in second.outcomes else system))
    paired, left_out = _paired(first, a, second, b)
    if first.mode != second.mode:
        raise BadQuestions(f"One run is by {first.mode}, the other by {second.mode}: their measures differ.")
    label_a, label_b = (f"{name}: {of}" for name, of in zip(names, (a, b), strict=True))
    changes = _changes(paired)
    return Comparison(
        label_a,
        label_b,
        len(paired.questions),
        tuple(_differences(paired)),
        wins=tuple(one for one in changes if one.difference > 0),
        losses=tuple(sorted((one for one in changes if one.difference < 0), key=lambda one: one.difference)),
        left_out=left_out,
    )


def _system(evaluation: Evaluation, name: str) -> str:
    if name and name not in evaluation.outcomes:
        raise BadQuestions(
            f"The run has no system {name}.", hint=f"It has: {', '.join(evaluation.outcomes) or 'none'}."
        )
    return name or next(iter(evaluation.outcomes), "")


def _paired(first: Evaluation, a: str, second: Evaluation, b: str) -> tuple[Evaluation, int]:
    """Both systems over the answerable questions in common, as an evaluation of systems A and B."""
    others = {one.id: at for at, one in enumerate(second.questions) if one.answerable}
    mine = [at for at, one in enumerate(first.questions) if one.answerable]
    pairs = [
        (at, others[one.id])
        for at in mine
        if (one := first.questions[at]).id in others and second.questions[others[one.id]].gold == one.gold
    ]
    if not pairs:
        raise BadQuestions("The two runs have no answerable question in common.")
    outcomes = {
        "A": tuple(first.outcomes[a][at] for at, _ in pairs),
        "B": tuple(second.outcomes[b][at] for _, at in pairs),
    }
    questions = tuple(first.questions[at] for at, _ in pairs)
    paired = replace(first, questions=questions, outcomes=outcomes)
    return paired, len(mine) + len(others) - 2 * len(pairs)


def _differences(paired: Evaluation) -> list[Difference]:
    names = measure_names(paired.k_values)
    return [
        _difference(
            group.name, name, values_of(paired, "A", name, group), values_of(paired, "B", name, group)
        )
        for group in groups_of(paired.questions)
        for name in names
    ]


def _difference(group: str, name: str, a: Sequence[float], b: Sequence[float]) -> Difference:
    moved = [after - before for before, after in zip(a, b, strict=True)]
    mean_a, mean_b = sum(a) / len(a), sum(b) / len(b)
    return Difference(group, name, len(moved), mean_a, mean_b, bootstrap(moved), randomisation_test(moved))


def _changes(paired: Evaluation) -> list[Change]:
    of = measure(NDCG)
    pairs = zip(paired.questions, paired.outcomes["A"], paired.outcomes["B"], strict=True)
    changes = [Change(asked, a, b, of(b.ranks) - of(a.ranks)) for asked, a, b in pairs]
    return sorted(changes, key=lambda one: -one.difference)
