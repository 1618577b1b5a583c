"""The passages that some arm puts forward, with what every arm says of every one of them."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, fields
from datetime import date
from typing import Any

import numpy as np

from ankus_docs_rag.named import named
from ankus_docs_rag.search.arms import Question, query_texts
from ankus_docs_rag.search.fusion import Scores
from ankus_shared.postgres import Connection


@dataclass(frozen=True)
class Candidate:
    """A passage, without its text."""

    id: int
    page_id: int
    source_id: int
    version: str
    language: str
    kind: str
    form: str
    date: date | None
    anchor: str
    headings: tuple[str, ...]
    names: tuple[str, ...]
    aliases: tuple[str, ...]
    word_ids: frozenset[int] = field(repr=False)
    start: int
    end: int


_FIELDS = tuple(each.name for each in fields(Candidate))


@dataclass(frozen=True)
class Scored:
    """What the arms say of candidates for one phrasing, in the order of their ids."""

    arms: Mapping[str, Scores]
    best: Mapping[int, tuple[int, int]]
    """Id of a passage -> where its nearest piece is, in code points of the page."""


async def describe(connection: Connection, ids: Sequence[int]) -> list[Candidate]:
    """The candidates of these ids, by id."""
    rows = await (await connection.execute(named("search/described"), {"ids": list(ids)})).fetchall()
    return sorted(map(_candidate, rows), key=lambda candidate: candidate.id)


async def score(connection: Connection, question: Question, ids: Sequence[int]) -> Scored:
    """Ask each arm about each candidate.

    Args:
        ids: Sorted; the scores come in this order.
    """
    statement = named("search/scores", vectors=question.vectors, vector_type=question.vector_type)
    cursor = await connection.execute(statement, {"ids": list(ids), **query_texts(question)})
    rows = {row[0]: row[1:] for row in await cursor.fetchall()}
    table = np.array([rows[number][:3] for number in ids], dtype=np.float64).reshape(len(ids), 3)
    arms = {"words": table[:, 0], "tokens": table[:, 1], "dense": table[:, 2]}
    best = {number: (row[3], row[4]) for number, row in rows.items() if row[3] is not None}
    return Scored(arms, best)


async def bodies(connection: Connection, candidates: Sequence[Candidate]) -> list[str]:
    """The headings and the text of each candidate."""
    given = {"ids": [candidate.id for candidate in candidates]}
    rows = await (await connection.execute(named("search/bodies"), given)).fetchall()
    found = {row[0]: row[1] for row in rows}
    return [f"{' > '.join(each.headings)}\n{found[each.id]}".lstrip() for each in candidates]


def _candidate(row: tuple[Any, ...]) -> Candidate:
    """From the columns of `search/described`, which are in the order of the fields."""
    found = dict(zip(_FIELDS, row, strict=True))
    lists = {name: tuple(found[name]) for name in ("headings", "names", "aliases")}
    return Candidate(**{**found, **lists, "word_ids": frozenset(found["word_ids"])})
