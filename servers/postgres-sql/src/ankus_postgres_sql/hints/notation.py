"""A grammar as data, and its spelling in three notations.

Names in capitals are tokens. `SPACE` stands where two words would run together; between all others no
space is needed. Notations:

- Lark (https://lark-parser.readthedocs.io/en/stable/grammar.html): what our own reader uses;
- GBNF (https://github.com/ggml-org/llama.cpp/blob/master/grammars/README.md): for constrained decoding;
- EBNF of the W3C (https://www.w3.org/TR/xml/#sec-notation): for readers.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass


@dataclass(frozen=True)
class Text:
    """Exactly this text."""

    text: str


@dataclass(frozen=True)
class Ref:
    """What the rule of this name says."""

    name: str


@dataclass(frozen=True)
class Chars:
    """One character of a class, written as in a regular expression: `[a-z_]`."""

    chars: str


@dataclass(frozen=True)
class Seq:
    """One after the other."""

    items: tuple["Expression", ...]


@dataclass(frozen=True)
class Alt:
    """One of them."""

    items: tuple["Expression", ...]


@dataclass(frozen=True)
class Many:
    """None, one or several."""

    item: "Expression"


@dataclass(frozen=True)
class Maybe:
    """None or one."""

    item: "Expression"


@dataclass(frozen=True)
class Space:
    """One space."""


Expression = Text | Ref | Chars | Seq | Alt | Many | Maybe | Space
Rules = Mapping[str, Expression]
"""A grammar: the first rule is its start."""

SPACE = Space()


def words(*texts: str) -> Alt:
    """One of some words."""
    return Alt(tuple(Text(text) for text in texts))


def reachable(rules: Rules) -> dict[str, Expression]:
    """The rules that the first one leads to, in their order."""
    by_bare_name = {name.split(".")[0]: name for name in rules}
    pending, seen = [next(iter(rules))], set[str]()
    while pending:
        name = by_bare_name[pending.pop()]
        if name not in seen:
            seen.add(name)
            pending.extend(_references(rules[name]))
    return {name: body for name, body in rules.items() if name in seen}


def _references(expression: Expression) -> list[str]:
    match expression:
        case Ref(name):
            return [name]
        case Seq(items) | Alt(items):
            return [name for item in items for name in _references(item)]
        case Many(item) | Maybe(item):
            return _references(item)
        case _:
            return []


def lark(rules: Rules, any_case: bool = False) -> str:
    """The grammar for Lark; white space counts for nothing between tokens.

    Args:
        any_case: Whether words may be written in capitals or not.
    """
    flag = "i" if any_case else ""
    lines = [f"{name}: {_spelled(body, lambda leaf: _lark_leaf(leaf, flag))}" for name, body in rules.items()]
    return "\n".join([*lines, "%ignore /[ \\t\\r\\n\\f\\v]+/", ""])


def gbnf(rules: Rules) -> str:
    """The grammar for llama.cpp and whatever else reads GBNF; its start is `root`."""
    start = next(iter(rules))

    def leaf(found: Expression) -> str:
        return "root" if found == Ref(start) else _leaf(found)

    return "".join(
        f"{'root' if name == start else _dashed(name)} ::= {_spelled(body, leaf)}\n"
        for name, body in rules.items()
    )


def ebnf(rules: Rules) -> str:
    """The grammar in the W3C's notation."""
    return "".join(f"{_dashed(name)} ::= {_spelled(body, _ebnf_leaf)}\n" for name, body in rules.items())


def _spelled(expression: Expression, leaf: Callable[[Expression], str], inside: bool = False) -> str:
    """One expression; the notations differ in their leaves only.

    Args:
        inside: Whether alternatives need parentheses, because something stands beside them.
    """
    match expression:
        case Alt((only,)) | Seq((only,)):
            return _spelled(only, leaf, inside)
        case Alt(items):
            text = " | ".join(_spelled(item, leaf) for item in items)
            return f"({text})" if inside else text
        case Seq(items):
            text = " ".join(part for item in items if (part := _spelled(item, leaf, inside=True)))
            return f"({text})" if inside else text
        case Many(item):
            return f"{_grouped(item, leaf)}*"
        case Maybe(item):
            return f"{_grouped(item, leaf)}?"
        case _:
            return leaf(expression)


def _grouped(item: Expression, leaf: Callable[[Expression], str]) -> str:
    text = _spelled(item, leaf, inside=True)
    return f"({text})" if isinstance(item, Many | Maybe) else text


def _escaped(text: str) -> str:
    return text.replace("\\", "\\\\").replace('"', '\\"')


def _dashed(name: str) -> str:
    return name.lower().replace("_", "-")


def _lark_leaf(leaf: Expression, flag: str) -> str:
    match leaf:
        case Text(text):
            return f'"{_escaped(text)}"{flag if text.isidentifier() else ""}'
        case Chars(chars):
            return f"/{chars}/"
        case Ref(name):
            return name
        case _:
            return ""  # a space, which Lark ignores


def _leaf(leaf: Expression) -> str:
    match leaf:
        case Text(text):
            return f'"{_escaped(text)}"'
        case Chars(chars):
            return chars
        case Ref(name):
            return _dashed(name)
        case _:
            return '" "'


def _ebnf_leaf(leaf: Expression) -> str:
    if isinstance(leaf, Text) and '"' in leaf.text:
        return f"'{leaf.text}'"  # the notation has no escapes
    return f'"{leaf.text}"' if isinstance(leaf, Text) else _leaf(leaf)
