"""The full-text index of a graph's documents: BM25 by pg_textsearch, or else PostgreSQL's own.

Each graph has its documents in a table of its own (`<graph>.ankus_document`), so that its index has its
own counts of words, and goes with it. pg_textsearch 1.0 names an index in the query by text, orders by
`<@>` ascending (the negative score; 0 says that no word matches), and may sit in any schema.
"""

from typing import Any, LiteralString, NamedTuple

import psycopg
from psycopg import Connection, sql

from ankus_shared.postgres import Connection as AsyncConnection

DOCUMENTS = "ankus_document"
BM25_INDEX, TEXT_INDEX = "ankus_document_bm25", "ankus_document_text"
_OPERATOR_SCHEMA: LiteralString = """
SELECT n.nspname FROM pg_catalog.pg_extension e JOIN pg_catalog.pg_namespace n ON n.oid = e.extnamespace
 WHERE e.extname = 'pg_textsearch'"""
_BM25_INDEXES: LiteralString = """
SELECT FROM pg_catalog.pg_class c JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
  JOIN pg_catalog.pg_am a ON a.oid = c.relam
 WHERE n.nspname = %s AND c.relname = %s AND a.amname = 'bm25'"""


class Bm25(NamedTuple):
    """Where pg_textsearch's operator and a graph's index are."""

    schema: str
    name: str


def create_text_index(connection: Connection[Any], graph: str) -> None:
    """Index the documents of a loaded graph; in the caller's transaction, and again without harm."""
    if connection.execute(_OPERATOR_SCHEMA).fetchone() and _create_bm25(connection, graph):
        return
    statement = sql.SQL("CREATE INDEX IF NOT EXISTS {} ON {} USING gin (to_tsvector('english', words))")
    connection.execute(statement.format(sql.Identifier(TEXT_INDEX), sql.Identifier(graph, DOCUMENTS)))


def _create_bm25(connection: Connection[Any], graph: str) -> bool:
    """Whether pg_textsearch made its index: it does not where it is not among the preloaded libraries."""
    statement = sql.SQL(
        "CREATE INDEX IF NOT EXISTS {} ON {} USING bm25 (words) WITH (text_config = 'english')"
    )
    try:
        with connection.transaction():
            connection.execute(statement.format(sql.Identifier(BM25_INDEX), sql.Identifier(graph, DOCUMENTS)))
    except psycopg.errors.DatabaseError:
        return False
    return True


async def find_bm25(connection: AsyncConnection, graph: str) -> Bm25 | None:
    """The BM25 index of a graph, or None where PostgreSQL's own search has to do."""
    schema = await (await connection.execute(_OPERATOR_SCHEMA)).fetchone()
    found = await (await connection.execute(_BM25_INDEXES, [graph, BM25_INDEX])).fetchone()
    return Bm25(schema[0], f"{graph}.{BM25_INDEX}") if schema and found is not None else None
