"""What a graph claims, read from its vertices and edges or from AGE's label tables."""

import json
from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any, NamedTuple

import psycopg
from psycopg import sql

from ankus_code_graph.model import Edge, Vertex, label_of

TARGETS = ("Function", "GlobalVar", "Field", "File", "Macro")
EDGES = ("CALLS", "READS", "WRITES", "ADDRESSES", "INCLUDES", "MACRO_CALLS")


class Thing(NamedTuple):
    """A vertex: its name (of a field "Struct.field", of a file its path), where it stands, its origin."""

    label: str
    name: str
    file: str
    line: int
    origin: str


class Claim(NamedTuple):
    """An edge with its evidence."""

    start: Thing
    end: Thing
    file: str
    lines: tuple[int, ...]
    via: tuple[str, ...]
    rule: str


@dataclass(slots=True)
class Graph:
    """The vertices and edges that are compared, by label."""

    things: dict[int, Thing] = field(default_factory=dict)
    claims: dict[str, list[Claim]] = field(default_factory=lambda: defaultdict(list))

    def add_vertex(self, identity: int, properties: dict[str, Any]) -> None:
        """Takes note of a vertex, of a label that matters."""
        label = label_of(identity)
        if label not in TARGETS:
            return
        name = properties["path"] if label == "File" else properties["name"]
        if label == "Field":
            name = f"{properties['struct']}.{name}"
        file, line = properties.get("file", name), properties.get("line", 0)
        self.things[identity] = Thing(label, name, file, line, properties.get("origin", ""))

    def add_edge(self, identity: int, start: int, end: int, properties: dict[str, Any]) -> None:
        """Takes note of an edge; its ends must be known, or of labels that do not matter."""
        label = label_of(identity)
        if label in EDGES and start in self.things and end in self.things:
            via, lines = tuple(properties.get("via", ())), tuple(properties["lines"])
            evidence = (properties["file"], lines, via, properties.get("rule", ""))
            self.claims[label].append(Claim(self.things[start], self.things[end], *evidence))


def graph_of(vertices: Iterable[Vertex], edges: Iterable[Edge]) -> Graph:
    """The graph of an indexer's lists."""
    graph = Graph()
    for vertex in vertices:
        graph.add_vertex(vertex.id, vertex.properties)
    for edge in edges:
        graph.add_edge(edge.id, edge.start, edge.end, edge.properties)
    return graph


def stored_graph(connection: psycopg.Connection[Any], name: str) -> Graph:
    """The graph `name` of an open database, from its label tables.

    Raises:
        psycopg.errors.InvalidSchemaName: If there is no such graph.
    """
    graph = Graph()
    for label in TARGETS:
        for identity, properties in _rows(connection, name, label, "id"):
            graph.add_vertex(int(identity), json.loads(properties))
    for label in EDGES:
        for identity, start, end, properties in _rows(connection, name, label, "id", "start_id", "end_id"):
            graph.add_edge(int(identity), int(start), int(end), json.loads(properties))
    return graph


def _rows(connection: psycopg.Connection[Any], name: str, label: str, *ids: str) -> Iterable[tuple[str, ...]]:
    """Rows of a label table; psycopg gives graphid and agtype, which it does not know, as text."""
    columns = sql.SQL(", ").join(map(sql.Identifier, (*ids, "properties")))
    return connection.execute(sql.SQL("SELECT {} FROM {}").format(columns, sql.Identifier(name, label)))
