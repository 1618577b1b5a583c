"""What a way through a function assumes: conditions by a key that is the same however they are spelt.

`!x`, `x == NULL` and `!HeapTupleIsValid(x)` are one fact about x, that it is not there.
"""

import re
from functools import lru_cache

from tree_sitter import Node

from ankus_code_graph.suspicious.source import text_of

Fact = tuple[str, bool]
"""The key of a condition, and whether it holds."""
_VALID = re.compile(r"^\w*(?:IsValid|IsNull|isNull)$|^(?:likely|unlikely)$")
_NOTHING = re.compile(r"^(?:NULL|nullptr|NIL|0|false|-1|Invalid\w+|INVALID_\w+|PGINVALID_SOCKET|\(.*\)-1)$")
_IDENTIFIER = re.compile(r"\b[A-Za-z_]\w*")


def stripped(node: Node) -> Node:
    """An expression without the brackets around it."""
    while node.type == "parenthesized_expression" and len(node.named_children) >= 1:
        inner = [child for child in node.named_children if child.type != "comment"]
        if len(inner) != 1:
            return node
        node = inner[0]
    return node


def fact_of(node: Node) -> Fact:
    """The fact that an atomic condition states when it is true."""
    node = stripped(node)
    if node.type == "call_expression":
        return _fact_of_call(node)
    if node.type == "binary_expression":
        return _fact_of_comparison(node)
    if node.type == "assignment_expression" and (left := node.child_by_field_name("left")) is not None:
        return text_of(left), True
    return text_of(node), True


def _fact_of_call(node: Node) -> Fact:
    function, arguments = node.child_by_field_name("function"), node.child_by_field_name("arguments")
    if function is None or arguments is None or len(arguments.named_children) != 1:
        return text_of(node), True
    name, argument = text_of(function), arguments.named_children[0]
    if not _VALID.match(name):
        return text_of(node), True
    key, holds = fact_of(argument)
    return key, holds is not name.lower().endswith("isnull")


def _fact_of_comparison(node: Node) -> Fact:
    left, right = node.child_by_field_name("left"), node.child_by_field_name("right")
    operator = node.child_by_field_name("operator")
    if left is None or right is None or operator is None:
        return text_of(node), True
    sign, value = operator.type, text_of(right)
    if sign in ("==", "!=") and _NOTHING.match(value):
        key, holds = fact_of(left)
        return key, holds if sign == "!=" else not holds
    if sign in ("<", ">=", ">", "<=") and value in ("0", "-1"):
        return fact_of(left)[0], sign in (">=", ">")
    if sign == "!=":
        return f"{text_of(left)} == {value}", False
    return f"{text_of(left)} {sign} {value}", True


@lru_cache(maxsize=4096)
def names_in(key: str) -> frozenset[str]:
    """The identifiers that a fact depends on."""
    return frozenset(_IDENTIFIER.findall(key))
