"""A plan before and while it is carried out: is it right, what waits for what, and what its references mean.

Everything that can be known of a plan is checked before its first call goes out: tools, references, types,
arguments. What cannot be known then (whether a part is there, what a text holds) is checked call by call.
"""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from functools import partial
from typing import Any

from ankus_runner.catalogue import Tool, validate
from ankus_runner.constraint import Plan, PlannedCall
from ankus_runner.constraint.arguments import argument_errors
from ankus_runner.constraint.plan import JOIN, PATH
from ankus_runner.constraint.references import CODE, joined_by, with_code
from ankus_runner.constraint.result_parts import TEXT, fits, part_at
from ankus_runner.constraint.shorthand import compact, one_line, type_name
from ankus_runner.referring import marked, referred, refers

MOST_PROBLEMS = 6
_COMBINED = ("allOf", "anyOf", "oneOf", "not", "if", "dependentRequired", "dependentSchemas", "$ref")


@dataclass(frozen=True)
class Known:
    """What a plan may use.

    Attributes:
        tools: Those that may be planned, as they are offered, by name.
        earlier: The steps that have succeeded before, each with its tool.
        filled: The arguments that the profile fills in, by tool.
        needed: The tools of which the plan must call one, as an answer rests on them; none where it need not.
    """

    tools: Mapping[str, Tool]
    earlier: Mapping[str, Tool]
    filled: Mapping[str, Mapping[str, Any]]
    needed: Collection[str] = ()


def problems(plan: Plan, known: Known) -> list[str]:
    """What is wrong with a plan, in lines that a model can act on; [] if all is well."""
    found, before, calls = list[str](), dict(known.earlier), dict[str, str]()
    for step in plan.steps:
        tool = known.tools.get(step.call.name)
        if step.name in before:
            found.append(f"{step.name} is the name of an earlier step; go on counting.")
        elif tool is None:
            found.append(f"{step.name}: there is no tool {step.call.name} now.")
        else:
            filled = known.filled.get(tool.name, {})
            lines = _Checker(before, [later.name for later in plan.steps]).call(tool, step, filled)
            found += [f"{step.name}: {line}" for line in lines]
            before[step.name] = tool
        call = f"{step.call.name} {compact(step.call.arguments)}"
        if call in calls:
            found.append(f"{step.name} is the same call as {calls[call]}; refer to that.")
        calls.setdefault(call, step.name)
    if known.needed and not {step.call.name for step in plan.steps} & set(known.needed):
        found.append(f"The plan must call {' or '.join(known.needed)}: the answer rests on that.")
    return found[:MOST_PROBLEMS]


def waits(plan: Plan, tools: Mapping[str, Tool]) -> dict[str, list[str]]:
    """The steps of the plan for which each of its steps waits.

    One that may write runs by itself: after all that stand before it, and before all that follow.
    """
    order, before, writes = dict[str, list[str]](), list[str](), list[str]()
    for step in plan.steps:
        alone = not tools[step.call.name].read_only
        needed = referred(step.call.arguments)
        order[step.name] = [name for name in before if alone or name in needed or name in writes]
        before.append(step.name)
        writes += [step.name] if alone else []
    return order


class _Checker:
    """Checks the arguments of one step after these steps, each with its tool."""

    def __init__(self, before: Mapping[str, Tool], planned: Collection[str]) -> None:
        self._before = before
        self._planned = planned

    def call(self, tool: Tool, step: PlannedCall, filled: Mapping[str, Any]) -> list[str]:
        arguments = {**step.call.arguments, **filled}
        wrong = self._value(step.call.arguments, with_code(tool), "")
        if wrong:
            return wrong
        if not refers(arguments):
            return validate(tool, arguments)
        return _literal_problems(tool, arguments)

    def _value(self, value: Any, schema: Mapping[str, Any], place: str) -> list[str]:
        """What is wrong with the references in a value; literals are checked by the tool's own schema."""
        if isinstance(value, dict) and marked(value):
            return self._reference(value, schema, place)
        if not refers(value):
            return []
        choices = [partial(self._inner, value, choice, place) for choice in schema.get("anyOf", [schema])]
        return min((choice() for choice in choices), key=len)

    def _inner(self, value: Any, schema: Mapping[str, Any], place: str) -> list[str]:
        if isinstance(value, list):
            items = [(f"{place}[{i}]", item, _item(schema, i)) for i, item in enumerate(value)]
        else:
            items = [(f"{place}.{name}".lstrip("."), v, _member(schema, name)) for name, v in value.items()]
        return [line for where, item, inner in items for line in self._value(item, inner, where)]

    def _reference(self, value: dict[str, Any], schema: Mapping[str, Any], place: str) -> list[str]:
        match value:
            case {"$step": str(name)} if len(value) == 1:
                return self._step(name, None, schema, place)
            case {"$step": str(name), "$path": str(pointer)} if len(value) == 2:
                return self._step(name, pointer, schema, place)
            case {"$join": list(pieces)} if len(value) == 1 and pieces:
                return self._join(pieces, schema, place)
        return [f"{place}: {one_line(compact(value))} is no reference."]

    def _join(self, pieces: list[Any], schema: Mapping[str, Any], place: str) -> list[str]:
        if not fits(schema, TEXT):
            return [f"{place}: a joined text does not fit here; {_type(schema)} is wanted."]
        inner = joined_by(schema)
        wrong = []
        for piece in pieces:
            if isinstance(piece, dict) and JOIN not in piece:
                wrong += self._value(piece, inner, place)
            elif not isinstance(piece, str):
                wrong.append(f"{place}: texts and references are joined, not {one_line(compact(piece))}.")
        return wrong

    def _step(self, name: str, pointer: str | None, schema: Mapping[str, Any], place: str) -> list[str]:
        if name not in self._before:
            why = "is no earlier step" if name in self._planned else "is no step of the plan"
            there = ", ".join(self._before) or "none"
            return [f"{place}: {name} {why}; it may refer to: {there}."]
        given = self._given(self._before[name], pointer)
        told = f"{place}: {name}{pointer or ''}"
        if given is None:
            return [f"{told}: the result of {self._before[name].name} has no such part."]
        if pointer is None and CODE in schema:
            return [f"{told}: no readable text of a result may be part of code; name a part by {PATH}."]
        if not fits(schema, given):
            return [f"{told} is {_type(given)}; {_type(schema)} is wanted."]
        return []

    def _given(self, tool: Tool, pointer: str | None) -> Mapping[str, Any] | None:
        """The type of what a reference brings; text where nothing is known of it."""
        if pointer is None:
            return TEXT
        if not pointer.startswith("/"):
            return None
        return TEXT if tool.output is None else part_at(tool.output, pointer)


def _literal_problems(tool: Tool, arguments: Mapping[str, Any]) -> list[str]:
    """What is wrong with the arguments that do not refer to anything, as far as they stand for themselves."""
    full = tool.full_schema
    missing = [name for name in full.get("required", ()) if name not in arguments]
    if missing or any(name in full for name in _COMBINED):
        return [f"{name}: missing; it is required" for name in missing]
    plain = {name: value for name, value in arguments.items() if not refers(value)}
    required = [name for name in full.get("required", ()) if name in plain]
    return argument_errors({**full, "required": required}, plain)


def _item(schema: Mapping[str, Any], index: int) -> Mapping[str, Any]:
    if "prefixItems" in schema:
        return schema["prefixItems"][index] if index < len(schema["prefixItems"]) else {}
    return dict(schema.get("items") or {})


def _member(schema: Mapping[str, Any], name: str) -> Mapping[str, Any]:
    values = schema.get("additionalProperties", True)
    return dict(schema.get("properties", {}).get(name) or (values if isinstance(values, dict) else {}))


def _type(schema: Mapping[str, Any]) -> str:
    return one_line(type_name(schema))
