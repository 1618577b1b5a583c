"""The vocabulary of databases: what else a word of a question may be called, in Russian and English."""

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cache
from importlib import resources
from threading import Lock

from ankus_postgres_sql.linking.words import consonants, keys, russian_reading, written_keys

SAME_WORD, SYNONYM, ABBREVIATION, RELATED = 1.0, 0.85, 0.8, 0.35
"""How much a name says about a word of the question that it matches so."""
_READING = Lock()


@dataclass(frozen=True)
class Concept:
    """Words that stand for one another."""

    head: str
    words: tuple[str, ...]
    abbreviations: tuple[str, ...]
    related: tuple[str, ...]
    """Words that name other concepts."""


@dataclass(frozen=True)
class Lexicon:
    """Concepts, by head and by the keys of their words."""

    concepts: tuple[Concept, ...]
    by_head: Mapping[str, tuple[Concept, ...]]
    by_key: Mapping[str, tuple[Concept, ...]]
    ignored: frozenset[str]
    """Words that ask and join, and name nothing in a database."""

    def expand(self, word: str) -> dict[str, float]:
        """The keys by which a name may match a word, each with how much it says (see `SAME_WORD`)."""
        found = dict.fromkeys(keys(word), SAME_WORD)
        if word.isascii() and len(word) > 3:
            _add(found, [consonants(word)], ABBREVIATION)
        known = {concept.head: concept for key in keys(word) for concept in self.by_key.get(key, ())}
        if not known and (russian := russian_reading(word)):
            return self.expand(russian) | found
        for concept in known.values():
            _add_words(found, concept.words, SYNONYM)
            _add_words(found, concept.abbreviations, ABBREVIATION)
        for head in {head for concept in known.values() for head in concept.related}:
            for concept in self.named(head):
                _add_words(found, concept.words, RELATED)
        return found

    def named(self, word: str) -> tuple[Concept, ...]:
        """The concepts that have a word as their head, or, where none has, among their words."""
        if word in self.by_head:
            return self.by_head[word]
        return tuple(concept for key in keys(word) for concept in self.by_key.get(key, ()))


def lexicon() -> Lexicon:
    """The vocabulary of `lexicon.txt`, read once, by whichever thread asks first."""
    with _READING:
        return _read()


@cache
def _read() -> Lexicon:
    text = resources.files(__package__).joinpath("lexicon.txt").read_text(encoding="utf-8")
    return parse_lexicon(text.splitlines())


def parse_lexicon(lines: Iterable[str]) -> Lexicon:
    """A lexicon from the lines of its file, whose form the file itself explains.

    Raises:
        ValueError: If a line has not four parts; names it.
    """
    concepts: list[Concept] = []
    ignored: set[str] = set()
    for number, line in enumerate(lines, 1):
        if line.startswith("ignore :"):
            ignored.update(line.removeprefix("ignore :").split())
        elif line.strip() and not line.startswith("#"):
            concepts.append(_concept(line, number))
    by_key: dict[str, list[Concept]] = defaultdict(list)
    by_head: dict[str, list[Concept]] = defaultdict(list)
    for concept in concepts:
        by_head[concept.head].append(concept)
        for key in {key for word in concept.words for key in written_keys(word)}:
            by_key[key].append(concept)
    return Lexicon(tuple(concepts), _frozen(by_head), _frozen(by_key), frozenset(ignored))


def _concept(line: str, number: int) -> Concept:
    parts = [part.split() for part in line.split(":")]
    if len(parts) != 4 or not parts[0]:
        raise ValueError(f"line {number} has not the form 'English : abbreviations : Russian : related'")
    english, abbreviations, russian, related = parts
    return Concept(english[0], (*english, *russian), tuple(abbreviations), tuple(related))


def _add_words(found: dict[str, float], words: Iterable[str], weight: float) -> None:
    for word in words:
        _add(found, keys(word), weight)


def _add(found: dict[str, float], some: Iterable[str], weight: float) -> None:
    for key in some:
        found[key] = max(found.get(key, 0.0), weight)


def _frozen(lists: Mapping[str, list[Concept]]) -> dict[str, tuple[Concept, ...]]:
    return {name: tuple(some) for name, some in lists.items()}
