"""The events of a function's body, an initializer or a macro's text: one walk over the tree."""

from collections.abc import Callable

from ankus_code_graph.extract import facts
from ankus_code_graph.extract.declare import is_definition, type_name
from ankus_code_graph.extract.describe import Names, is_dereference, stripped
from ankus_code_graph.extract.facts import Expression, Role
from ankus_code_graph.extract.grammar import ERROR, LANGUAGE, Node, field, kinds
from ankus_code_graph.extract.initialize import initializer
from ankus_code_graph.extract.variables import declaration, parameter, put

_FUNCTION, _ARGUMENTS, _ARGUMENT, _FIELD, _LEFT, _RIGHT, _VALUE, _TYPE = (
    field(name) for name in ("function", "arguments", "argument", "field", "left", "right", "value", "type")
)
_OPERATOR, _INDEX, _MEMBER_FIELD, _CONSEQUENCE, _ALTERNATIVE, _CONDITION = (
    field(name) for name in ("operator", "index", "member", "consequence", "alternative", "condition")
)
_READ, _WRITE, _ADDRESS, _CALLED, _ELEMENT = (
    int(role) for role in (Role.READ, Role.WRITE, Role.ADDRESS, Role.CALLED, Role.ELEMENT)
)
_CHANGED = _READ | _WRITE
_IDENTIFIER, _FIELD_NAME = kinds("identifier"), kinds("field_identifier")
_CAST, _SUBSCRIPT, _MEMBER = (
    kinds("cast_expression"),
    kinds("subscript_expression"),
    kinds("field_expression"),
)

Handler = Callable[["Body", Node, int], None]


class Body(Names):
    """Reads one body: the events of all that is visited."""

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

    def type_in(self, node: Node) -> None:
        """Record the type that a cast, a sizeof or a declaration names."""
        type_ = node.child_by_field_id(_TYPE)
        if type_ is not None:
            _type(self, type_)


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
    inner = stripped(function)
    if inner is not None:
        _callee(body, node, inner, role)
    arguments = node.child_by_field_id(_ARGUMENTS)
    if arguments is not None:
        body.children(arguments)


def _callee(body: Body, call: Node, callee: Node, role: int) -> None:
    kind = callee.kind_id
    if kind in _IDENTIFIER:
        name = body.name(callee)
        if name in body.params:
            body.add(facts.PCALL, callee, body.params[name], body.arguments(call))
        elif name not in body.locals:
            body.add(facts.CALL, callee, name, body.arguments(call), role)
        else:
            _call_through(body, callee, body.pointers.get(name))
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
    put(body, left, right)
    body.visit(right)


def _update(body: Body, node: Node, role: int) -> None:
    argument = node.child_by_field_id(_ARGUMENT)
    if argument is not None:
        body.visit(argument, _CHANGED)


def _pointer(body: Body, node: Node, role: int) -> None:
    argument = node.child_by_field_id(_ARGUMENT)
    if argument is not None:
        body.visit(argument, _READ if is_dereference(node) else _ADDRESS)


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
    body.type_in(node)
    value = node.child_by_field_id(_VALUE)
    if value is not None:
        body.visit(value, role if role & _WRITE else _READ)


def _type(body: Body, node: Node, role: int = _READ) -> None:
    inner = node.child_by_field_id(_TYPE)
    if inner is not None:  # a type descriptor
        node = inner
    name = type_name(node, body.data)
    if name and name not in body.params:
        body.add(facts.TYPE, node, name)


def _sizeof(body: Body, node: Node, role: int) -> None:
    body.type_in(node)
    value = node.child_by_field_id(_VALUE)
    if value is not None:
        body.visit(value)


def _literal(body: Body, node: Node, role: int) -> None:
    body.type_in(node)
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


def _typedef_or_struct(body: Body, node: Node, role: int) -> None:
    if not is_definition(node):
        _type(body, node)


def _offset_of(body: Body, node: Node, role: int) -> None:
    body.type_in(node)
    member = node.child_by_field_id(_MEMBER_FIELD)
    if member is not None and member.kind_id in _FIELD_NAME:
        body.add(
            facts.FIELD, member, body.typed(node.child_by_field_id(_TYPE)), body.field_name(member), _ADDRESS
        )


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
    "declaration": declaration,
    "parameter_declaration": parameter,
    "type_identifier": _type,
    "type_descriptor": _type,
    "struct_specifier": _typedef_or_struct,
    "union_specifier": _typedef_or_struct,
    "enum_specifier": _typedef_or_struct,
}
_LEAVES = (
    "comment string_literal concatenated_string char_literal number_literal primitive_type"
    " sized_type_specifier field_identifier statement_identifier true false null type_definition"
    " storage_class_specifier type_qualifier break_statement continue_statement goto_statement string_content"
    " escape_sequence"
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


_HANDLERS: dict[int, Handler | None] = {**dict(enumerate(_handlers())), ERROR: Body.children}
