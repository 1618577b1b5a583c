"""The vertices, edges and documents of one file."""

from dataclasses import dataclass, field
from typing import Any

from ankus_code_graph.extract.facts import Facts, Origin
from ankus_code_graph.extract.read import condition_at
from ankus_code_graph.model import Document, Edge, Vertex, graph_id
from ankus_code_graph.resolve.index import FileIndex, FunctionDefinition, StructDefinition
from ankus_code_graph.resolve.instances import Instances
from ankus_code_graph.resolve.link import Linker
from ankus_code_graph.resolve.links import Link, Links
from ankus_code_graph.resolve.scope import Scope
from ankus_code_graph.resolve.tree import Tree

_ORIGINS = {Origin.SOURCE: "source", Origin.MACRO: "macro", Origin.TEMPLATE: "template"}
_BODY_LENGTH = 400
_MOST_NAMES = 60
"""Names of external functions, and calls through pointers, that one function lists."""


@dataclass(slots=True)
class Rows:
    """What one file adds to the graph."""

    vertices: list[Vertex] = field(default_factory=list)
    edges: list[Edge] = field(default_factory=list)
    documents: list[Document] = field(default_factory=list)
    unbound: int = 0
    """Uses of fields whose struct is not known."""


def file_id(path: str) -> int:
    """The id of a file's vertex."""
    return graph_id("File", path)


def directory_id(path: str) -> int:
    """The id of a directory's vertex; "" is the root."""
    return graph_id("Directory", path)


class FileRows:
    """Makes the rows of one file."""

    def __init__(self, tree: Tree, own: FileIndex, instances: Instances, scope: Scope) -> None:
        self.tree = tree
        self.own = own
        self.path = own.path
        self.facts: Facts = tree.files[own.path]
        self.instances = instances
        self.scope = scope
        self.rows = Rows()
        self._linkers: dict[int, Linker] = {}

    def make(self) -> Rows:
        """All rows of the file."""
        self._vertex(file_id(self.path), {"path": self.path, "lines": self.facts.lines})
        folder = self.path.rpartition("/")[0]
        self._edge("CONTAINS", directory_id(folder), file_id(self.path), {"lines": []})
        self._includes()
        linker = Linker(self.scope)
        for function in self.own.functions:
            self._function(function, linker)
        for function in self.instances.made.get(self.path, []):
            scope = self.instances.scopes.get(function.id)
            self._function(function, linker if scope is None else self._linker_of(scope))
        self._macros(linker)
        for struct in self.own.structs:
            self._struct(struct)
        self._enums()
        self._globals(linker)
        self._sql()
        return self.rows

    def _sql(self) -> None:
        """The functions of SQL, and the C functions that implement them."""
        for one in self.facts.sql:
            identity = self.own.numbers.id("SqlFunction", self.path, f"{one.name}({one.args})")
            shown = {"name": one.name, "oid": one.oid, "args": one.args, "returns": one.returns}
            self._vertex(identity, {**shown, "source": one.source, "file": self.path, "line": one.line})
            for function, sure in self.scope.functions(one.source):
                if not function.function.static:
                    evidence = {"lines": [one.line], "rule": "catalog", "confidence": sure, "via": []}
                    self._edge("IMPLEMENTS", function.id, identity, evidence)

    def _linker_of(self, scope: Scope) -> Linker:
        """The linker of an inclusion of a template, which its functions share."""
        return self._linkers.setdefault(id(scope), Linker(scope))

    def _vertex(self, identity: int, properties: dict[str, Any]) -> None:
        self.rows.vertices.append(Vertex(identity, self.path, properties))

    def _edge(self, label: str, start: int, end: int, properties: dict[str, Any], chain: str = "") -> None:
        identity = graph_id(label, str(start), str(end), self.path, chain)
        properties["file"] = self.path
        self.rows.edges.append(Edge(identity, start, end, self.path, properties))

    def _defines(self, identity: int, line: int) -> None:
        self._edge("DEFINES", file_id(self.path), identity, {"lines": [line]})

    def _document(self, identity: int, name: str, comment: str) -> None:
        self.rows.documents.append(Document(identity, self.path, name, comment))

    def _includes(self) -> None:
        lines: dict[str, list[int]] = {}
        conditions: dict[str, str] = {}
        for target, line, condition in self.tree.includes[self.path]:
            lines.setdefault(target, []).append(line)
            conditions.setdefault(target, condition)
        for target, found in lines.items():
            evidence = {"lines": found, "rule": "include", "confidence": 1.0, "condition": conditions[target]}
            self._edge("INCLUDES", file_id(self.path), file_id(target), evidence)

    def _function(self, one: FunctionDefinition, linker: Linker) -> None:
        function = one.function
        links = linker.link(function.events)
        self.rows.unbound += links.unbound
        properties = {
            "name": function.name,
            "file": self.path,
            "line": function.line,
            "end": function.end,
            "static": function.static,
            "inline": function.inline,
            "origin": _ORIGINS[one.origin],
            "signature": function.signature,
            "condition": function.condition,
            "indirect": sorted(set(links.indirect), key=_line_of)[:_MOST_NAMES],
            "external": sorted(links.external)[:_MOST_NAMES],
        }
        if one.source:
            properties["source"] = one.source
        self._vertex(one.id, properties)
        self._defines(one.id, function.line)
        self._document(one.id, function.name, function.comment)
        self._links(one.id, links, "template" if one.source else "")

    def _links(self, start: int, links: Links, rule: str = "") -> None:
        for (label, end, through), link in links.edges.items():
            self._edge(label, start, end, self._evidence(link, rule), "macro" if through else "")
        self._points(links)

    def _points(self, links: Links) -> None:
        for (start, end), link in links.points.items():
            self._edge("POINTS", start, end, self._evidence(link), str(min(link.lines)))

    def _evidence(self, link: Link, rule: str = "") -> dict[str, Any]:
        lines = sorted(link.lines)
        return {
            "lines": lines,
            "rule": rule or link.rule,
            "confidence": link.confidence,
            "via": list(link.via),
            "condition": condition_at(self.facts, lines[0]),
        }

    def _macros(self, linker: Linker) -> None:
        for one in self.own.macros:
            macro = one.macro
            self._vertex(
                one.id,
                {
                    "name": macro.name,
                    "file": self.path,
                    "line": macro.line,
                    "end": macro.end,
                    "params": None if macro.params is None else ", ".join(macro.params),
                    "body": macro.text[:_BODY_LENGTH],
                    "condition": macro.condition,
                },
            )
            self._defines(one.id, macro.line)
            if macro.comment or macro.params is not None:
                self._document(one.id, macro.name, macro.comment)
            for end in sorted(linker.mentioned(one)):
                evidence = {"lines": [macro.line], "rule": "direct", "confidence": 1.0, "via": []}
                self._edge("MACRO_CALLS", one.id, end, evidence)

    def _struct(self, one: StructDefinition) -> None:
        struct = one.struct
        if not struct.outer:
            self._struct_itself(one)
        for name, known in one.fields.items():
            shown = {"name": name, "struct": one.name, "file": self.path, "line": known.field.line}
            self._vertex(known.id, {**shown, "type": known.field.shown})
            self._edge("CONTAINS", one.id, known.id, {"lines": [known.field.line]})

    def _struct_itself(self, one: StructDefinition) -> None:
        struct = one.struct
        self._vertex(
            one.id,
            {
                "name": one.name,
                "file": self.path,
                "line": struct.line,
                "end": struct.end,
                "kind": struct.kind,
                "typedefs": struct.typedefs,
                "condition": struct.condition,
            },
        )
        self._defines(one.id, struct.line)
        if not one.name.startswith("@"):
            self._document(one.id, one.name, struct.comment)

    def _enums(self) -> None:
        for one in self.own.enums:
            enum = one.enum
            named = {"name": one.name, "file": self.path, "line": enum.line, "end": enum.end}
            self._vertex(one.id, {**named, "values": enum.values, "typedefs": enum.typedefs})
            self._defines(one.id, enum.line)

    def _globals(self, linker: Linker) -> None:
        for one in self.own.globals:
            variable = one.variable
            self._vertex(
                one.id,
                {
                    "name": variable.name,
                    "file": self.path,
                    "line": variable.line,
                    "static": variable.static,
                    "type": variable.shown,
                    "condition": variable.condition,
                },
            )
            self._defines(one.id, variable.line)
            self._document(one.id, variable.name, variable.comment)
        for known in self.facts.globals:
            self._points(linker.link(known.events))


def _line_of(text: str) -> tuple[int, str]:
    return int(text.partition(":")[0]), text
