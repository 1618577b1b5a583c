"""openCypher's text as tokens, as far as a guard has to tell code from strings, names and comments.

Where AGE's own scanner could read a text in another way, this one sees more code, never less: comments do
not nest, end at any line end, and are blanked in what AGE gets.
"""

import re
from dataclasses import dataclass
from typing import Literal

from ankus_code_graph.errors import BadQuery

Kind = Literal["name", "quoted", "string", "number", "parameter", "symbol"]
_TOKEN = re.compile(
    r"""
    (?P<blank>[ \t\r\n\f]+)
  | (?P<comment>//[^\r\n]*|/\*.*?\*/)
  | (?P<string>'(?:[^'\\]|\\.)*'|"(?:[^"\\]|\\.)*")
  | (?P<quoted>`(?:[^`]|``)+`)
  | (?P<parameter>\$[^\W\d]\w*)
  | (?P<number>0[xX][0-9a-fA-F]+|[0-9]+(?:\.[0-9]+)?(?:[eE][+-]?[0-9]+)?|\.[0-9]+(?:[eE][+-]?[0-9]+)?)
  | (?P<name>[^\W\d]\w*)
  | (?P<symbol>::|\.\.|<>|<=|>=|=~|\+=|[-()\[\]{}<>=+*%^|,:.;]|/(?![/*]))
    """,
    re.VERBOSE | re.DOTALL,
)
OPENING = {"(": ")", "[": "]", "{": "}"}
CLOSING = {closing: opening for opening, closing in OPENING.items()}


@dataclass(frozen=True, slots=True)
class Token:
    """A piece of a query."""

    kind: Kind
    text: str
    start: int
    """Offset of its first character."""

    @property
    def end(self) -> int:
        """Offset behind its last character."""
        return self.start + len(self.text)

    @property
    def word(self) -> str:
        """A name that is not quoted, in upper case; "" for everything else."""
        return self.text.upper() if self.kind == "name" else ""

    @property
    def value(self) -> str:
        """The name that is meant."""
        return self.text[1:-1].replace("``", "`") if self.kind == "quoted" else self.text


def read_tokens(query: str) -> list[Token]:
    """The tokens of a query, without white space and comments.

    Raises:
        BadQuery: With the place of a character, a string or a bracket that is not right.
    """
    tokens: list[Token] = []
    position = 0
    while position < len(query):
        match = _TOKEN.match(query, position)
        if match is None:
            raise _unreadable(query, position)
        kind = match.lastgroup
        assert kind is not None  # every alternative has a name
        if kind not in ("blank", "comment"):
            tokens.append(Token(kind, match[0], position))  # type: ignore[arg-type]
        position = match.end()
    check_brackets(query, tokens)
    return tokens


def without_comments(query: str) -> str:
    """The query with a blank for each character of a comment, so that places stay."""
    return _TOKEN.sub(lambda match: " " * len(match[0]) if match["comment"] else match[0], query)


def check_brackets(query: str, tokens: list[Token]) -> None:
    """Refuse a bracket without its other half.

    Raises:
        BadQuery: With its place.
    """
    opened: list[Token] = []
    for token in tokens:
        if token.text in OPENING and token.kind == "symbol":
            opened.append(token)
        elif token.text in CLOSING and token.kind == "symbol":
            if not opened or opened[-1].text != CLOSING[token.text]:
                raise BadQuery(f"{token.text} closes nothing at {place(query, token.start)}.")
            opened.pop()
    if opened:
        raise BadQuery(f"{opened[-1].text} is not closed; it stands at {place(query, opened[-1].start)}.")


def depths(tokens: list[Token]) -> list[int]:
    """How many brackets each token stands in; a bracket itself stands outside."""
    found, depth = [], 0
    for token in tokens:
        if token.kind == "symbol" and token.text in CLOSING:
            depth -= 1
        found.append(depth)
        if token.kind == "symbol" and token.text in OPENING:
            depth += 1
    return found


def place(query: str, offset: int) -> str:
    """An offset as people count."""
    line = query.count("\n", 0, offset) + 1
    column = offset - (query.rfind("\n", 0, offset) + 1) + 1
    return f"line {line}, column {column}"


def _unreadable(query: str, position: int) -> BadQuery:
    first = query[position]
    where = place(query, position)
    if first in "'\"`":
        return BadQuery(
            f"A string or name that begins at {where} does not end.", hint=f"Close it with {first}."
        )
    if query.startswith("/*", position):
        return BadQuery(f"A comment that begins at {where} does not end.", hint="Close it with */.")
    if first == "$":
        return BadQuery(f"A parameter at {where} has no name.", hint="Write $name and give it in parameters.")
    return BadQuery(f"{first!r} at {where} means nothing in Cypher.")
