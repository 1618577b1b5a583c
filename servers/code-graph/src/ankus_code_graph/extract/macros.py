"""What a macro's text does: read as the body of a function, whose parameters are the macro's."""

import re

from ankus_code_graph.extract.body import Body
from ankus_code_graph.extract.describe import PASTE
from ankus_code_graph.extract.facts import Macro
from ankus_code_graph.extract.grammar import Node, field, first_child, kinds, parser
from ankus_code_graph.extract.text import Define

_PASTED = re.compile(r"\s*##\s*")
_STRINGIZED = re.compile(r"#\s*([A-Za-z_]\w*)")
_STRING = re.compile(r""""(?:\\.|[^"\\])*"|'(?:\\.|[^'\\])*'""")
_NAME = re.compile(r"[A-Za-z_]\w*")
_EXPRESSION_STATEMENT = kinds("expression_statement")
_FUNCTION = kinds("function_definition")
_BODY = field("body")
_INNER_PARENTHESES = re.compile(r"\([^()]*\)")
_DEFINITION = re.compile(r"(?!\s*(?:do|if|for|while|switch|else|case)\b)[^{]*\w(?:\s*\0)+\s*\{")
_LONGEST = 20_000
_parser = parser()


def read_macro(define: Define, line: int, end: int, condition: str, comment: str) -> Macro:
    """The macro with the events of its text."""
    macro = Macro(define.name, define.params, line, end, condition, define.text, comment, [], None)
    text = _STRING.sub('""', define.text)
    if len(text) > _LONGEST or not _NAME.search(text):
        return macro
    text = _PASTED.sub(PASTE, text)
    text = _STRINGIZED.sub('""', text)
    if defines_functions(macro):
        return macro
    names = [name.removesuffix("...") or "__VA_ARGS__" for name in define.params or []]
    _read(macro, f"void f(void){{{text};}}".encode(), names)
    return macro


def defines_functions(macro: Macro) -> bool:
    """Whether the macro's text is made of definitions, to be used at file level."""
    if macro.params is None or "{" not in macro.text:
        return False
    text, count = macro.text, 1
    while count:
        text, count = _INNER_PARENTHESES.subn("\0", text)
    return _DEFINITION.match(text) is not None


def _read(macro: Macro, data: bytes, params: list[str]) -> None:
    body = Body(data, macro.line, params)
    root = _parser.parse(data).root_node
    for child in root.named_children:
        if child.kind_id in _FUNCTION:
            inner = child.child_by_field_id(_BODY)
            if inner is not None:
                body.children(inner)
                macro.value = _value(body, inner)
        else:
            body.visit(child)
    for event in body.events:
        event[1] = macro.line
    macro.events = body.events


def _value(body: Body, block: Node) -> list[object] | None:
    statements = [child for child in block.named_children if child.kind_id in _EXPRESSION_STATEMENT]
    if block.named_child_count != 1 or len(statements) != 1:
        return None
    return body.describe(first_child(statements[0]))
