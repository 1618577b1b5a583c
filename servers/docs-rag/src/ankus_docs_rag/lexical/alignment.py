"""Which word of one language stands for which of another, learnt from sentences that say the same.

IBM model 1: Brown, Della Pietra, Della Pietra and Mercer, The Mathematics of Statistical Machine
Translation, Computational Linguistics 19 (1993), section 4. Every word of the translation comes from one
word of the original, or from none, and every place is as likely; the expectation-maximisation of that has
one optimum.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from ankus_docs_rag.lexical.words import terms_of

_NOBODY = ""
"""What a word that translates nothing comes from."""


@dataclass(frozen=True)
class Meaning:
    """A word or a phrase, as terms with spaces between, and what it stands for."""

    word: str
    meaning: str
    probability: float
    """Above 0, at most 1: how much of what the word becomes is this."""


@dataclass(frozen=True)
class _Counts:
    """Pairs of an original's and a translation's term that stand in aligned sentences, one row an
    occurrence."""

    originals: list[str]
    translations: list[str]
    original: NDArray[np.int64]
    """By distinct pair."""
    translation: NDArray[np.int64]
    pair: NDArray[np.int64]
    """By row: which distinct pair it is."""
    place: NDArray[np.int64]
    """By row: which word of which translation is to be explained."""


def learn(
    pairs: Iterable[tuple[str, str]], rounds: int = 8, least: float = 0.02, seen: int = 2
) -> list[Meaning]:
    """What each word of the first texts becomes in the second ones, the likeliest first.

    Args:
        pairs: Texts that say the same, such as a message and its translation.
        rounds: Of expectation and maximisation.
        least: Probability from which on a meaning is told.
        seen: In how many texts a word must be to be told.

    What stands unchanged in both texts, such as the name of a setting, is no translation and is left out.
    """
    counts = _count([_differing(first, second) for first, second in pairs])
    if not len(counts.pair):
        return []
    chance = np.ones(len(counts.original))
    for _ in range(rounds):
        chance = _round(counts, chance)
    return _told(counts, chance, least, seen)


def swapped(pairs: Iterable[tuple[str, str]]) -> list[tuple[str, str]]:
    """The same pairs for the other direction."""
    return [(second, first) for first, second in pairs]


def _differing(first: str, second: str) -> tuple[list[str], list[str]]:
    """The distinct terms of each text that the other one has not."""
    one, other = dict.fromkeys(terms_of(first)), dict.fromkeys(terms_of(second))
    return [term for term in one if term not in other], [term for term in other if term not in one]


def _count(sentences: Sequence[tuple[list[str], list[str]]]) -> _Counts:
    originals: dict[str, int] = {_NOBODY: 0}
    translations: dict[str, int] = {}
    distinct: dict[tuple[int, int], int] = {}
    pair: list[int] = []
    place: list[int] = []
    places = 0
    for first, second in sentences:
        sources = [originals.setdefault(term, len(originals)) for term in [_NOBODY, *first]]
        for term in second:
            target = translations.setdefault(term, len(translations))
            pair += [distinct.setdefault((source, target), len(distinct)) for source in sources]
            place += [places] * len(sources)
            places += 1
    ends = np.array(list(distinct), dtype=np.int64).reshape(-1, 2)
    rows = np.array(pair, dtype=np.int64), np.array(place, dtype=np.int64)
    return _Counts(list(originals), list(translations), ends[:, 0], ends[:, 1], *rows)


def _round(counts: _Counts, chance: NDArray[np.float64]) -> NDArray[np.float64]:
    """New probabilities of each pair from how the old ones share out the translations."""
    rows = chance[counts.pair]
    share = rows / np.bincount(counts.place, rows)[counts.place]
    expected = np.bincount(counts.pair, share, minlength=len(chance))
    new: NDArray[np.float64] = expected / np.bincount(counts.original, expected)[counts.original]
    return new


def _told(counts: _Counts, chance: NDArray[np.float64], least: float, seen: int) -> list[Meaning]:
    # the row of a pair occurs once in each pair of sentences
    together = np.bincount(counts.pair, minlength=len(chance))
    kept = np.flatnonzero((chance >= least) & (together >= seen) & (counts.original > 0))
    found = [
        Meaning(
            counts.originals[counts.original[index]],
            counts.translations[counts.translation[index]],
            float(min(chance[index], 1.0)),
        )
        for index in kept
    ]
    return sorted(found, key=lambda meaning: (meaning.word, -meaning.probability, meaning.meaning))
