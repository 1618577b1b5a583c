"""Initializers: which function stands in which field."""

from typing import TYPE_CHECKING

from ankus_code_graph.extract import facts
from ankus_code_graph.extract.describe import is_dereference
from ankus_code_graph.extract.facts import Expression
from ankus_code_graph.extract.grammar import Node, field, first_child, kinds

if TYPE_CHECKING:
    from ankus_code_graph.extract.body import Body

_ARGUMENT = field("argument")
_VALUE = field("value")
_DESIGNATOR = field("designator")
_IDENTIFIER = kinds("identifier")
_PARENTHESES = kinds("parenthesized_expression")
_CAST = kinds("cast_expression")
_POINTER = kinds("pointer_expression")
_LIST = kinds("initializer_list")
_PAIR = kinds("initializer_pair")
_COMMENT = kinds("comment")
_FIELD_DESIGNATOR = kinds("field_designator")


def initializer(body: "Body", node: Node, place: Expression, array: bool = False) -> None:
    """An initializer's list: which function stands in which field of `place`.

    Args:
        array: Whether the list's items are elements (which have the place's type), not fields.
    """
    nested = [child for child in node.named_children if child.kind_id not in _COMMENT]
    elements = array or (bool(nested) and all(_item(child).kind_id in _LIST for child in nested))
    for position, child in enumerate(nested):
        inner = place
        if child.kind_id in _PAIR:
            inner = _designated(body, child, place)
        elif not elements and place is not None:
            inner = [facts.NTH, place, position]
        _initial_value(body, _item(child), inner)


def _item(node: Node) -> Node:
    """The value of an initializer's item."""
    if node.kind_id in _PAIR:
        value = node.child_by_field_id(_VALUE)
        return node if value is None else value
    return node


def _designated(body: "Body", pair: Node, place: Expression) -> Expression:
    """The place that `.field =` names; `[index] =` is an element of the same type."""
    found = place
    for designator in pair.children_by_field_id(_DESIGNATOR):
        if designator.kind_id in _FIELD_DESIGNATOR:
            name = first_child(designator)
            if name is not None:
                found = [facts.MEMBER, found, body.name(name)]
        else:
            body.children(designator)
    return found


def _initial_value(body: "Body", value: Node, place: Expression) -> None:
    if value.kind_id in _LIST:
        initializer(body, value, place)
        return
    plain = plain_value(value)
    if plain is not None and plain.kind_id in _IDENTIFIER and place is not None:
        name = body.name(plain)
        if not body.local(name) and name not in body.params:
            body.add(facts.STORE, plain, place, name)
    body.visit(value)


def plain_value(node: Node) -> Node | None:
    """An expression without parentheses, casts and `&`."""
    found: Node | None = node
    while found is not None:
        if found.kind_id in _PARENTHESES:
            found = first_child(found)
        elif found.kind_id in _CAST:
            found = found.child_by_field_id(_VALUE)
        elif found.kind_id in _POINTER and not is_dereference(found):
            found = found.child_by_field_id(_ARGUMENT)
        else:
            return found
    return None
