"""A question as words, each with the keys by which names may match it."""

import difflib
import re
from collections.abc import Sequence
from dataclasses import dataclass

from ankus_postgres_sql.linking.index import Match, SchemaIndex, Value
from ankus_postgres_sql.linking.lexicon import RELATED, SYNONYM, lexicon
from ankus_postgres_sql.linking.words import keys, name_keys, split_name

LONGEST = 2_000
"""Characters of a question that are read."""
MOST_WORDS = 40
MOST_NAMES = 6
_ALIKE = 0.84
_MISSPELT = 0.5
_LITERAL = re.compile(r"[«“\"'](\w[^«»“”\"']{0,60})[»”\"']")


@dataclass(frozen=True)
class Word:
    """One word of a question that may name something."""

    text: str
    written: str
    expanded: dict[str, float]

    @property
    def is_name(self) -> bool:
        """Whether it is written as a proper name is."""
        return self.written[:1].isupper()


@dataclass(frozen=True)
class FoundValue:
    """A value whose words all stand in the question."""

    value: Value
    weight: float
    words: frozenset[str]


def read_question(text: str) -> list[Word]:
    """The words of a question that may name something, each once."""
    ignored = lexicon().ignored
    found: dict[str, Word] = {}
    for token in re.findall(r"\w+", text[:LONGEST]):
        for word in split_name(token):
            if not (word in ignored or keys(word) & ignored or len(word) == 1 or word.isdecimal()):
                found.setdefault(word, Word(word, token, lexicon().expand(word)))
    return list(found.values())[:MOST_WORDS]


def proper_names(text: str) -> list[str]:
    """What a question writes between quotation marks, or with a capital letter amid a sentence."""
    text = text[:LONGEST]
    capitals = [
        match[1]
        for match in re.finditer(r"(?<=[\w,;:] )([^\W\d_][\w-]+)", text)
        if match[1][0].isupper() and match[1][1:].islower()
    ]
    return list(dict.fromkeys([*_LITERAL.findall(text), *capitals]))[:MOST_NAMES]


def matches_of(index: SchemaIndex, word: Word) -> dict[int, Match]:
    """What a word finds in each table; a word that finds nothing is tried as a misspelt one."""
    found = index.matches(word.expanded)
    if found or len(word.text) < 5 or word.is_name:
        return found
    likely = [
        name for name in index.vocabulary if name[0] == word.text[0] and abs(len(name) - len(word.text)) < 3
    ]
    near = difflib.get_close_matches(word.text, likely, n=2, cutoff=_ALIKE)
    return index.matches({key: _MISSPELT for name in near for key in keys(name)})


def values_in(index: SchemaIndex, words: Sequence[Word]) -> list[FoundValue]:
    """The sampled values whose words all stand in the question, the longest first.

    Words of a proper name must be the same; labels of a column with few values may be synonyms.
    """
    asked = {key: word for word in words for key, weight in word.expanded.items() if weight >= SYNONYM}
    found = {}
    for key in asked:
        for value in index.values.get(key, ()):
            found[value] = _weigh(index, value, words)
    some = [FoundValue(value, weight, used) for value, (weight, used) in found.items() if weight > RELATED]
    return sorted(some, key=lambda one: (-one.weight, -len(one.value.text), one.value.text))


def _weigh(index: SchemaIndex, value: Value, words: Sequence[Word]) -> tuple[float, frozenset[str]]:
    """How sure it is that a question means a value, by the least sure of its words; 0 if one is missing."""
    column = index.tables[value.table].columns[value.column]
    weights, used = [], set()
    for part in split_name(value.text):
        best = max(words, key=lambda word: _word_weight(word, part))
        weight = _word_weight(best, part)
        if weight < 1.0 and not column.values:
            return 0.0, frozenset()
        weights.append(weight)
        used.add(best.text)
    return min(weights) if len(used) == len(weights) else 0.0, frozenset(used)


def _word_weight(word: Word, part: str) -> float:
    return max((word.expanded.get(key, 0.0) for key in name_keys(part)), default=0.0)
