"""Which tables a question means.

A table's score for one word is what the places that hold the word say together, saturated as in BM25, times
how rare the word is among the tables (IDF). Tables are then chosen one by one, each for the words that those
before it leave open, nearer ones by foreign keys preferred; so few tables cover the question.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass, field

from ankus_postgres_sql.linking.graph import Graph
from ankus_postgres_sql.linking.index import OWN, Match, SchemaIndex
from ankus_postgres_sql.linking.paths import Tree, cheapest_tree
from ankus_postgres_sql.linking.question import FoundValue, Word, matches_of, read_question, values_in

MOST = 5
"""Tables that are chosen at most."""
_JOINED = 4
"""The best of them, which the join path connects."""
_ENOUGH = 0.18
"""A table must add this share of what the first one brought to be joined to it."""
_ALSO = 0.25
"""A table that adds nothing is named too from this share of the best score on."""
_VALUE_STRENGTH = 0.3
_RAREST = 4.0
"""A word's rarity counts up to this: in a large schema one odd word must not outweigh all others."""
_NEAR = {0: 1.0, 1: 1.25, 2: 1.1}
"""What a table's gain is multiplied by, by its distance from those chosen."""


@dataclass
class Linked:
    """What a question means in one schema."""

    index: SchemaIndex
    words: list[Word]
    chosen: list[int] = field(default_factory=list)
    """Tables that cover the question."""
    also: list[int] = field(default_factory=list)
    """Further tables that match."""
    strengths: dict[str, dict[int, float]] = field(default_factory=dict)
    """By word and table, how much the table speaks of the word: from 0 to 1, times the word's rarity."""
    held: dict[str, dict[int, float]] = field(default_factory=dict)
    """The same without what only points at other tables."""
    matches: dict[str, dict[int, Match]] = field(default_factory=dict)
    values: list[FoundValue] = field(default_factory=list)
    tree: Tree | None = None

    @property
    def unmatched(self) -> list[str]:
        """Words that nothing in the schema matches."""
        return [word.written for word in self.words if not self.strengths.get(word.text)]

    def score(self, table: int) -> float:
        """A table's strengths together."""
        return sum(some.get(table, 0.0) for some in self.strengths.values())


def link(index: SchemaIndex, question: str) -> Linked:
    """Find the tables, values and the join path that a question means."""
    linked = Linked(index, read_question(question))
    linked.values = values_in(index, linked.words)
    linked.matches = {word.text: matches_of(index, word) for word in linked.words}
    _weigh(linked)
    _weigh_by_rarity(linked)
    _choose(linked)
    _connect(linked)
    return linked


def _weigh(linked: Linked) -> None:
    """By word and table, how much the table speaks of the word, and how much it holds itself."""
    named: dict[int, set[int]] = {}
    for some in linked.matches.values():
        for table, match in some.items():
            named.setdefault(table, set()).update(match.name_words)
    for word, some in linked.matches.items():
        speaks, holds = linked.strengths.setdefault(word, {}), linked.held.setdefault(word, {})
        for table, match in some.items():
            coverage = linked.index.coverage(table, named[table])
            standing = linked.index.standing(table, named[table])
            speaks[table] = match.strength(coverage) * standing
            holds[table] = match.strength(coverage, OWN) * standing
    for one in linked.values:
        for word in one.words:
            for strengths in (linked.strengths[word], linked.held[word]):
                table = one.value.table
                strengths[table] = max(strengths.get(table, 0.0), _VALUE_STRENGTH * one.weight)


def _weigh_by_rarity(linked: Linked) -> None:
    """Multiply strengths by the words' rarity, the logarithm of BM25's IDF."""
    count = len(linked.index.tables)
    for word, some in linked.strengths.items():
        if not some:
            continue
        frequency = min(count, sum(some.values()) / max(some.values()))
        rarity = math.log1p((count - frequency + 0.5) / (frequency + 0.5))
        for strengths in (some, linked.held[word]):
            for table in strengths:
                strengths[table] *= min(rarity, _RAREST)


def _choose(linked: Linked) -> None:
    """Choose tables greedily by what each adds."""
    covered: dict[str, float] = {}
    candidates = {table for some in linked.strengths.values() for table in some}
    first = 0.0
    while candidates and len(linked.chosen) < _JOINED:
        near = _distances(linked.index, linked.chosen)
        gains = {table: _gain(linked, table, covered, near) for table in candidates}
        best = max(candidates, key=lambda table: (gains[table], linked.score(table), -table))
        first = first or gains[best]
        if gains[best] < _ENOUGH * first:
            break
        linked.chosen.append(best)
        candidates.remove(best)
        for word, some in linked.held.items():
            covered[word] = max(covered.get(word, 0.0), some.get(best, 0.0))
    ranked = sorted(candidates, key=lambda table: (-linked.score(table), table))
    least = _ALSO * max(map(linked.score, linked.chosen), default=0.0)
    linked.also = [table for table in ranked if linked.score(table) >= least][: MOST - len(linked.chosen)]


def _gain(linked: Linked, table: int, covered: dict[str, float], near: dict[str, int]) -> float:
    new = sum(
        max(0.0, some.get(table, 0.0) - covered.get(word, 0.0)) for word, some in linked.strengths.items()
    )
    bonus = _NEAR.get(near.get(linked.index.tables[table].label, 9), 0.9) if near else 1.0
    return new * bonus


def _distances(index: SchemaIndex, chosen: Sequence[int]) -> dict[str, int]:
    """How many joins tables are away from the chosen ones, up to two."""
    found = {index.tables[table].label: 0 for table in chosen}
    edge = list(found)
    for distance in (1, 2):
        edge = [new for label in edge for new in _neighbours(index.graph, label) if new not in found]
        found.update(dict.fromkeys(edge, distance))
    return found


def _neighbours(graph: Graph, label: str) -> list[str]:
    return [edge.other(label) for edge in graph.at(label)]


def _connect(linked: Linked) -> None:
    """The join path of the chosen tables; of as many of the first as can be joined."""
    tables = linked.index.tables
    best = max(map(linked.score, linked.chosen), default=0.0) or 1.0
    relevance = {table.label: min(1.0, linked.score(n) / best) for n, table in enumerate(tables)}
    connected: list[str] = []
    for number in linked.chosen:
        wanted = [*connected, tables[number].label]
        if len(wanted) == 1 or (tree := cheapest_tree(linked.index.graph, wanted, relevance)) is None:
            connected = connected or wanted
            continue
        linked.tree, connected = tree, wanted
