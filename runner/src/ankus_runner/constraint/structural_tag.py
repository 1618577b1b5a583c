"""The step as an xgrammar structural tag, the form in which vLLM takes it as `response_format`.

The form is that of xgrammar 0.2.8 (`xgrammar.structural_tag`). Why a tool's arguments are a grammar in it,
and the thought `any_text`, is measured in docs/decisions/0003-arguments-as-a-grammar.md.
"""

from typing import Any

from ankus_runner.constraint.gbnf import arguments_to_gbnf
from ankus_runner.constraint.grammar import StepGrammar


def to_structural_tag(grammar: StepGrammar) -> dict[str, Any]:
    """Write a step's grammar as the value of `response_format` for vLLM."""
    lead = "" if grammar.thought_chars is None else "\n"
    actions = [
        _call(f"{lead}Call: {tool.name}", arguments_to_gbnf(tool, string_chars=grammar.string_chars))
        for tool in grammar.tools
    ]
    if grammar.final:
        text = _text(grammar.final_chars, ["\nThought:"])
        openings = [_either([_const(opening) for opening in grammar.openings])] if grammar.openings else []
        actions.append(_sequence(_const(f"{lead}Final: "), *openings, *text))
    step = _either(actions)
    if grammar.thought_chars is not None:
        step = thought_tag(grammar.thought_chars, step)
    return {"type": "structural_tag", "format": step}


def thought_tag(chars: int, rest: dict[str, Any]) -> dict[str, Any]:
    """The line of a thought without its end, and what comes then."""
    return _sequence(_const("Thought: "), *_text(chars, ["\n", "\r"]), rest)


def _call(begin: str, arguments: str) -> dict[str, Any]:
    return {"type": "tag", "begin": begin, "content": {"type": "grammar", "grammar": arguments}, "end": ""}


def _text(chars: int | None, excludes: list[str]) -> list[dict[str, Any]]:
    """At least one character that is no blank, then text without any of `excludes`."""
    rest: dict[str, Any] = {"type": "any_text", "excludes": excludes}
    if chars is not None:
        rest["max_chars"] = chars - 1
    return [{"type": "regex", "pattern": r"[^\x00-\x20\x7f]"}, rest]


def _either(choices: list[dict[str, Any]]) -> dict[str, Any]:
    return choices[0] if len(choices) == 1 else {"type": "or", "elements": choices}


def _const(value: str) -> dict[str, Any]:
    return {"type": "const_string", "value": value}


def _sequence(*elements: dict[str, Any]) -> dict[str, Any]:
    return {"type": "sequence", "elements": list(elements)}
