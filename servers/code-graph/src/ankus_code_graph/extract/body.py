"""The events of a function's body, an initializer or a macro's text: one walk over the tree."""

from collections.abc import Callable

from ankus_code_graph.extract import facts
from ankus_code_graph.extract.declare import (
    Declared,
    declarators,
    declared,
    is_definition,
    type_name,
    type_of,
)
from ankus_code_graph.extract.describe import Names, is_dereference, stripped
from ankus_code_graph.extract.facts import Expression, Role
from ankus_code_graph.extract.grammar import LANGUAGE, Node, field, kinds
from ankus_code_graph.extract.initialize import initializer, plain_value

_FUNCTION = field("function")
_ARGUMENTS = field("arguments")
_ARGUMENT = field("argument")
_FIELD = field("field")
_LEFT = field("left")
_RIGHT = field("right")
_VALUE = field("value")
_TYPE = field("type")
_OPERATOR = field("operator")
_INDEX = field("index")
_DECLARATOR = field("declarator")
_CONSEQUENCE = field("consequence")
_ALTERNATIVE = field("alternative")
_CONDITION = field("condition")
_PARAMETERS = field("parameters")
_READ = int(Role.READ)
_WRITE = int(Role.WRITE)
_ADDRESS = int(Role.ADDRESS)
_CALLED = int(Role.CALLED)
_ELEMENT = int(Role.ELEMENT)
_CHANGED = _READ | _WRITE
_IDENTIFIER = kinds("identifier")
_FIELD_NAME = kinds("field_identifier")
_CAST = kinds("cast_expression")
_SUBSCRIPT = kinds("subscript_expression")
_MEMBER = kinds("field_expression")
_LIST = kinds("initializer_list")

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
    value = plain_value(right)
    target = stripped(left)
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
    plain = plain_value(value)
    if plain is not None:
        _hold(body, name, body.describe(plain))


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
    elif declarator is None and type_:
        body.hidden.append(type_)


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
