"""The three arms: nearest pieces by the model's vectors, BM25 over tokens, BM25 over analysed words.

Each arm filters before it takes its first passages, and looks into each language apart, since a multilingual
model brings texts of the question's own language nearer than any of another.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from psycopg import sql

from ankus_docs_rag.lexical.bm25 import TOKEN_DIMENSIONS, by_id, query_weights, sparse_text
from ankus_docs_rag.lexical.words import WORD_DIMENSIONS, term_id
from ankus_docs_rag.named import named
from ankus_docs_rag.search.config import Arm
from ankus_docs_rag.search.filters import Conditions
from ankus_docs_rag.search.phrasing import Phrasing, Weighed
from ankus_shared.postgres import Connection

PIECES_A_PASSAGE = 4
"""Pieces that are fetched for each passage wanted: a passage of many pieces may take several of the first."""
MOST_TELLING = 2_000
"""Passages that the telling terms of a question may have together, the rarest terms first: one that has none
of them hardly comes among the first, and a search costs the same however many passages there are."""
WIDER = 10
"""By how much it grows where filters leave fewer passages than are wanted."""
Attempt = tuple[sql.Composed, dict[str, Any]]
"""A statement and its parameters."""


@dataclass(frozen=True)
class Question:
    """One phrasing against one state of the documents."""

    phrasing: Phrasing
    weighed: Weighed
    word_frequency: Mapping[int, int]
    token_frequency: Mapping[int, int]
    passages: int
    vectors: sql.Identifier
    vector_type: sql.SQL


async def nominate(
    connection: Connection, arm: Arm, question: Question, conditions: Conditions, most: int
) -> list[int]:
    """The ids of the first passages of an arm, the best first: `most`, if so many fit the conditions."""
    found = list[int]()
    attempts = _nearest(question, conditions, most) if arm == "dense" else _sharing(question, arm, conditions)
    for statement, given in attempts:
        cursor = await connection.execute(statement, {**conditions.values, **given, "most": most})
        found = [number for number, _ in await cursor.fetchall()]
        if len(found) >= min(most, conditions.passages):
            break
    return found


def query_texts(question: Question) -> dict[str, str]:
    """What each arm compares with, as PostgreSQL reads it."""
    phrasing = question.phrasing
    words = query_weights(by_id(phrasing.words), question.word_frequency, question.passages)
    if phrasing.weighted:
        tokens = dict(phrasing.tokens)
    else:
        tokens = query_weights(phrasing.tokens, question.token_frequency, question.passages)
    return {
        "words": sparse_text(words, WORD_DIMENSIONS),
        "tokens": sparse_text(tokens, TOKEN_DIMENSIONS),
        "vector": vector_text(question),
    }


def vector_text(question: Question) -> str:
    """The vector as PostgreSQL reads it."""
    return "[" + ",".join(f"{value:.7g}" for value in question.phrasing.vector.tolist()) + "]"


def _nearest(question: Question, conditions: Conditions, most: int) -> Iterator[Attempt]:
    """The nearest pieces, from the quickest way to the one that misses nothing.

    Vectors of an unfinished ingest may take the first places of `dense`, and an approximate index gives up
    (hnsw.max_scan_tuples) where too many that do not fit are nearer.
    """
    ways = ("search/dense_filtered", "search/dense_exact")
    given = {"vector": vector_text(question), "pieces": most * PIECES_A_PASSAGE}
    for way in ways if conditions.values else ("search/dense", *ways):
        statement = named(
            way,
            vectors=question.vectors,
            vector_type=question.vector_type,
            conditions=conditions.where,
        )
        yield statement, given


def _sharing(question: Question, arm: Arm, conditions: Conditions) -> Iterator[Attempt]:
    """Passages that share a telling term; of ever more terms, while conditions leave too few."""
    weights, ids = ("words", "word_ids") if arm == "words" else ("tokens", "token_ids")
    columns = {"weights": sql.Identifier(weights), "ids": sql.Identifier(ids)}
    statement = named("search/lexical", conditions=conditions.where, **columns)
    query, known, telling = query_texts(question)[arm], _known(question, arm), list[int]()
    most = MOST_TELLING
    while len(telling) < len(known) and (not telling or conditions.values):
        wider = _telling(known, most)
        most *= WIDER
        if len(wider) > len(telling):
            telling = wider
            yield statement, {"query": query, "telling": telling}


def _known(question: Question, arm: Arm) -> list[tuple[int, int]]:
    """How many passages have each term, and the term, the rarest first."""
    if arm == "words":
        wanted: Mapping[Any, float] = {term_id(term): 1.0 for term in question.phrasing.words}
        frequency = question.word_frequency
    else:
        wanted, frequency = question.phrasing.tokens, question.token_frequency
    return sorted((frequency[term], term) for term in wanted if frequency.get(term))


def _telling(known: Sequence[tuple[int, int]], most: int) -> list[int]:
    """The rarest terms, as long as they have few passages together; one at least."""
    telling, together = list[int](), 0
    for many, term in known:
        if telling and together + many > most:
            break
        telling.append(term)
        together += many
    return telling
