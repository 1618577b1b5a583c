"""The passages that some arm puts forward, with what every arm says of every one of them."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
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


def _candidate(row: tuple[Any, ...]) -> Candidate:
    (
        number,
        page,
        source,
        version,
        language,
        kind,
        form,
        day,
        anchor,
        headings,
        names,
        aliases,
        words,
        start,
        end,
    ) = row
    return Candidate(
        id=number,
        page_id=page,
        source_id=source,
        version=version,
        language=language,
        kind=kind,
        form=form,
        date=day,
        anchor=anchor,
        headings=tuple(headings),
        names=tuple(names),
        aliases=tuple(aliases),
        word_ids=frozenset(words),
        start=start,
        end=end,
    )
