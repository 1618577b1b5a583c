"""The vectors of one model: a text's hash and what the model made of it, kept as soon as it is made.

Equal texts share one, an unchanged text keeps its own, and a run that was killed goes on where it was.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, LiteralString

from psycopg import Connection, sql

from ankus_docs_rag.lexical.bm25 import TOKEN_DIMENSIONS, sparse_text
from ankus_docs_rag.named import named
from ankus_docs_rag.store.models import ModelInfo
from ankus_shared.embed.embedder import Vectors, Weights

INDEX_MEMORY: LiteralString = "2GB"
"""What the build of an index may take; a million vectors of 384 halves need about 1.4 GB of it."""
_MISSING: LiteralString = """
SELECT h FROM unnest(%s::bytea[]) AS h WHERE NOT EXISTS (SELECT FROM {table} v WHERE v.text_hash = h)"""
_LEXICAL: LiteralString = "SELECT text_hash, lexical::text FROM {table} WHERE text_hash = ANY (%s)"


@dataclass(frozen=True)
class VectorTable:
    """The vectors of one model, to be written."""

    connection: Connection[Any]
    model: ModelInfo

    def missing(self, hashes: Sequence[bytes]) -> list[bytes]:
        """Which of the texts have no vector."""
        rows = self.connection.execute(self._sql(_MISSING), [list(hashes)])
        return [bytes(digest) for (digest,) in rows]

    def put(self, hashes: Sequence[bytes], vectors: Vectors, lexical: list[Weights] | None) -> None:
        """Keep vectors of texts that have none, and their lexical weights where the model has them.

        Args:
            vectors: Shape (hashes, dimensions).
        """
        sparse = [None] * len(hashes) if lexical is None else [_token_text(each) for each in lexical]
        rows = [list(hashes), [_dense_text(vector) for vector in vectors.tolist()], sparse]
        self.connection.execute(named("store/put_vectors", table=self.model.table), rows)

    def lexical(self, hashes: Sequence[bytes]) -> dict[bytes, dict[int, float]]:
        """The lexical weights of texts by their hash; nothing of a model that has none."""
        rows = self.connection.execute(self._sql(_LEXICAL), [list(hashes)])
        return {bytes(digest): read_sparse(text) for digest, text in rows if text is not None}

    def has_lexical(self) -> bool:
        """Whether the model has such weights."""
        query = "SELECT lexical IS NOT NULL FROM {table} LIMIT 1"
        return self.connection.execute(self._sql(query)).fetchone() == (True,)

    def remove_unused(self) -> int:
        """Throw away what no piece refers to; how many."""
        return self.connection.execute(named("store/remove_unused", table=self.model.table)).rowcount

    def index(self, least: int) -> bool:
        """Make the index for approximate search if there are so many vectors; whether it is there."""
        row = self.connection.execute(self._sql("SELECT count(*) FROM {table}")).fetchone()
        if row is None or row[0] < least:
            return False
        with self.connection.transaction():
            self.connection.execute(sql.SQL("SET LOCAL maintenance_work_mem = {}").format(INDEX_MEMORY))
            index = sql.Identifier(f"vector_{self.model.id}_near")
            self.connection.execute(named("store/index_vectors", table=self.model.table, index=index))
        return True

    def _sql(self, text: LiteralString) -> sql.Composed:
        return sql.SQL(text).format(table=self.model.table)


def count_missing(connection: Connection[Any], model: ModelInfo) -> int:
    """How many texts have no vector of that model."""
    row = connection.execute(named("store/pieces_missing", table=model.table)).fetchone()
    assert row is not None  # a count
    return int(row[0])


def read_sparse(text: str) -> dict[int, float]:
    """pgvector's text of a sparse vector as weights by id, from 0 on."""
    inside = text[1 : text.index("}")]
    pairs: Iterable[list[str]] = (pair.split(":") for pair in inside.split(",") if pair)
    return {int(place) - 1: float(weight) for place, weight in pairs}


def _dense_text(vector: list[float]) -> str:
    return f"[{','.join(f'{number:.6g}' for number in vector)}]"


def _token_text(weights: Mapping[int, float]) -> str:
    return sparse_text(weights, TOKEN_DIMENSIONS)
