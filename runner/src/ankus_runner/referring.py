"""The references in a planned call's arguments: which steps they name, and what stands there in the end."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from ankus_runner.constraint.plan import JOIN, PATH, STEP
from ankus_runner.constraint.result_parts import keys
from ankus_runner.constraint.shorthand import compact, one_line
from ankus_runner.errors import RunnerError
from ankus_runner.hosts import ToolResult
from ankus_shared.untrusted import without_frames

MOST_CHARS = 100_000
"""Of a text that one call passes on to another."""


class UnusablePartError(RunnerError):
    """Raised when a result does not have the part to which a later step refers, or it is too long."""

    code = "unusable_part"


@dataclass(frozen=True)
class Answered:
    """What a step answered, and whether the types of its parts are known: if not, they count as texts."""

    result: ToolResult
    typed: bool


def bound(arguments: Mapping[str, Any], steps: Mapping[str, Answered]) -> dict[str, Any]:
    """Arguments with what the steps answered in the place of the references.

    Raises:
        UnusablePartError: A result does not have a part.
    """
    return {name: _bound(value, steps) for name, value in arguments.items()}


def referred(value: Any) -> set[str]:
    """The names of the steps to which arguments refer."""
    return {reference[STEP] for reference in _references(value)}


def refers(value: Any) -> bool:
    """Whether a value holds anything that is no literal."""
    if isinstance(value, list):
        return any(map(refers, value))
    return isinstance(value, dict) and (marked(value) or any(map(refers, value.values())))


def marked(value: Mapping[str, Any]) -> bool:
    """Whether an object is meant as a reference."""
    return any(name.startswith("$") for name in value)


def _bound(value: Any, steps: Mapping[str, Answered]) -> Any:
    if isinstance(value, list):
        return [_bound(item, steps) for item in value]
    if not isinstance(value, dict):
        return value
    if STEP in value:
        return _answer(value[STEP], value.get(PATH), steps[value[STEP]])
    if JOIN in value:
        return "".join(_text(_bound(piece, steps)) for piece in value[JOIN])
    return {name: _bound(inner, steps) for name, inner in value.items()}


def _answer(name: str, pointer: str | None, step: Answered) -> Any:
    if pointer is None:
        return _limited(name, without_frames(step.result.text))
    found: Any = step.result.structured
    for key in keys(pointer):
        try:
            found = found[int(key)] if isinstance(found, list) else found[key]
        except (KeyError, IndexError, ValueError, TypeError) as error:
            there = one_line(f"There is {_contents(found)}.")
            raise UnusablePartError(f"The result of {name} has no {pointer}.", hint=there) from error
    return found if step.typed else _text(found)


def _limited(name: str, text: str) -> str:
    if len(text) > MOST_CHARS:
        raise UnusablePartError(
            f"The text of {name} has {len(text)} characters; {MOST_CHARS} can be passed on."
        )
    return text


def _contents(value: Any) -> str:
    if isinstance(value, dict):
        return ", ".join(value) or "an empty object"
    return f"a list of {len(value)}" if isinstance(value, list) else compact(value)


def _text(value: Any) -> str:
    return value if isinstance(value, str) else compact(value)


def _references(value: Any) -> Iterator[dict[str, Any]]:
    if isinstance(value, list):
        for item in value:
            yield from _references(item)
    elif isinstance(value, dict):
        if STEP in value:
            yield value
        for inner in value.values():
            yield from _references(inner)
