"""BM25 in two halves: a document's and a question's sparse vector, whose inner product is the score.

Robertson and Zaragoza, The Probabilistic Relevance Framework: BM25 and Beyond, Foundations and Trends in
Information Retrieval 3 (2009). Fields are added up before the saturation, as section 3.6 there has it
(BM25F). The idf is the one whose logarithm has 1 added inside, so that a term of more than half of all
passages never counts against them.
"""

import heapq
import math
import struct
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from ankus_docs_rag.lexical.words import term_id

TOKEN_DIMENSIONS = 250_002
"""Ids of the XLM-R vocabulary."""
MOST_NONZEROS = 1_000
"""What an HNSW index over sparse vectors takes."""


@dataclass(frozen=True)
class FieldWeights:
    """What one occurrence in each part of a passage counts."""

    body: float = 1.0
    headings: float = 2.0
    aliases: float = 2.0
    names: float = 4.0


def field_counts(
    body_terms: Iterable[str],
    heading_terms: Iterable[str] = (),
    alias_terms: Iterable[str] = (),
    name_terms: Iterable[str] = (),
    weights: FieldWeights = FieldWeights(),
) -> dict[str, float]:
    """How often each term occurs, weighted by where it does."""
    fields = (
        (body_terms, weights.body),
        (heading_terms, weights.headings),
        (alias_terms, weights.aliases),
        (name_terms, weights.names),
    )
    total: dict[str, float] = {}
    for terms, weight in fields:
        for term, count in Counter(terms).items():
            total[term] = total.get(term, 0.0) + weight * count
    return {term: count for term, count in total.items() if count > 0}


def by_id(counts: Mapping[str, float]) -> dict[int, float]:
    """The same by the terms' ids; terms that share one are added up."""
    total: dict[int, float] = {}
    for term, count in counts.items():
        place = term_id(term)
        total[place] = total.get(place, 0.0) + count
    return total


def document_weights(
    counts: Mapping[int, float], length: float, mean_length: float, k1: float = 1.2, b: float = 0.35
) -> dict[int, float]:
    """The document's half: how much each of its terms says, saturated and by its length.

    Args:
        counts: Occurrences of each term, as `field_counts` weighs them.
        length: Of this passage, in the same unit as `mean_length`; both are above 0 if there are counts.
        mean_length: Of all passages.
        k1: How late a repeated term stops to count more.
        b: How much a long passage is held against it, 0 to 1; little, since passages are cut to a like size.
    """
    norm = k1 * (1 - b + b * length / mean_length) if mean_length > 0 else k1
    return {term: count * (k1 + 1) / (count + norm) for term, count in counts.items() if count > 0}


def query_weights(
    counts: Mapping[int, float], frequency: Mapping[int, int], passages: int
) -> dict[int, float]:
    """The question's half: how rare each of its terms is; a term that no passage has is left out.

    Args:
        counts: Occurrences of each term in the question, or the weight of a guessed one.
        frequency: In how many passages each term occurs.
        passages: How many there are.
    """
    found = {term: count for term, count in counts.items() if count > 0 and frequency.get(term, 0) > 0}
    return {term: count * idf(frequency[term], passages) for term, count in found.items()}


def idf(having: int, passages: int) -> float:
    """How much it says that a passage has a term: above 0, and the more the fewer have it."""
    # counts that are a snapshot older than the number of passages must not turn it around
    having = min(having, passages)
    return math.log1p((passages - having + 0.5) / (having + 0.5))


def sparse_text(weights: Mapping[int, float], dimensions: int) -> str:
    """A sparse vector as pgvector reads it: `{place:weight,…}/dimensions`, places from 1 on.

    Args:
        weights: Weight of each id from 0 on; zeros are left out, and all but the heaviest MOST_NONZEROS.
        dimensions: Length of the vector.

    Raises:
        ValueError: If an id is outside of the dimensions, or a weight is no finite number.
    """
    kept = [(term, weight) for term, weight in weights.items() if _single(weight) != 0]
    if len(kept) > MOST_NONZEROS:
        kept = heapq.nsmallest(MOST_NONZEROS, kept, key=lambda item: (-abs(item[1]), item[0]))
    kept.sort()
    if kept and not (0 <= kept[0][0] and kept[-1][0] < dimensions):
        raise ValueError(f"an id is outside of the {dimensions} dimensions")
    return f"{{{','.join(f'{term + 1}:{weight:.7g}' for term, weight in kept)}}}/{dimensions}"


def _single(weight: float) -> float:
    """In the precision that pgvector stores."""
    try:
        single: float = struct.unpack("f", struct.pack("f", weight))[0]
    except OverflowError as error:
        raise ValueError(f"{weight} is too large for a sparse vector") from error
    if not math.isfinite(single):
        raise ValueError(f"{weight} is no weight")
    return single
