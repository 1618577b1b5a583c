"""The schema of a code graph: labels, properties, identities; all that is stored is a `Vertex` or an `Edge`.

Vertices (label: properties)

    Directory    path
    File         path, lines
    Function     name, file, line, end, static, inline, origin (source | macro | template), signature,
                 condition ("" or the #if condition that the definition stands under),
                 indirect (calls through pointers that nothing is known of, as "line: text"),
                 external (names that it calls and the tree does not define)
    Macro        name, file, line, end, params (null where it has none), body (cut to 400), condition
    Struct       name (tag, or else the typedef's name), file, line, end, kind (struct | union),
                 typedefs (list of names), condition
    Field        name, struct (name of its Struct), file, line, type (as it is written)
    GlobalVar    name, file, line, static, type (as it is written), condition
    Enum         name, file, line, end, values (list of names), typedefs
    SqlFunction  name, oid (0 where the source gives none), args, returns, source (C name), file, line

Edges (label: from -> to; every one has `file`, the file that its evidence stands in, and `lines`, a list)

    CONTAINS     Directory -> Directory | File, Struct -> Field
    INCLUDES     File -> File
    DEFINES      File -> Function | Macro | Struct | GlobalVar | Enum
    CALLS        Function -> Function. A call that stands in the text, or comes out of macros
    EXPANDS      Function -> Macro: the macro is used in the function's text
    MACRO_CALLS  Macro -> Macro | Function: the name stands in the macro's body
    POINTS       Field | GlobalVar -> Function: the function is stored there
    DISPATCHES   Function -> Field | GlobalVar: a call through the pointer that is stored there
    READS        Function -> GlobalVar | Field
    WRITES       Function -> GlobalVar | Field
    ADDRESSES    Function -> GlobalVar | Field | Function: its address is taken
    USES_TYPE    Function -> Struct | Enum
    IMPLEMENTS   Function -> SqlFunction

Further properties of the edges that say how the resolver knows:

    rule         direct | macro | template | pointer | include | table | catalog | name (by its name alone)
    confidence   1.0 where the language leaves one reading; less where a choice was made
    via          list of macro names, from the one in the text to the one that holds the name; [] for direct
    condition    "" or the #if condition that the first line stands under

An id is `(label id << 48) | n`, where n is a hash of what makes the thing itself, so that indexing anew gives
the same ids: (label, file, name, how many of that name stand above it there) for vertices, the ends,
owner and chain for edges.
https://age.apache.org/age-manual/master/intro/types.html#graphid-simple
"""

import hashlib
from dataclasses import dataclass, field
from typing import Any

VERTEX_LABELS = (
    "Directory",
    "File",
    "Function",
    "Macro",
    "Struct",
    "Field",
    "GlobalVar",
    "Enum",
    "SqlFunction",
)
EDGE_LABELS = (
    "CONTAINS",
    "INCLUDES",
    "DEFINES",
    "CALLS",
    "EXPANDS",
    "MACRO_CALLS",
    "POINTS",
    "DISPATCHES",
    "READS",
    "WRITES",
    "ADDRESSES",
    "USES_TYPE",
    "IMPLEMENTS",
)
LABELS = VERTEX_LABELS + EDGE_LABELS
FIRST_LABEL = 3
"""AGE's own labels take 1 and 2; ours are made in the order of LABELS, so that ids are known before."""
LABEL_ID = {label: number for number, label in enumerate(LABELS, FIRST_LABEL)}
ENTRY_BITS = 48


def graph_id(label: str, *identity: str) -> int:
    """The id of a vertex or an edge: its label above a hash of its identity."""
    digest = hashlib.blake2b("\0".join(identity).encode("utf-8", "surrogateescape"), digest_size=6).digest()
    return LABEL_ID[label] << ENTRY_BITS | (int.from_bytes(digest, "big") or 1)


def label_of(identity: int) -> str:
    """The label of the thing that has this id."""
    return LABELS[(identity >> ENTRY_BITS) - FIRST_LABEL]


@dataclass(frozen=True, slots=True)
class Vertex:
    """A vertex to be stored; `owner` is the path of the file that it comes from ("" for directories)."""

    id: int
    owner: str
    properties: dict[str, Any]


@dataclass(frozen=True, slots=True)
class Edge:
    """An edge to be stored; `owner` is the path of the file that its evidence stands in."""

    id: int
    start: int
    end: int
    owner: str
    properties: dict[str, Any]


@dataclass(frozen=True, slots=True)
class Document:
    """What full-text search knows of a vertex: its name, and the comment above it without its marks."""

    id: int
    owner: str
    name: str
    comment: str


@dataclass(frozen=True, slots=True)
class FileRecord:
    """One file as the index knows it; `facts` and `rows` are the indexer's own bytes."""

    path: str
    hash: bytes
    size: int
    mtime_ns: int
    facts: bytes
    rows: bytes


@dataclass(slots=True)
class Changes:
    """What one run of the indexer makes of the graph, in one transaction.

    A vertex or an edge whose properties changed stands in `removed` by its id, and anew in its list.
    A document goes with its vertex.
    """

    removed: list[int] = field(default_factory=list)
    vertices: list[Vertex] = field(default_factory=list)
    edges: list[Edge] = field(default_factory=list)
    documents: list[Document] = field(default_factory=list)
    files: list[FileRecord] = field(default_factory=list)
    removed_files: list[str] = field(default_factory=list)
