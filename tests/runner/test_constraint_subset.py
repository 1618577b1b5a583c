"""Foreign schemas, cut down to what grammar engines get right."""

from typing import Any

import pytest
from jsonschema import Draft202012Validator

from ankus_runner.constraint import UnsupportedSchema, normalise


def parameter(schema: Any, *, required: bool = True, definitions: dict[str, Any] | None = None) -> Any:
    """A parameter's normalised schema; None where it can only be left out."""
    names = ["p"] if required else []
    whole = {"type": "object", "properties": {"p": schema}, "required": names, "$defs": definitions or {}}
    result = normalise(whole)
    Draft202012Validator.check_schema(result)
    return result["properties"].get("p")


@pytest.mark.parametrize(
    ("schema", "expected"),
    [
        (
            {"type": "string", "title": "P", "default": "x", "format": "uri", "pattern": "^a"},
            {"type": "string"},
        ),
        ({"type": "string", "minLength": 3, "maxLength": 9}, {"type": "string", "minLength": 1}),
        (
            {"type": "integer", "exclusiveMinimum": 0, "maximum": 9.5},
            {"type": "integer", "minimum": 1, "maximum": 9},
        ),
        ({"type": "integer", "minimum": -(10**30), "multipleOf": 5}, {"type": "integer"}),
        ({"type": "number", "minimum": 0}, {"type": "number"}),
        ({"const": "a"}, {"enum": ["a"]}),
        ({"type": "string", "enum": ["a", 1, None]}, {"enum": ["a"]}),
        ({"type": ["string", "null"]}, {"anyOf": [{"type": "null"}, {"type": "string"}]}),
        ({"anyOf": [{"type": "string"}, {"type": "string", "format": "date"}]}, {"type": "string"}),
        (
            {"oneOf": [{"type": "integer"}, {"type": "boolean"}]},
            {"anyOf": [{"type": "integer"}, {"type": "boolean"}]},
        ),
        (
            {"allOf": [{"type": "integer", "minimum": 1}, {"maximum": 5}]},
            {"type": "integer", "minimum": 1, "maximum": 5},
        ),
        (
            {"type": "integer", "anyOf": [{"minimum": 1}, {"const": 0}]},
            {"anyOf": [{"type": "integer", "minimum": 1}, {"enum": [0]}]},
        ),
        ({"allOf": [{"type": "number"}, {"type": ["integer", "string"]}]}, {"type": "integer"}),
        ({}, {}),
        (True, {}),
        ({"anyOf": [{"type": "string"}, {}]}, {}),
        ({"type": "object"}, {"type": "object", "additionalProperties": True}),
        (
            {"type": "object", "additionalProperties": {"type": "integer"}},
            {"type": "object", "additionalProperties": {"type": "integer"}},
        ),
        (
            {"type": "object", "patternProperties": {"^x": {}}},
            {"type": "object", "additionalProperties": True},
        ),
        (
            {
                "type": "array",
                "items": {"type": "boolean"},
                "minItems": 1,
                "maxItems": 3,
                "uniqueItems": True,
            },
            {"type": "array", "items": {"type": "boolean"}, "minItems": 1, "maxItems": 3},
        ),
        ({"type": "array", "maxItems": 1000}, {"type": "array", "items": {}}),
        (
            {"type": "array", "prefixItems": [{"type": "null"}]},
            {
                "type": "array",
                "prefixItems": [{"type": "null"}],
                "items": False,
                "minItems": 1,
                "maxItems": 1,
            },
        ),
        ({"$ref": "#/$defs/T", "description": "Both."}, {"enum": ["x"]}),
    ],
)
def test_a_schema_is_cut_down(schema: Any, expected: Any) -> None:
    assert parameter(schema, definitions={"T": {"enum": ["x"]}}) == expected


def test_null_is_no_choice_for_what_can_be_left_out() -> None:
    nullable = {"anyOf": [{"type": "string"}, {"type": "null"}], "default": None}
    assert parameter(nullable, required=False) == {"type": "string"}
    assert parameter({"enum": ["a", None]}, required=False) == {"enum": ["a"]}
    assert parameter({"type": "null"}, required=False) == {"type": "null"}


def test_required_properties_come_first_and_nothing_else_is_allowed() -> None:
    properties = {"a": {"type": "null"}, "b": {"type": "null"}, "c": {"type": "null"}}
    result = normalise({"type": "object", "properties": properties, "required": ["c", "d"]})
    assert list(result["properties"]) == ["c", "d", "a", "b"]
    assert result["required"] == ["c", "d"]
    assert result["additionalProperties"] is False


@pytest.mark.parametrize("schema", [{"type": "object"}, {"type": "object", "properties": {}}, {}])
def test_a_tool_without_parameters_takes_the_empty_object(schema: dict[str, Any]) -> None:
    nothing = {"type": "object", "properties": {}, "required": [], "additionalProperties": False}
    assert normalise(schema) == nothing


def test_alternatives_that_only_differ_in_what_is_required_are_told_apart() -> None:
    properties = {"id": {"type": "integer"}, "name": {"type": "string"}}
    one_of_both = [{"required": ["id"]}, {"required": ["name"]}]
    result = normalise({"type": "object", "properties": properties, "anyOf": one_of_both})
    assert [choice["required"] for choice in result["anyOf"]] == [["id"], ["name"]]


def test_what_one_part_closes_out_cannot_be_brought_back_by_another() -> None:
    closed = {"properties": {"a": {"type": "null"}}, "additionalProperties": False}
    result = normalise({"type": "object", "allOf": [closed, {"properties": {"b": {"type": "null"}}}]})
    assert list(result["properties"]) == ["a"]


@pytest.mark.parametrize(
    ("schema", "reason"),
    [
        ({"$ref": "#/$defs/A"}, "refers to itself by #/$defs/A"),
        ({"$ref": "#"}, "refers to itself by #"),
        ({"$ref": "https://example.test/schema.json"}, "outside of itself"),
        ({"$ref": "#/$defs/Missing"}, "is not there"),
        ({"$ref": "#anchor"}, "is not there"),
        ({"$dynamicRef": "#x"}, "dynamic references"),
        (False, "allows no object"),
        ({"type": "integer", "minimum": 5, "maximum": 4}, "allows no object"),
        ({"allOf": [{"type": "string"}, {"type": "integer"}]}, "allows no object"),
        ({"allOf": [{"anyOf": [{"const": i} for i in range(20)]}] * 2}, "more than 64 alternatives"),
        ({"$ref": "#/$defs/Wide"}, "more than 3000 parts"),
    ],
)
def test_a_schema_that_no_grammar_can_be_made_of_is_refused(schema: Any, reason: str) -> None:
    definitions: dict[str, Any] = {
        "A": {"properties": {"next": {"anyOf": [{"$ref": "#/$defs/A"}, {"type": "null"}]}}}
    }
    definitions["Wide"] = {"properties": {f"p{i}": {"$ref": "#/$defs/W0"} for i in range(9)}}
    for level in range(4):
        following = {"$ref": f"#/$defs/W{level + 1}"}
        definitions[f"W{level}"] = {"properties": {f"p{i}": following for i in range(9)}}
    definitions["W4"] = {"type": "string"}
    with pytest.raises(UnsupportedSchema) as caught:
        parameter(schema, definitions=definitions)
    assert reason in caught.value.message
