"""The parts of a tool's structured result: where they are (JSON pointers, RFC 6901) and of which type.

Types are compared as normalised schemas (see `subset`): what a part may be has to fit what an argument takes.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

MOST_PARTS = 64
"""Parts of one result that a grammar offers; a plan may name others too where no grammar binds it."""
MOST_DEPTH = 5

INDEX = 0
"""Stands in a part's path for any index of a list."""

TEXT: Mapping[str, Any] = {"type": "string"}


@dataclass(frozen=True)
class Part:
    """A part of a result: the keys that lead to it, `INDEX` for that of a list, and its schema."""

    path: tuple[str | int, ...]
    schema: Mapping[str, Any]


def parts(schema: Mapping[str, Any]) -> list[Part]:
    """The parts of a result by its normalised schema, those that lie less deep first."""
    found, level = list[Part](), [Part((), schema)]
    for _ in range(MOST_DEPTH):
        level = [inner for part in level for inner in _inner(part)]
        found += level
    return found[:MOST_PARTS]


def _inner(part: Part) -> Iterator[Part]:
    for choice in _choices(part.schema):
        if choice.get("items"):
            yield Part((*part.path, INDEX), choice["items"])
        for key, value in choice.get("properties", {}).items():
            yield Part((*part.path, key), value)


def part_at(schema: Mapping[str, Any], pointer: str) -> Mapping[str, Any] | None:
    """The schema of what a pointer leads to, {} where nothing is known of it, None where nothing can be."""
    for key in keys(pointer):
        inner = [found for choice in _choices(schema) if (found := _member(choice, key)) is not None]
        if not inner:
            return None
        schema = inner[0] if len(inner) == 1 else {"anyOf": inner}
    return schema


def _member(schema: Mapping[str, Any], key: str) -> Mapping[str, Any] | None:
    if not schema:
        return {}
    if schema.get("type") == "array":
        if not key.isdecimal():
            return None
        if "prefixItems" in schema:
            return schema["prefixItems"][int(key)] if int(key) < len(schema["prefixItems"]) else None
        return dict(schema["items"])
    if key in schema.get("properties", {}):
        return dict(schema["properties"][key])
    values = schema.get("additionalProperties", False)
    return {} if values is True else values or None


def keys(pointer: str) -> list[str]:
    """What a JSON pointer names, step by step."""
    return [key.replace("~1", "/").replace("~0", "~") for key in pointer.split("/")[1:]]


def fits(argument: Mapping[str, Any], value: Mapping[str, Any]) -> bool:
    """Whether whatever is of the type `value` (null aside) may stand where `argument` is asked for.

    An enumeration and a text with a grammar of its own take nothing: what they may be is decided beforehand.
    """
    if "anyOf" in argument:
        return any(fits(choice, value) for choice in argument["anyOf"])
    if "enum" in argument or "gbnf" in argument:
        return False
    if not argument:
        return True
    known = [choice for choice in _choices(value) if choice != {"type": "null"}]
    return bool(known) and all(_fits(argument, choice) for choice in known)


def _fits(argument: Mapping[str, Any], value: Mapping[str, Any]) -> bool:
    if "enum" in value:
        return argument.get("type") == "string" and all(isinstance(one, str) for one in value["enum"])
    wanted, given = argument.get("type"), value.get("type")
    if wanted == "number":
        return given in ("number", "integer")
    if wanted != given:
        return False
    if wanted == "array":
        return _fits_array(argument, value)
    return wanted != "object" or _fits_object(argument, value)


def _fits_array(argument: Mapping[str, Any], value: Mapping[str, Any]) -> bool:
    if "prefixItems" in argument:
        return argument == value
    if not argument["items"]:
        return True
    return bool(value.get("items")) and fits(argument["items"], value["items"])


def _fits_object(argument: Mapping[str, Any], value: Mapping[str, Any]) -> bool:
    if "properties" not in argument:
        return argument.get("additionalProperties", True) is True
    if "properties" not in value:
        return False
    given: Mapping[str, Any] = value["properties"]
    required: Sequence[str] = argument.get("required", ())
    return set(required) <= set(value.get("required", ())) and all(
        name in argument["properties"] and fits(argument["properties"][name], schema)
        for name, schema in given.items()
    )


def _choices(schema: Mapping[str, Any]) -> Sequence[Mapping[str, Any]]:
    choices: Sequence[Mapping[str, Any]] = schema.get("anyOf", [schema])
    return choices
