"""What our search has to beat, asked in the same run: PostgreSQL's full-text search, BM25, and RRF.

They read passages alone, in a temporary table of their connection, and nothing that our own search keeps.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import anyio.to_thread
import psycopg
from psycopg import Connection, sql

from ankus_docs_rag.errors import NotWritable
from ankus_docs_rag.evaluate import bm25
from ankus_docs_rag.evaluate.questions import Question
from ankus_docs_rag.evaluate.relevance import HitKey
from ankus_docs_rag.evaluate.run import DEPTH, Ranked, System
from ankus_docs_rag.named import named
from ankus_docs_rag.store.connect import SCHEMA

RRF_K = 60
"""Of Cormack, Clarke & Büttcher, "Reciprocal rank fusion outperforms Condorcet and individual rank learning
methods" (SIGIR 2009)."""
FULL_TEXT, BM25 = "baseline: full text", "baseline: BM25"


@dataclass(frozen=True)
class FullText:
    """`websearch_to_tsquery` with its words or-ed, and `ts_rank_cd`."""

    connection: Connection[Any]
    depth: int

    async def __call__(self, question: Question) -> Ranked:
        """The passages that hold any of the words."""
        return await anyio.to_thread.run_sync(self._search, question.question)

    def _search(self, question: str) -> Ranked:
        asked = {"question": question, "depth": self.depth}
        return _ranked(self.connection.execute(named("evaluate/full_text"), asked).fetchall())


@dataclass(frozen=True)
class PlainBm25:
    """BM25 over the same words."""

    connection: Connection[Any]
    depth: int
    ids: Sequence[int]
    index: bm25.Bm25

    async def __call__(self, question: Question) -> Ranked:
        """The passages that score best."""
        return await anyio.to_thread.run_sync(self._search, question.question)

    def _search(self, question: str) -> Ranked:
        words = self.connection.execute(named("evaluate/words"), {"question": question}).fetchall()
        best = self.index.best((word for (word,) in words), self.depth)
        ids = {"ids": [self.ids[number] for number in best]}
        return _ranked(self.connection.execute(named("evaluate/by_ids"), ids).fetchall())


def baselines(connection: Connection[Any], *, depth: int = DEPTH) -> dict[str, System]:
    """Full-text search and BM25 over all passages of the store; blocks while they are copied.

    Args:
        connection: In autocommit mode; used by one system at a time.

    Raises:
        NotWritable: If its role may make no temporary table.
    """
    _copy_passages(connection)
    ids = [number for (number,) in connection.execute("SELECT id FROM evaluated ORDER BY id")]
    place = {number: at for at, number in enumerate(ids)}
    postings = [(place[number], *rest) for number, *rest in connection.execute(named("evaluate/postings"))]
    index = bm25.index(len(ids), postings)
    return {FULL_TEXT: FullText(connection, depth), BM25: PlainBm25(connection, depth, ids, index)}


def rrf(systems: Sequence[System], *, depth: int = DEPTH, k: int = RRF_K) -> System:
    """Fuse the rankings of systems: each adds 1 / (k + rank)."""

    async def fused(question: Question) -> Ranked:
        scores: dict[int, float] = {}
        hits: dict[int, HitKey] = {}
        for system in systems:
            for rank, hit in enumerate((await system(question)).hits, start=1):
                scores[hit.passage_id] = scores.get(hit.passage_id, 0.0) + 1 / (k + rank)
                hits.setdefault(hit.passage_id, hit)
        order = sorted(scores, key=lambda one: (-scores[one], one))[:depth]
        return Ranked([hits[one] for one in order])

    return fused


def _copy_passages(connection: Connection[Any]) -> None:
    try:
        connection.execute("DROP TABLE IF EXISTS pg_temp.evaluated")
        connection.execute(named("evaluate/documents", schema=sql.Identifier(SCHEMA)))
    except psycopg.errors.InsufficientPrivilege as error:
        raise NotWritable(
            "The role of the database may make no temporary table, which the baselines need.",
            hint="Leave them out with --no-baselines, or let it: GRANT TEMPORARY ON DATABASE … TO ….",
        ) from error
    connection.execute("CREATE INDEX ON pg_temp.evaluated USING gin (vector)")
    connection.execute("CREATE INDEX ON pg_temp.evaluated (id)")
    connection.execute("ANALYZE pg_temp.evaluated")


def _ranked(rows: Sequence[tuple[Any, ...]]) -> Ranked:
    return Ranked(
        [HitKey(path, url, tuple(filter(None, anchors)), text, at) for at, path, url, anchors, text in rows]
    )
