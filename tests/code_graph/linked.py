"""Small C trees as text, and their graph as lines that a person can draw."""

import textwrap
from collections.abc import Mapping

from ankus_code_graph.extract.facts import Facts, decode, encode
from ankus_code_graph.extract.read import extract
from ankus_code_graph.index.noise import tree_noise
from ankus_code_graph.model import Edge, Vertex, label_of
from ankus_code_graph.resolve import Resolver


def read(text: str) -> Facts:
    """The facts of one file, as they come out of the index."""
    return decode(encode(extract(textwrap.dedent(text).encode())))


class Linked:
    """The graph of a tree that is given as text by path; a single text is the file `a.c`."""

    def __init__(self, files: Mapping[str, str] | str) -> None:
        texts = {"a.c": files} if isinstance(files, str) else files
        data = {path: textwrap.dedent(text).encode() for path, text in texts.items()}
        noise = tree_noise(data.values())
        facts = {path: decode(encode(extract(one, noise))) for path, one in data.items()}
        rows = [found for _, found in Resolver(facts).rows(sorted(facts))]
        self.vertices: dict[int, Vertex] = {one.id: one for found in rows for one in found.vertices}
        self.all_edges: list[Edge] = [one for found in rows for one in found.edges]

    def name(self, identity: int) -> str:
        """How a drawing names a vertex: `name`, and for a field `Struct.name`."""
        found = self.vertices[identity].properties
        if label_of(identity) == "Field":
            return f"{found['struct']}.{found['name']}"
        return str(found.get("name", found.get("path")))

    def edges(self, label: str) -> set[str]:
        """The edges of a label, as `from -> to`, with ` via A > B` where macros lie between."""
        return {
            f"{self.name(one.start)} -> {self.name(one.end)}" + _via(one)
            for one in self.all_edges
            if label_of(one.id) == label
        }

    def edge(self, label: str, start: str, end: str) -> Edge:
        """The one edge of a label between two names."""
        [found] = [
            one
            for one in self.all_edges
            if label_of(one.id) == label and (self.name(one.start), self.name(one.end)) == (start, end)
        ]
        return found

    def things(self, label: str) -> set[str]:
        """The names of the vertices of a label."""
        return {self.name(identity) for identity in self.vertices if label_of(identity) == label}

    def vertex(self, label: str, name: str) -> Vertex:
        """The one vertex of a label with a name."""
        [found] = [
            one for one in self.vertices.values() if label_of(one.id) == label and self.name(one.id) == name
        ]
        return found


def _via(edge: Edge) -> str:
    via = edge.properties.get("via") or []
    return f" via {' > '.join(via)}" if via else ""
