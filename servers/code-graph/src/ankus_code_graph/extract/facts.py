"""What one C file says, before anything is known of the others. Compact, since there are millions of events.

An event is a list whose first item is its kind and whose second is its line:

    [CALL, line, name, arguments, role]   `name(…)`, whose name is no local variable, in a role
    [REF, line, name, role]            a name that is no local variable, in the role of Role bits
    [FIELD, line, base, field, role]   `base.field` or `base->field`
    [TYPE, line, name]                 a type is named; "struct x" for a tag
    [STORE, line, place, name]         the value of `name` is put into a place
    [INDIRECT, line, text]             a call through a pointer of which nothing is known
    [PCALL, line, number, arguments]   in a macro's body: its parameter is called
    [PREF, line, number, role]         in a macro's body: its parameter stands in a role other than reading
    [DECLARE, line, number, expression]  in a macro's body: its parameter names a variable, which is then this
    [LOCALS, line, types, hidden]      the first of a function: its variables with their types ("" where that
                                       is arithmetic), and macros that stand for whole parameters

An expression (base, place, argument) is None where nothing is known of it, or a list:

    [NAME, name]                       a name that is no local variable
    [TYPED, type]                      something of that type, or a pointer to it, or an array of it
    [RESULT, name, arguments]          the result of a call
    [PARAM, number]                    the macro's parameter
    [PARAM_TYPE, number]               something of the type that the macro's parameter names
    [MEMBER, expression, field]        a field of it
    [NTH, expression, position]        the field at that position, in an initializer
"""

from enum import IntEnum, IntFlag
from typing import Any

import msgspec

CALL, REF, FIELD, TYPE, STORE, INDIRECT, PCALL, PREF, DECLARE, LOCALS = range(10)
NAME, TYPED, RESULT, PARAM, PARAM_TYPE, MEMBER, NTH = range(7)
Event = list[Any]
Expression = list[Any] | None


class Role(IntFlag):
    """How a name or a field stands in an expression."""

    READ = 1
    WRITE = 2
    ADDRESS = 4
    CALLED = 8
    ELEMENT = 16
    """With WRITE: an element of it is written; the name itself only if it is an array."""


class Origin(IntEnum):
    """Where a function's text stands."""

    SOURCE = 0
    MACRO = 1
    TEMPLATE = 2


class Include(msgspec.Struct, array_like=True, gc=False):
    """`#include "target"`, or `<target>` with `angled`."""

    target: str
    angled: bool
    line: int
    condition: str


class Macro(msgspec.Struct, array_like=True, gc=False):
    """`#define name(params) text`; `events` and `value` are empty where the text holds no names."""

    name: str
    params: list[str] | None
    line: int
    end: int
    condition: str
    text: str
    comment: str
    events: list[Event]
    value: Expression
    """What the macro is as an expression."""


class Function(msgspec.Struct, array_like=True, gc=False):
    """A definition."""

    name: str
    line: int
    end: int
    static: bool
    inline: bool
    signature: str
    returns: str
    """Name of the type that it returns, without pointers."""
    condition: str
    comment: str
    events: list[Event]


class Field(msgspec.Struct, array_like=True, gc=False):
    """A field; one without a name is an anonymous struct or union, whose fields count as the outer's."""

    name: str
    type: str
    shown: str
    line: int
    array: bool


class Struct(msgspec.Struct, array_like=True, gc=False):
    """A struct or a union with its fields. `tag` is made up (`@line.column`) where there is none."""

    tag: str
    kind: str
    line: int
    end: int
    condition: str
    comment: str
    typedefs: list[str]
    fields: list[Field]
    outer: str
    """For one without a name within another: what the nearest that has one is called."""


class Enum(msgspec.Struct, array_like=True, gc=False):
    """An enum with its values."""

    tag: str
    line: int
    end: int
    condition: str
    typedefs: list[str]
    values: list[str]


class Global(msgspec.Struct, array_like=True, gc=False):
    """A variable at file level. `defined` is false for a mere `extern` declaration."""

    name: str
    type: str
    shown: str
    line: int
    static: bool
    defined: bool
    array: bool
    condition: str
    comment: str
    events: list[Event]
    """What its initializer stores and takes the address of."""


class TopCall(msgspec.Struct, array_like=True, gc=False):
    """`NAME(arguments)` at file level, which may expand into definitions."""

    name: str
    arguments: list[str]
    line: int
    condition: str


class SqlFunction(msgspec.Struct, array_like=True, gc=False):
    """A function of SQL that is written in C."""

    name: str
    oid: int
    args: str
    returns: str
    source: str
    """Name of the C function."""
    line: int


class Facts(msgspec.Struct, array_like=True, gc=False):
    """All that one file says."""

    lines: int
    includes: list[Include]
    macros: list[Macro]
    undefined: list[str]
    """Names behind #undef."""
    functions: list[Function]
    structs: list[Struct]
    enums: list[Enum]
    typedefs: dict[str, str]
    """Name to the type that it stands for, without pointers; and `name()` of prototypes to the result's."""
    globals: list[Global]
    calls: list[TopCall]
    sql: list[SqlFunction]
    conditions: list[tuple[int, int, str]]
    """First line, last line, condition; inner ones later."""
    problems: list[str]
    """What could not be read, as `line: what`."""


_encoder = msgspec.msgpack.Encoder()
_decoder = msgspec.msgpack.Decoder(Facts)


def encode(facts: Facts) -> bytes:
    """The facts as bytes, for the index and for other processes."""
    return _encoder.encode(facts)


def decode(data: bytes) -> Facts:
    """The facts from bytes."""
    return _decoder.decode(data)


class Bodies(msgspec.Struct, array_like=True, gc=False):
    """The events of a file's functions and initializers, apart from its definitions: most of the bytes."""

    functions: list[list[Event]]
    globals: list[list[Event]]


_bodies_decoder = msgspec.msgpack.Decoder(Bodies)


def split(facts: Facts) -> tuple[bytes, bytes]:
    """The facts as two pieces: what other files may need of it, and the bodies. `facts` loses the latter."""
    bodies = Bodies([one.events for one in facts.functions], [one.events for one in facts.globals])
    for function in facts.functions:
        function.events = []
    for variable in facts.globals:
        variable.events = []
    return _encoder.encode(facts), _encoder.encode(bodies)


def join(facts: Facts, bodies: bytes) -> None:
    """Give the facts their bodies back."""
    found = _bodies_decoder.decode(bodies)
    for function, events in zip(facts.functions, found.functions, strict=True):
        function.events[:] = events  # in place: instances of templates share the list
    for variable, events in zip(facts.globals, found.globals, strict=True):
        variable.events[:] = events


def no_facts(lines: int = 0) -> Facts:
    """The facts of a file that says nothing."""
    return Facts(lines, [], [], [], [], [], [], {}, [], [], [], [], [])
