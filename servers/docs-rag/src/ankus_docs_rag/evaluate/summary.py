"""An evaluation as rows: each measure of each system over each group of questions, with its interval."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from ankus_docs_rag.evaluate.intervals import Interval, bootstrap, randomisation_test
from ankus_docs_rag.evaluate.measures import measure, recognised
from ankus_docs_rag.evaluate.questions import Question
from ankus_docs_rag.evaluate.run import Evaluation, Outcome

ALL = "all"
NDCG, RECALL = "ndcg@10", "recall@10"
"""What is compared where only one or two measures can be."""


@dataclass(frozen=True)
class Group:
    """Questions that have something in common, by their places in the evaluation."""

    name: str
    places: tuple[int, ...]


@dataclass(frozen=True)
class Row:
    """A system over a group of answerable questions."""

    system: str
    group: str
    count: int
    measures: Mapping[str, Interval]


@dataclass(frozen=True)
class Refusals:
    """How well a system tells that there is no answer."""

    system: str
    unanswerable: int
    recognised: int
    named: int
    """Of those recognised, the ones whose missing name was said too."""
    answerable: int
    false_alarms: int


@dataclass(frozen=True)
class Speed:
    """How long a system took over all questions."""

    system: str
    median_ms: float
    slow_ms: float
    """What 95 of 100 questions stay below."""


def measure_names(k_values: Sequence[int]) -> list[str]:
    """The measures that are told, those that a reader looks for first at the front."""
    by_k = [f"recall@{k}" for k in k_values] + ["success@1"]
    return [NDCG, RECALL, "mrr", *(name for name in by_k if name != RECALL)]


def groups_of(questions: Sequence[Question]) -> list[Group]:
    """All answerable questions; then a group a language, a kind, and a kind in a language."""
    groups: dict[str, list[int]] = {ALL: []}
    languages = {question.language for question in questions if question.answerable}
    for place, question in enumerate(questions):
        if question.answerable:
            for name in _names(question, len(languages) > 1):
                groups.setdefault(name, []).append(place)
    order = sorted(groups, key=lambda name: (name != ALL, "," in name, not name.startswith("language"), name))
    return [Group(name, tuple(groups[name])) for name in order if groups[name]]


def values_of(evaluation: Evaluation, system: str, name: str, group: Group) -> list[float]:
    """What a measure is for each question of a group."""
    of, outcomes = measure(name), evaluation.outcomes[system]
    return [of(outcomes[place].ranks) for place in group.places]


def summarise(evaluation: Evaluation) -> list[Row]:
    """All rows, group by group, systems in their order."""
    names = measure_names(evaluation.k_values)
    return [
        Row(system, group.name, len(group.places), _intervals(evaluation, system, names, group))
        for group in groups_of(evaluation.questions)
        for system in evaluation.outcomes
    ]


def refusals_of(evaluation: Evaluation) -> list[Refusals]:
    """What each system said of what has no answer, and of what has one; [] where all have one."""
    if all(question.answerable for question in evaluation.questions):
        return []
    return [_refusals(name, evaluation.questions, asked) for name, asked in evaluation.outcomes.items()]


def p_values(evaluation: Evaluation) -> dict[str, float]:
    """For each system how easily chance alone would make it differ this much from the first, by nDCG@10."""
    everything, systems = groups_of(evaluation.questions)[0], list(evaluation.outcomes)
    values = {system: values_of(evaluation, system, NDCG, everything) for system in systems}
    first = values[systems[0]]
    return {
        system: randomisation_test([one - other for one, other in zip(first, values[system], strict=True)])
        for system in systems[1:]
    }


def speeds_of(evaluation: Evaluation) -> list[Speed]:
    """How long each system took."""
    return [_speed(name, asked) for name, asked in evaluation.outcomes.items()]


def _names(question: Question, several: bool) -> list[str]:
    language, kind = f"language {question.language}", f"kind {question.kind}"
    return [ALL, language, kind, *([f"{question.language}, {question.kind}"] if several else [])]


def _intervals(
    evaluation: Evaluation, system: str, names: Sequence[str], group: Group
) -> dict[str, Interval]:
    return {name: bootstrap(values_of(evaluation, system, name, group)) for name in names}


def _refusals(system: str, questions: Sequence[Question], outcomes: Sequence[Outcome]) -> Refusals:
    pairs = list(zip(questions, outcomes, strict=True))
    without = [(question, outcome) for question, outcome in pairs if not question.answerable]
    with_answer = [outcome for question, outcome in pairs if question.answerable]
    return Refusals(
        system,
        unanswerable=len(without),
        recognised=sum(bool(outcome.missing) for _, outcome in without),
        named=sum(recognised(outcome.missing, question.missing) for question, outcome in without),
        answerable=len(with_answer),
        false_alarms=sum(bool(outcome.missing) for outcome in with_answer),
    )


def _speed(system: str, outcomes: Sequence[Outcome]) -> Speed:
    median, slow = np.quantile([outcome.seconds * 1000 for outcome in outcomes], [0.5, 0.95])
    return Speed(system, float(median), float(slow))
