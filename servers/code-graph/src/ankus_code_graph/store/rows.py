"""Rows as PostgreSQL's binary COPY takes them, which costs the backend two thirds of the text format.

https://www.postgresql.org/docs/18/sql-copy.html#SQL-COPY-FILE-FORMATS-BINARY-FORMAT
An agtype is one byte of version, then its text, which is JSON for everything that a property can be.
"""

from collections.abc import Callable, Iterable, Iterator
from itertools import islice
from struct import Struct
from typing import Any, TypeVar

import msgspec
from psycopg import Connection, sql

from ankus_code_graph.model import Document, Edge, FileRecord, Vertex
from ankus_code_graph.search.words import index_text

HEADER = b"PGCOPY\n\xff\r\n\0" + bytes(8)
TRAILER = b"\xff\xff"
AGTYPE_VERSION = b"\x01"
BATCH = 2000
_vertex = Struct("!hiqi")
_edge = Struct("!hiqiqiqi")
_length = Struct("!i")
_number = Struct("!iq")
_columns = Struct("!h")
_encode = msgspec.json.Encoder().encode
Row = TypeVar("Row")


def vertex_row(vertex: Vertex) -> bytes:
    """(id graphid, properties agtype)."""
    properties = agtype(vertex.properties)
    return _vertex.pack(2, 8, vertex.id, len(properties)) + properties


def edge_row(edge: Edge) -> bytes:
    """(id, start_id, end_id graphid, properties agtype)."""
    properties = agtype(edge.properties)
    return _edge.pack(4, 8, edge.id, 8, edge.start, 8, edge.end, len(properties)) + properties


def document_row(graph: str, document: Document) -> bytes:
    """(graph, id, owner, name, words, comment)."""
    name = text(document.name)
    words = index_text(document.name, document.comment).encode()
    fields = (text(document.owner), name, words, text(document.comment))
    return _columns.pack(6) + _field(graph.encode()) + _number.pack(8, document.id) + _fields(fields)


def file_row(graph: str, file: FileRecord) -> bytes:
    """(graph, path, hash, size, mtime_ns, facts, rows)."""
    key = _fields((graph.encode(), text(file.path), file.hash))
    numbers = _number.pack(8, file.size) + _number.pack(8, file.mtime_ns)
    return _columns.pack(7) + key + numbers + _fields((file.facts, file.rows))


def agtype(properties: dict[str, Any]) -> bytes:
    """Properties as agtype's binary form; their texts as `text` makes them storable."""
    try:
        encoded = _encode(properties)
    except UnicodeEncodeError:
        encoded = b"\\u0000"
    if b"\\u0000" in encoded:
        encoded = _encode(_storable(properties))
    return AGTYPE_VERSION + encoded


def text(value: str) -> bytes:
    """Text in UTF-8; a byte that was no UTF-8 becomes \\udcXX, and the character NUL U+FFFD."""
    return value.replace("\0", "\ufffd").encode("utf-8", "backslashreplace")


def copy_rows(
    connection: Connection[Any],
    table: sql.Composable,
    rows: Iterable[Row],
    encode: Callable[[Row], bytes],
    *,
    freeze: bool,
    written: Callable[[int], None],
) -> None:
    """COPY rows into a table.

    Args:
        freeze: The table was made in this very transaction, so its rows need no vacuum later.
        written: Told how many rows went out, after each batch.
    """
    options = sql.SQL("FORMAT binary, FREEZE" if freeze else "FORMAT binary")
    statement = sql.SQL("COPY {} FROM STDIN ({})").format(table, options)
    with connection.cursor() as cursor, cursor.copy(statement) as copy:
        copy.write(HEADER)
        for batch in _batches(rows):
            copy.write(b"".join(map(encode, batch)))
            written(len(batch))
        copy.write(TRAILER)


def _batches(rows: Iterable[Row]) -> Iterator[list[Row]]:
    source = iter(rows)
    while batch := list(islice(source, BATCH)):
        yield batch


def _field(data: bytes) -> bytes:
    return _length.pack(len(data)) + data


def _fields(fields: Iterable[bytes]) -> bytes:
    return b"".join(map(_field, fields))


def _storable(value: Any) -> Any:
    if isinstance(value, str):
        return text(value).decode()
    if isinstance(value, dict):
        return {_storable(key): _storable(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [_storable(item) for item in value]
    return value
