"""A question's terms in the words of the documents: from Russian to English and back, or from everyday
English.

Three tables lie in `data/`: what is learnt from PostgreSQL's own catalogues (`python -m
ankus_docs_rag.lexical.learn` makes it), a glossary and a list of synonyms that are written by hand.
"""

import math
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from importlib import resources
from typing import Literal

from ankus_docs_rag.errors import BadSource
from ankus_docs_rag.lexical.alignment import Meaning, learn, swapped
from ankus_docs_rag.lexical.catalogues import catalogue_pairs, find_catalogues
from ankus_docs_rag.lexical.words import is_cyrillic, spelled_terms, terms_of

__all__ = [
    "PARAPHRASED",
    "TRANSLATED",
    "Lexicon",
    "Lookup",
    "Meaning",
    "catalogue_pairs",
    "expand",
    "find_catalogues",
    "learn",
    "lexicon_of",
    "shipped_lexicon",
    "swapped",
    "translate",
    "understood",
]

Language = Literal["en", "ru"]
Lookup = Callable[[str], Sequence[Meaning]]
"""The meanings of a term, or of several with spaces between; none where it is not known."""
LONGEST_PHRASE = 4
"""Terms."""
TRANSLATED = 0.7
"""Weight of a translation beside an identifier, which stands in the question itself."""
PARAPHRASED = 0.5
"""Weight of a synonym beside the word that it is one of."""
_FURTHER = 0.5
"""Probability of the meanings after the first, where they are written by hand."""
_NOTE = "#"


@dataclass(frozen=True)
class Lexicon:
    """Meanings by their word."""

    entries: dict[str, tuple[Meaning, ...]]
    wordings: dict[str, str] = field(default_factory=dict)
    """How a meaning is written by people."""

    def meanings(self, word: str) -> tuple[Meaning, ...]:
        """Those of one term or phrase, the likeliest first."""
        return self.entries.get(word, ())

    def rows(self) -> Iterator[Meaning]:
        """All of it."""
        for meanings in self.entries.values():
            yield from meanings


@dataclass(frozen=True)
class Written:
    """A line of a table: a meaning, and how it is written there."""

    meaning: Meaning
    wording: str


def lexicon_of(meanings: Iterable[Meaning]) -> Lexicon:
    """A lexicon of them; what is given twice has the higher probability."""
    best: dict[str, dict[str, Meaning]] = {}
    for meaning in meanings:
        known = best.setdefault(meaning.word, {})
        if meaning.meaning not in known or known[meaning.meaning].probability < meaning.probability:
            known[meaning.meaning] = meaning
    return Lexicon({word: _likeliest_first(known.values()) for word, known in best.items()})


def shipped_lexicon(language_from: Language, language_to: Language) -> Lexicon:
    """The one that comes with the package; en to en are the synonyms.

    Into English what the glossary has of a word replaces what was learnt of it: it knows how people talk.
    Into Russian it is the other way round: documents are written as the catalogues are.
    """
    if language_from == language_to:
        return _combined([read_glossary(_shipped("synonyms.en.tsv"))] if language_to == "en" else [])
    backwards = language_from == "en"
    learnt = read_learnt(_shipped("lexicon.en-ru.tsv"), backwards=backwards)
    written = read_glossary(_shipped("glossary.en-ru.tsv"), backwards=backwards)
    return _combined([written, learnt] if backwards else [learnt, written])


def _combined(layers: Sequence[Iterable[Written]]) -> Lexicon:
    """Later layers replace what earlier ones have of a word."""
    entries: dict[str, tuple[Meaning, ...]] = {}
    wordings: dict[str, str] = {}
    for layer in layers:
        written = list(layer)
        entries |= lexicon_of(entry.meaning for entry in written).entries
        # the first wording is the commonest
        wordings |= {entry.meaning.meaning: entry.wording for entry in reversed(written)}
    return Lexicon(entries, wordings)


def expand(
    terms: Sequence[str], lookup: Lookup, most: int = 4, weight: float = TRANSLATED
) -> dict[str, float]:
    """The terms that stand for those of a question, each with its weight.

    Args:
        terms: Of the question in its order, as `terms_of` gives them.
        lookup: Where meanings are found; the longest phrase that is known goes first.
        most: Meanings of one term or phrase.
        weight: What these share by their probability: TRANSLATED or PARAPHRASED.

    A Latin term stays as it is, at weight 1; a Cyrillic one that nobody knows is left out.
    """
    found: dict[str, float] = {term: 1.0 for term in terms if not is_cyrillic(term)}
    for _, meanings in _understood(terms, lookup):
        chosen = meanings[:most]
        total = max(1.0, sum(meaning.probability for meaning in chosen))
        for meaning in chosen:
            parts = meaning.meaning.split()
            # a phrase is one hint, although it has several words
            share = weight * meaning.probability / total / math.sqrt(len(parts))
            for term in parts:
                found[term] = max(found.get(term, 0.0), share)
    return found


def translate(question: str, lexicon: Lexicon) -> str:
    """A question word by word in its likeliest meanings: no sentence, but a search by meaning can use
    it."""
    terms = terms_of(question)
    spellings = dict(spelled_terms(question))
    parts = {part for term in terms if term not in spellings for part in terms_of(term)[1:]}
    words: list[str] = []
    for term, meanings in _understood([term for term in terms if term not in parts], lexicon.meanings):
        if meanings:
            words.append(lexicon.wordings.get(meanings[0].meaning, meanings[0].meaning))
        elif not is_cyrillic(term):
            words.append(spellings.get(term, term))
    return " ".join(dict.fromkeys(words))


def understood(question: str, lexicon: Lexicon) -> float:
    """The share of a question's terms that the lexicon has, from 0 to 1.

    Identifiers need no translation, nor does what is Latin in a Russian question.
    """
    russian = is_cyrillic(question)
    found = [
        bool(meanings) or not (is_cyrillic(phrase) if russian else phrase.isalpha())
        for phrase, meanings in _understood(terms_of(question), lexicon.meanings)
    ]
    return sum(found) / len(found) if found else 0.0


def read_glossary(lines: Iterable[str], backwards: bool = False) -> Iterator[Written]:
    """Entries that are written by hand: `word<TAB>meaning; another meaning`, the commonest first.

    Raises:
        BadSource: At a line of another form.
    """
    for number, line in _entries(lines):
        word, tab, meanings = line.partition("\t")
        alternatives = [part.strip() for part in meanings.split(";")]
        if not (tab and _term(word) and all(map(_term, alternatives))):
            raise _bad(number, line, "word, tab, meanings with ; between")
        for place, alternative in enumerate(alternatives):
            probability = 1.0 if place == 0 else _FURTHER
            yield (
                _written(alternative, word, probability)
                if backwards
                else _written(word, alternative, probability)
            )


def read_learnt(lines: Iterable[str], backwards: bool = False) -> Iterator[Written]:
    """Learnt entries: `word<TAB>word<TAB>probability there<TAB>probability back`.

    Raises:
        BadSource: At a line of another form.
    """
    for number, line in _entries(lines):
        try:
            word, meaning, there, back = line.split("\t")
            probabilities = float(there), float(back)
        except ValueError as error:
            raise _bad(number, line, "word, word and two probabilities with tabs between") from error
        if backwards:
            word, meaning, probabilities = meaning, word, probabilities[::-1]
        if probabilities[0] > 0:
            yield _written(word, meaning, probabilities[0])


def _written(word: str, meaning: str, probability: float) -> Written:
    return Written(Meaning(_term(word), _term(meaning), probability), meaning)


def _term(words: str) -> str:
    return " ".join(terms_of(words))


def _understood(terms: Sequence[str], lookup: Lookup) -> Iterator[tuple[str, Sequence[Meaning]]]:
    """The terms from left to right, the longest known phrase at each place."""
    place = 0
    while place < len(terms):
        for size in range(min(LONGEST_PHRASE, len(terms) - place), 0, -1):
            phrase = " ".join(terms[place : place + size])
            meanings = lookup(phrase)
            if meanings or size == 1:
                yield phrase, meanings
                place += size
                break


def _likeliest_first(meanings: Iterable[Meaning]) -> tuple[Meaning, ...]:
    # of equal ones the first that was written
    return tuple(sorted(meanings, key=lambda meaning: -meaning.probability))


def _entries(lines: Iterable[str]) -> Iterator[tuple[int, str]]:
    for number, line in enumerate(lines, start=1):
        if line.strip() and not line.startswith(_NOTE):
            yield number, line.rstrip("\n")


def _bad(number: int, line: str, expected: str) -> BadSource:
    return BadSource(f"Line {number} of a lexicon is {line[:60]!r}.", hint=f"A line is: {expected}.")


def _shipped(name: str) -> list[str]:
    return resources.files("ankus_docs_rag").joinpath("data", name).read_text(encoding="utf-8").splitlines()
