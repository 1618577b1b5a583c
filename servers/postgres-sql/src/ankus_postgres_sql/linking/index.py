"""The words of a schema: which tables, columns, comments and values hold a key, and how much that says."""

import math
from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Literal

from ankus_postgres_sql.linking.graph import Graph, build_graph
from ankus_postgres_sql.linking.words import keys, name_keys, split_name
from ankus_postgres_sql.schema import Column, Table
from ankus_postgres_sql.values import MORE

Field = Literal["name", "column", "key", "comment", "remark", "value", "schema"]
WEIGHTS: Mapping[Field, float] = {
    "name": 3.0, "column": 1.2, "comment": 1.0, "value": 0.9, "remark": 0.5, "schema": 0.4, "key": 0.25,
}  # fmt: skip
"""What a word says where it stands: in the table's name, a column's, the comment on the table, a value, the
comment on a column, the schema's name, the name of a column that points at another table."""
OWN: tuple[Field, ...] = ("name", "column", "value")
"""Where a word stands for something that the table itself holds; elsewhere it may only point at another."""
SATURATION = 1.2
"""As k1 in BM25: how soon more places where a word stands say no more."""
VALUE_WORDS = 5
PLAIN = frozenset({"id", "tbl", "tab", "dim", "fact", "fct", "vw", "mv", "ref"})
"""Words of names that say nothing."""
COPIES = frozenset(
    "history hist archive arch attachment attachments audit log backup bak copy old tmp temp staging stg"
    " deleted snapshot changes shadow".split()
)
"""Words by which tables beside the real one are named."""
COPY_STRENGTH = 0.5
"""How much a table so named speaks of anything, where the question does not ask for that."""


@dataclass(frozen=True)
class Place:
    """Where a word stands."""

    table: int
    field: Field
    column: int = -1
    word: int = 0
    """Which word of the table's name."""


@dataclass(frozen=True)
class Value:
    """A text that a column holds."""

    table: int
    column: int
    text: str


@dataclass
class Match:
    """What one word of a question found in one table."""

    fields: dict[Field, float] = field(default_factory=dict)
    columns: dict[int, float] = field(default_factory=dict)
    name_words: set[int] = field(default_factory=set)

    def add(self, place: Place, weight: float) -> None:
        """Count one place that holds one of the word's keys."""
        self.fields[place.field] = max(self.fields.get(place.field, 0.0), weight)
        if place.column >= 0:
            here = weight * WEIGHTS[place.field]
            self.columns[place.column] = max(self.columns.get(place.column, 0.0), here)
        if place.field == "name":
            self.name_words.add(place.word)

    def strength(self, coverage: float, fields: Collection[Field] = tuple(WEIGHTS)) -> float:
        """From 0 to 1; `coverage` is the share of the table's name that the question's words make up."""
        total = sum(
            weight * WEIGHTS[name] * (coverage if name == "name" else 1.0)
            for name, weight in self.fields.items()
            if name in fields
        )
        return total / (total + SATURATION)


class SchemaIndex:
    """All that a question is matched with, as one role sees it."""

    def __init__(self, tables: Sequence[Table]) -> None:
        self.tables = list(tables)
        self.graph: Graph = build_graph(tables)
        self.names = [split_name(table.name) for table in tables]
        self.places: dict[str, list[Place]] = defaultdict(list)
        self.values: dict[str, list[Value]] = defaultdict(list)
        self.vocabulary: set[str] = set()
        for number, table in enumerate(self.tables):
            self._add_table(number, table)
        self._rarity = self._rarities()

    def matches(self, expanded: Mapping[str, float]) -> dict[int, Match]:
        """What the keys of one word of a question find, by table."""
        found: dict[int, Match] = defaultdict(Match)
        for key, weight in expanded.items():
            for place in self.places.get(key, ()):
                found[place.table].add(place, weight)
        return found

    def coverage(self, table: int, words: Iterable[int]) -> float:
        """From 0.4 to 1: how much of a table's name some of its words are; frequent words count less."""
        rarity = self._rarity[table]
        total = sum(rarity) or 1.0
        return 0.4 + 0.6 * sum(rarity[word] for word in words) / total

    def standing(self, table: int, words: Iterable[int]) -> float:
        """1, or less for a copy or an appendix of another table, where no word asked for it."""
        asked = set(words)
        names = self.names[table]
        beside = any(word in COPIES and place not in asked for place, word in enumerate(names))
        return COPY_STRENGTH if beside and len(names) > 1 else 1.0

    def _rarities(self) -> list[list[float]]:
        counts: dict[str, int] = defaultdict(int)
        for words in self.names:
            for word in set(words):
                counts[word] += 1
        return [
            [0.0 if w in PLAIN or w.isdecimal() else math.log1p(len(self.names) / counts[w]) for w in words]
            for words in self.names
        ]

    def _add_table(self, number: int, table: Table) -> None:
        for place, word in enumerate(self.names[number]):
            self._add(name_keys(word), Place(number, "name", word=place))
            self.vocabulary.add(word)
        if table.schema != "public":
            for word in split_name(table.schema):
                self._add(name_keys(word), Place(number, "schema"))
        self._add_text(table.comment, Place(number, "comment"))
        pointing = {name for key in table.foreign_keys for name in key.columns}
        for place, column in enumerate(table.columns):
            self._add_column(number, place, column, column.name in pointing or _looks_like_key(column.name))

    def _add_column(self, number: int, place: int, column: Column, points: bool) -> None:
        for word in split_name(column.name):
            self._add(name_keys(word), Place(number, "key" if points else "column", place))
            self.vocabulary.add(word)
        self._add_text(column.comment, Place(number, "remark", place))
        listed = [value for value in column.values if value != MORE]
        for text in listed:
            for word in split_name(text):
                self._add(keys(word), Place(number, "value", place))
        for text in dict.fromkeys([*listed, *column.samples]):
            self._add_value(Value(number, place, text))

    def _add_value(self, value: Value) -> None:
        words = split_name(value.text)
        if 0 < len(words) <= VALUE_WORDS and not all(word.isdecimal() for word in words):
            for key in name_keys(words[0]):
                self.values[key].append(value)

    def _add_text(self, text: str | None, place: Place) -> None:
        for word in set(split_name(text or "")):
            self._add(keys(word), place)

    def _add(self, some: Iterable[str], place: Place) -> None:
        for key in some:
            self.places[key].append(place)


def _looks_like_key(name: str) -> bool:
    """Whether a column names another table's row, declared or not: `customer_id`."""
    words = split_name(name)
    return len(words) > 1 and words[-1] == "id"
