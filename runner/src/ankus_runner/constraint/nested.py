"""A grammar of its own within a JSON string of the step: hints that can name only what there is, say."""

import re

from ankus_runner.constraint.shorthand import compact
from ankus_runner.errors import RunnerError

_RULE = re.compile(r"([A-Za-z][\w-]*)\s*::=\s*(.*)")
_TOKEN = re.compile(r'("(?:[^"\\]|\\.)*")|(\[(?:[^\]\\]|\\.)*\])|([A-Za-z][\w-]*)|(.)')
_ESCAPE = re.compile(r"\\(x[0-9A-Fa-f]{2}|u[0-9A-Fa-f]{4}|U[0-9A-Fa-f]{8}|.)")
_ESCAPES = {"n": "\n", "r": "\r", "t": "\t", "\\": "\\", '"': '"'}


class UnsupportedGrammar(RunnerError):
    """Raised when a grammar cannot be put into a JSON string."""

    code = "unsupported_grammar"


def nest(gbnf: str, prefix: str) -> dict[str, str]:
    """The rules of a grammar whose texts become what stands between a JSON string's quotes.

    Args:
        gbnf: GBNF with one rule a line, the first of them its beginning.
        prefix: What the rules' names are to begin with, so that they meet no others.

    Returns:
        The rules by name, the first one first; literals are escaped as JSON escapes them.

    Raises:
        UnsupportedGrammar: A line is no rule, or a class of characters admits a quote or a backslash.
    """
    rules = {}
    for line in filter(None, map(str.strip, gbnf.splitlines())):
        match = _RULE.fullmatch(line)
        if match is None:
            raise UnsupportedGrammar(f"This is no rule of GBNF: {line[:60]}")
        rules[prefix + match[1]] = _TOKEN.sub(lambda token: _renamed(token, prefix), match[2])
    if not rules:
        raise UnsupportedGrammar("The grammar is empty.")
    return rules


def _renamed(token: re.Match[str], prefix: str) -> str:
    literal, characters, name, other = token.groups()
    if literal:
        text = _ESCAPE.sub(_unescaped, literal[1:-1])
        inside = compact(text)[1:-1].replace("\\", "\\\\").replace('"', '\\"')
        return f'"{inside}"'
    if characters:
        if characters.startswith("[^") or re.search(r'["\\]', characters):
            raise UnsupportedGrammar(f"A JSON string cannot hold all of {characters} as it is.")
        return str(characters)
    return prefix + name if name else str(other)


def _unescaped(escape: re.Match[str]) -> str:
    code = escape[1]
    return chr(int(code[1:], 16)) if len(code) > 1 else _ESCAPES.get(code, code)
