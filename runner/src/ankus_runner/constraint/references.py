"""What of earlier results may stand for a value of a plan: which forms there are, for which kind of value.

An argument that is code (`Offered.raw`) takes no readable text of a result, whole or within a text of its
own: what a page or a row says would become a part of a statement.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from ankus_runner.constraint.grammar import Offered
from ankus_runner.constraint.result_parts import TEXT, Part, fits, parts

CODE = "code"
"""Marks the schema of an argument that is code."""

JOINED: Mapping[str, Any] = {"anyOf": [TEXT, {"type": "number"}, {"type": "boolean"}]}
JOINED_IN_CODE: Mapping[str, Any] = {"anyOf": [{"type": "number"}, {"type": "boolean"}]}
"""What may be joined to a text."""


@dataclass(frozen=True)
class Forms:
    """The references that may stand for a value.

    Attributes:
        text: Whether the whole text of a result may.
        parts: The parts of results that may.
        any_part: Whether a part of a result of which nothing is known may: it counts as a text.
        joined: What may be joined to texts of the plan's own, None where nothing may.
    """

    text: bool = False
    parts: tuple[Part, ...] = ()
    any_part: bool = False
    joined: "Forms | None" = None

    def __bool__(self) -> bool:
        return bool(self.text or self.parts or self.any_part or self.joined)


def forms(schema: Mapping[str, Any], results: Iterable[Mapping[str, Any] | None]) -> Forms:
    """The references that may stand for a value of a normalised schema.

    Args:
        schema: Of the value.
        results: Of structured results, None for one of which nothing is known.
    """
    results = list(results)
    found = _whole(schema, results)
    if not fits(schema, TEXT):
        return found
    joined = _whole(joined_by(schema), results)
    return replace(found, joined=joined if joined else None)


def joined_by(schema: Mapping[str, Any]) -> Mapping[str, Any]:
    """The schema of what may be joined to texts for a value of a schema."""
    return {**JOINED_IN_CODE, CODE: True} if CODE in schema else JOINED


def _whole(schema: Mapping[str, Any], results: Sequence[Mapping[str, Any] | None]) -> Forms:
    text = fits(schema, TEXT)
    known = (part for result in results if result is not None for part in parts(result))
    fitting = {part.path: part for part in known if fits(schema, part.schema)}
    return Forms(text and CODE not in schema, tuple(fitting.values()), text and None in results)


def with_code(tool: Offered) -> Mapping[str, Any]:
    """The schema of a tool's arguments in which the one that is code is marked."""
    if not tool.raw:
        return tool.schema
    properties = {**tool.schema["properties"], tool.raw: {**tool.schema["properties"][tool.raw], CODE: True}}
    return {**tool.schema, "properties": properties}
