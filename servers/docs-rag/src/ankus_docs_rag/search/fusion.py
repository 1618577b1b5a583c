"""One ranking from several arms and several phrasings.

multiplicative   mm(dense) * (1 + trust * mm(lexical)): an empty lexical arm changes nothing
rrf              the sum of 1 / (k + rank): Cormack, Clarke, Büttcher 2009, doi:10.1145/1571941.1572114
weighted         the weighted mean of the mm scores

`mm` is min-max normalisation over the candidates, from 0 for a lexical arm, whose 0 means no common word.
Where the question was put into another language word by word, its lexical scores are trusted as far as the
lexicon knew its words, and the score is brought to the scale of full trust, so that languages compare.
Several phrasings are put together as RAG Fusion does (Rackauckas 2024, arXiv:2402.03367), but by the mean of
their fused scores, so that what one phrasing finds by far does not sink among what all find somehow.
"""

from collections.abc import Mapping, Sequence

import numpy as np
from numpy.typing import NDArray

from ankus_docs_rag.search.config import Arms, Fusion

Scores = NDArray[np.float64]
"""One score for each candidate, in one order; NaN where the arm knows nothing of it."""


def fused(arms: Mapping[str, Scores], weights: Arms, fusion: Fusion, trust: Scores) -> Scores:
    """One score a candidate, from 0 up.

    Args:
        arms: By arm, the scores of all candidates.
        trust: From 0 to 1, of each candidate: how far its lexical scores are to be trusted.
    """
    known = {arm: scores for arm, scores in arms.items() if getattr(weights, arm) > 0}
    if fusion.method == "rrf":
        return _reciprocal(known, weights, fusion.smoothing)
    normal = {arm: min_max(scores, None if arm == "dense" else 0.0) for arm, scores in known.items()}
    lexical = {arm: scores for arm, scores in normal.items() if arm != "dense"}
    if "dense" not in normal or not lexical:
        return _mean(normal, weights)
    believed = trust if fusion.gate else np.ones_like(trust)
    strength = believed * sum(getattr(weights, arm) for arm in lexical)
    words = _mean(lexical, weights)
    if fusion.method == "weighted":
        total = weights.dense * normal["dense"] + strength * words
        return np.asarray(total / (weights.dense + strength))
    return np.asarray(normal["dense"] * (1 + strength * words) / (1 + strength))


def across(scores: Sequence[Scores]) -> Scores:
    """The scores of several phrasings as one; the first phrasing, the question itself, counts twice."""
    if len(scores) == 1:
        return scores[0]
    weights = [2.0, *[1.0] * (len(scores) - 1)]
    total: Scores = np.average(np.stack(scores), axis=0, weights=weights)
    return total


def min_max(scores: Scores, low: float | None = None) -> Scores:
    """From 0 to 1 over the candidates; 0 for what is not known, and for all where all are equal.

    Args:
        low: What becomes 0; the least score by default.
    """
    known = np.isfinite(scores)
    if not known.any():
        return np.zeros_like(scores)
    least = scores[known].min() if low is None else low
    spread = scores[known].max() - least
    if spread <= 0:
        return np.zeros_like(scores)
    return np.where(known, np.clip((np.nan_to_num(scores) - least) / spread, 0, 1), 0.0)


def ranks(scores: Scores) -> NDArray[np.int64]:
    """The rank from 1 of each candidate, in their order; 0 for one that the arm does not know."""
    order = np.argsort(-np.nan_to_num(scores, nan=-np.inf), kind="stable")
    places = np.empty(len(scores), dtype=np.int64)
    places[order] = np.arange(1, len(scores) + 1)
    return np.where(np.isfinite(scores), places, 0)


def _reciprocal(arms: Mapping[str, Scores], weights: Arms, smoothing: float) -> Scores:
    total: Scores = np.zeros(len(next(iter(arms.values()))))
    for arm, scores in arms.items():
        found = scores if arm == "dense" else np.where(scores > 0, scores, np.nan)  # 0 is no common word
        place = ranks(found)
        total += np.where(place > 0, getattr(weights, arm) / (smoothing + place), 0.0)
    return total


def _mean(arms: Mapping[str, Scores], weights: Arms) -> Scores:
    total = sum(getattr(weights, arm) for arm in arms)
    return np.asarray(sum(scores * getattr(weights, arm) for arm, scores in arms.items()) / total)
