"""The definitions at file level: functions, types, variables, and macros that are used there."""

from ankus_code_graph.extract import facts
from ankus_code_graph.extract.body import Body
from ankus_code_graph.extract.declare import (
    Declared,
    declarators,
    declared,
    is_definition,
    is_enum,
    made_up_tag,
    text_of,
    type_name,
)
from ankus_code_graph.extract.facts import Enum, Facts, Field, Function, Global, Struct, TopCall
from ankus_code_graph.extract.grammar import ERROR, Node, field, first_child, kinds
from ankus_code_graph.extract.initialize import initializer
from ankus_code_graph.extract.text import KEYWORDS
from ankus_code_graph.extract.variables import parameters

_TYPE, _BODY, _DECLARATOR, _NAME, _VALUE = (field(n) for n in ("type", "body", "declarator", "name", "value"))
_FUNCTION_FIELD, _ARGUMENTS = field("function"), field("arguments")
_FUNCTION, _DECLARATION, _TYPEDEF = (
    kinds("function_definition"),
    kinds("declaration"),
    kinds("type_definition"),
)
_STRUCT, _ENUM = kinds("struct_specifier") | kinds("union_specifier"), kinds("enum_specifier")
_LINKAGE, _LIST, _COMMENT = kinds("linkage_specification"), kinds("declaration_list"), kinds("comment")
_STATEMENT, _CALL = kinds("expression_statement"), kinds("call_expression")
_FIELD, _ENUMERATOR, _INITIALIZER = kinds("field_declaration"), kinds("enumerator"), kinds("initializer_list")
_STORAGE, _UNION = kinds("storage_class_specifier"), kinds("union_specifier")
_IDENTIFIER = kinds("identifier")
_MACRO_TYPE = kinds("macro_type_specifier")
_KEYWORDS = {word.decode() for word in KEYWORDS}
SIGNATURE_LENGTH = 300


class Reader:
    """Reads one view of one file into its facts.

    Args:
        data: The view's text.
        found: What is added to.
        shown: Places that only this view shows; None for the first view, of which everything is new.
        offset: Added to each line.
        raw: The text as it was, for signatures.
    """

    def __init__(
        self,
        data: bytes,
        found: Facts,
        shown: list[tuple[int, int]] | None = None,
        offset: int = 1,
        raw: bytes | None = None,
    ) -> None:
        self.data = data
        self.facts = found
        self.shown = shown
        self.offset = offset
        self.raw = data if raw is None else raw
        self._comment: tuple[int, str] = (-1, "")

    def read(self, root: Node) -> None:
        """Everything below the root."""
        self._items(root.children)

    def _items(self, nodes: list[Node]) -> None:
        for node in nodes:
            if node.kind_id in _COMMENT:
                self._comment = (node.end_byte, text_of(node, self.data))
            elif self.shown is None or any(
                start < node.end_byte and node.start_byte < end for start, end in self.shown
            ):
                self._item(node)

    def _item(self, node: Node) -> None:
        kind = node.kind_id
        if kind in _FUNCTION:
            self._function(node)
        elif kind in _DECLARATION:
            self._declaration(node)
        elif kind in _TYPEDEF:
            self._typedef(node)
        elif kind in _STRUCT or kind in _ENUM:
            self._specifier(node, [])
        elif kind in _LINKAGE or kind in _LIST or kind == ERROR:
            self._items(node.children)
        elif kind in _STATEMENT:
            self._statement(node)

    def _line(self, node: Node) -> int:
        return node.start_point[0] + self.offset

    def _end(self, node: Node) -> int:
        return node.end_point[0] + self.offset

    def comment_before(self, node: Node) -> str:
        """The comment that ends right before a node."""
        end, text = self._comment
        if (
            end < 0
            or self.data[end : node.start_byte].strip()
            or self.data.count(b"\n", end, node.start_byte) > 2
        ):
            return ""
        return clean_comment(text)

    def _function(self, node: Node) -> None:
        declarator, block = node.child_by_field_id(_DECLARATOR), node.child_by_field_id(_BODY)
        found = None if declarator is None else declared(declarator, self.data)
        if declarator is None or found is None or found.params is None or found.name in _KEYWORDS:
            self._broken_function(node)
            return
        line = found.node.start_point[0] + self.offset
        body = Body(self.data, self.offset)
        parameters(body, found.params)
        for child in node.named_children:
            if child.kind_id in _DECLARATION or child == block:
                body.visit(child)
        for specifier in body.specifiers:
            self._specifier(specifier, [])
        head = self.raw[node.start_byte : node.end_byte if block is None else block.start_byte]
        words = {text_of(child, self.data) for child in node.named_children if child.kind_id in _STORAGE}
        type_ = type_name(node.child_by_field_id(_TYPE), self.data)
        if type_:
            body.add(facts.TYPE, node, type_)
        function = Function(
            found.name,
            line,
            self._end(node),
            "static" in words or b"static" in head.split(b"(")[0].split(),
            "inline" in words or "__inline" in words,
            shown(head),
            type_,
            "",
            self.comment_before(node),
            [body.known(node), *body.events],
        )
        self._keep_function(function)

    def _keep_function(self, function: Function) -> None:
        """Add a function, or, in a further view, what that view adds to one that is known."""
        if self.shown is None:
            self.facts.functions.append(function)
            return
        known = next(
            (f for f in self.facts.functions if (f.name, f.line) == (function.name, function.line)), None
        )
        if known is None:
            self.facts.functions.append(function)
            return
        lines = self._shown_lines()
        known.events += [event for event in function.events if event[1] in lines]
        known.end = max(known.end, function.end)

    def _shown_lines(self) -> set[int]:
        lines: set[int] = set()
        for start, end in self.shown or []:
            first = self.data.count(b"\n", 0, start) + self.offset
            lines.update(range(first, first + self.data.count(b"\n", start, end) + 1))
        return lines

    def _broken_function(self, node: Node) -> None:
        """What looks like a function and is none: a block behind a macro."""
        self.facts.problems.append(f"{self._line(node)}: a definition that is no function")

    def _declaration(self, node: Node) -> None:
        specifier = node.child_by_field_id(_TYPE)
        if specifier is not None and is_definition(specifier):
            self._specifier(specifier, [])
        words = {text_of(child, self.data) for child in node.named_children if child.kind_id in _STORAGE}
        type_ = type_name(specifier, self.data)
        for declarator in declarators(node):
            found = declared(declarator, self.data)
            if found is None:
                continue
            if found.function:
                self.facts.typedefs.setdefault(f"{found.name}()", type_)
            else:
                self._global(node, declarator, found, type_, words)

    def _global(self, node: Node, declarator: Node, found: Declared, type_: str, words: set[str]) -> None:
        value = declarator.child_by_field_id(_VALUE)
        body = Body(self.data, self.offset)
        if value is not None and value.kind_id in _INITIALIZER:
            place = [facts.TYPED, type_] if type_ else None
            whole = [facts.NAME, found.name] if found.callable or (found.array and not type_) else place
            initializer(body, value, whole, found.array)
            if found.array or found.callable:
                self._own_items(body, value, found.name)
        elif value is not None:
            self._own_value(body, value, found.name)
        self._keep_global(
            Global(
                found.name,
                type_,
                shown(self.raw[node.start_byte : found.node.start_byte]),
                found.node.start_point[0] + self.offset,
                "static" in words,
                "extern" not in words or value is not None,
                found.array,
                "",
                self.comment_before(node),
                body.events,
            )
        )

    def _keep_global(self, variable: Global) -> None:
        for known in self.facts.globals if self.shown is not None else ():
            if (known.name, known.line) == (variable.name, variable.line):
                lines = self._shown_lines()
                known.events += [event for event in variable.events if event[1] in lines]
                return
        self.facts.globals.append(variable)

    def _own_value(self, body: Body, value: Node, name: str) -> None:
        """`pointer = function` at file level."""
        body.visit(value)
        for event in list(body.events):
            if event[0] == facts.REF:
                body.events.append([facts.STORE, event[1], [facts.NAME, name], event[2]])

    def _own_items(self, body: Body, value: Node, name: str) -> None:
        """The items of an array that are names by themselves: an array of pointers to functions."""
        for child in value.named_children:
            if child.kind_id in _IDENTIFIER:
                line = child.start_point[0] + self.offset
                body.events.append([facts.STORE, line, [facts.NAME, name], text_of(child, self.data)])

    def _typedef(self, node: Node) -> None:
        specifier = node.child_by_field_id(_TYPE)
        names = [found for one in declarators(node) if (found := declared(one, self.data)) is not None]
        if specifier is not None and is_definition(specifier):
            self._specifier(specifier, [one.name for one in names])
        target = type_name(specifier, self.data)
        for one in names:
            self.facts.typedefs.setdefault(one.name, target)

    def _specifier(self, node: Node, typedefs: list[str], outer: str = "") -> None:
        """A struct, union or enum with a body."""
        block = node.child_by_field_id(_BODY)
        if block is None:
            return
        name = node.child_by_field_id(_NAME)
        tag = made_up_tag(node) if name is None else text_of(name, self.data)
        if is_enum(node):
            values = [
                child.child_by_field_id(_NAME)
                for child in block.named_children
                if child.kind_id in _ENUMERATOR
            ]
            texts = [text_of(one, self.data) for one in values if one is not None]
            self._keep_enum(Enum(tag, self._line(node), self._end(node), "", typedefs, texts))
            return
        kind = "union" if node.kind_id in _UNION else "struct"
        called = typedefs[0] if name is None and typedefs else tag
        fields = self._fields(block, outer if called.startswith("@") else called)
        comment = self.comment_before(node.parent or node) or self.comment_before(node)
        inner = outer if called.startswith("@") else ""
        self._keep_struct(
            Struct(tag, kind, self._line(node), self._end(node), "", comment, typedefs, fields, inner)
        )

    def _keep_struct(self, struct: Struct) -> None:
        """Add a struct, or, in a further view, the fields that the view adds to one that is known."""
        for known in self.facts.structs if self.shown is not None else ():
            if (known.tag, known.line) == (struct.tag, struct.line):
                names = {one.name for one in known.fields}
                known.fields += [one for one in struct.fields if one.name not in names]
                return
        self.facts.structs.append(struct)

    def _keep_enum(self, enum: Enum) -> None:
        for known in self.facts.enums if self.shown is not None else ():
            if (known.tag, known.line) == (enum.tag, enum.line):
                known.values += [one for one in enum.values if one not in known.values]
                return
        self.facts.enums.append(enum)

    def _fields(self, block: Node, outer: str) -> list[Field]:
        fields: list[Field] = []
        for child in block.named_children:
            if child.kind_id not in _FIELD:
                continue
            specifier = child.child_by_field_id(_TYPE)
            if specifier is not None and is_definition(specifier):
                self._specifier(specifier, [], outer)
            type_ = self._field_type(specifier)
            found = [declared(one, self.data) for one in declarators(child)]
            written = shown(self.raw[child.start_byte : child.end_byte]).rstrip(";")
            for one in found:
                if one is not None:
                    line = one.node.start_point[0] + self.offset
                    fields.append(Field(one.name, type_, written, line, one.array and not one.callable))
            if not found and type_:
                fields.append(Field("", type_, written, self._line(child), False))
        return fields

    def _field_type(self, specifier: Node | None) -> str:
        """A field's type; `MACRO(type)` as a type counts as the type."""
        if specifier is not None and specifier.kind_id in _MACRO_TYPE:
            inner = specifier.child_by_field_id(_TYPE)
            return "" if inner is None else type_name(inner.child_by_field_id(_TYPE), self.data)
        return type_name(specifier, self.data)

    def _statement(self, node: Node) -> None:
        call = first_child(node)
        if call is None or call.kind_id not in _CALL:
            return
        name, arguments = call.child_by_field_id(_FUNCTION_FIELD), call.child_by_field_id(_ARGUMENTS)
        if name is None or arguments is None or name.kind_id not in _IDENTIFIER:
            return
        texts = split_arguments(text_of(arguments, self.data)[1:-1])
        self.facts.calls.append(TopCall(text_of(name, self.data), texts, self._line(node), ""))


def split_arguments(text: str) -> list[str]:
    """The arguments of a macro's call: split at the commas outside of parentheses."""
    parts, depth, start = [], 0, 0
    for place, char in enumerate(text):
        if char in "([{":
            depth += 1
        elif char in ")]}":
            depth -= 1
        elif char == "," and depth == 0:
            parts.append(text[start:place].strip())
            start = place + 1
    return [*parts, text[start:].strip()] if text.strip() else []


def shown(head: bytes) -> str:
    """A declaration on one line, cut to SIGNATURE_LENGTH."""
    text = " ".join(head.decode("utf-8", "replace").split())
    return text if len(text) <= SIGNATURE_LENGTH else text[: SIGNATURE_LENGTH - 1] + "…"


def clean_comment(text: str) -> str:
    """A comment without its marks and rulers."""
    lines = text.removeprefix("/*").removesuffix("*/").splitlines()
    kept = [line.strip().lstrip("*/").strip().strip("-=*").strip() for line in lines]
    return "\n".join(line for line in kept if line)[:4000]
