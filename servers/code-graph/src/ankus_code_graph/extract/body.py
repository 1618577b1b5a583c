"""The events of a function's body, an initializer or a macro's text: one walk over the tree."""

from collections.abc import Callable
from typing import Any

from ankus_code_graph.extract import facts
from ankus_code_graph.extract.declare import (
    Declared,
    declarators,
    declared,
    is_definition,
    type_name,
    type_of,
)
from ankus_code_graph.extract.facts import Event, Expression, Role
from ankus_code_graph.extract.grammar import LANGUAGE, Node, field, first_child, kinds

_FUNCTION, _ARGUMENTS, _ARGUMENT, _FIELD = (
    field("function"),
    field("arguments"),
    field("argument"),
    field("field"),
)
_LEFT, _RIGHT, _VALUE, _TYPE, _BODY = (
    field("left"),
    field("right"),
    field("value"),
    field("type"),
    field("body"),
)
_OPERATOR, _INDEX, _DECLARATOR = field("operator"), field("index"), field("declarator")
_CONSEQUENCE, _ALTERNATIVE, _CONDITION = field("consequence"), field("alternative"), field("condition")
_DESIGNATOR, _PARAMETERS = field("designator"), field("parameters")
_READ, _WRITE, _ADDRESS, _CALLED = int(Role.READ), int(Role.WRITE), int(Role.ADDRESS), int(Role.CALLED)
_ELEMENT = int(Role.ELEMENT)
_CHANGED = _READ | _WRITE
_IDENTIFIER, _FIELD_NAME = kinds("identifier"), kinds("field_identifier")
_PARENTHESES, _CAST, _POINTER = (
    kinds("parenthesized_expression"),
    kinds("cast_expression"),
    kinds("pointer_expression"),
)
_SUBSCRIPT, _MEMBER, _CALL = (
    kinds("subscript_expression"),
    kinds("field_expression"),
    kinds("call_expression"),
)
_CONDITIONAL, _COMMA = kinds("conditional_expression"), kinds("comma_expression")
_ASSIGNMENT, _BINARY = kinds("assignment_expression"), kinds("binary_expression")
_LIST, _PAIR = kinds("initializer_list"), kinds("initializer_pair")
_LITERAL, _COMMENT = kinds("compound_literal_expression"), kinds("comment")
_FIELD_DESIGNATOR = kinds("field_designator")
_INIT, _STRUCT_FIELDS = kinds("init_declarator"), kinds("field_declaration_list")
_UPDATE = kinds("update_expression")

PASTE = "__ANKUS_PASTE__"
"""Stands for ## within a name, and before a field that a macro's parameter names, until that is known."""
Handler = Callable[["Body", Node, int], None]


class Body:
    """Reads one body.

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

    def visit(self, node: Node, role: int = _READ) -> None:
        """Record the events below a node that stands in a role."""
        handler = _HANDLERS[node.kind_id]
        if handler is not None:
            handler(self, node, role)

    def children(self, node: Node, role: int = _READ) -> None:
        """Record the events below each child."""
        for child in node.named_children:
            handler = _HANDLERS[child.kind_id]
            if handler is not None:
                handler(self, child, _READ)

    def declare(self, name: str, type_: str) -> None:
        """Let a name be a local variable from here on."""
        self.locals[name] = type_
        self.pointers.pop(name, None)

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
        function = _stripped(node.child_by_field_id(_FUNCTION))  # `(T) (x)` looks like a call too
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


def _identifier(body: Body, node: Node, role: int) -> None:
    name = body.name(node)
    if name in body.locals:
        return
    number = body.params.get(name)
    if number is None:
        body.add(facts.REF, node, name, role)
    elif role != _READ:
        body.add(facts.PREF, node, number, role)


def _call(body: Body, node: Node, role: int) -> None:
    function = node.child_by_field_id(_FUNCTION)
    inner = _stripped(function)
    if inner is not None:
        _callee(body, node, inner, role)
    arguments = node.child_by_field_id(_ARGUMENTS)
    if arguments is not None:
        body.children(arguments)


def _stripped(node: Node | None) -> Node | None:
    """An expression without parentheses and the `*` of `(*pointer)(…)`."""
    while node is not None and (node.kind_id in _PARENTHESES or _is_dereference(node)):
        node = first_child(node) if node.kind_id in _PARENTHESES else node.child_by_field_id(_ARGUMENT)
    return node


def _is_dereference(node: Node) -> bool:
    if node.kind_id not in _POINTER:
        return False
    operator = node.child_by_field_id(_OPERATOR)
    return operator is not None and operator.type == "*"


def _callee(body: Body, call: Node, callee: Node, role: int) -> None:
    kind = callee.kind_id
    if kind in _IDENTIFIER:
        name = body.name(callee)
        if name in body.params:
            body.add(facts.PCALL, callee, body.params[name], body.arguments(call))
        elif name not in body.locals:
            body.add(facts.CALL, callee, name, body.arguments(call), role)
        else:
            _call_through_local(body, callee, name)
    elif kind in _MEMBER:
        _member(body, callee, _CALLED)
    elif kind in _CAST:
        body.visit(callee)
        held = body.describe(callee.child_by_field_id(_VALUE))
        _call_through(body, callee, held)
    elif kind in _SUBSCRIPT:
        body.visit(callee, _CALLED)
        if not isinstance(body.describe(callee), list):
            body.add(facts.INDIRECT, callee, body.name(callee)[:60])
    else:
        body.visit(callee)
        body.add(facts.INDIRECT, callee, body.name(callee)[:60])


def _call_through_local(body: Body, callee: Node, name: str) -> None:
    _call_through(body, callee, body.pointers.get(name))


def _call_through(body: Body, callee: Node, held: Expression) -> None:
    """A call of what a variable holds, where the body says what was put into it."""
    if held is not None and held[0] == facts.MEMBER:
        body.add(facts.FIELD, callee, held[1], held[2], _CALLED)
    elif held is not None and held[0] == facts.NAME:
        body.add(facts.CALL, callee, held[1], [], _READ)
    else:
        body.add(facts.INDIRECT, callee, body.name(callee)[:60])


def _member(body: Body, node: Node, role: int) -> None:
    name, base = node.child_by_field_id(_FIELD), node.child_by_field_id(_ARGUMENT)
    if name is None or base is None:
        return
    body.add(facts.FIELD, name, body.describe(base), body.field_name(name), role)
    operator = node.child_by_field_id(_OPERATOR)
    dotted = operator is not None and operator.type == "."
    body.visit(base, role & ~_CALLED or _READ if dotted and role & (_WRITE | _ADDRESS) else _READ)


def _assignment(body: Body, node: Node, role: int) -> None:
    left, right, operator = (node.child_by_field_id(one) for one in (_LEFT, _RIGHT, _OPERATOR))
    if left is None or right is None:
        return
    plain = operator is not None and operator.type == "="
    body.visit(left, _WRITE if plain else _CHANGED)
    _put(body, left, right)
    body.visit(right)


def _put(body: Body, left: Node, right: Node) -> None:
    """Note what a place is given, where it may be a function."""
    value = _plain(right)
    target = _stripped(left)
    if value is None or target is None:
        return
    if target.kind_id in _IDENTIFIER and body.local(body.name(target)):
        _hold(body, body.name(target), body.describe(value))
    elif value.kind_id in _IDENTIFIER and not body.local(body.name(value)):
        place = body.describe(left)
        if place is not None and body.name(value) not in body.params:
            body.add(facts.STORE, value, place, body.name(value))


def _hold(body: Body, name: str, held: Expression) -> None:
    if held is not None and held[0] in (facts.MEMBER, facts.NAME):
        body.pointers[name] = held
    else:
        body.pointers.pop(name, None)


def _plain(node: Node) -> Node | None:
    """An expression without parentheses, casts and `&`."""
    found: Node | None = node
    while found is not None:
        if found.kind_id in _PARENTHESES:
            found = first_child(found)
        elif found.kind_id in _CAST:
            found = found.child_by_field_id(_VALUE)
        elif found.kind_id in _POINTER and not _is_dereference(found):
            found = found.child_by_field_id(_ARGUMENT)
        else:
            return found
    return None


def _update(body: Body, node: Node, role: int) -> None:
    argument = node.child_by_field_id(_ARGUMENT)
    if argument is not None:
        body.visit(argument, _CHANGED)


def _pointer(body: Body, node: Node, role: int) -> None:
    argument = node.child_by_field_id(_ARGUMENT)
    if argument is not None:
        body.visit(argument, _READ if _is_dereference(node) else _ADDRESS)


def _subscript(body: Body, node: Node, role: int) -> None:
    argument, index = node.child_by_field_id(_ARGUMENT), node.child_by_field_id(_INDEX)
    if argument is not None:
        body.visit(argument, role | _ELEMENT if role & _WRITE or role & _ADDRESS else role)
    if index is not None:
        body.visit(index)


def _parentheses(body: Body, node: Node, role: int) -> None:
    for child in node.named_children:
        body.visit(child, role)


def _cast(body: Body, node: Node, role: int) -> None:
    _type_in(body, node)
    value = node.child_by_field_id(_VALUE)
    if value is not None:
        body.visit(value, role if role & _WRITE else _READ)


def _type_in(body: Body, node: Node, role: int = _READ) -> None:
    """A node that names a type: a cast, sizeof, a declaration."""
    type_ = node.child_by_field_id(_TYPE)
    if type_ is not None:
        _type(body, type_)


def _type(body: Body, node: Node, role: int = _READ) -> None:
    inner = node.child_by_field_id(_TYPE)
    if inner is not None:  # a type descriptor
        node = inner
    name = type_name(node, body.data)
    if name and name not in body.params:
        body.add(facts.TYPE, node, name)


def _sizeof(body: Body, node: Node, role: int) -> None:
    _type_in(body, node)
    value = node.child_by_field_id(_VALUE)
    if value is not None:
        body.visit(value)


def _literal(body: Body, node: Node, role: int) -> None:
    _type_in(body, node)
    value = node.child_by_field_id(_VALUE)
    if value is not None:
        initializer(body, value, body.typed(node.child_by_field_id(_TYPE)))


def _conditional(body: Body, node: Node, role: int) -> None:
    condition = node.child_by_field_id(_CONDITION)
    if condition is not None:
        body.visit(condition)
    for part in (node.child_by_field_id(_CONSEQUENCE), node.child_by_field_id(_ALTERNATIVE)):
        if part is not None:
            body.visit(part, role)


def _comma(body: Body, node: Node, role: int) -> None:
    left, right = node.child_by_field_id(_LEFT), node.child_by_field_id(_RIGHT)
    if left is not None:
        body.visit(left)
    if right is not None:
        body.visit(right, role)


def _declaration(body: Body, node: Node, role: int) -> None:
    specifier = node.child_by_field_id(_TYPE)
    type_ = type_name(specifier, body.data)
    if specifier is not None and is_definition(specifier):
        body.specifiers.append(specifier)
        body.children(specifier)
    elif type_ and type_ not in body.params and specifier is not None:
        body.add(facts.TYPE, specifier, type_)
    for declarator in declarators(node):
        found = declared(declarator, body.data)
        if found is None:
            continue
        if found.function:  # a prototype
            continue
        _declare(body, found, type_)
        _initialized(body, declarator, found.name, type_)
        _sizes(body, declarator)


def _declare(body: Body, found: Declared, type_: str) -> None:
    """A variable; where a macro's parameter is its name, it is one of the function that uses the macro."""
    number = body.params.get(found.name)
    if number is None:
        body.declare(found.name, type_)
        return
    known: Expression = [facts.TYPED, type_] if type_ else None
    if type_ in body.params:
        known = [facts.PARAM_TYPE, body.params[type_]]
    body.add(facts.DECLARE, found.node, number, known)


def _sizes(body: Body, declarator: Node) -> None:
    """The names in the bounds of arrays."""
    inner: Node | None = declarator
    while inner is not None:
        size = inner.child_by_field_name("size")
        if size is not None:
            body.visit(size)
        inner = inner.child_by_field_id(_DECLARATOR)


def _initialized(body: Body, declarator: Node, name: str, type_: str) -> None:
    value = declarator.child_by_field_id(_VALUE)
    if value is None:
        return
    if value.kind_id in _LIST:
        initializer(body, value, [facts.TYPED, type_] if type_ else None)
        return
    body.visit(value)
    plain = _plain(value)
    if plain is not None:
        _hold(body, name, body.describe(plain))


def initializer(body: Body, node: Node, place: Expression, array: bool = False) -> None:
    """An initializer's list: which function stands in which field of `place`.

    Args:
        array: Whether the list's items are elements (which have the place's type), not fields.
    """
    nested = [child for child in node.named_children if child.kind_id not in _COMMENT]
    elements = array or (bool(nested) and all(_item(child).kind_id in _LIST for child in nested))
    for position, child in enumerate(nested):
        inner = place
        if child.kind_id in _PAIR:
            inner, elements_here = _designated(body, child, place)
        else:
            elements_here = elements
            if not elements and place is not None:
                inner = [facts.NTH, place, position]
        _initial_value(body, _item(child), inner, elements_here)


def _item(node: Node) -> Node:
    """The value of an initializer's item."""
    if node.kind_id in _PAIR:
        value = node.child_by_field_id(_VALUE)
        return node if value is None else value
    return node


def _designated(body: Body, pair: Node, place: Expression) -> tuple[Expression, bool]:
    """The place that `.field =` or `[index] =` names, and whether it was an index."""
    found, element = place, False
    for designator in pair.children_by_field_id(_DESIGNATOR):
        if designator.kind_id in _FIELD_DESIGNATOR:
            name = first_child(designator)
            if name is not None:
                found = [facts.MEMBER, found, body.name(name)]
        else:
            element = True
            body.children(designator)
    return found, element


def _initial_value(body: Body, value: Node, place: Expression, element: bool) -> None:
    if value.kind_id in _LIST:
        initializer(body, value, place)
        return
    plain = _plain(value)
    if plain is not None and plain.kind_id in _IDENTIFIER and place is not None:
        name = body.name(plain)
        if not body.local(name) and name not in body.params:
            body.add(facts.STORE, plain, place, name)
    body.visit(value)


def _nothing(body: Body, node: Node, role: int) -> None:
    return


def _typedef_or_struct(body: Body, node: Node, role: int) -> None:
    if not is_definition(node):
        _type(body, node)


def _offset_of(body: Body, node: Node, role: int) -> None:
    _type_in(body, node)
    member = node.child_by_field_name("member")
    if member is not None and member.kind_id in _FIELD_NAME:
        body.add(
            facts.FIELD, member, body.typed(node.child_by_field_id(_TYPE)), body.field_name(member), _ADDRESS
        )


def _parameter(body: Body, node: Node, role: int) -> None:
    type_ = type_of(node, body.data)
    declarator = node.child_by_field_id(_DECLARATOR)
    if type_:
        _type_in(body, node)
    found = None if declarator is None else declared(declarator, body.data)
    if found is not None:
        body.declare(found.name, type_)


def parameters(body: Body, declarator: Node) -> None:
    """Declare a function's parameters."""
    node = declarator.child_by_field_id(_PARAMETERS)
    if node is None:
        return
    for child in node.named_children:
        if child.kind_id in _IDENTIFIER:  # K&R: its type follows
            body.declare(body.name(child), "")
        else:
            body.visit(child)


_BY_KIND: dict[str, Handler] = {
    "identifier": _identifier,
    "call_expression": _call,
    "field_expression": _member,
    "assignment_expression": _assignment,
    "update_expression": _update,
    "pointer_expression": _pointer,
    "subscript_expression": _subscript,
    "parenthesized_expression": _parentheses,
    "cast_expression": _cast,
    "sizeof_expression": _sizeof,
    "alignof_expression": _sizeof,
    "offsetof_expression": _offset_of,
    "compound_literal_expression": _literal,
    "conditional_expression": _conditional,
    "comma_expression": _comma,
    "declaration": _declaration,
    "parameter_declaration": _parameter,
    "type_identifier": _type,
    "type_descriptor": _type,
    "struct_specifier": _typedef_or_struct,
    "union_specifier": _typedef_or_struct,
    "enum_specifier": _typedef_or_struct,
}
_LEAVES = (
    "comment string_literal concatenated_string char_literal number_literal primitive_type"
    " sized_type_specifier field_identifier statement_identifier true false null type_definition"
    " storage_class_specifier"
    " type_qualifier "
    "break_statement continue_statement goto_statement string_content escape_sequence"
).split()


def _handlers() -> list[Handler | None]:
    table: list[Handler | None] = [Body.children] * (LANGUAGE.node_kind_count + 1)
    for name in _LEAVES:
        for kind in kinds(name):
            table[kind] = None
    for name, handler in _BY_KIND.items():
        for kind in kinds(name):
            table[kind] = handler
    return table


_ERROR = 65535
"""The kind of a node that the parser could not understand."""
_HANDLERS: dict[int, Handler | None] = {**dict(enumerate(_handlers())), _ERROR: Body.children}
