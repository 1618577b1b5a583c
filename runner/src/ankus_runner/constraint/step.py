"""A step of the agent: a thought, then exactly one call or the final answer.

In the text form, and in the JSON form:

    Thought: <one line>                  {"thought": "…",
    Call: <server__tool> <JSON object>    "action": {"tool": "…", "arguments": {…}}}

    Thought: <one line>                  {"thought": "…",
    Final: <text>                         "action": {"final": "…"}}

In the text form one string argument may stand raw in a fence that bears its name, as code does in the texts
that models learnt from; the others, if any, stand before it as JSON:

    Call: <server__tool> <JSON object or nothing>
    ```<argument>
    <text>
    ```
"""

import json
import math
import re
from dataclasses import dataclass
from typing import Any

from ankus_runner.constraint.shorthand import compact
from ankus_runner.errors import RunnerError

_BLANKS = " \t\r\n"
_FORM = 'Write "Thought: " and one line, then "Call: " a tool and its arguments, or "Final: " and the answer.'
_FENCED = re.compile(
    r"(?P<tool>[^\s{]+)[ \t]*(?P<others>\{[^\n]*\})?[ \t]*\n"
    r"(?:```(?P<name>[A-Za-z_]\w*)[ \t]*\n(?P<raw>.*)|`{1,3}\w*)",
    re.DOTALL,
)
_CALL = re.compile(r"(?P<tool>[^\s{]+)[ \t]*(?P<arguments>\{.*)", re.DOTALL)
_LABELS = ("Thought:", "Call:", "Final:")


class MalformedStep(RunnerError):
    """Raised when a text is not a step; the message says what is wrong with it."""

    code = "malformed_step"


class TruncatedStep(MalformedStep):
    """Raised when a text is the beginning of a step that was cut off; it must never be acted on."""

    code = "truncated_step"


@dataclass(frozen=True)
class Call:
    """A call of the tool of that full name with these arguments, which are not validated yet."""

    name: str
    arguments: dict[str, Any]


@dataclass(frozen=True)
class Final:
    """The answer to the person, never empty."""

    text: str


@dataclass(frozen=True)
class Step:
    """What the model wrote: its thought, "" where there is none, and what it wants done."""

    thought: str
    action: Call | Final


def render_step(step: Step) -> str:
    """The text that `parse_step` reads back as `step`, with compact JSON and characters unescaped."""
    match step.action:
        case Call(name, arguments):
            line = f"Call: {name} {compact(arguments)}"
        case Final(answer):
            line = f"Final: {answer}"
    thought = step.thought.replace("\n", " ")
    return f"Thought: {thought}\n{line}" if thought else line


def render_json_step(step: Step) -> str:
    """The JSON that `parse_json_step` reads back as `step`."""
    action: dict[str, Any]
    match step.action:
        case Call(name, arguments):
            action = {"tool": name, "arguments": arguments}
        case Final(answer):
            action = {"final": answer}
    return compact({"thought": step.thought, "action": action} if step.thought else {"action": action})


def parse_step(text: str) -> Step:
    """Read a step in the text form; blanks around it, and around the answer, do not count.

    Raises:
        TruncatedStep: The text ends before the step does. An answer that is cut off cannot be told from a
            short one: that is for `finish_reason` to say.
        MalformedStep: The text is no step.
    """
    text = text.strip(_BLANKS)
    thought, rest = "", text
    if text.startswith("Thought:"):
        line, newline, rest = text.removeprefix("Thought:").partition("\n")
        thought = line.strip(_BLANKS)
        if not newline:
            raise TruncatedStep("The step ends after its thought.", hint=_FORM)
    if rest.startswith("Call:"):
        return Step(thought, _read_call(rest.removeprefix("Call:").strip(_BLANKS)))
    if rest.startswith("Final:"):
        return Step(thought, _read_final(rest.removeprefix("Final:")))
    if any(label.startswith(rest) for label in _LABELS):
        raise TruncatedStep("The step ends before its call or answer.", hint=_FORM)
    raise MalformedStep(f"A step cannot go on with {excerpt(rest)}.", hint=_FORM)


def _read_call(text: str) -> Call:
    if (fenced := _FENCED.fullmatch(text)) is not None:
        return _read_fenced(**fenced.groupdict())
    match = _CALL.fullmatch(text)
    if match is None:
        if re.fullmatch(r"[^\s{]*", text):
            raise TruncatedStep("The call ends before its arguments.", hint=_FORM)
        raise MalformedStep(f"A call needs a tool and a JSON object, not {excerpt(text)}.", hint=_FORM)
    return Call(match["tool"], read_object(match["arguments"], "The arguments of the call"))


def _read_fenced(tool: str, others: str | None, name: str | None, raw: str | None) -> Call:
    """A call with one argument in a fence, which ends the text."""
    value, fence, after = (raw or "").partition("```")
    if not fence or name is None:
        raise TruncatedStep("The call ends before the fence of its argument is closed.", hint=_FORM)
    if after.strip(_BLANKS):
        raise MalformedStep(f"Nothing may follow the fence, but {excerpt(after)} does.", hint=_FORM)
    if not value.strip(_BLANKS):
        raise MalformedStep(f"The fence of {name} is empty.", hint=_FORM)
    arguments = read_object(others, "The arguments of the call") if others else {}
    if name in arguments:
        raise MalformedStep(f'The argument "{name}" stands twice.', hint=_FORM)
    return Call(tool, {name: value.strip(_BLANKS), **arguments})


def _read_final(text: str) -> Final:
    text = text.strip(_BLANKS)
    if not text:
        raise TruncatedStep("The final answer is empty.", hint="Write the answer after Final:.")
    return Final(text)


def parse_json_step(text: str) -> Step:
    """Read a step in the JSON form.

    Raises:
        TruncatedStep: The text ends before the JSON object does.
        MalformedStep: The text is no step.
    """
    step = read_object(text.strip(_BLANKS), "The step")
    thought, action = step.pop("thought", ""), step.pop("action", None)
    if not isinstance(thought, str) or not isinstance(action, dict) or step:
        raise MalformedStep('A step has a "thought" and an "action", and nothing else.')
    match action:
        case {"tool": str(name), "arguments": dict(arguments)} if len(action) == 2:
            return Step(thought.strip(_BLANKS), Call(name, arguments))
        case {"final": str(answer)} if len(action) == 1:
            return Step(thought.strip(_BLANKS), _read_final(answer))
    raise MalformedStep('An action is {"tool": …, "arguments": {…}} or {"final": "…"}.')


def read_object(text: str, what: str) -> dict[str, Any]:
    """Parse exactly one JSON object of finite numbers, whole characters and keys that differ (RFC 8259)."""
    if not text or _is_open(text):
        raise TruncatedStep(f"{what}: the text ends before the JSON object does.")
    try:
        value = json.loads(
            text, object_pairs_hook=_distinct, parse_constant=_no_constant, parse_float=_finite
        )
        compact(value).encode()
    except json.JSONDecodeError as error:
        wrong = f"{what}: {error.msg} at {excerpt(text[error.pos :])}."
        raise MalformedStep(wrong, hint="Write one JSON object, and no more.") from error
    except UnicodeEncodeError as error:
        raise MalformedStep(f"{what}: half of a surrogate pair is not text.") from error
    except RecursionError as error:
        raise MalformedStep(f"{what}: the JSON is nested too deeply.") from error
    except ValueError as error:  # Python reads no integer of more than 4300 digits
        raise MalformedStep(f"{what}: a number has too many digits.") from error
    if not isinstance(value, dict):
        raise MalformedStep(f"{what} must be a JSON object, not {excerpt(text)}.")
    return value


def _is_open(text: str) -> bool:
    """Whether JSON ends within a string, an object or an array."""
    bare = re.sub(r'"(?:[^"\\]|\\.)*"', "", text, flags=re.DOTALL)
    return '"' in bare or sum(bare.count(c) for c in "{[") > sum(bare.count(c) for c in "}]")


def _distinct(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    value = dict(pairs)
    if len(value) < len(pairs):
        keys = [key for key, _ in pairs]
        twice = next(key for key in keys if keys.count(key) > 1)
        raise MalformedStep(f'The key "{twice}" stands twice in one object.')
    return value


def _no_constant(name: str) -> float:
    raise MalformedStep(f"{name} is not a JSON number.")


def _finite(digits: str) -> float:
    value = float(digits)
    if not math.isfinite(value):
        raise MalformedStep(f"The number {excerpt(digits)} is too large.")
    return value


def excerpt(text: str) -> str:
    line = text[:40].replace("\n", " ")
    return f"'{line}…'" if len(text) > 40 else f"'{line}'"
