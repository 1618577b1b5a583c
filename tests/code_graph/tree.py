"""A source tree on disk with its graph drawn by hand: what search and maps are tested on."""

from collections.abc import Mapping
from pathlib import Path

from ankus_code_graph.model import Changes, Document, Edge, FileRecord, Vertex
from ankus_code_graph.sources import source_hash
from ankus_code_graph.store.writer import Writer
from tests.code_graph.small import edge, quiet, vertex


class Tree:
    """Files, functions and calls, as they are added; `store` writes them all."""

    def __init__(self, root: Path) -> None:
        self.root = root
        self.changes = Changes()
        self.functions = dict[str, Vertex]()
        self.files = dict[str, Vertex]()

    def file(self, path: str, text: str = "") -> None:
        """A file with its text."""
        data = text.encode("utf-8", "surrogateescape")
        (self.root / path).parent.mkdir(parents=True, exist_ok=True)
        (self.root / path).write_bytes(data)
        self.files[path] = vertex("File", path, path, lines=text.count("\n") or 10)
        self.changes.vertices.append(self.files[path])
        self.changes.files.append(FileRecord(path, source_hash(data), len(data), 0, b"", b""))

    def function(self, name: str, path: str, line: int = 1, end: int = 9, comment: str = "") -> None:
        """A function in a file that is there."""
        made = vertex("Function", name, path, line=line, end=end)
        self.functions[name] = made
        self.changes.vertices.append(made)
        self.changes.documents.append(Document(made.id, path, name, comment))

    def call(self, caller: str, called: str, *lines: int) -> None:
        """A call of one function by another."""
        self._add(edge("CALLS", self.functions[caller], self.functions[called], *(lines or (1,))))

    def include(self, path: str, included: str) -> None:
        """An include of one file by another."""
        self._add(edge("INCLUDES", self.files[path], self.files[included], 1, rule="include"))

    def variable(self, name: str, path: str, *writers: str) -> None:
        """A global variable with the functions that write it."""
        made = vertex("GlobalVar", name, path)
        self.changes.vertices.append(made)
        for writer in writers:
            self._add(edge("WRITES", self.functions[writer], made, 1))

    def store(self, writer: Writer, name: str = "tree") -> None:
        """Write the graph."""
        with writer.lock(name):
            writer.apply(name, self.root, "abc", self.changes, {}, quiet)

    def _add(self, made: Edge) -> None:
        self.changes.edges.append(made)


def modules(root: Path, calls: Mapping[str, list[str]]) -> Tree:
    """A tree with one file and one function for each directory, which call those of others."""
    tree = Tree(root)
    for name in calls:
        tree.file(f"{name}/{name.rpartition('/')[2]}.c", f"/* {name} does its part. */\n")
        tree.function(f"f_{name}", f"{name}/{name.rpartition('/')[2]}.c")
    for name, called in calls.items():
        for other in called:
            tree.call(f"f_{name}", f"f_{other}")
    return tree
