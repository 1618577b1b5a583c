"""A call's arguments against the tool's full schema, after the grammar has let them through.

A grammar leaves out lengths, patterns, formats and more (see `subset`); nothing is called before this.
"""

import re
from collections.abc import Iterable, Mapping
from typing import Any

from jsonschema import ValidationError
from jsonschema.exceptions import SchemaError
from jsonschema.validators import Draft202012Validator, validator_for
from referencing import Registry

from ankus_runner.constraint.flat import UnsupportedSchema
from ankus_runner.constraint.shorthand import compact, one_line

MOST_ERRORS = 5


def readable_schema(schema: dict[str, Any]) -> dict[str, Any]:
    """The schema of a foreign tool, without the patterns that Python's `re` cannot read.

    Those are written in ECMA-262's dialect; the server checks them.

    Raises:
        UnsupportedSchema: It is not a valid schema of its draft, 2020-12 where it names none.
    """
    try:
        readable = {key: _readable(value) for key, value in schema.items()}
        validator_for(readable, default=Draft202012Validator).check_schema(readable)
    except SchemaError as error:
        raise UnsupportedSchema(f"its schema is not valid: {one_line(error.message)}") from error
    except RecursionError as error:
        raise UnsupportedSchema("its schema is nested too deeply") from error
    return readable


def _readable(node: Any) -> Any:
    if isinstance(node, list):
        return [_readable(item) for item in node]
    if not isinstance(node, Mapping):
        return node
    return {key: _readable(value) for key, value in node.items() if key != "pattern" or _compiles(value)}


def _compiles(pattern: Any) -> bool:
    """Whether Python can read a pattern; a property that is named "pattern" is no pattern, and is kept."""
    try:
        return not isinstance(pattern, str) or re.compile(pattern) is not None
    except re.error:
        return False


def argument_errors(schema: Mapping[str, Any], arguments: Mapping[str, Any]) -> list[str]:
    """What is wrong with arguments by a tool's full schema.

    Returns:
        At most five lines that a model can act on, each the place and what was expected; [] if all is well.
    """
    # an empty registry: jsonschema's own would fetch a foreign schema's references over the network
    validator = validator_for(schema, default=Draft202012Validator)(schema, registry=Registry())
    errors = sorted(validator.iter_errors(arguments), key=lambda error: [str(p) for p in error.absolute_path])
    return list(dict.fromkeys(_line(_telling(error)) for error in errors))[:MOST_ERRORS]


def _telling(error: ValidationError) -> ValidationError:
    """Of the reasons why no alternative fits, the one that is deepest in the value: there it came closest."""
    while error.context:
        error = max(error.context, key=lambda reason: len(reason.absolute_path))
    return error


def _line(error: ValidationError) -> str:
    """One error as `place: what was expected`."""
    place = _place(error.absolute_path)
    expected: Any = error.validator_value
    found: Any = error.instance
    match error.validator:
        case "required":
            missing = ", ".join(place + name for name in expected if name not in found)
            return f"{missing}: missing; it is required"
        case "additionalProperties" if expected is False:
            schema: Any = error.schema
            known = schema.get("properties", {})
            unknown = ", ".join(place + name for name in found if name not in known)
            return f"{unknown}: unknown; known are {', '.join(known) or 'none'}"
        case "type":
            names = expected if isinstance(expected, str) else " or ".join(expected)
            return f"{_at(place)}expected {names}, got {one_line(compact(found))}"
        case "enum":
            choices = ", ".join(compact(value) for value in expected)
            return f"{_at(place)}expected one of {one_line(choices)}, got {one_line(compact(found))}"
    return f"{_at(place)}{one_line(error.message)}"


def _place(path: Iterable[str | int]) -> str:
    """`a.b[0].` for the path to a value: what a name below it is written behind."""
    text = "".join(f"[{part}]" if isinstance(part, int) else f".{part}" for part in path)
    return text.lstrip(".") + "." if text else ""


def _at(place: str) -> str:
    return f"{place[:-1]}: " if place else ""
