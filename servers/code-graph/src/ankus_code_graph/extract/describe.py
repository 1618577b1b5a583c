"""What an expression is, as far as the names that are known in its body tell."""

from typing import Any

from ankus_code_graph.extract import facts
from ankus_code_graph.extract.declare import type_of
from ankus_code_graph.extract.facts import Event, Expression
from ankus_code_graph.extract.grammar import Node, field, first_child, kinds

_FUNCTION = field("function")
_ARGUMENTS = field("arguments")
_ARGUMENT = field("argument")
_FIELD = field("field")
_LEFT = field("left")
_RIGHT = field("right")
_TYPE = field("type")
_OPERATOR = field("operator")
_CONSEQUENCE = field("consequence")
_ALTERNATIVE = field("alternative")
_IDENTIFIER = kinds("identifier")
_PARENTHESES = kinds("parenthesized_expression")
_CAST = kinds("cast_expression")
_POINTER = kinds("pointer_expression")
_SUBSCRIPT = kinds("subscript_expression")
_MEMBER = kinds("field_expression")
_CALL = kinds("call_expression")
_CONDITIONAL = kinds("conditional_expression")
_COMMA = kinds("comma_expression")
_ASSIGNMENT = kinds("assignment_expression")
_BINARY = kinds("binary_expression")
_LITERAL = kinds("compound_literal_expression")
_COMMENT = kinds("comment")
_UPDATE = kinds("update_expression")
PASTE = "__ANKUS_PASTE__"
"""Stands for ## within a name, and before a field that a macro's parameter names, until that is known."""


class Names:
    """What is known in one body: local variables, a macro's parameters; and the events that were found.

    Args:
        data: The file's (or the macro's) text.
        offset: Added to each line.
        params: Names of a macro's parameters.
    """

    def __init__(self, data: bytes, offset: int = 1, params: list[str] | None = None) -> None:
        self.data = data
        self.offset = offset
        self.events: list[Event] = []
        self.locals: dict[str, str] = {}
        self.pointers: dict[str, Expression] = {}
        """Local variables that hold what a field or a global held: a call of one is a call through that."""
        self.params = {name: number for number, name in enumerate(params or [])}
        self.hidden: list[str] = []
        """Parameters that are a type's name alone: it may be a macro that holds type and name."""
        self.specifiers: list[Node] = []
        """Structs and enums that are defined in the body."""
        self._names: dict[bytes, str] = {}

    def name(self, node: Node) -> str:
        """The node's text; the same text is the same object."""
        raw = self.data[node.start_byte : node.end_byte]
        found = self._names.get(raw)
        if found is None:
            found = self._names[raw] = raw.decode("utf-8", "replace")
        return found

    def field_name(self, node: Node) -> str:
        """A field's name; where it is a macro's parameter, with PASTE before it."""
        name = self.name(node)
        return PASTE + name if name in self.params else name

    def add(self, kind: int, node: Node, *rest: Any) -> None:
        """Record an event."""
        self.events.append([kind, node.start_point[0] + self.offset, *rest])

    def declare(self, name: str, type_: str) -> None:
        """Let a name be a local variable from here on."""
        self.locals[name] = type_
        self.pointers.pop(name, None)

    def known(self, node: Node) -> Event:
        """The event that tells a function's variables."""
        return [facts.LOCALS, node.start_point[0] + self.offset, self.locals, self.hidden]

    def local(self, name: str) -> bool:
        """Whether a name is a local variable or a parameter."""
        return name in self.locals

    def describe(self, node: Node | None) -> Expression:
        """What an expression is, as far as the text of this body tells."""
        while node is not None:
            kind = node.kind_id
            if kind in _IDENTIFIER:
                return self._described_name(node)
            if kind in _MEMBER:
                name = node.child_by_field_id(_FIELD)
                base = self.describe(node.child_by_field_id(_ARGUMENT))
                return None if name is None else [facts.MEMBER, base, self.field_name(name)]
            if kind in _PARENTHESES:
                node = first_child(node)
            elif kind in _SUBSCRIPT or kind in _POINTER or kind in _UPDATE:
                node = node.child_by_field_id(_ARGUMENT)
            elif kind in _CAST or kind in _LITERAL:
                return self.typed(node.child_by_field_id(_TYPE))
            elif kind in _CALL:
                return self._described_call(node)
            elif kind in _BINARY or kind in _ASSIGNMENT:
                node = node.child_by_field_id(_LEFT)
            elif kind in _CONDITIONAL:
                return self.describe(node.child_by_field_id(_CONSEQUENCE)) or self.describe(
                    node.child_by_field_id(_ALTERNATIVE)
                )
            elif kind in _COMMA:
                node = node.child_by_field_id(_RIGHT)
            else:
                return None
        return None

    def _described_name(self, node: Node) -> Expression:
        name = self.name(node)
        if name in self.params:
            return [facts.PARAM, self.params[name]]
        type_ = self.locals.get(name)
        if type_ is None:
            return [facts.NAME, name]
        return [facts.TYPED, type_] if type_ else None

    def _described_call(self, node: Node) -> Expression:
        function = stripped(node.child_by_field_id(_FUNCTION))  # `(T) (x)` looks like a call too
        if function is None or function.kind_id not in _IDENTIFIER or self.local(self.name(function)):
            return None
        return [facts.RESULT, self.name(function), self.arguments(node)]

    def typed(self, node: Node | None) -> Expression:
        """Something of the type that a type descriptor names."""
        if node is None:
            return None
        name = type_of(node, self.data)
        if name in self.params:
            return [facts.PARAM_TYPE, self.params[name]]
        return [facts.TYPED, name] if name else None

    def arguments(self, call: Node) -> list[Expression]:
        """The descriptions of a call's arguments."""
        node = call.child_by_field_id(_ARGUMENTS)
        if node is None:
            return []
        return [self.describe(child) for child in node.named_children if child.kind_id not in _COMMENT]


def stripped(node: Node | None) -> Node | None:
    """An expression without parentheses and the `*` of `(*pointer)(…)`."""
    while node is not None and (node.kind_id in _PARENTHESES or is_dereference(node)):
        node = first_child(node) if node.kind_id in _PARENTHESES else node.child_by_field_id(_ARGUMENT)
    return node


def is_dereference(node: Node) -> bool:
    """Whether an expression is `*pointer`, not `&place`."""
    if node.kind_id not in _POINTER:
        return False
    operator = node.child_by_field_id(_OPERATOR)
    return operator is not None and operator.type == "*"
