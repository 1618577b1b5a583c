"""Declarations: the names that they declare, and the types that they name."""

from dataclasses import dataclass

from ankus_code_graph.extract.grammar import Node, field, kinds

_DECLARATOR, _TYPE, _NAME, _BODY = field("declarator"), field("type"), field("name"), field("body")
_NAMES = kinds("identifier") | kinds("field_identifier") | kinds("type_identifier")
_FUNCTION, _ARRAY, _POINTER = (
    kinds("function_declarator"),
    kinds("array_declarator"),
    kinds("pointer_declarator"),
)
_INIT, _PARENTHESES = kinds("init_declarator"), kinds("parenthesized_declarator")
_ATTRIBUTED = kinds("attributed_declarator")
_TYPE_NAME, _MACRO_TYPE = kinds("type_identifier"), kinds("macro_type_specifier")
_STRUCT, _ENUM = kinds("struct_specifier") | kinds("union_specifier"), kinds("enum_specifier")
_DECLARATORS = _FUNCTION | _ARRAY | _POINTER | _INIT | _PARENTHESES | _ATTRIBUTED


@dataclass(slots=True)
class Declared:
    """One declared name."""

    name: str
    node: Node
    function: bool = False
    """Its declarator is a function's, not a pointer to one."""
    array: bool = False
    params: Node | None = None
    """The function declarator, where there is one."""
    callable: bool = False
    """It is a pointer to a function."""


def text_of(node: Node, data: bytes) -> str:
    """The node's text."""
    return data[node.start_byte : node.end_byte].decode("utf-8", "replace")


def declarators(node: Node) -> list[Node]:
    """The declarators of a declaration."""
    return node.children_by_field_id(_DECLARATOR)


def declared(node: Node, data: bytes) -> Declared | None:
    """What a declarator declares; None for an abstract one."""
    found = Declared("", node)
    inner = node
    while True:
        kind = inner.kind_id
        if kind in _NAMES:
            found.name = text_of(inner, data)
            found.node = inner
            return found
        if kind in _FUNCTION:
            found.function, found.params = True, found.params or inner
        elif kind in _ARRAY:
            found.array = True
        elif kind in _POINTER:
            if found.function:  # the pointer binds closer than the parameters: a pointer to a function
                found.function, found.callable = False, True
        elif kind not in _DECLARATORS:
            return None
        below = inner.child_by_field_id(_DECLARATOR) or _first_declarator(inner)
        if below is None:
            return None
        inner = below


def _first_declarator(node: Node) -> Node | None:
    for child in node.named_children:
        if child.kind_id in _DECLARATORS or child.kind_id in _NAMES:
            return child
    return None


def type_name(node: Node | None, data: bytes) -> str:
    """The name of a type: "Relation", "struct x", "struct @12.4" without a name; "" if arithmetic."""
    if node is None:
        return ""
    kind = node.kind_id
    if kind in _TYPE_NAME:
        return text_of(node, data)
    if kind in _STRUCT or kind in _ENUM:
        name = node.child_by_field_id(_NAME)
        if name is not None:
            return f"struct {text_of(name, data)}"
        return f"struct {made_up_tag(node)}"
    if kind in _MACRO_TYPE:
        name = node.child_by_field_id(_NAME)
        return "" if name is None else text_of(name, data)
    return ""


def made_up_tag(node: Node) -> str:
    """What identifies a struct without a name within its file."""
    return f"@{node.start_point.row + 1}.{node.start_point.column}"


def type_of(node: Node, data: bytes) -> str:
    """The name of the type of a declaration, parameter, field, cast or `sizeof`."""
    return type_name(node.child_by_field_id(_TYPE), data)


def is_definition(node: Node | None) -> bool:
    """Whether a struct, union or enum specifier has a body."""
    return (
        node is not None
        and (node.kind_id in _STRUCT or node.kind_id in _ENUM)
        and (node.child_by_field_id(_BODY) is not None)
    )


def is_enum(node: Node) -> bool:
    """Whether a specifier is an enum's."""
    return node.kind_id in _ENUM
