"""The directories of a tree as vertices: a function of its files' paths alone."""

from collections.abc import Iterable

from ankus_code_graph.model import Edge, Vertex, graph_id
from ankus_code_graph.resolve.rows import directory_id


def directories(paths: Iterable[str]) -> dict[int, Vertex | Edge]:
    """The vertices of all folders above the files, and the edges between them, by id; "" is the root."""
    folders = {""}
    for path in paths:
        folder = path.rpartition("/")[0]
        while folder and folder not in folders:
            folders.add(folder)
            folder = folder.rpartition("/")[0]
    found: dict[int, Vertex | Edge] = {}
    for folder in sorted(folders):
        identity = directory_id(folder)
        found[identity] = Vertex(identity, "", {"path": folder})
        if folder:
            parent = directory_id(folder.rpartition("/")[0])
            edge = graph_id("CONTAINS", str(parent), str(identity), "", "")
            found[edge] = Edge(edge, parent, identity, "", {"lines": [], "file": ""})
    return found
