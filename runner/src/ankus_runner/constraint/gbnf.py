"""The step as GBNF, the grammar language of llama.cpp (its grammars/README.md); xgrammar reads it too.

The thought comes once, each tool is one rule with literal keys, nothing optional stands between tokens.
Runs of blanks are bounded in strings and in the answer: a small model that falls into a loop
usually falls into one of blanks, and would fill its budget with it.
"""

from collections.abc import Mapping, Sequence
from typing import Any

from ankus_runner.constraint.grammar import Offered, StepGrammar
from ankus_runner.constraint.integers import integer_expression
from ankus_runner.constraint.nested import nest
from ankus_runner.constraint.shorthand import compact

BLANK_RUN = 16
"""Longest run of blanks in a string or an answer: a line break and the indentation of nested SQL fit."""

_NOT_BLANK = r"[^\x00-\x20\x7F]"
_IN_LINE = r"[^\x00-\x1F\x7F]"
_COMMON = {
    # \b, \f, \/ and \u are left out: \b is a regular expression's mistake, half a surrogate pair is no text
    "char": r'[^"\\\x00-\x20\x7F] | "\\" ["\\]',
    "blank": r'" " | "\\" [nrt]',
    "blanks": f"blank{{0,{BLANK_RUN}}}",
    # at most 25 digits before and 199 in the exponent: every number is finite as a double
    "number": '"-"? ("0" | [1-9] [0-9]{0,24}) ("." [0-9]{1,24})? ([eE] [-+]? "1"? [0-9]? [0-9])?',
    "value": 'map | list | string | number | "true" | "false" | "null"',
    "map": '"{" (key ":" value ("," key ":" value)*)? "}"',
    "key": "string",
    "list": '"[" (value ("," value)*)? "]"',
}
_PARTS = {
    "string": ("char", "blanks"),
    "filled": ("char", "blanks"),
    "blanks": ("blank",),
    "value": ("map", "list", "string", "number"),
    "map": ("key", "value"),
    "key": ("string",),
    "list": ("value",),
}


def to_gbnf(grammar: StepGrammar) -> str:
    """Write a step's grammar as GBNF, its first rule `root`."""
    writer = Writer(grammar.string_chars)
    actions = []
    if grammar.tools:
        calls = [writer.add(f"call-{i}", _call(writer, tool)) for i, tool in enumerate(grammar.tools)]
        actions.append(f'"Call: " ({" | ".join(calls)})')
    if grammar.final:
        writer.gap()
        actions.append(f'"Final: " {writer.add("final", _final(grammar.final_chars, grammar.openings))}')
    action = " | ".join(actions)
    root = action if grammar.thought_chars is None else f"{thought(grammar.thought_chars)} ({action})"
    return "\n".join([f"root ::= {root}", *writer.lines()]) + "\n"


def arguments_to_gbnf(tool: Offered, *, string_chars: int | None = None) -> str:
    """Write what follows a tool's name as GBNF: its arguments as JSON, or one of them raw in a fence."""
    writer = Writer(string_chars)
    return "\n".join([f"root ::= {writer.arguments(tool)}", *writer.lines()]) + "\n"


def thought(chars: int) -> str:
    """The line of a thought as an expression."""
    return rf'"Thought: " {_NOT_BLANK}{_repeated(_IN_LINE, 0, chars - 1)} "\n"'


def _final(chars: int | None, openings: Sequence[str]) -> str:
    text = _NOT_BLANK + _repeated(f"(gap {_NOT_BLANK})", 0, None if chars is None else chars - 1)
    return f"({' | '.join(map(literal, openings))}) {text}" if openings else text


def _call(writer: "Writer", tool: Offered) -> str:
    return f"{literal(tool.name)} ({writer.arguments(tool)})"


class Writer:
    """Rules written so far; equal values share one rule, so that a grammar grows with what differs."""

    def __init__(self, string_chars: int | None) -> None:
        self._more = None if string_chars is None else string_chars - 1
        more = _repeated("(char blanks)", 0, self._more)
        some = f"char blanks{more}"
        self.common = {
            "string": rf'"\"" blanks ({some})? "\""',
            "filled": rf'"\"" blanks {some} "\""',
            **_COMMON,
        }
        self._rules: dict[str, str] = {}
        self._names: dict[str, str] = {}

    def add(self, name: str, body: str) -> str:
        """Add a rule, and its name back."""
        self._rules[name] = body
        return name

    def lines(self) -> list[str]:
        """The rules, one a line."""
        return [f"{name} ::= {body}" for name, body in self._rules.items()]

    def gap(self) -> str:
        return self.add("gap", rf"[ \n\t]{{0,{BLANK_RUN}}}")

    def use(self, name: str) -> str:
        """Add a common rule and the ones that it is made of."""
        if name not in self._rules:
            self.add(name, self.common[name])
            for part in _PARTS.get(name, ()):
                self.use(part)
        return name

    def arguments(self, tool: Offered) -> str:
        """What may follow a tool's name: a JSON object; or, where one string may be raw, that in a fence."""
        whole = f'" " {self.value(tool.schema)}'
        if not tool.raw:
            return whole
        fenced = self._fenced(tool.raw)
        others = {name: value for name, value in tool.schema["properties"].items() if name != tool.raw}
        required = [name for name in tool.schema["required"] if name != tool.raw]
        if others:
            rest = f'" " {self.members({"properties": others, "required": required})}'
            fenced = f"{rest} {fenced}" if required else f"({rest})? {fenced}"
        return f"{whole} | {fenced}"

    def _fenced(self, name: str) -> str:
        """Text between fences, not all blank; one backtick in it, and a model that closes the fence in a
        token of its own liking would write on and on, so text with backticks is left to JSON.
        """
        self.gap()
        self.add("code", r"[^`\x00-\x20\x7F]")
        body = f"code{_repeated('(gap code)', 0, self._more)}"
        return self.shared(rf'"\n```{name}\n" {body} "\n```"')

    def value(self, schema: Mapping[str, Any]) -> str:
        """The name of a rule for the values of a normalised schema (see `subset.normalise`)."""
        if "anyOf" in schema:
            return self.shared(" | ".join(self.value(choice) for choice in schema["anyOf"]))
        if "enum" in schema:
            return self.shared(" | ".join(literal(compact(value)) for value in schema["enum"]))
        match schema.get("type"):
            case "object":
                return self.members(schema)
            case "array":
                return self._array(schema)
            case "string" if "gbnf" in schema:
                return self._nested(schema["gbnf"])
            case "string":
                return self.use("filled" if schema.get("minLength") else "string")
            case "integer":
                return self.shared(integer_expression(schema.get("minimum"), schema.get("maximum")))
            case "boolean":
                return self.shared('"true" | "false"')
            case "null":
                return self.shared('"null"')
            case "number":
                return self.use("number")
            case _:
                return self.use("value")

    def _nested(self, gbnf: str) -> str:
        """A string whose text is bound by a grammar of its own."""
        if gbnf not in self._names:
            prefix = f"n{len(self._names)}-"
            rules = nest(gbnf, prefix)
            self._rules |= rules
            self._names[gbnf] = self.add(f"{prefix}string", rf'"\"" {next(iter(rules))} "\""')
        return self._names[gbnf]

    def shared(self, body: str) -> str:
        """The name of the one rule of that body."""
        name = self._names.get(body)
        if name is None:
            name = self._names[body] = f"v-{len(self._names)}"
            self._rules[name] = body
        return name

    def members(self, schema: Mapping[str, Any]) -> str:
        """The name of a rule for the objects of a normalised schema."""
        if "properties" not in schema:
            return self._map(schema.get("additionalProperties", True))
        required = set(schema.get("required", ()))
        members = {
            name: f"{literal(compact(name) + ':')} {self.value(value)}"
            for name, value in schema["properties"].items()
        }
        always = [member for name, member in members.items() if name in required]
        optional = [member for name, member in members.items() if name not in required]
        body = ' "," '.join(always) + "".join(f' ("," {member})?' for member in optional)
        if not always and optional:
            body = f"({self._first_of(optional)})?"
        return self.shared(f'"{{" {body} "}}"')

    def _first_of(self, optional: Sequence[str]) -> str:
        """Members that may each be left out, where none before them brings the comma."""
        rests = [""]  # what may follow each member, from the last one backwards
        for member in reversed(optional[1:]):
            rests.append(self.shared(f'("," {member})? {rests[-1]}'.rstrip()))
        rests.reverse()
        return " | ".join(f"{member} {rest}".rstrip() for member, rest in zip(optional, rests, strict=True))

    def _map(self, values: Any) -> str:
        if values is True:
            return self.use("map")
        member = f'{self.use("key")} ":" {self.value(values)}'
        return self.shared(f'"{{" ({member} ("," {member})*)? "}}"')

    def _array(self, schema: Mapping[str, Any]) -> str:
        if "prefixItems" in schema:
            items = ' "," '.join(self.value(item) for item in schema["prefixItems"])
            return self.shared(f'"[" {items} "]"')
        item = self.value(schema["items"])
        least, most = schema.get("minItems", 0), schema.get("maxItems")
        if most == 0:
            return self.shared('"[]"')
        more = _repeated(f'("," {item})', max(0, least - 1), None if most is None else most - 1)
        some = f"{item}{more}" if least else f"({item}{more})?"
        return self.shared(f'"[" {some} "]"')


def _repeated(item: str, least: int, most: int | None) -> str:
    """The end of a sequence: an item so many times, without limit where `most` is None."""
    if most == 0:  # llguidance's reader of GBNF takes no {0,0}
        return ""
    return f" {item}*" if (least, most) == (0, None) else f" {item}{{{least},{'' if most is None else most}}}"


def literal(text: str) -> str:
    """A text as GBNF quotes it."""
    named = {"\\": r"\\", '"': r"\"", "\n": r"\n", "\r": r"\r", "\t": r"\t"}
    return '"' + "".join(named.get(c, f"\\x{ord(c):02X}" if ord(c) < 0x20 else c) for c in text) + '"'
