"""What ranks are worth: recall, reciprocal rank, nDCG and success, each from 0 to 1.

nDCG is that of Järvelin & Kekäläinen, "Cumulated gain-based evaluation of IR techniques" (ACM TOIS 20(4),
2002), with the discount log2(rank + 1) and a gain of 1 for each place, at the first hit that finds it.
A passage that holds two places gains both at one rank; the measure never goes over 1.
"""

import re
from collections.abc import Callable
from math import log2

from ankus_docs_rag.evaluate.relevance import Ranks

Measure = Callable[[Ranks], float]
_NAME = re.compile(r"(recall|ndcg|success)@([1-9]\d*)|mrr")


def recall_at(ranks: Ranks, k: int) -> float:
    """Share of the places that are among the first k."""
    return sum(rank is not None and rank <= k for rank in ranks) / len(ranks)


def success_at(ranks: Ranks, k: int) -> float:
    """1 if any place is among the first k."""
    return float(any(rank is not None and rank <= k for rank in ranks))


def reciprocal_rank(ranks: Ranks) -> float:
    """1 / rank of the first hit that finds a place; 0 where none does."""
    return max((1 / rank for rank in ranks if rank is not None), default=0.0)


def ndcg_at(ranks: Ranks, k: int) -> float:
    """Discounted gain among the first k, as a share of what the best ranking has."""
    gained = sum(1 / log2(rank + 1) for rank in ranks if rank is not None and rank <= k)
    best = sum(1 / log2(rank + 1) for rank in range(1, min(len(ranks), k) + 1))
    return min(1.0, gained / best)


def measure(name: str) -> Measure:
    """The measure of a name such as ndcg@10, recall@50, success@1 or mrr.

    Raises:
        ValueError: If there is no such measure.
    """
    match = _NAME.fullmatch(name)
    if match is None:
        raise ValueError(f"there is no measure {name}")
    if name == "mrr":
        return reciprocal_rank
    by_k = {"recall": recall_at, "ndcg": ndcg_at, "success": success_at}[match[1]]
    return lambda ranks: by_k(ranks, int(match[2]))


def recognised(missing: tuple[str, ...], name: str) -> bool:
    """Whether a search said that a question has no answer, and for the right reason where that is known.

    Args:
        missing: What the search says the documents do not have.
        name: What they do not have, or "" where any reason will do.
    """
    said = [one.casefold() for one in missing]
    return bool(said) and (not name or any(name.casefold() in one or one in name.casefold() for one in said))
