"""A graph of three files, drawn by hand.

python -m tests.code_graph.small        # stores it in the embedded server of ANKUS_DATA_DIR
"""

from collections.abc import Callable
from pathlib import Path
from typing import Any

from ankus_code_graph.model import Changes, Document, Edge, FileRecord, Vertex, graph_id
from ankus_code_graph.settings import StoreSettings
from ankus_code_graph.sources import source_hash
from ankus_code_graph.store.writer import Writer, open_writer


def quiet(stage: str, done: int, total: int) -> None:
    """Progress that nobody watches."""


def vertex(label: str, name: str, owner: str = "main.c", **properties: Any) -> Vertex:
    """A vertex with the properties that every one of its label has."""
    if label in ("Directory", "File"):
        return Vertex(graph_id(label, owner, name, "0"), owner, {"path": name, **properties})
    common = {"name": name, "file": owner, "line": 1, "end": 9, "condition": ""}
    return Vertex(graph_id(label, owner, name, "0"), owner, common | properties)


def edge(label: str, start: Vertex, end: Vertex, *lines: int, **properties: Any) -> Edge:
    """An edge with evidence."""
    common = {"file": start.owner, "lines": list(lines), "rule": "direct", "confidence": 1.0}
    known = {"via": [], "condition": ""}
    identity = graph_id(label, str(start.id), str(end.id), start.owner)
    return Edge(identity, start.id, end.id, start.owner, common | known | properties)


def small_changes() -> Changes:
    """main -> parse -> read_token -> fail, and main -> fail by a macro."""
    functions = {
        name: vertex("Function", name, file, static=False, origin="source")
        for name, file in (
            ("main", "main.c"),
            ("parse", "parse.c"),
            ("read_token", "parse.c"),
            ("fail", "err.c"),
        )
    }
    files = [vertex("File", path, path, lines=10) for path in ("main.c", "parse.c", "err.c")]
    state = vertex("GlobalVar", "state", "parse.c")
    edges = [
        edge("CALLS", functions["main"], functions["parse"], 3),
        edge("CALLS", functions["parse"], functions["read_token"], 5, 7),
        edge("CALLS", functions["read_token"], functions["fail"], 8),
        edge("CALLS", functions["main"], functions["fail"], 4, rule="macro", via=["CHECK"]),
        edge("WRITES", functions["parse"], state, 6),
    ]
    documents = [
        Document(each.id, each.owner, name, f"What {name} does.") for name, each in functions.items()
    ]
    records = [FileRecord(file.owner, source_hash(b"x"), 1, 2, b"facts", b"rows") for file in files]
    return Changes([], [*files, *functions.values(), state], edges, documents, records, [])


def store(
    writer: Writer, changes: Changes, name: str = "small", progress: Callable[[str, int, int], None] = quiet
) -> None:
    """Apply changes under the lock, as the indexer does."""
    with writer.lock(name):
        writer.apply(name, Path("/tree"), "abc", changes, {"functions": 4}, progress)


if __name__ == "__main__":
    with open_writer(StoreSettings()) as opened:
        store(opened, small_changes())
