"""Local variables and parameters: their names, their types, and what they hold."""

from typing import TYPE_CHECKING

from ankus_code_graph.extract import facts
from ankus_code_graph.extract.declare import (
    Declared,
    declarators,
    declared,
    is_definition,
    type_name,
    type_of,
)
from ankus_code_graph.extract.describe import stripped
from ankus_code_graph.extract.facts import Expression
from ankus_code_graph.extract.grammar import Node, field, kinds
from ankus_code_graph.extract.initialize import initializer, plain_value

if TYPE_CHECKING:
    from ankus_code_graph.extract.body import Body

_TYPE, _VALUE, _DECLARATOR, _PARAMETERS, _SIZE = (
    field(name) for name in ("type", "value", "declarator", "parameters", "size")
)
_IDENTIFIER, _LIST = kinds("identifier"), kinds("initializer_list")


def declaration(body: "Body", node: Node, role: int) -> None:
    """A declaration within a body."""
    specifier = node.child_by_field_id(_TYPE)
    type_ = type_name(specifier, body.data)
    if specifier is not None and is_definition(specifier):
        body.specifiers.append(specifier)
        body.children(specifier)
    elif type_ and type_ not in body.params and specifier is not None:
        body.add(facts.TYPE, specifier, type_)
    for declarator in declarators(node):
        found = declared(declarator, body.data)
        if found is None or found.function:  # abstract, or a prototype
            continue
        _declare(body, found, type_)
        _initialized(body, declarator, found.name, type_)
        _sizes(body, declarator)


def _declare(body: "Body", found: Declared, type_: str) -> None:
    """A variable; where a macro's parameter is its name, it is one of the function that uses the macro."""
    number = body.params.get(found.name)
    if number is None:
        body.declare(found.name, type_)
        return
    known: Expression = [facts.TYPED, type_] if type_ else None
    if type_ in body.params:
        known = [facts.PARAM_TYPE, body.params[type_]]
    body.add(facts.DECLARE, found.node, number, known)


def _sizes(body: "Body", declarator: Node) -> None:
    """The names in the bounds of arrays."""
    inner: Node | None = declarator
    while inner is not None:
        size = inner.child_by_field_id(_SIZE)
        if size is not None:
            body.visit(size)
        inner = inner.child_by_field_id(_DECLARATOR)


def _initialized(body: "Body", declarator: Node, name: str, type_: str) -> None:
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


def put(body: "Body", left: Node, right: Node) -> None:
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


def _hold(body: "Body", name: str, held: Expression) -> None:
    if held is not None and held[0] in (facts.MEMBER, facts.NAME):
        body.pointers[name] = held
    else:
        body.pointers.pop(name, None)


def parameter(body: "Body", node: Node, role: int) -> None:
    """A parameter of a function."""
    type_ = type_of(node, body.data)
    declarator = node.child_by_field_id(_DECLARATOR)
    if type_:
        body.type_in(node)
    found = None if declarator is None else declared(declarator, body.data)
    if found is not None:
        body.declare(found.name, type_)
    elif declarator is None and type_:
        body.hidden.append(type_)


def parameters(body: "Body", declarator: Node) -> None:
    """Declare a function's parameters."""
    node = declarator.child_by_field_id(_PARAMETERS)
    if node is None:
        return
    for child in node.named_children:
        if child.kind_id in _IDENTIFIER:  # K&R: its type follows
            body.declare(body.name(child), "")
        else:
            body.visit(child)
