"""The table of vectors of a graph, and the command that fills it.

`<graph>.ankus_embedding(id, model, digest, vector)` lies beside the documents and goes with the graph. The
digest is that of the text that a vector was made of: what changed since is made anew, all else is kept, so
that a run that was ended goes on where it was.
"""

import hashlib
from collections.abc import Callable, Iterator
from typing import Any, LiteralString

import psycopg
from psycopg import Connection, sql

from ankus_code_graph.errors import NoVectors, UnknownGraph
from ankus_code_graph.search.embedder import Embedder
from ankus_code_graph.search.index import DOCUMENTS
from ankus_shared.postgres import Connection as AsyncConnection

VECTORS = "ankus_embedding"
BATCH = 64
"""Texts of one request, and rows of one transaction."""
LONGEST_TEXT = 2_000
"""Characters of a name and its comment that are embedded."""
_VECTOR_SCHEMA: LiteralString = """
SELECT n.nspname FROM pg_catalog.pg_extension e JOIN pg_catalog.pg_namespace n ON n.oid = e.extnamespace
 WHERE e.extname = 'vector'"""
Progress = Callable[[int, int], None]
"""Told (done, total)."""


def embed_graph(
    connection: Connection[Any], graph: str, embedder: Embedder, reader: str | None, progress: Progress
) -> int:
    """Make the vectors that are missing or out of date; how many were made.

    Args:
        connection: A writer's, in autocommit mode; each batch is kept as soon as it is made.
        reader: Role that is let read them.

    Raises:
        UnknownGraph: If there is no such graph.
        NoVectors: If the database has no pgvector.
        EmbedderUnavailable: If the embedder fails; what was made before is kept.
    """
    schema = _prepare(connection, graph, reader)
    wanted = list(_wanted(connection, graph, embedder.model))
    for start in range(0, len(wanted), BATCH):
        batch = wanted[start : start + BATCH]
        vectors = embedder.embed([text for _, text in batch])
        with connection.transaction(), connection.cursor() as cursor:
            rows = [
                (number, embedder.model, digest_of(text), str(vector))
                for (number, text), vector in zip(batch, vectors, strict=True)
            ]
            cursor.executemany(_upsert(graph, schema), rows)
        progress(start + len(batch), len(wanted))
    return len(wanted)


def document_text(name: str, comment: str) -> str:
    """What is embedded of a document."""
    return f"{name}\n{comment}".strip()[:LONGEST_TEXT]


def digest_of(text: str) -> bytes:
    """What tells whether a text is the one that a vector was made of."""
    return hashlib.blake2b(text.encode(), digest_size=16).digest()


async def find_vectors(connection: AsyncConnection, graph: str) -> str | None:
    """The schema of pgvector where the graph has vectors, or None."""
    there = await (await connection.execute("SELECT to_regclass(%s)", [f"{graph}.{VECTORS}"])).fetchone()
    schema = await (await connection.execute(_VECTOR_SCHEMA)).fetchone()
    return schema[0] if schema is not None and there != (None,) else None


def _prepare(connection: Connection[Any], graph: str, reader: str | None) -> str:
    """Make the table where it is missing; the schema of pgvector."""
    known = connection.execute("SELECT to_regclass(%s)", [f"{graph}.{DOCUMENTS}"]).fetchone()
    if known == (None,):
        raise UnknownGraph(f"There is no graph {graph[:80]!r}.", hint="Index the source first.")
    try:
        connection.execute("CREATE EXTENSION IF NOT EXISTS vector SCHEMA public")
    except psycopg.Error as error:
        raise NoVectors(
            f"The database has no pgvector: {error.diag.message_primary}.",
            hint="Install it (Debian: apt install postgresql-17-pgvector), or use the embedded server.",
        ) from error
    found = connection.execute(_VECTOR_SCHEMA).fetchone()
    assert found is not None  # it was made above
    table = sql.Identifier(graph, VECTORS)
    connection.execute(
        sql.SQL(
            "CREATE TABLE IF NOT EXISTS {} (id bigint, model text, digest bytea NOT NULL,"
            " vector {}.vector NOT NULL, PRIMARY KEY (model, id))"
        ).format(table, sql.Identifier(found[0]))
    )
    # in the row, or every comparison fetches it from elsewhere: twice as slow
    connection.execute(sql.SQL("ALTER TABLE {} ALTER COLUMN vector SET STORAGE MAIN").format(table))
    if reader is not None:
        connection.execute(sql.SQL("GRANT SELECT ON {} TO {}").format(table, sql.Identifier(reader)))
    return str(found[0])


def _wanted(connection: Connection[Any], graph: str, model: str) -> Iterator[tuple[int, str]]:
    """(id, text) of the documents without a vector of their present text; vectors of gone ones go too."""
    names = {"documents": sql.Identifier(graph, DOCUMENTS), "vectors": sql.Identifier(graph, VECTORS)}
    gone = "DELETE FROM {vectors} e WHERE NOT EXISTS (SELECT FROM {documents} d WHERE d.id = e.id)"
    connection.execute(sql.SQL(gone).format(**names))
    statement = sql.SQL(
        "SELECT d.id, d.name, d.comment, e.digest FROM {documents} d"
        " LEFT JOIN {vectors} e ON e.id = d.id AND e.model = %s ORDER BY d.id"
    )
    for number, name, comment, digest in connection.execute(statement.format(**names), [model]):
        text = document_text(name, comment)
        if digest != digest_of(text):
            yield number, text


def _upsert(graph: str, schema: str) -> sql.Composed:
    return sql.SQL(
        "INSERT INTO {} (id, model, digest, vector) VALUES (%s, %s, %s, %s::{}.vector)"
        " ON CONFLICT (model, id) DO UPDATE SET digest = excluded.digest, vector = excluded.vector"
    ).format(sql.Identifier(graph, VECTORS), sql.Identifier(schema))
