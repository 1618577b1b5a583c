"""Compare a question's distance to texts of different languages fairly.

A multilingual model brings a text of the question's own language nearer than one of another: the languages
are apart in its space. What a language's ordinary candidates have is taken off, so that only what stands
out among its own counts.
"""

from collections import defaultdict
from collections.abc import Mapping, Sequence

import numpy as np

from ankus_docs_rag.search.candidates import Candidate
from ankus_docs_rag.search.fusion import Scores

LEAST = 20
"""Candidates of a language below which what is ordinary for it is not known."""


def level(dense: Scores, candidates: Sequence[Candidate]) -> Scores:
    """Dense scores less what is ordinary for each candidate's language, plus what is for the first one.

    Nothing changes where all candidates have one language.
    """
    places = defaultdict[str, list[int]](list)
    for place, candidate in enumerate(candidates):
        if np.isfinite(dense[place]):
            places[candidate.language].append(place)
    if len(places) < 2 or any(len(own) < LEAST for own in places.values()):
        return dense
    ordinary = {language: float(np.median(dense[own])) for language, own in places.items()}
    shift = max(ordinary.values())
    result = dense.copy()
    for language, own in places.items():
        result[own] += shift - ordinary[language]
    return result


def comparable(arms: Mapping[str, Scores], candidates: Sequence[Candidate]) -> dict[str, Scores]:
    """The scores of the arms, fair to each language: dense ones levelled, lexical ones as shares of its best.

    Nothing changes where all candidates have one language.
    """
    groups = _places(candidates)
    if len(groups) < 2:
        return dict(arms)
    fair = {arm: scores.copy() for arm, scores in arms.items()}
    fair["dense"] = level(arms["dense"], candidates)
    for arm in fair.keys() - {"dense"}:
        for own in groups.values():
            fair[arm][own] /= max(fair[arm][own].max(), 1e-9)
    return fair


def trust_of(candidates: Sequence[Candidate], trust: Mapping[str, float]) -> Scores:
    """The trust of each candidate, by its language."""
    return np.array([trust.get(candidate.language, 1.0) for candidate in candidates])


def _places(candidates: Sequence[Candidate]) -> dict[str, list[int]]:
    places = defaultdict[str, list[int]](list)
    for place, candidate in enumerate(candidates):
        places[candidate.language].append(place)
    return places
