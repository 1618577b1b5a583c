"""Whether the arguments of a printf-like call fit its format string, as far as the file tells their types."""

import re
from dataclasses import dataclass

from tree_sitter import Node

from ankus_code_graph.suspicious.declared import variable_of
from ankus_code_graph.suspicious.facts import stripped
from ankus_code_graph.suspicious.source import Source, decoded, text_of

_CONVERSION = re.compile(
    r"%(?:(\d+)\$)?[-+ #0']*(\*|\d+)?(?:\.(\*|\d+)?)?(hh|h|ll|l|z|j|t|L)?([diouxXeEfFgGaAcspmn%])"
)
_WIDTH = {
    "int": "int", "unsigned": "int", "unsigned int": "int", "int32": "int", "uint32": "int", "int16": "int",
    "uint16": "int", "short": "int", "bool": "int", "char": "int", "Oid": "int", "int32_t": "int",
    "uint32_t": "int", "TransactionId": "int", "BlockNumber": "int", "OffsetNumber": "int", "Buffer": "int",
    "size_t": "size", "Size": "size", "ssize_t": "size",
    "int64": "64", "uint64": "64", "int64_t": "64", "uint64_t": "64", "XLogRecPtr": "64", "TimestampTz": "64",
    "Timestamp": "64", "FullTransactionId": "struct", "pg_time_t": "64", "off_t": "64", "Datum": "64",
    "long": "long", "unsigned long": "long", "long int": "long",
    "long long": "long long", "unsigned long long": "long long", "long long int": "long long",
    "double": "double", "float": "double", "float8": "double", "float4": "double", "Cost": "double",
}  # fmt: skip
_FITS = {
    "": {"int"}, "h": {"int"}, "hh": {"int"}, "l": {"long"}, "ll": {"long long"},
    "z": {"size"}, "j": {"64"}, "t": {"size", "long"},
}  # fmt: skip
_CALLS = {"strlen": "size", "sizeof": "size", "list_length": "int", "TupleDescSize": "size"}


@dataclass(frozen=True, slots=True)
class Misfit:
    """A conversion and the argument that does not fit it."""

    conversion: str
    argument: str
    type: str
    node: Node


def misfits(source: Source, call: Node) -> list[Misfit]:
    """The arguments of a call that do not fit its format; [] where the format is no literal."""
    arguments = call.child_by_field_name("arguments")
    given = [] if arguments is None else [node for node in arguments.named_children if node.type != "comment"]
    place = next((i for i, node in enumerate(given) if _literal(node) is not None), None)
    text = None if place is None else _literal(given[place])
    if place is None or text is None:
        return []
    found, following = [], iter(given[place + 1 :])
    for whole, kind, length in _conversions(text):
        node = next(following, None)
        if node is None or _may_be_several(node):
            break
        actual = _kind_of(source, node)
        if actual is not None and not _fits(kind, length, actual):
            found.append(Misfit(whole, text_of(node), actual, node))
    return found


def _may_be_several(node: Node) -> bool:
    """Whether an argument is a macro that may stand for several, such as LSN_FORMAT_ARGS(lsn)."""
    function = node.child_by_field_name("function") if node.type == "call_expression" else None
    return function is not None and text_of(function).isupper()


def _literal(node: Node) -> str | None:
    """The text of a string literal, or of literals side by side; None where a macro stands among them."""
    if node.type == "call_expression":  # _("…")
        inner = node.child_by_field_name("arguments")
        if text_of(node)[:2] == "_(" and inner is not None and len(inner.named_children) == 1:
            return _literal(inner.named_children[0])
        return None
    if node.type == "string_literal":
        return decoded(node.text)[1:-1]
    if node.type == "concatenated_string":
        parts = [_literal(child) for child in node.named_children if child.type != "comment"]
        return None if any(part is None for part in parts) else "".join(part or "" for part in parts)
    return None


def _conversions(text: str) -> list[tuple[str, str, str]]:
    """(whole, kind, length modifier) of each conversion that takes an argument; numbered ones are left."""
    found = []
    for match in _CONVERSION.finditer(text):
        number, width, precision, length, kind = match.groups()
        if number:
            return []
        found += [("*", "d", "")] * ((width == "*") + (precision == "*"))
        if kind not in "%m":
            found.append((match[0], kind, length or ""))
    return found


def _kind_of(source: Source, node: Node) -> str | None:
    """What an argument is: int, size, 64, long, long long, double, pointer; None where it is not known."""
    node = stripped(node)
    if node.type == "identifier" and (variable := variable_of(source, node)) is not None:
        return _kind_of_type(variable.type)
    if node.type == "cast_expression" and (kind := node.child_by_field_name("type")) is not None:
        return _kind_of_type(text_of(kind))
    if node.type == "sizeof_expression":
        return "size"
    if node.type == "call_expression" and (function := node.child_by_field_name("function")) is not None:
        return _CALLS.get(text_of(function))
    return "pointer" if node.type in ("string_literal", "concatenated_string") else None


def _kind_of_type(text: str) -> str | None:
    if "*" in text or text.endswith("]"):
        return "pointer"
    return _WIDTH.get(" ".join(word for word in text.split() if word not in ("const", "volatile", "signed")))


def _fits(kind: str, length: str, actual: str) -> bool:
    if kind in "eEfFgGaA":
        return actual == "double"
    if kind in "sp":
        return actual == "pointer"
    if kind == "c":
        return actual == "int"
    return actual in _FITS.get(length, {actual})
