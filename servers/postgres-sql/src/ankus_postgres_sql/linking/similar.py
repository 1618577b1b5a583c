"""How alike two short texts are: by the forms of their words, and by trigrams as pg_trgm counts them."""

import re
from collections.abc import Sequence

from ankus_postgres_sql.linking.words import name_keys, split_name

LEAST = 0.3
"""pg_trgm's own default threshold (https://www.postgresql.org/docs/18/pgtrgm.html)."""


def rank(wanted: str, texts: Sequence[str]) -> list[str]:
    """The texts that are alike, the most alike first; of equal ones the earlier first."""
    scored = [(similarity(wanted, text), place) for place, text in enumerate(texts)]
    best = sorted((-score, place) for score, place in scored if score >= LEAST)
    return [texts[place] for _, place in best]


def similarity(one: str, two: str) -> float:
    """From 0 to 1; 1 where all words of one are forms of words of the other."""
    words, others = split_name(one), split_name(two)
    if words and all(any(name_keys(word) & name_keys(other) for other in others) for word in words):
        return 1.0
    first, second = trigrams(one), trigrams(two)
    return len(first & second) / len(first | second) if first | second else 0.0


def trigrams(text: str) -> frozenset[str]:
    """The runs of three characters of each word, two blanks before it and one behind."""
    padded = [f"  {word} " for word in re.findall(r"\w+", text.casefold())]
    return frozenset(word[i : i + 3] for word in padded for i in range(len(word) - 2))
