"""A JSON Schema (2020-12) rewritten as a list of alternatives without $ref, allOf, anyOf and oneOf."""

import json
from collections.abc import Callable, Mapping
from typing import Any
from urllib.parse import unquote

from ankus_runner.errors import RunnerError

Schema = dict[str, Any]

MOST_ALTERNATIVES = 64
"""Alternatives multiply where allOf meets anyOf; more than this are no schema for a model to fill in."""

_KEPT = frozenset(
    "type enum properties required additionalProperties patternProperties items prefixItems minItems"
    " maxItems minLength minimum maximum exclusiveMinimum exclusiveMaximum".split()
)
_FOREIGN = frozenset({"$dynamicRef", "$recursiveRef"})


class UnsupportedSchema(RunnerError):
    """Raised when no grammar can be made of a schema; the message completes 'the tool is left out: …'."""

    code = "unsupported_schema"


class Flattener:
    """Flattens the parts of one root schema, which is where their references point."""

    def __init__(self, root: Mapping[str, Any]) -> None:
        self._root = root

    def refuse_cycles(self) -> None:
        """Raise UnsupportedSchema where following references would never end."""
        self._follow(self._root, ())

    def _follow(self, node: Any, trail: tuple[str, ...], done: set[str] | None = None) -> None:
        done = set() if done is None else done
        if isinstance(node, list):
            for item in node:
                self._follow(item, trail, done)
        elif isinstance(node, Mapping):
            reference = node.get("$ref")
            if isinstance(reference, str) and reference not in done:
                if reference in trail:
                    raise UnsupportedSchema(f"its schema refers to itself by {reference}")
                self._follow(self._target(reference), (*trail, reference), done)
                done.add(reference)
            for key in ("allOf", "anyOf", "oneOf", "prefixItems", "items", "additionalProperties"):
                self._follow(node.get(key), trail, done)
            for part in node.get("properties", {}).values():
                self._follow(part, trail, done)

    def flatten(self, node: Any) -> list[Schema]:
        """The alternatives of a schema; none where it allows no value.

        Raises:
            UnsupportedSchema: A reference leads nowhere, or there are too many alternatives.
        """
        if isinstance(node, bool):
            return [{}] if node else []
        if node.keys() & _FOREIGN:
            raise UnsupportedSchema("its schema uses dynamic references")
        base = {key: value for key, value in node.items() if key in _KEPT}
        if isinstance(base.get("items"), list):  # as before draft 2020-12
            base["prefixItems"] = base.pop("items")
        if "const" in node:
            base = _merge(base, {"enum": [node["const"]]})
        alternatives = [base]
        for group in self._groups(node):
            alternatives = [_merge(one, other) for one in alternatives for other in group]
            if len(alternatives) > MOST_ALTERNATIVES:
                raise UnsupportedSchema(f"its schema has more than {MOST_ALTERNATIVES} alternatives")
        return alternatives

    def _groups(self, node: Mapping[str, Any]) -> list[list[Schema]]:
        groups = [self.flatten(part) for part in node.get("allOf", ())]
        if "$ref" in node:
            groups.append(self.flatten(self._target(node["$ref"])))
        groups += [
            [flat for part in node[key] for flat in self.flatten(part)]
            for key in ("anyOf", "oneOf")
            if key in node
        ]
        return groups

    def _target(self, reference: str) -> Any:
        """The part of the root schema that a reference names by JSON pointer (RFC 6901)."""
        if not reference.startswith("#"):
            raise UnsupportedSchema(f"its schema refers to {reference}, outside of itself")
        node: Any = self._root
        for token in unquote(reference[1:]).split("/")[1:]:
            token = token.replace("~1", "/").replace("~0", "~")
            try:
                node = node[int(token)] if isinstance(node, list) else node[token]
            except (KeyError, IndexError, ValueError, TypeError) as error:
                raise UnsupportedSchema(f"its schema refers to {reference}, which is not there") from error
        if not isinstance(node, (bool, Mapping)) or reference[1:2] not in ("", "/"):
            raise UnsupportedSchema(f"its schema refers to {reference}, which is not there")
        return node


def _merge(one: Schema, other: Schema) -> Schema:
    """A flat schema for the values that fit both; parts that meet are joined by allOf, for later."""
    merged = dict(one)
    for key, value in other.items():
        merged[key] = _MEETING[key](merged[key], value) if key in merged else value
    if "properties" in one or "properties" in other:
        merged["properties"] = _properties(one, other)
    return merged


def _properties(one: Schema, other: Schema) -> Schema:
    """The properties of both; what one declares meets the other's `additionalProperties` at least."""
    joined: Schema = {}
    for name in (*one.get("properties", {}), *other.get("properties", {})):
        parts = [s.get("properties", {}).get(name, s.get("additionalProperties", True)) for s in (one, other)]
        joined[name] = _both(*parts)
    return joined


def _types(one: Any, other: Any) -> list[str]:
    mine, theirs = ({t} if isinstance(t, str) else set(t) for t in (one, other))
    both = mine & theirs
    if ("number" in mine and "integer" in theirs) or ("number" in theirs and "integer" in mine):
        both.add("integer")
    return sorted(both)


def _shared_values(one: list[Any], other: list[Any]) -> list[Any]:
    texts = {json.dumps(value, sort_keys=True) for value in other}
    return [value for value in one if json.dumps(value, sort_keys=True) in texts]


def _both(one: Any, other: Any) -> Any:
    if one is True or other is True:
        return other if one is True else one
    return {"allOf": [one, other]}


_MEETING: dict[str, Callable[[Any, Any], Any]] = {
    "type": _types,
    "enum": _shared_values,
    "properties": lambda one, other: one,  # joined by name afterwards
    "required": lambda one, other: [*one, *other],
    "additionalProperties": _both,
    "patternProperties": lambda one, other: one | other,
    "items": _both,
    "prefixItems": lambda one, other: one if len(one) >= len(other) else other,
    "minItems": max,
    "maxItems": min,
    "minLength": max,
    "minimum": max,
    "exclusiveMinimum": max,
    "maximum": min,
    "exclusiveMaximum": min,
}
