"""The form of a rule for models and grammar engines: JSON Schema without references, GBNF and Lark."""

import json
from functools import cache
from typing import Any

from ankus_code_graph.suspicious.rule import Rule
from ankus_shared.results import without_titles

_DROPPED = ("minLength", "maxLength", "pattern", "minItems", "maxItems", "default")
_BASE = r"""
string ::= "\"" char* "\""
char ::= [^"\\\x00-\x1f] | "\\" (["\\/bfnrt] | "u" [0-9a-fA-F] [0-9a-fA-F] [0-9a-fA-F] [0-9a-fA-F])
integer ::= "0" | [1-9] [0-9]? [0-9]? [0-9]? [0-9]?
number ::= "0" ("." [0-9] [0-9]?)? | "1" (".0")?
boolean ::= "true" | "false"
"""


@cache
def rule_schema() -> dict[str, Any]:
    """JSON Schema of a rule, references replaced by what they mean."""
    schema = without_titles(Rule.model_json_schema())
    inlined: dict[str, Any] = _inlined(schema, schema.get("$defs", {}))
    return inlined


def tool_schema() -> dict[str, Any]:
    """The same for a tool's parameter, a quarter as long: one object for all kinds of conditions."""
    schema = _without_bounds(rule_schema())
    kinds: list[str] = []
    properties: dict[str, Any] = {}
    for condition in schema["properties"]["conditions"]["items"]["anyOf"]:
        kind = condition["properties"]["kind"]
        kinds += kind.get("enum", [kind.get("const")])
        properties |= condition["properties"]
    properties["kind"] = {"type": "string", "enum": kinds}
    flat = {"type": "object", "properties": properties, "required": ["kind"], "additionalProperties": False}
    schema["properties"]["conditions"]["items"] = flat
    return dict(schema)


def _inlined(node: Any, definitions: dict[str, Any]) -> Any:
    if isinstance(node, list):
        return [_inlined(item, definitions) for item in node]
    if not isinstance(node, dict):
        return node
    if "$ref" in node:
        return _inlined(definitions[node["$ref"].rsplit("/", 1)[1]], definitions)
    return {key: _inlined(value, definitions) for key, value in node.items() if key != "$defs"}


def lark_grammar() -> str:
    """A grammar for llguidance."""
    return f"start: %json {json.dumps(_without_bounds(rule_schema()))}\n"


def _without_bounds(node: Any) -> Any:
    """A schema without bounds of length, which cost engines seconds, and without words for people."""
    if isinstance(node, list):
        return [_without_bounds(item) for item in node]
    if not isinstance(node, dict):
        return node
    return {
        key: {name: _without_bounds(part) for name, part in value.items()}
        if key == "properties"
        else _without_bounds(value)
        for key, value in node.items()
        if key not in (*_DROPPED, "description")
    }


def gbnf_grammar() -> str:
    """A grammar for llama.cpp: properties in the order of the schema, no white space between tokens."""
    rules: dict[str, str] = {}
    rules["root"] = _rule_of(_without_bounds(rule_schema()), "rule", rules)
    return "\n".join(f"{name} ::= {text}" for name, text in rules.items()) + _BASE


def _rule_of(schema: dict[str, Any], name: str, rules: dict[str, str]) -> str:
    """The right side that a schema means; parts become rules of their own."""
    if "anyOf" in schema:
        return " | ".join(_named(part, f"{name}-{i}", rules) for i, part in enumerate(schema["anyOf"]))
    if "enum" in schema or "const" in schema:
        values = schema.get("enum", [schema.get("const")])
        return " | ".join(_literal(json.dumps(value)) for value in values)
    if schema["type"] == "array":
        item = _named(schema["items"], f"{name}-item", rules)
        return f'"[" ({item} ("," {item})*)? "]"'
    if schema["type"] == "object":
        return _object(schema, name, rules)
    return str(schema["type"])


def _object(schema: dict[str, Any], name: str, rules: dict[str, str]) -> str:
    """Required properties first, in order; the others may follow, each with a comma before it."""
    required = schema.get("required", [])
    parts = {key: _pair(key, part, f"{name}-{key}", rules) for key, part in schema["properties"].items()}
    wanted = ' "," '.join(parts[key] for key in required)
    optional = " ".join(f'("," {part})?' for key, part in parts.items() if key not in required)
    return f'"{{" {wanted} {optional} "}}"'.replace("  ", " ")


def _pair(key: str, schema: dict[str, Any], name: str, rules: dict[str, str]) -> str:
    return f"{_literal(json.dumps(key) + ':')} {_named(schema, name.replace('_', '-'), rules)}"


def _named(schema: dict[str, Any], name: str, rules: dict[str, str]) -> str:
    if schema.get("type") in ("string", "integer", "number", "boolean") and not {"enum", "const"} & set(
        schema
    ):
        return str(schema["type"])
    rules[name] = _rule_of(schema, name, rules)
    return name


def _literal(text: str) -> str:
    return json.dumps(text)
