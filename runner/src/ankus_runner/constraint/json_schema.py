"""The step as one JSON object, for any OpenAI-compatible server that takes `response_format: json_schema`."""

from typing import Any

from ankus_runner.constraint.flat import Schema
from ankus_runner.constraint.grammar import StepGrammar

STRING: Schema = {"type": "string"}


def to_json_schema(grammar: StepGrammar) -> Schema:
    """Write a step's grammar as the JSON Schema of `{"thought": …, "action": …}`.

    No length is written down, the limits of the grammar included: engines take seconds to compile a long one,
    refuse it, or (xgrammar) let no escape into a string that has one.
    """
    choices = [_call(tool.name, dict(tool.schema)) for tool in grammar.tools]
    if grammar.final:
        choices.append(closed({"final": STRING}))
    action = choices[0] if len(choices) == 1 else {"anyOf": choices}
    if grammar.thought_chars is None:
        return closed({"action": action})
    return closed({"thought": STRING, "action": action})


def without_lengths(schema: Any) -> Any:
    """A copy of a normalised schema without `minLength`."""
    if isinstance(schema, list):
        return [without_lengths(item) for item in schema]
    if not isinstance(schema, dict):
        return schema
    if schema.get("type") == "string":
        return STRING
    copy = dict(schema)
    for key in ("items", "additionalProperties", "anyOf", "prefixItems"):
        if key in copy:
            copy[key] = without_lengths(copy[key])
    if "properties" in copy:
        copy["properties"] = {name: without_lengths(value) for name, value in copy["properties"].items()}
    return copy


def _call(name: str, schema: Schema) -> Schema:
    return closed({"tool": {"type": "string", "const": name}, "arguments": without_lengths(schema)})


def closed(properties: Schema) -> Schema:
    """An object of exactly these members."""
    return {
        "type": "object",
        "properties": properties,
        "required": list(properties),
        "additionalProperties": False,
    }
