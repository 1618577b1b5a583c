"""Synthetic chunks into the tables of docs-rag, by COPY in the binary format."""

from collections.abc import Iterable
from datetime import UTC, datetime
from itertools import islice
from typing import Any, LiteralString

import pgvector.psycopg
from pgvector import HalfVector, SparseVector
from psycopg import Connection, sql

from ankus_docs_rag.lexical.bm25 import TOKEN_DIMENSIONS
from ankus_docs_rag.lexical.words import WORD_DIMENSIONS
from ankus_docs_rag.store.models import ModelInfo
from benchmarks.rag.synthetic import BATCH, Chunk

PASSAGES_A_PAGE = 20
RUSSIAN_EVERY, SMALL_EVERY = 10, 100
"""One in so many chunks is Russian, and one in so many pages is of the small source."""
SOURCES = ("large", "small")
_SPAN = 1_200

_PAGE: LiteralString = """
COPY page (id, source_id, file, path, url, title, kind, language, text, sections, anchors, identifiers, hash,
           passages, word_length, token_length) FROM STDIN (FORMAT BINARY)"""
_PAGE_TYPES = (
    *("int8", "int4", "text", "text", "text", "text", "text", "text", "text"),
    *("jsonb", "jsonb", "jsonb", "bytea", "int4", "float4", "float4"),
)
_PASSAGE: LiteralString = """
COPY passage (id, page_id, place, span_start, span_end, form, anchor, headings, source_id, version, language,
              kind, author, tags, words, tokens, word_ids, token_ids) FROM STDIN (FORMAT BINARY)"""
_PASSAGE_TYPES = (
    *("int8", "int8", "int4", "int4", "int4", "text", "text", "text[]", "int4", "text", "text"),
    *("text", "text", "text[]", "sparsevec", "sparsevec", "int4[]", "int4[]"),
)
_PIECE: LiteralString = """
COPY piece (id, passage_id, span_start, span_end, lead, tail, text_hash) FROM STDIN (FORMAT BINARY)"""
_PIECE_TYPES = ("int8", "int8", "int4", "int4", "text", "int4", "bytea")
_VECTOR: LiteralString = "COPY {table} (text_hash, v) FROM STDIN (FORMAT BINARY)"
_VECTOR_TYPES = ("bytea", "halfvec")


def load(connection: Connection[Any], model: ModelInfo, chunks: Iterable[Chunk], size: int) -> None:
    """Fill the tables; nothing is in them yet.

    Args:
        connection: In autocommit mode, with our tables found by their bare names.
        size: How many chunks there are.
    """
    pgvector.psycopg.register_vector(connection)
    for name in SOURCES:
        origin = [name, "15", "", "synthetic", "synthetic", datetime.now(UTC)]
        columns = "name, version, language, origin, chunker, ingested"
        connection.execute(f"INSERT INTO source ({columns}) VALUES (%s, %s, %s, %s, %s, %s)", origin)
    connection.execute("UPDATE model SET state = 'live' WHERE id = %s", [model.id])
    pages = range(1, (size - 1) // PASSAGES_A_PAGE + 2)
    _copy(connection, sql.SQL(_PAGE), _PAGE_TYPES, map(_page, pages))
    remaining = iter(chunks)
    while batch := list(islice(remaining, 10 * BATCH)):
        _copy(connection, sql.SQL(_PASSAGE), _PASSAGE_TYPES, map(_passage, batch))
        _copy(connection, sql.SQL(_PIECE), _PIECE_TYPES, map(_piece, batch))
        vectors = sql.SQL(_VECTOR).format(table=model.table)
        _copy(connection, vectors, _VECTOR_TYPES, map(_vector, batch))


def _copy(
    connection: Connection[Any],
    statement: sql.SQL | sql.Composed,
    types: tuple[str, ...],
    rows: Iterable[tuple[Any, ...]],
) -> None:
    with connection.cursor().copy(statement) as copy:
        copy.set_types(types)
        for row in rows:
            copy.write_row(row)


def _page(number: int) -> tuple[Any, ...]:
    path = f"{number}.html"
    names = (path, path, f"file:///synthetic/{path}", f"Page {number}", "guide", "en", "")
    return (number, _source(number), *names, "[]", "{}", "{}", _hash(number), PASSAGES_A_PAGE, 1.0, 1.0)


def _passage(chunk: Chunk) -> tuple[Any, ...]:
    page, place = divmod(chunk.number - 1, PASSAGES_A_PAGE)
    language = "ru" if chunk.number % RUSSIAN_EVERY == 0 else "en"
    where = (chunk.number, page + 1, place, place * _SPAN, (place + 1) * _SPAN)
    tags: list[str] = []
    what = (
        "section",
        f"a{place}",
        [f"Page {page + 1}"],
        _source(page + 1),
        "15",
        language,
        "guide",
        "",
        tags,
    )
    words = SparseVector(chunk.words, WORD_DIMENSIONS)
    tokens = SparseVector(chunk.tokens, TOKEN_DIMENSIONS)
    return (*where, *what, words, tokens, sorted(chunk.words), sorted(chunk.tokens))


def _piece(chunk: Chunk) -> tuple[Any, ...]:
    return (chunk.number, chunk.number, 0, _SPAN, "", _SPAN, _hash(chunk.number))


def _vector(chunk: Chunk) -> tuple[Any, ...]:
    return (_hash(chunk.number), HalfVector(chunk.vector))


def _source(page: int) -> int:
    return 2 if page % SMALL_EVERY == 0 else 1


def _hash(number: int) -> bytes:
    """As long as a SHA-256."""
    return number.to_bytes(32, "big")
