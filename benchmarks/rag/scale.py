"""docs-rag at 10^6 chunks, on synthetic ones: time and memory of the indexes, latency of each arm, recall.

    python -m benchmarks.rag.scale [--size N] [--data FOLDER]

Each arm is asked by the code of the server, in its own read-only transactions, for its first hundred
passages. The baseline of the approximate index is the exact scan of the same query.
"""

import os
import tempfile
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, LiteralString, get_args

import anyio
import numpy as np
import psycopg
from cyclopts import App
from psycopg import Connection, sql

from ankus_docs_rag.search.arms import Question, nominate
from ankus_docs_rag.search.config import Arm
from ankus_docs_rag.search.corpus import Corpus, CorpusReader
from ankus_docs_rag.search.filters import Conditions, conditions_of
from ankus_docs_rag.search.phrasing import Phrasing, Weighed
from ankus_docs_rag.search.request import Filters
from ankus_docs_rag.settings import ReadSettings
from ankus_docs_rag.store.connect import STORE, search_path
from ankus_docs_rag.store.docs import Docs, open_docs
from ankus_docs_rag.store.models import ensure_model
from ankus_docs_rag.store.vectors import VectorTable
from ankus_shared.embed.embedder import ModelIdentity
from benchmarks.rag.loading import load
from benchmarks.rag.synthetic import DIMENSIONS, Asked, Synthetic

SIZE, QUESTIONS, MOST = 1_000_000, 50, 100
FILTERS = {
    "none": Filters(),
    "language of 1 in 10": Filters(language=("ru",)),
    "source of 1 in 100": Filters(source=("small",)),
}
VECTOR_TYPE = sql.SQL("halfvec")
IDENTITY = ModelIdentity("synthetic", "", DIMENSIONS, "", "", "mean", "")
_TABLES: LiteralString = """
SELECT relname, pg_table_size(oid), pg_indexes_size(oid) FROM pg_class
 WHERE relkind = 'r' AND relnamespace = 'ankus_docs'::regnamespace AND pg_total_relation_size(oid) > 1e6
 ORDER BY pg_total_relation_size(oid) DESC"""
_TERM_INDEXES: LiteralString = """
SELECT indexname, indexdef FROM pg_indexes WHERE schemaname = 'ankus_docs' AND indexdef ~ 'USING gin'"""

app = App(help=__doc__, version_flags=[])


@dataclass(frozen=True)
class Asking:
    """What the questions are asked against."""

    corpus: Corpus
    synthetic: Synthetic
    vectors: sql.Identifier

    def question(self, asked: Asked) -> Question:
        """A question as the arms take it."""
        words = dict.fromkeys(asked.words, 1.0)
        tokens = dict.fromkeys(asked.tokens, 1.0)
        phrasing = Phrasing("", words, tokens, weighted=False, identifiers=(), vector=asked.vector)
        known = self.synthetic
        return Question(
            phrasing,
            Weighed({}, 0.0),
            known.word_frequency,
            known.token_frequency,
            known.size,
            self.vectors,
            VECTOR_TYPE,
        )


@app.default
def main(size: int = SIZE, *, data: Path | None = None) -> None:
    """Print what so many chunks cost.

    Args:
        size: How many chunks.
        data: A folder to keep the database in; a temporary one by default.
    """
    with tempfile.TemporaryDirectory(prefix="bench-rag-scale-") as temporary:
        os.environ["ANKUS_DATA_DIR"] = str(data or temporary)
        synthetic = Synthetic(size, QUESTIONS)
        # held here, so that the server lives on between the parts
        with STORE.embedded():
            vectors = make(synthetic)
            anyio.run(ask_all, synthetic, vectors)


def make(synthetic: Synthetic) -> sql.Identifier:
    """Load the chunks and make the indexes, and print what it took; gives the table of vectors."""
    with STORE.writing(ReadSettings()) as (connection, reader):
        connection.execute(sql.SQL("SET search_path = {}").format(search_path(connection)))
        model = ensure_model(connection, IDENTITY, reader)
        definitions = drop_term_indexes(connection)
        with told(f"COPY of {synthetic.size:,} chunks", connection):
            load(connection, model, synthetic.chunks(), synthetic.size)
        with told("HNSW index over vectors", connection):
            VectorTable(connection, model).index(least=0)
        for name, definition in definitions:
            with told(f"GIN index {name}", connection):
                connection.execute(definition)
        connection.execute("VACUUM ANALYZE")
        for name, table, indexes in connection.execute(_TABLES):
            print(f"  {name}: {table / 2**20:,.0f} MiB, its indexes {indexes / 2**20:,.0f} MiB")
    return model.table


def drop_term_indexes(connection: Connection[Any]) -> list[tuple[str, bytes]]:
    """Drop the indexes over terms, whose build is measured apart; gives their names and definitions."""
    rows = connection.execute(_TERM_INDEXES).fetchall()
    for name, _ in rows:
        connection.execute(sql.SQL("DROP INDEX {}").format(sql.Identifier(name)))
    return [(name, definition.encode()) for name, definition in rows]


@contextmanager
def told(what: str, connection: Connection[Any]) -> Iterator[None]:
    """Print how long a block takes, and the most memory that the backend ever had."""
    began = time.perf_counter()
    yield
    print(f"{what}: {time.perf_counter() - began:,.1f} s, backend at most {_peak(connection):,.0f} MiB")


async def ask_all(synthetic: Synthetic, vectors: sql.Identifier) -> None:
    """Print latency and completeness of each arm under each filter, and the recall of the index."""
    async with open_docs(ReadSettings(statement_timeout=600)) as docs:
        async with docs.reading() as connection:
            corpus = await CorpusReader().read(connection)
        asking = Asking(corpus, synthetic, vectors)
        print(f"{QUESTIONS} questions, the first {MOST} passages each; ms; fewest passages given")
        for name, filters in FILTERS.items():
            conditions = conditions_of(filters, corpus)
            for arm in get_args(Arm):
                print(f"  {arm}, filter {name}: {_line(*await ask(docs, asking, arm, conditions))}")
            exact, slow = await ask(docs, asking, "dense", conditions, exact=True)
            found, _ = await ask(docs, asking, "dense", conditions)
            shares = [recall(found, exact, k) for k in (10, MOST)]
            print(f"  dense by exact scan: {_line(exact, slow)}; recall of the index {_shares(shares)}")


async def ask(
    docs: Docs, asking: Asking, arm: Arm, conditions: Conditions, *, exact: bool = False
) -> tuple[list[list[int]], list[float]]:
    """What an arm finds for each question, and the seconds that it took the second time.

    Args:
        exact: Look at every vector, without the approximate index.
    """
    found, seconds = list[list[int]](), list[float]()
    for asked in asking.synthetic.asked:
        question = asking.question(asked)
        async with docs.reading() as connection:
            if exact:
                await connection.execute("SET LOCAL enable_indexscan = off")
            await nominate(connection, arm, question, conditions, MOST)
            began = time.perf_counter()
            found.append(await nominate(connection, arm, question, conditions, MOST))
            seconds.append(time.perf_counter() - began)
    return found, seconds


def recall(found: Sequence[Sequence[int]], exact: Sequence[Sequence[int]], k: int) -> float:
    """The share of the exact first k that is among the first k found; the mean over questions."""
    shares = [len({*ours[:k]} & {*best[:k]}) / len(best[:k]) for ours, best in zip(found, exact, strict=True)]
    return float(np.mean(shares))


def _line(found: Sequence[Sequence[int]], seconds: Sequence[float]) -> str:
    median, slow = np.quantile(np.array(seconds) * 1000, [0.5, 0.95])
    return f"p50 {median:.1f}, p95 {slow:.1f}; {min(map(len, found))}"


def _shares(shares: Sequence[float]) -> str:
    return ", ".join(f"@{k} {share:.3f}" for k, share in zip((10, MOST), shares, strict=True))


def _peak(connection: psycopg.Connection[Any]) -> float:
    """MiB that the backend had in memory at most, pages of the shared buffers included."""
    status = Path(f"/proc/{connection.info.backend_pid}/status").read_text()
    [line] = [line for line in status.splitlines() if line.startswith("VmHWM")]
    return int(line.split()[1]) / 1024


if __name__ == "__main__":
    app()
