"""A plan of calls: all that is to be called, before anything is, with references from step to step.

Source of the form: Xu et al., "ReWOO: Decoupling Reasoning from Observations for Efficient Augmented
Language Models", 2023. In the text form, and in the JSON form:

    Thought: <one line>                       {"thought": "…",
    E1 = <server__tool> <JSON object>          "plan": {"E1": {"tool": "…", "arguments": {…}},
    E2 = <server__tool> <JSON object>                   "E2": {"tool": "…", "arguments": {…}}}}

A plan without calls is `Nothing to call.` in the text form and `{}` in the JSON form. In the arguments may
stand, in the place of a value, what an earlier step is going to answer:

    $E1                  {"$step":"E1"}                         its text
    $E1/rows/0/name      {"$step":"E1","$path":"/rows/0/name"}  a part of its structured result (RFC 6901)
    $["about ",$E1]      {"$join":["about ",{"$step":"E1"}]}    a text made of texts and of these

They are values of their own, no marks within a text, so that no text of a tool or a person turns into one.
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from ankus_runner.constraint.grammar import MOST_CHARS, Offered
from ankus_runner.constraint.shorthand import compact
from ankus_runner.constraint.step import (
    Call,
    MalformedStep,
    Step,
    TruncatedStep,
    excerpt,
    read_object,
    render_json_step,
)
from ankus_runner.errors import ConfigError

STEP, PATH, JOIN = "$step", "$path", "$join"
NOTHING = "Nothing to call."
MOST_STEPS = 20

_BLANKS = " \t\r\n"
_FORM = 'Write "Thought: " and one line, then a line a call: E1 = tool {"argument":"value"}'
_LINE = re.compile(r"(?m)^(E[1-9]\d*)[ \t]*=[ \t]*")
PLAIN_KEY = re.compile(r"[A-Za-z0-9_-]{1,40}")
"""A key of a part as the text form has it."""
_TOKEN = re.compile(
    r'"(?:[^"\\]|\\.)*"|\$(?P<step>E[1-9]\d*)(?P<path>(?:/[A-Za-z0-9_-]+)*)|\$\[|[][]', re.DOTALL
)
_CALL = re.compile(r"(?P<tool>[^\s{]+)[ \t]*(?P<arguments>\{.*)", re.DOTALL)


@dataclass(frozen=True)
class PlanGrammar:
    """What a plan may be: a tool that is not listed cannot be planned, nor can a step refer to a later one.

    Args:
        tools: The tools that may be called, in the catalogue's order.
        results: The normalised schemas of the structured results to which steps may refer, None for a tool
            that says nothing about its result: its parts then count as texts.
        earlier: The names of the steps that have succeeded before, to which this plan may refer.
        first: The number of the plan's first step.
        steps: The most that the plan may have.
        may_be_empty: Whether it may call nothing.
        thought_chars: Longest thought in characters, at most 1500; None for a plan without a thought.
        string_chars: Longest text of an argument, as in `StepGrammar`.

    The JSON dialect knows no lengths, and not which parts a result has.

    Raises:
        ConfigError: There is no tool, or a limit is too small or too large.
    """

    tools: Sequence[Offered]
    results: Sequence[Mapping[str, Any] | None] = ()
    earlier: tuple[str, ...] = ()
    first: int = 1
    steps: int = 8
    may_be_empty: bool = False
    thought_chars: int | None = 240
    string_chars: int | None = None

    def __post_init__(self) -> None:
        if not self.tools:
            raise ConfigError("A plan needs a tool.")
        if not 1 <= self.steps <= MOST_STEPS:
            raise ConfigError(f"A plan has {self.steps} steps; it must have between 1 and {MOST_STEPS}.")
        for limit in (self.thought_chars, self.string_chars):
            if limit is not None and not 1 <= limit <= MOST_CHARS:
                raise ConfigError(f"A limit of a plan is {limit}; it must be between 1 and {MOST_CHARS}.")

    @property
    def names(self) -> list[str]:
        """The names of its steps, if it has the most."""
        return [f"E{number}" for number in range(self.first, self.first + self.steps)]


@dataclass(frozen=True)
class PlannedCall:
    """A call of a plan, under the name by which later ones refer to its result."""

    name: str
    call: Call


@dataclass(frozen=True)
class Plan:
    """What the model wants called, in its order."""

    thought: str
    steps: tuple[PlannedCall, ...]


def render_plan(plan: Plan) -> str:
    """The text that `parse_plan` reads back as `plan`."""
    thought = plan.thought.replace("\n", " ")
    lines = [f"{step.name} = {step.call.name} {_short(step.call.arguments)}" for step in plan.steps]
    return "\n".join([f"Thought: {thought}"] * bool(thought) + (lines or [NOTHING]))


def render_planned(step: PlannedCall) -> str:
    """A call of a plan as the step of its own that it would be otherwise."""
    return f"Thought: {_thought(step)}\nCall: {step.call.name} {_short(step.call.arguments)}"


def render_json_planned(step: PlannedCall) -> str:
    """The same in the JSON form."""
    return render_json_step(Step(_thought(step), step.call))


def _thought(step: PlannedCall) -> str:
    return f"{step.name} of the plan."


def render_json_plan(plan: Plan) -> str:
    """The JSON that `parse_json_plan` reads back as `plan`."""
    steps = {step.name: {"tool": step.call.name, "arguments": step.call.arguments} for step in plan.steps}
    return compact({"thought": plan.thought, "plan": steps} if plan.thought else {"plan": steps})


def parse_plan(text: str) -> Plan:
    """Read a plan in the text form.

    Raises:
        TruncatedStep: The text ends within a call.
        MalformedStep: The text is no plan.
    """
    text = text.strip(_BLANKS)
    thought, rest = "", text
    if text.startswith("Thought:"):
        line, newline, rest = text.removeprefix("Thought:").partition("\n")
        thought = line.strip(_BLANKS)
        if not newline:
            raise TruncatedStep("The plan ends after its thought.", hint=_FORM)
    if rest.strip(_BLANKS) == NOTHING:
        return Plan(thought, ())
    before, *pieces = _LINE.split(rest)
    if before.strip(_BLANKS) or not pieces:
        raise MalformedStep(f"A plan cannot go on with {excerpt(before)}.", hint=_FORM)
    named = zip(pieces[::2], pieces[1::2], strict=True)
    return _plan(thought, [PlannedCall(name, _call(name, call.strip(_BLANKS))) for name, call in named])


def parse_json_plan(text: str) -> Plan:
    """Read a plan in the JSON form.

    Raises:
        TruncatedStep: The text ends before the JSON object does.
        MalformedStep: The text is no plan.
    """
    whole = read_object(text.strip(_BLANKS), "The plan")
    match whole:
        case {"thought": str(thought), "plan": dict(steps)} if len(whole) == 2:
            return _plan(thought.strip(_BLANKS), [_json_step(*step) for step in steps.items()])
        case {"plan": dict(steps)} if len(whole) == 1:
            return _plan("", [_json_step(*step) for step in steps.items()])
    raise MalformedStep('A plan has a "thought" and a "plan", and nothing else.')


def _call(name: str, text: str) -> Call:
    match = _CALL.fullmatch(text)
    if match is None:
        if re.fullmatch(r"[^\s{]*", text):
            raise TruncatedStep(f"{name} ends before its arguments.", hint=_FORM)
        raise MalformedStep(f"{name} needs a tool and a JSON object, not {excerpt(text)}.", hint=_FORM)
    return Call(match["tool"], read_object(_long(match["arguments"]), f"The arguments of {name}"))


def _short(value: Any) -> str:
    """A value as JSON with its references in the text form."""
    if isinstance(value, list):
        return f"[{','.join(map(_short, value))}]"
    match value:
        case {"$step": str(name)} if len(value) == 1:
            return f"${name}"
        case {"$step": str(name), "$path": str(path)} if _TOKEN.fullmatch(f"${name}{path}"):
            return f"${name}{path}"
        case {"$join": list(pieces)}:
            return f"${_short(pieces)}"
        case dict():
            return f"{{{','.join(f'{compact(name)}:{_short(inner)}' for name, inner in value.items())}}}"
    return compact(value)


def _long(text: str) -> str:
    """JSON with references in the text form as JSON."""
    open_lists = list[str]()

    def spelled(token: re.Match[str]) -> str:
        if token["step"]:
            path = {PATH: token["path"]} if token["path"] else {}
            return compact({STEP: token["step"], **path})
        if token[0] in ("[", "$["):
            open_lists.append(token[0])
            return "[" if token[0] == "[" else f"{{{compact(JOIN)}:["
        if token[0] == "]" and open_lists and open_lists.pop() == "$[":
            return "]}"
        return token[0]

    return _TOKEN.sub(spelled, text)


def _json_step(name: str, value: Any) -> PlannedCall:
    match value:
        case {"tool": str(tool), "arguments": dict(arguments)} if len(value) == 2 and _LINE.match(f"{name}="):
            return PlannedCall(name, Call(tool, arguments))
    raise MalformedStep(f'A step is "E1": {{"tool": …, "arguments": {{…}}}}, which {excerpt(name)} is not.')


def _plan(thought: str, steps: Sequence[PlannedCall]) -> Plan:
    names = [step.name for step in steps]
    if twice := next((name for name in names if names.count(name) > 1), ""):
        raise MalformedStep(f"{twice} stands twice in the plan.")
    return Plan(thought, tuple(steps))
