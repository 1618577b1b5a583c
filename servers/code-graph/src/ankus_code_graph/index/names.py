"""The words of a file, and the names whose meaning a change may have touched.

A file has to be linked anew if a touched name is among its words. Words are kept as 32-bit hashes: a
collision links a file in vain, never too few.
"""

import re
from array import array
from collections import defaultdict
from collections.abc import Iterable
from typing import Any
from zlib import crc32

from ankus_code_graph.extract.facts import Facts

_WORD = re.compile(r"[A-Za-z_]\w*")
_WORD_BYTES = re.compile(rb"[A-Za-z_]\w*")


def hashed(name: str) -> int:
    """A name's hash."""
    return crc32(name.encode("utf-8", "surrogateescape"))


def used_names(data: bytes) -> bytes:
    """The hashes of all words of a file, as packed 32-bit numbers."""
    return array("I", sorted({crc32(word) for word in _WORD_BYTES.findall(data)})).tobytes()


def uses_any(packed: bytes, touched: set[int]) -> bool:
    """Whether one of the touched names is among a file's."""
    return not touched.isdisjoint(array("I", packed))


def definitions(facts: Facts) -> dict[str, set[Any]]:
    """What a file says of each name, in so far as the linking of other files depends on it."""
    found: dict[str, set[Any]] = defaultdict(set)
    for function in facts.functions:
        found[function.name].add(("function", function.static, function.returns, function.condition))
    for macro in facts.macros:
        params = None if macro.params is None else tuple(macro.params)
        found[macro.name].add(("macro", params, macro.text, macro.condition))
    for variable in facts.globals:
        said = (variable.static, variable.defined, variable.array, variable.type, variable.condition)
        found[variable.name].add(("variable", *said))
    for struct in facts.structs:
        fields = tuple((one.name, one.type, one.array) for one in struct.fields)
        for name in (struct.tag, struct.outer, *struct.typedefs, *(one.name for one in struct.fields)):
            found[name].add(("struct", struct.tag, struct.kind, struct.outer, fields))
    for enum in facts.enums:
        for name in (enum.tag, *enum.typedefs, *enum.values):
            found[name].add(("enum", enum.tag, tuple(enum.typedefs), tuple(enum.values)))
    for name, target in facts.typedefs.items():
        found[name.removesuffix("()")].add(("type", name, target))
    for name in facts.undefined:
        found[name].add(("undefined",))
    return found


def differing(old: Facts | None, new: Facts | None) -> set[str]:
    """The names of which two states of a file say different things."""
    before = {} if old is None else definitions(old)
    after = {} if new is None else definitions(new)
    return {name for name in {*before, *after} if before.get(name) != after.get(name)}


def spread(touched: set[str], files: Iterable[Facts]) -> set[str]:
    """The touched names, and those whose own meaning hangs on one: macros, fields, results, conditions."""
    hanging: dict[str, set[str]] = defaultdict(set)
    for facts in files:
        _hang(facts, hanging)
    found = set(touched)
    waiting = list(touched)
    while waiting:
        for name in hanging.get(waiting.pop(), ()):
            if name not in found:
                found.add(name)
                waiting.append(name)
    return found


def _hang(facts: Facts, hanging: dict[str, set[str]]) -> None:
    for macro in facts.macros:
        _hang_on(_WORD.findall(macro.text), macro.name, hanging)
        _hang_on(_words(macro.condition), macro.name, hanging)
    for function in facts.functions:
        _hang_on({function.returns, *_words(function.condition)}, function.name, hanging)
    for variable in facts.globals:
        _hang_on({variable.type, *_words(variable.condition)}, variable.name, hanging)
    for struct in facts.structs:
        for field in struct.fields:
            _hang_on({field.type}, field.name, hanging)
    for name, target in facts.typedefs.items():
        _hang_on({target}, name.removesuffix("()"), hanging)


def _hang_on(names: Iterable[str], name: str, hanging: dict[str, set[str]]) -> None:
    for one in names:
        if one:
            hanging[one.removeprefix("struct ")].add(name)


def _words(condition: str) -> list[str]:
    return _WORD.findall(condition) if condition else []
