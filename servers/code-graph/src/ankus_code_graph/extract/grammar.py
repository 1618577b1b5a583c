"""tree-sitter's grammar of C, as numbers: kinds of nodes and names of fields are compared often."""

from functools import cache

import tree_sitter
import tree_sitter_c

LANGUAGE = tree_sitter.Language(tree_sitter_c.language())
Node = tree_sitter.Node
ERROR = 65535
"""The kind of a node that the parser could not understand."""


@cache
def kinds(name: str) -> frozenset[int]:
    """The numbers of a named kind; some have several."""
    count = LANGUAGE.node_kind_count
    named = LANGUAGE.node_kind_is_named
    return frozenset(n for n in range(count) if LANGUAGE.node_kind_for_id(n) == name and named(n))


@cache
def field(name: str) -> int:
    """The number of a field, as in `node.child_by_field_id(field("body"))`."""
    number = LANGUAGE.field_id_for_name(name)
    assert number is not None, name
    return number


def parser() -> tree_sitter.Parser:
    """A parser of its own, since one serves one thread."""
    return tree_sitter.Parser(LANGUAGE)


def first_child(node: Node) -> Node | None:
    """The first named child; None where there is none."""
    return node.named_child(0) if node.named_child_count else None
