"""Normalised schemas and values in as few tokens as a model needs to understand them."""

import json
from collections.abc import Mapping
from typing import Any


def parameters(schema: Mapping[str, Any], full_schema: Mapping[str, Any]) -> str:
    """A tool's parameters as `sql: string, limit: integer = 100, schema?: string`.

    Args:
        schema: The normalised schema; its types are shown.
        full_schema: The schema as the server wrote it; its defaults are shown.
    """
    described = full_schema.get("properties", {})
    return " | ".join(_members(choice, described) for choice in schema.get("anyOf", [schema]))


def _members(schema: Mapping[str, Any], described: Mapping[str, Any]) -> str:
    if "properties" not in schema:
        return type_name(schema)
    required = schema.get("required", ())
    written = []
    for name, value in schema["properties"].items():
        default = described[name].get("default") if isinstance(described.get(name), Mapping) else None
        if name in required:
            written.append(f"{name}: {type_name(value)}")
        elif default is None:
            written.append(f"{name}?: {type_name(value)}")
        else:
            written.append(f"{name}: {type_name(value)} = {compact(default)}")
    return ", ".join(written)


def type_name(schema: Mapping[str, Any]) -> str:
    """A normalised schema as a type: `string`, `integer[]`, `{name: string}`."""
    if "anyOf" in schema:
        return " | ".join(type_name(choice) for choice in schema["anyOf"])
    if "enum" in schema:
        return " | ".join(compact(value) for value in schema["enum"])
    match schema.get("type"):
        case "array" if "prefixItems" in schema:
            return f"[{', '.join(type_name(item) for item in schema['prefixItems'])}]"
        case "array":
            item = type_name(schema["items"])
            return f"({item})[]" if " | " in item else f"{item}[]"
        case "object" if "properties" in schema:
            return f"{{{_members(schema, {})}}}"
    return str(schema.get("type", "any"))


def compact(value: Any) -> str:
    """A value as JSON without blanks, characters as they are."""
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"))


def one_line(text: str, most: int = 160) -> str:
    """A text with its blanks collapsed, cut at `most` characters with an ellipsis."""
    line = " ".join(text.split())
    return line if len(line) <= most else f"{line[:most]}…"
