"""Compare a question's distance to texts of different languages fairly.

A multilingual model brings a text of the question's own language nearer than one of another: the languages
are apart in its space. What a language's ordinary candidates have is taken off, so that only what stands
out among its own counts.
"""

from collections import defaultdict
from collections.abc import Sequence

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
