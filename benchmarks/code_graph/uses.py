"""What the body of one function calls, reads, writes and takes the address of."""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from clang import cindex

from benchmarks.code_graph.cursors import (
    ADDRESS,
    ASSIGN,
    POST_DEC,
    POST_INC,
    PRE_DEC,
    PRE_INC,
    Declared,
    Places,
    Texts,
    binary_operator,
    children,
    unary_operator,
)

KIND = cindex.CursorKind
READ, WRITE, UPDATE, TAKEN = "read", "write", "update", "address"
DECAYED, UNEVALUATED = "decay", "unevaluated"
ELEMENT = "element"
"""The use of an array whose element is read: a read, and no decay to a pointer."""
STEPS = frozenset((POST_INC, POST_DEC, PRE_INC, PRE_DEC))
Row = tuple[tuple[str, Any], ...]


@dataclass(slots=True)
class Facts:
    """Rows of calls, uses of globals and uses of fields; a row may come more than once."""

    calls: list[Row] = field(default_factory=list)
    globals: list[Row] = field(default_factory=list)
    fields: list[Row] = field(default_factory=list)


class Body:
    """Walks one function; the *use* of an expression comes down from what stands around it."""

    def __init__(
        self, name: str, file: str, texts: Texts, places: Places, relative: Callable[[str], str]
    ) -> None:
        self._caller = (("caller", name), ("file", file))
        self._file = file
        self._texts = texts
        self._places = places
        self._relative = relative
        self._facts = Facts()
        self._walks: dict[Any, Callable[[Any, str], None]] = {
            KIND.DECL_REF_EXPR: self._name,
            KIND.MEMBER_REF_EXPR: self._member,
            KIND.MEMBER_REF: self._designator,
            KIND.CALL_EXPR: self._call,
            KIND.BINARY_OPERATOR: self._binary,
            KIND.COMPOUND_ASSIGNMENT_OPERATOR: self._compound,
            KIND.UNARY_OPERATOR: self._unary,
            KIND.ARRAY_SUBSCRIPT_EXPR: self._subscript,
            KIND.CXX_UNARY_EXPR: self._sizeof,
            KIND.UNEXPOSED_EXPR: self._below,
            KIND.PAREN_EXPR: self._below,
        }

    def read(self, function: Any) -> Facts:
        """The facts of a function's definition."""
        for child in children(function):
            if child.kind == KIND.COMPOUND_STMT:
                self._walk(child, READ)
        return self._facts

    def _walk(self, cursor: Any, use: str) -> None:
        walk = self._walks.get(cursor.kind)
        if walk is not None:
            walk(cursor, use)
        else:
            self._below(cursor, _value(use))

    def _below(self, cursor: Any, use: str) -> None:
        for child in cursor.get_children():
            self._walk(child, use)

    def _name(self, cursor: Any, use: str) -> None:
        declared = Declared(cursor.referenced)
        if declared.kind == KIND.FUNCTION_DECL:
            self._add_call(cursor, declared, "address" if use != UNEVALUATED else use)
        elif declared.kind == KIND.VAR_DECL and declared.global_variable:
            how = _recorded(use, declared)
            place, spelled = self._evidence(cursor, declared.name)
            row = (*self._caller, ("global", declared.name), *self._whose(declared), ("use", how))
            self._facts.globals.append((*row, ("class", spelled), ("line", place)))

    def _member(self, cursor: Any, use: str) -> None:
        declared = Declared(cursor.referenced)
        if declared.name:
            self._add_field(cursor, declared, _recorded(use, declared))
        below = children(cursor)
        if below:
            arrow = below[0].type.get_canonical().kind == cindex.TypeKind.POINTER
            self._walk(below[0], _value(use) if arrow or use == ELEMENT else use)

    def _designator(self, cursor: Any, use: str) -> None:
        declared = Declared(cursor.referenced)
        if use != UNEVALUATED and declared.kind == KIND.FIELD_DECL and declared.name:
            self._add_field(cursor, declared, WRITE)

    def _call(self, cursor: Any, use: str) -> None:
        below = children(cursor)
        if not below:
            return
        callee = _bare(below[0])
        declared = Declared(callee.referenced) if callee.kind == KIND.DECL_REF_EXPR else None
        if declared is not None and declared.kind == KIND.FUNCTION_DECL:
            self._add_call(callee, declared, "call" if use != UNEVALUATED else use)
        else:
            self._walk(below[0], _value(use))
        for argument in below[1:]:
            self._walk(argument, _value(use))

    def _binary(self, cursor: Any, use: str) -> None:
        left, *right = children(cursor)
        assigned = binary_operator(cursor) == ASSIGN and use != UNEVALUATED
        self._walk(left, WRITE if assigned else _value(use))
        for operand in right:
            self._walk(operand, _value(use))

    def _compound(self, cursor: Any, use: str) -> None:
        left, *right = children(cursor)
        self._walk(left, UPDATE if use != UNEVALUATED else use)
        for operand in right:
            self._walk(operand, _value(use))

    def _unary(self, cursor: Any, use: str) -> None:
        operator = unary_operator(cursor)
        below = _value(use)
        if use != UNEVALUATED and operator == ADDRESS:
            below = TAKEN
        elif use != UNEVALUATED and operator in STEPS:
            below = UPDATE
        self._below(cursor, below)

    def _subscript(self, cursor: Any, use: str) -> None:
        base, *index = children(cursor)
        inside = _bare(base).type.get_canonical().kind != cindex.TypeKind.POINTER
        self._walk(base, (ELEMENT if use == READ else use) if inside else _value(use))
        for child in index:
            self._walk(child, _value(use))

    def _sizeof(self, cursor: Any, _: str) -> None:
        self._below(cursor, UNEVALUATED)

    def _add_call(self, cursor: Any, declared: Declared, how: str) -> None:
        line, spelled = self._evidence(cursor, declared.name)
        row = (*self._caller, ("callee", declared.name), *self._whose(declared), ("use", how))
        self._facts.calls.append((*row, ("class", spelled), ("line", line)))

    def _add_field(self, cursor: Any, declared: Declared, how: str) -> None:
        line, spelled = self._evidence(cursor, declared.name)
        row = (*self._caller, ("struct", declared.record), ("field", declared.name), ("use", how))
        where = self._relative(self._places.of(declared.cursor.location).path)
        self._facts.fields.append((*row, ("struct_file", where), ("class", spelled), ("line", line)))

    def _evidence(self, cursor: Any, name: str) -> tuple[int, str]:
        """The line of a token, and whether the text or a macro's body spells it."""
        place = self._places.of(cursor.location)
        line = place.line if self._relative(place.path) == self._file else 0
        return line, "direct" if place.path and self._texts.word(place) == name else "macro"

    def _whose(self, declared: Declared) -> Row:
        """Where a function or a variable is defined, if this unit has it, and where it is declared."""
        defined = declared.definition
        at = self._relative(self._places.of((defined or declared.cursor).location).path)
        return (("defined" if defined is not None else "declared", at), ("static", declared.static))


def _recorded(use: str, declared: Declared) -> str:
    """The use as it is written down: an array that is named alone decays to its address."""
    if use == ELEMENT:
        return READ
    return DECAYED if use == READ and declared.array else use


def _value(use: str) -> str:
    return use if use == UNEVALUATED else READ


def _bare(cursor: Any) -> Any:
    """The expression inside of parentheses and implicit casts."""
    while cursor.kind in (KIND.PAREN_EXPR, KIND.UNEXPOSED_EXPR):
        below = children(cursor)
        if len(below) != 1:
            return cursor
        cursor = below[0]
    return cursor
