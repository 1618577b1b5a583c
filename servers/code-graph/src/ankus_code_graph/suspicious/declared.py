"""Declared types of variables, by C's scopes, as far as one file tells them."""

from dataclasses import dataclass

from tree_sitter import Node, Query

from ankus_code_graph.suspicious.source import LANGUAGE, Source, text_of

_DECLARATIONS = Query(LANGUAGE, "[(declaration) (parameter_declaration)] @declaration")
_SCOPES = ("compound_statement", "for_statement", "function_definition", "translation_unit", "case_statement")
_WORDS = ("type_qualifier", "storage_class_specifier")
_STORAGE = ("static", "extern", "register", "inline")


@dataclass(frozen=True, slots=True)
class Variable:
    """A declared variable: its type as `const char *` or `char [64]`, and the scope that it is seen in."""

    name: str
    type: str
    node: Node
    scope: Node
    static: bool = False


def variable_of(source: Source, use: Node) -> Variable | None:
    """The declaration that an identifier means, or None where the file does not hold it."""
    name, best = text_of(use), None
    for variable in _variables(source).get(name, ()):
        inside = variable.scope.start_byte <= use.start_byte <= variable.scope.end_byte
        if inside and variable.node.start_byte <= use.start_byte:
            if best is None or variable.scope.start_byte >= best.scope.start_byte:
                best = variable
    return best


def _variables(source: Source) -> dict[str, list[Variable]]:
    """All variables of a file by name, read once."""
    if "variables" not in source.cache:
        found: dict[str, list[Variable]] = {}
        for captures in source.matches(_DECLARATIONS, source.root):
            for variable in _declared(captures["declaration"]):
                found.setdefault(variable.name, []).append(variable)
        source.cache["variables"] = found
    return source.cache["variables"]  # type: ignore[return-value]


def _declared(declaration: Node) -> list[Variable]:
    scope, base = _scope_of(declaration), _base_of(declaration)
    if scope is None:
        return []
    static = any(
        child.type == "storage_class_specifier" and text_of(child) == "static"
        for child in declaration.children
    )
    found = []
    for declarator in declaration.children_by_field_name("declarator"):
        name, suffix = _unwrapped(declarator)
        if name is not None:
            found.append(Variable(text_of(name), f"{base} {suffix}".strip(), name, scope, static))
    return found


def _base_of(declaration: Node) -> str:
    """The type's words in the order of the text, without storage classes."""
    kind = declaration.child_by_field_name("type")
    words = [child for child in declaration.children if child == kind or child.type in _WORDS]
    texts = [_type_text(word) for word in words]
    return " ".join(text for text in texts if text not in _STORAGE)


def _type_text(node: Node) -> str:
    name = node.child_by_field_name("name")
    if node.type in ("struct_specifier", "union_specifier", "enum_specifier"):
        return f"{node.type.split('_')[0]} {'' if name is None else text_of(name)}".strip()
    return text_of(node)


def _unwrapped(declarator: Node) -> tuple[Node | None, str]:
    """The identifier inside a declarator, and what the declarator adds to the type."""
    suffix, node = "", declarator
    while node.type != "identifier":
        inner = node.child_by_field_name("declarator")
        if inner is None:
            inner = next((child for child in node.named_children if "declarator" in child.type), None)
        if inner is None:
            return None, ""
        suffix += _added(node)
        node = inner
    return node, suffix


def _added(node: Node) -> str:
    if node.type == "pointer_declarator":
        qualified = [text_of(child) for child in node.named_children if child.type == "type_qualifier"]
        return "*" + "".join(f" {word}" for word in qualified)
    if node.type == "array_declarator":
        size = node.child_by_field_name("size")
        return f"[{'' if size is None else text_of(size)}]"
    return "()" if node.type == "function_declarator" else ""


def _scope_of(declaration: Node) -> Node | None:
    """The node that a declaration is seen in; that of a parameter is its function."""
    node = declaration.parent
    if declaration.type == "parameter_declaration":
        while node is not None and node.type not in ("function_definition", "declaration", "type_definition"):
            node = node.parent
        return node if node is not None and node.type == "function_definition" else None
    while node is not None and node.type not in _SCOPES:
        node = node.parent
    return node
