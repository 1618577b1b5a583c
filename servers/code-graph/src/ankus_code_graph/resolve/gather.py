"""Gathers the edges of one function, once it is known which variable, field or type is meant."""

from ankus_code_graph.extract import facts
from ankus_code_graph.extract.facts import Expression, Role
from ankus_code_graph.resolve.links import Link, Links
from ankus_code_graph.resolve.scope import BY_NAME, Scope
from ankus_code_graph.resolve.types import field_of, struct_of

_ROLES = (
    (int(Role.READ), "READS"),
    (int(Role.WRITE), "WRITES"),
    (int(Role.ADDRESS), "ADDRESSES"),
    (int(Role.CALLED), "DISPATCHES"),
)
_ELEMENT, _READ = int(Role.ELEMENT), int(Role.READ)


class Gatherer:
    """Gathers links in one scope."""

    def __init__(self, scope: Scope) -> None:
        self.scope = scope
        self.links = Links()

    def add(
        self, label: str, end: int, rule: str, confidence: float, via: tuple[str, ...], line: int
    ) -> None:
        """Note an edge; of several ways to know it the surest, and then the shortest, is kept."""
        key = (label, end, bool(via))
        found = self.links.edges.get(key)
        if found is None:
            found = self.links.edges[key] = Link(rule, confidence, via)
        elif confidence > found.confidence or (confidence == found.confidence and len(via) < len(found.via)):
            found.rule, found.confidence, found.via = rule, confidence, via
        found.lines.add(line)

    def add_variable(
        self, end: int, array: bool, role: int, rule: str, confidence: float, via: tuple[str, ...], line: int
    ) -> None:
        """Note what is done with a variable."""
        if role & _ELEMENT and not array:  # an element of what it points to
            role = _READ
        for bit, label in _ROLES:
            if role & bit:
                self.add(label, end, rule, confidence, via, line)

    def add_field(
        self, base: Expression, name: str, role: int, via: tuple[str, ...], confidence: float, line: int
    ) -> None:
        """Note what is done with a field; one whose struct is not known is counted."""
        found = field_of([facts.MEMBER, base, name], self.scope)
        rule = "macro" if via else "direct"
        if found is None:
            by_name = [one for one in self.scope.index.fields.get(name, ()) if self.scope.sees(one[0].path)]
            known = base is not None and (base[0] == facts.TYPED or struct_of(base, self.scope) is not None)
            if len(by_name) != 1 or known:
                self.links.unbound += 1
                return
            found, rule, confidence = by_name[0], "name", min(confidence, BY_NAME)
        if role & _ELEMENT and not found[1].field.array:
            role = _READ
        for bit, label in _ROLES:
            if role & bit:
                self.add(label, found[1].id, rule, confidence, via, line)

    def add_type(self, name: str, via: tuple[str, ...], confidence: float, line: int) -> None:
        """Note that a type is named."""
        found = self.scope.struct(name)
        end = None if found is None else found.id
        if end is None:
            enum = self.scope.named_enum(name)
            end = None if enum is None else enum.id
        if end is not None:
            self.add("USES_TYPE", end, "macro" if via else "direct", confidence, via, line)

    def add_point(self, start: int, end: int, confidence: float, via: tuple[str, ...], line: int) -> None:
        """Note that a function is stored in a field or a variable."""
        found = self.links.points.setdefault((start, end), Link("pointer", confidence, via))
        found.lines.add(line)
