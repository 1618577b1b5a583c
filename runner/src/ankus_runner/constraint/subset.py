"""Foreign JSON Schemas (2020-12) cut down to the subset that every grammar engine gets right.

A normalised schema is one of
    {}                                                        any JSON value
    {"enum": [...]}
    {"type": "null" | "boolean" | "number"}
    {"type": "string"}                                        with minLength 1, or without
    {"type": "integer"}                                       with or without minimum, maximum
    {"type": "array", "items": S}                             with or without minItems, maxItems
    {"type": "array", "prefixItems": [S...], "items": False, "minItems": n, "maxItems": n}
    {"type": "object", "properties": {...}, "required": [...], "additionalProperties": False}
    {"type": "object", "additionalProperties": True | S}      a map; no properties are known
    {"anyOf": [S...]}
with required properties before optional ones. What it drops (lengths, patterns, formats, not, if, and so on)
is left to validation against the full schema, so it may allow more than that does. It allows less only where
a spelling is needless: null for what can be left out, properties in another order, a tuple cut short.
"""

import json
import math
from collections.abc import Iterable, Mapping
from typing import Any

from jsonschema import Draft202012Validator

from ankus_runner.constraint.flat import Flattener, Schema, UnsupportedSchema

TYPES = ("null", "boolean", "integer", "number", "string", "array", "object")
MOST_ITEMS = 64
"""Larger counts of items are left to validation; llama.cpp writes one rule for each."""
MOST_INTEGER = 2**63 - 1
"""Larger bounds are left to validation; xgrammar reads bounds as 64-bit integers."""
MOST_DEPTH = 32
"""Schemas that nest more are refused; no model fills them in, and every walk over one is recursive."""
MOST_NODES = 3000
"""Schemas that unfold to more are refused; a grammar of this size already slows every token down."""

__all__ = ["UnsupportedSchema", "normalise"]


def normalise(schema: Mapping[str, Any]) -> Schema:
    """Cut a tool's input schema down to the subset.

    Args:
        schema: A valid JSON Schema whose values are objects.

    Returns:
        A normalised schema whose values are objects; without declared properties, just the empty object.

    Raises:
        UnsupportedSchema: It refers to itself or outside itself, allows no object, or unfolds without end.
    """
    flattener = Flattener(schema)
    try:
        flattener.refuse_cycles()
        arguments = _Normaliser(flattener).arguments(schema)
    except RecursionError as error:
        raise UnsupportedSchema("its schema is nested too deeply") from error
    if arguments is None:
        raise UnsupportedSchema("its schema allows no object")
    return arguments


class _Normaliser:
    def __init__(self, flattener: Flattener) -> None:
        self._flattener = flattener
        self._nodes = 0
        self._depth = 0

    def arguments(self, root: Mapping[str, Any]) -> Schema | None:
        """The normalised form of the schema of a tool's arguments, or None where no object fits it."""
        choices = []
        for flat in self._flattener.flatten(root):
            if not any(flat.get(key) for key in ("properties", "required")):
                flat = {"additionalProperties": "patternProperties" in flat, **flat}
            choices += [choice for choice in self._typed(flat) if choice.get("type") == "object"]
        return _either(choices)

    def value(self, node: Any) -> Schema | None:
        """The normalised form of a schema, or None where no value fits it."""
        self._nodes += 1
        self._depth += 1
        if self._depth > MOST_DEPTH:
            raise UnsupportedSchema("its schema is nested too deeply")
        if self._nodes > MOST_NODES:
            raise UnsupportedSchema(f"its schema unfolds to more than {MOST_NODES} parts")
        choices: list[Schema] = []
        for flat in self._flattener.flatten(node):
            choices += self._typed(flat)
        self._depth -= 1
        return _either(choices)

    def _typed(self, flat: Schema) -> list[Schema]:
        """One normalised schema for each type that a schema without combinators allows."""
        types = _types(flat)
        if "enum" in flat:
            values = [v for v in flat["enum"] if types is None or any(_is(v, name) for name in types)]
            self._nodes += len(values)
            return [{"enum": values}] if values else []
        if types is None:
            return [{}]
        return [schema for name in types if (schema := self._of_type(name, flat)) is not None]

    def _of_type(self, name: str, flat: Schema) -> Schema | None:
        match name:
            case "object":
                return self._object(flat)
            case "array":
                return self._array(flat)
            case "integer":
                return _integer(flat)
            case "string":
                return {"type": "string", **({"minLength": 1} if flat.get("minLength", 0) > 0 else {})}
        return {"type": name}

    def _object(self, flat: Schema) -> Schema | None:
        required = set(flat.get("required", ()))
        more = flat.get("additionalProperties", True)
        declared = dict(flat.get("properties", {}))
        declared |= {name: more for name in flat.get("required", ()) if name not in declared}
        if not declared and ("patternProperties" in flat or more is not False):
            return {"type": "object", "additionalProperties": self.value(more) or True}
        always, optional = {}, {}
        for name, node in declared.items():
            value = self.value(node)
            if value is None and name in required:
                return None
            if name in required:
                always[name] = value
            elif value is not None:
                optional[name] = _without_null(value)
        return {
            "type": "object",
            "properties": always | optional,
            "required": list(always),
            "additionalProperties": False,
        }

    def _array(self, flat: Schema) -> Schema | None:
        if flat.get("prefixItems"):
            return self._tuple(flat["prefixItems"])
        least, most = flat.get("minItems", 0), flat.get("maxItems")
        items = self.value(flat.get("items", True))
        if items is None:
            items, most = {}, 0
        if most is not None and least > most:
            return None
        counts = {"minItems": int(least)} if 0 < least <= MOST_ITEMS else {}
        if most is not None and most <= MOST_ITEMS:
            counts["maxItems"] = int(most)
        return {"type": "array", "items": items, **counts}

    def _tuple(self, prefix: list[Any]) -> Schema | None:
        items = [self.value(node) for node in prefix]
        if None in items:
            return None
        counts = {"minItems": len(items), "maxItems": len(items)}
        return {"type": "array", "prefixItems": items, "items": False, **counts}


def _types(flat: Schema) -> list[str] | None:
    """The types a schema allows; None where it says nothing that would tell."""
    named = flat.get("type")
    if isinstance(named, str):
        return [named]
    if named is not None:
        kept = [name for name in TYPES if name in named]
        return [name for name in kept if name != "integer" or "number" not in kept]
    if flat.keys() & {"properties", "required", "additionalProperties"}:
        return ["object"]
    if flat.keys() & {"items", "prefixItems"}:
        return ["array"]
    return None


def _integer(flat: Schema) -> Schema | None:
    """An integer's bounds as integers, exclusive ones made inclusive."""
    lows = [math.ceil(flat["minimum"])] if "minimum" in flat else []
    if "exclusiveMinimum" in flat:
        lows.append(math.floor(flat["exclusiveMinimum"]) + 1)
    highs = [math.floor(flat["maximum"])] if "maximum" in flat else []
    if "exclusiveMaximum" in flat:
        highs.append(math.ceil(flat["exclusiveMaximum"]) - 1)
    if lows and highs and max(lows) > min(highs):
        return None
    bounds = {"minimum": max(lows, default=None), "maximum": min(highs, default=None)}
    kept = {key: bound for key, bound in bounds.items() if bound is not None and abs(bound) <= MOST_INTEGER}
    return {"type": "integer", **kept}


def _is(value: Any, name: str) -> bool:
    return bool(Draft202012Validator.TYPE_CHECKER.is_type(value, name))


def _either(choices: Iterable[Schema]) -> Schema | None:
    """One schema for several, None for none: flat, without repetition; `{}` swallows the others."""
    flat = [inner for choice in choices for inner in choice.get("anyOf", [choice])]
    distinct = list({json.dumps(choice): choice for choice in flat}.values())
    if len(distinct) > 1:
        return {} if {} in distinct else {"anyOf": distinct}
    return distinct[0] if distinct else None


def _without_null(value: Schema) -> Schema:
    """What an optional parameter may be when it is written: leaving it out says null already."""
    choices = []
    for choice in value.get("anyOf", [value]):
        if "enum" in choice:
            choice = {"enum": [item for item in choice["enum"] if item is not None]}
        if choice not in ({"type": "null"}, {"enum": []}):
            choices.append(choice)
    return _either(choices) or value
