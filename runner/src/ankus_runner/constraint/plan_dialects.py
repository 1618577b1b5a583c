"""The plan in each engine's dialect: GBNF, xgrammar's structural tag, and JSON Schema.

A step's rules are written once for each step that a plan may have, since each may refer to more than the
one before it. Keys that begin with `$` are kept for references: no free object may have one.
"""

from collections.abc import Mapping, Sequence
from typing import Any

from ankus_runner.constraint.gbnf import Writer, literal, thought
from ankus_runner.constraint.grammar import Offered
from ankus_runner.constraint.json_schema import STRING, closed, without_lengths
from ankus_runner.constraint.plan import JOIN, NOTHING, PATH, PLAIN_KEY, STEP, PlanGrammar
from ankus_runner.constraint.references import Forms, forms, with_code
from ankus_runner.constraint.result_parts import INDEX, Part
from ankus_runner.constraint.structural_tag import thought_tag

MOST_JOINED = 8
"""Pieces of one text."""

_KEY = r'"\"" (([^"\\$\x00-\x20\x7F] | "\\" ["\\]) blanks (char blanks)*)? "\""'
_INDEX = '"0" | [1-9] [0-9]{0,2}'
_ANY_POINTER = '("/" [A-Za-z0-9_-]{1,40}){1,6}'


def plan_to_gbnf(grammar: PlanGrammar) -> str:
    """Write a plan's grammar as GBNF, its first rule `root`."""
    lead = "" if grammar.thought_chars is None else f"{thought(grammar.thought_chars)} "
    return _gbnf(grammar, lead)


def plan_to_structural_tag(grammar: PlanGrammar) -> dict[str, Any]:
    """Write a plan's grammar as the value of `response_format` for vLLM: all but the thought is a grammar."""
    if grammar.thought_chars is None:
        steps = {"type": "grammar", "grammar": _gbnf(grammar, "")}
        return {"type": "structural_tag", "format": steps}
    steps = {"type": "grammar", "grammar": _gbnf(grammar, r'"\n" ')}
    return {"type": "structural_tag", "format": thought_tag(grammar.thought_chars, steps)}


def plan_to_json_schema(grammar: PlanGrammar) -> dict[str, Any]:
    """Write a plan's grammar as the JSON Schema of `{"thought": …, "plan": {"E1": …}}`.

    Each number of steps is an alternative of its own, in which every step is required: so none is left out
    to which a later one could refer.
    """
    names, steps = grammar.names, dict[str, Any]()
    for number, name in enumerate(names):
        earlier = [*grammar.earlier, *names[:number]]
        steps[name] = _either([_json_call(grammar, tool, earlier) for tool in grammar.tools])
    named = {name: {"$ref": f"#/$defs/{name}"} for name in names}
    least = 0 if grammar.may_be_empty else 1
    plans = [closed({name: named[name] for name in names[:n]}) for n in range(least, len(names) + 1)]
    plan = {"plan": _either(plans)}
    whole = closed(plan if grammar.thought_chars is None else {"thought": STRING, **plan})
    return {**whole, "$defs": steps}


def _gbnf(grammar: PlanGrammar, lead: str) -> str:
    writer, names = _StepWriter(grammar), grammar.names
    for number, name in enumerate(names):
        writer.earlier = [*grammar.earlier, *names[:number]]
        calls = [
            writer.add(f"call-{name}-{i}", f"{literal(f'{tool.name} ')} {writer.call(tool)}")
            for i, tool in enumerate(grammar.tools)
        ]
        more = rf' ("\n" {names[number + 1]})?' if number + 1 < len(names) else ""
        writer.add(name, f"{literal(f'{name} = ')} ({' | '.join(calls)}){more}")
    body = f"({literal(NOTHING)} | {names[0]})" if grammar.may_be_empty else names[0]
    return "\n".join([f"root ::= {lead}{body}", *writer.lines()]) + "\n"


class _StepWriter(Writer):
    """Writes values in whose place a reference to an earlier step may stand."""

    def __init__(self, grammar: PlanGrammar) -> None:
        super().__init__(grammar.string_chars)
        self.common["key"] = _KEY
        self.earlier: Sequence[str] = ()
        self._results = grammar.results

    def call(self, tool: Offered) -> str:
        """A rule for a tool's arguments."""
        schema = with_code(tool)
        return self.shared(" | ".join(self.members(choice) for choice in schema.get("anyOf", [schema])))

    def value(self, schema: Mapping[str, Any]) -> str:
        """See the base: or what earlier steps bring."""
        plain = super().value(schema)
        if not self.earlier or "anyOf" in schema or not (allowed := forms(schema, self._results)):
            return plain  # of alternatives, each has its own
        return self.shared(" | ".join([plain, *self._references(allowed)]))

    def _references(self, allowed: Forms) -> list[str]:
        written = [self._step()] if allowed.text else []
        written += [self._part(self._pointer(part)) for part in allowed.parts if _is_plain(part)]
        written += [self._part(_ANY_POINTER)] if allowed.any_part else []
        if allowed.joined:
            piece = self.shared(" | ".join([self.use("string"), *self._references(allowed.joined)]))
            more = f'("," {piece}){{0,{MOST_JOINED - 1}}}'
            written.append(self.shared(f'"$[" {piece} {more} "]"'))
        return written

    def _part(self, pointer: str) -> str:
        return self.shared(f"{self._step()} {pointer}")

    def _step(self) -> str:
        """A rule that names an earlier step."""
        return self.shared(" | ".join(literal(f"${name}") for name in self.earlier))

    def _pointer(self, part: Part) -> str:
        index = f'"/" {self.shared(_INDEX)}'
        return " ".join(index if key is INDEX else literal(f"/{key}") for key in part.path)


def _is_plain(part: Part) -> bool:
    """Whether a part can be named in the text form."""
    return all(key is INDEX or PLAIN_KEY.fullmatch(str(key)) for key in part.path)


def _json_call(grammar: PlanGrammar, tool: Offered, earlier: Sequence[str]) -> dict[str, Any]:
    schema = with_code(tool)
    choices = [_json_members(grammar, choice, earlier) for choice in schema.get("anyOf", [schema])]
    return closed({"tool": {"type": "string", "const": tool.name}, "arguments": _either(choices)})


def _json_members(grammar: PlanGrammar, schema: Mapping[str, Any], earlier: Sequence[str]) -> dict[str, Any]:
    """The arguments of a call; any member, but not one of a member's, may be a reference."""
    found = without_lengths(dict(schema))
    for name, value in schema.get("properties", {}).items():
        allowed = forms(value, grammar.results) if earlier else Forms()
        plain = {key: kept for key, kept in without_lengths(value).items() if key != "code"}
        found["properties"][name] = _either([plain, *_json_references(allowed, earlier)])
    return dict(found)


def _json_references(allowed: Forms, earlier: Sequence[str]) -> list[dict[str, Any]]:
    step = {STEP: {"enum": list(earlier)}}
    written = [closed(step)] if allowed.text else []
    written += [closed({**step, PATH: STRING})] if allowed.parts or allowed.any_part else []
    if allowed.joined:
        pieces = _either([STRING, *_json_references(allowed.joined, earlier)])
        written.append(closed({JOIN: {"type": "array", "items": pieces, "minItems": 1}}))
    return written


def _either(choices: list[dict[str, Any]]) -> dict[str, Any]:
    return choices[0] if len(choices) == 1 else {"anyOf": choices}
