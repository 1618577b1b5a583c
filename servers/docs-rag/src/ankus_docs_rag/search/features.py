"""What the reranker looks at, for each candidate of one question.

Each feature is about 0 to 1. Coverage is the share of the question's idf that a text has.
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from ankus_docs_rag.lexical.words import term_id, terms_of
from ankus_docs_rag.search.candidates import Candidate
from ankus_docs_rag.search.fusion import Scores, min_max, ranks
from ankus_docs_rag.search.phrasing import Weighed

FEATURES = (
    "fused",
    "dense",
    "tokens",
    "words",
    "dense_rank",
    "words_rank",
    "names",
    "titles",
    "headings",
    "aliases",
    "body",
    "page",
    "entry",
    "reference",
    "release_notes",
    "index",
    "short",
)
LEXICAL = frozenset({"tokens", "words", "words_rank", "titles", "headings", "aliases", "body"})
"""Those that compare words."""
Features = NDArray[np.float64]
"""Shape (candidates, features), in the order of FEATURES."""
_SHORT = 200
"""Characters below which a passage says little."""


def features(
    candidates: Sequence[Candidate],
    arms: Mapping[str, Scores],
    fused: Scores,
    weighed: Weighed,
    identifiers: Sequence[str],
) -> Features:
    """The features of the candidates.

    Args:
        arms: Scores of each arm, for the question itself.
        fused: The scores by which they would be ranked without a reranker.
        identifiers: Those that the question asks for.
    """
    dense = min_max(arms["dense"])
    columns = {
        "fused": min_max(fused, 0.0),
        "dense": dense,
        "tokens": min_max(arms["tokens"], 0.0),
        "words": min_max(arms["words"], 0.0),
        "dense_rank": _reciprocal(arms["dense"]),
        "words_rank": _reciprocal(np.where(arms["words"] > 0, arms["words"], np.nan)),
        "page": _rest_of_page(candidates, dense),
        **_texts(candidates, weighed, identifiers),
        "entry": _flags(candidate.form in ("entry", "row") for candidate in candidates),
        "reference": _flags(candidate.kind == "reference" for candidate in candidates),
        "release_notes": _flags(candidate.kind == "release_notes" for candidate in candidates),
        "index": _flags(candidate.kind == "index" for candidate in candidates),
        "short": _flags(candidate.end - candidate.start < _SHORT for candidate in candidates),
    }
    return np.stack([columns[name] for name in FEATURES], axis=1)


def names_asked(candidate: Candidate, identifiers: Sequence[str]) -> bool:
    """Whether the passage defines one of them."""
    wanted = {name.casefold() for name in identifiers}
    return any(name.casefold() in wanted for name in candidate.names)


def coverage(text: str, weighed: Weighed) -> float:
    """The share of the question's idf in a text."""
    return _share(_terms(text), weighed)


def best_alias(candidate: Candidate, weighed: Weighed) -> float:
    """How well some other name of the passage fits the question, from 0 to 1."""
    return max((_fit(_terms(alias), weighed) for alias in candidate.aliases), default=0.0)


def _texts(
    candidates: Sequence[Candidate], weighed: Weighed, identifiers: Sequence[str]
) -> dict[str, Scores]:
    ids = {term_id(term): value for term, value in weighed.idf.items()}
    total = sum(ids.values()) or 1.0
    return {
        "names": _flags(names_asked(candidate, identifiers) for candidate in candidates),
        "titles": np.array([coverage(c.headings[-1] if c.headings else "", weighed) for c in candidates]),
        "headings": np.array([coverage(" ".join(c.headings), weighed) for c in candidates]),
        "aliases": np.array([best_alias(candidate, weighed) for candidate in candidates]),
        "body": np.array([sum(ids[i] for i in ids.keys() & c.word_ids) / total for c in candidates]),
    }


def _rest_of_page(candidates: Sequence[Candidate], dense: Scores) -> Scores:
    """The best dense score of the other candidates of the same page."""
    pages = defaultdict[int, list[int]](list)
    for place, candidate in enumerate(candidates):
        pages[candidate.page_id].append(place)
    rest = np.zeros(len(candidates))
    for places in pages.values():
        for place in places:
            rest[place] = max((dense[other] for other in places if other != place), default=0.0)
    return rest


def _fit(terms: frozenset[str], weighed: Weighed) -> float:
    """The harmonic mean of how much of the question the terms cover, and how much of them it covers."""
    if not terms:
        return 0.0
    recall = _share(terms, weighed)
    precision = len(terms & weighed.idf.keys()) / len(terms)
    return 2 * recall * precision / (recall + precision) if recall + precision else 0.0


def _share(terms: frozenset[str], weighed: Weighed) -> float:
    total = sum(weighed.idf.values())
    return sum(weighed.idf[term] for term in terms & weighed.idf.keys()) / total if total else 0.0


@lru_cache(maxsize=65_536)
def _terms(text: str) -> frozenset[str]:
    return frozenset(terms_of(text))


def _reciprocal(scores: Scores) -> Scores:
    place = ranks(scores)
    return np.where(place > 0, 1 / np.sqrt(np.maximum(place, 1)), 0.0)


def _flags(values: Iterable[bool]) -> Scores:
    return np.fromiter(values, dtype=np.float64)
