"""A graph drawn by hand: things are named once, and edges name them."""

from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from ankus_code_graph.model import Changes, Edge, FileRecord, Vertex, graph_id
from ankus_code_graph.sources import source_hash
from ankus_code_graph.store.writer import Writer
from tests.code_graph.small import quiet

_MORE: dict[str, dict[str, Any]] = {
    "Function": {"static": False, "inline": False, "origin": "source", "indirect": [], "external": []},
    "Macro": {"params": None, "body": ""},
    "Struct": {"kind": "struct", "typedefs": []},
    "Enum": {"values": [], "typedefs": []},
    "GlobalVar": {"static": False, "type": "int"},
    "Field": {"type": "int"},
    "SqlFunction": {"oid": 0, "args": "", "returns": "int4", "source": ""},
}


@dataclass
class Drawing:
    """What is drawn; `add` and `tie` extend it, `store` makes a graph of it."""

    vertices: list[Vertex] = field(default_factory=list)
    edges: list[Edge] = field(default_factory=list)

    def file(self, path: str, lines: int = 100) -> Vertex:
        """A file."""
        return self._keep(Vertex(graph_id("File", path), path, {"path": path, "lines": lines}))

    def add(self, label: str, name: str, file: str, line: int = 1, end: int = 0, **more: Any) -> Vertex:
        """A thing that stands in a file; a function has a signature that tells its name."""
        known = {"name": name, "file": file, "line": line, "end": end or line, "condition": ""}
        if label == "Function":
            known["signature"] = f"int {name}(void)"
        properties = known | _MORE[label] | more
        return self._keep(Vertex(graph_id(label, file, name, str(line)), file, properties))

    def function(self, name: str, file: str, line: int = 1, end: int = 0, **more: Any) -> Vertex:
        """A function."""
        return self.add("Function", name, file, line, end, **more)

    def tie(self, label: str, start: Vertex, end: Vertex, *lines: int, **more: Any) -> None:
        """An edge whose evidence stands in the file of its start."""
        known = {"file": start.owner, "lines": list(lines or [1]), "rule": "direct", "confidence": 1.0}
        properties = known | {"via": [], "condition": ""} | more
        identity = graph_id(label, str(start.id), str(end.id), str(len(self.edges)))
        self.edges.append(Edge(identity, start.id, end.id, start.owner, properties))

    def calls(self, start: Vertex, end: Vertex, *lines: int, **more: Any) -> None:
        """A call."""
        self.tie("CALLS", start, end, *lines, **more)

    def store(
        self, writer: Writer, root: Path = Path("/tree"), revision: str = "", name: str = "drawn"
    ) -> None:
        """Make a graph of it; of the files below `root` the hashes are kept."""
        found = sorted(path for path in root.rglob("*") if path.is_file()) if root.is_dir() else []
        records = [
            FileRecord(str(path.relative_to(root)), source_hash(path.read_bytes()), 1, 2, b"", b"")
            for path in found
            if ".git" not in path.parts
        ]
        changes = Changes([], self.vertices, self.edges, [], records, [])
        with writer.lock(name):
            writer.apply(name, root, revision, changes, {}, quiet)

    def _keep(self, vertex: Vertex) -> Vertex:
        self.vertices.append(vertex)
        return vertex
