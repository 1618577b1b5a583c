"""The three arms: nearest pieces by the model's vectors, BM25 over tokens, BM25 over analysed words.

Each arm filters before it takes its first passages, and looks into each language apart, since a multilingual
model brings texts of the question's own language nearer than any of another.
"""

from collections.abc import Mapping
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
    """The ids of the first passages of an arm, the best first."""
    if arm == "dense":
        statement = named(
            "search/dense_filtered" if conditions.values else "search/dense",
            vectors=question.vectors,
            vector_type=question.vector_type,
            conditions=conditions.where,
        )
        given = {"vector": vector_text(question), "pieces": most * PIECES_A_PASSAGE, "most": most}
    else:
        column = {"words": ("words", "word_ids"), "tokens": ("tokens", "token_ids")}[arm]
        telling = _telling(question, arm)
        if not telling:
            return []
        statement = named(
            "search/lexical",
            weights=sql.Identifier(column[0]),
            ids=sql.Identifier(column[1]),
            conditions=conditions.where,
        )
        given = {"query": query_texts(question)[arm], "telling": telling, "most": most}
    cursor = await connection.execute(statement, {**conditions.values, **given})
    return [number for number, _ in await cursor.fetchall()]


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


def _telling(question: Question, arm: Arm) -> list[int]:
    """The terms that a passage has to have one of: the rarest, as long as they have few passages together."""
    if arm == "words":
        wanted: Mapping[Any, float] = {term_id(term): 1.0 for term in question.phrasing.words}
        frequency = question.word_frequency
    else:
        wanted, frequency = question.phrasing.tokens, question.token_frequency
    known = sorted((frequency[term], term) for term in wanted if frequency.get(term))
    telling, together = list[int](), 0
    for many, term in known:
        if telling and together + many > MOST_TELLING:
            break
        telling.append(term)
        together += many
    return telling
