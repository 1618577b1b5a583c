"""Look again at the first candidates: by a linear model over features, or by a cross-encoder.

features   the weights of the configuration, fitted on the project's own questions (benchmarks/rag/fit.py)
flag       FlagReranker of FlagEmbedding, extra bge-m3
endpoint   POST /rerank as vLLM, Jina and Cohere serve it
"""

from collections.abc import Mapping, Sequence
from typing import Protocol

import numpy as np

from ankus_docs_rag.search.config import Rerank
from ankus_docs_rag.search.features import FEATURES, LEXICAL, Features
from ankus_docs_rag.search.fusion import Scores


class CrossEncoder(Protocol):
    """A model that reads a question and a passage together. Its methods block."""

    def scores(self, question: str, passages: Sequence[str]) -> list[float]:
        """How well each passage answers the question; higher is better, on any scale."""
        ...

    def close(self) -> None:
        """Give back its memory and connections."""
        ...


def linear(found: Features, weights: Mapping[str, float], trust: Scores) -> Scores:
    """The weighted sum of each candidate's features.

    Args:
        trust: From 0 to 1, of each candidate: how far its lexical features count. What they lack in weight
            the others have more, so that languages can be compared.
    """
    vector = np.array([weights.get(name, 0.0) for name in FEATURES])
    lexical = np.array([name in LEXICAL for name in FEATURES])
    words, rest = vector[lexical & (vector > 0)].sum(), vector[~lexical & (vector > 0)].sum()
    scale = np.where(trust < 1, (words + rest) / np.maximum(trust * words + rest, 1e-9), 1.0)
    product: Scores = scale * (trust * (found @ (vector * lexical)) + found @ (vector * ~lexical))
    return product


def reranked(base: Scores, again: Scores, config: Rerank) -> Scores:
    """Scores whose order is that of `again` for the first `depth` by `base`, and of `base` behind them.

    Args:
        base: Of all candidates.
        again: Of all candidates, or NaN for those that were not looked at.
    """
    first = np.argsort(-base, kind="stable")[: config.depth]
    looked = [place for place in first if np.isfinite(again[place])]
    if not looked:
        return base
    result = np.full(len(base), -np.inf)
    result[looked] = again[looked]
    rest = np.setdiff1d(np.arange(len(base)), looked)
    if len(rest):
        span = max(base[rest].max() - base[rest].min(), 1e-9)
        low = result[looked].min()
        result[rest] = low - 1 - (base[rest].max() - base[rest]) / span
    return result
