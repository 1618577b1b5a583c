"""What discounts and boosts of the configuration make of a score: a factor for each candidate."""

import re
from collections.abc import Sequence
from datetime import date

import numpy as np

from ankus_docs_rag.search.arms import Question
from ankus_docs_rag.search.candidates import Candidate
from ankus_docs_rag.search.config import Boosts, Discounts, SearchConfig
from ankus_docs_rag.search.features import best_alias, coverage, names_asked
from ankus_docs_rag.search.fusion import Scores
from ankus_docs_rag.search.request import Filters

_DAYS = 365.25


def factors(
    candidates: Sequence[Candidate], question: Question, config: SearchConfig, filters: Filters
) -> Scores:
    """One factor a candidate, 1 where nothing speaks for or against it."""
    discounts, boosts, today = config.discounts, config.boosts, date.today()
    ask_for_old = bool(filters.version) or discounts.old_versions == 1
    old = frozenset[int]() if ask_for_old else outdated(candidates)
    return np.array(
        [
            _discount(each, discounts, today, old=each.id in old) * _boost(each, question, boosts)
            for each in candidates
        ]
    )


def outdated(candidates: Sequence[Candidate]) -> frozenset[int]:
    """Ids of candidates that another one has newer: the same headings and anchor in a greater version."""
    newest: dict[tuple[tuple[str, ...], str], tuple[int, ...]] = {}
    for each in candidates:
        place = (each.headings, each.anchor)
        newest[place] = max(newest.get(place, ()), version_numbers(each.version))
    return frozenset(
        each.id
        for each in candidates
        if each.version and version_numbers(each.version) < newest[each.headings, each.anchor]
    )


def version_numbers(version: str) -> tuple[int, ...]:
    """What versions are ordered by: 15.4 comes after 9.6 and before 15.10."""
    return tuple(map(int, re.findall("[0-9]+", version)))


def _discount(candidate: Candidate, discounts: Discounts, today: date, *, old: bool) -> float:
    factor = discounts.kinds.get(candidate.kind, 1.0)
    if candidate.date is not None and discounts.yearly < 1:
        factor *= discounts.yearly ** max(0.0, (today - candidate.date).days / _DAYS)
    return factor * discounts.old_versions if old else factor


def _boost(candidate: Candidate, question: Question, boosts: Boosts) -> float:
    boost = 1.0
    if boosts.names and names_asked(candidate, question.phrasing.identifiers):
        boost += boosts.names
    if boosts.aliases:
        boost += boosts.aliases * best_alias(candidate, question.weighed)
    if boosts.headings:
        boost += boosts.headings * coverage(" ".join(candidate.headings), question.weighed)
    return boost
