"""The preprocessor's expansion of macros in a piece of text (C11, 6.10.3), with # and ##.

Only names that macros make, and definitions that macros hold, need it; bodies are never expanded.
"""

import re
from collections.abc import Callable
from typing import Protocol

_TOKEN = re.compile(
    r'"(?:\\.|[^"\\])*"|\'(?:\\.|[^\'\\])*\'|[A-Za-z_]\w*|\.?\d(?:[eEpP][+-]|[\w.])*|##|\s+|.', re.DOTALL
)
_NAME = re.compile(r"[A-Za-z_]\w*")
MOST_TOKENS = 200_000


class Definition(Protocol):
    """What a macro's definition has to tell."""

    @property
    def params(self) -> list[str] | None:
        """Its parameters; None for one without parentheses."""
        ...

    @property
    def text(self) -> str:
        """What it stands for."""
        ...


Lookup = Callable[[str], Definition | None]


class TooLong(Exception):
    """Raised when an expansion grows beyond MOST_TOKENS."""


def expand(text: str, lookup: Lookup) -> str:
    """The text with every macro in it expanded.

    Args:
        lookup: The definition of a name, or None.

    Raises:
        TooLong: If the text grows without bound.
    """
    return "".join(_expand(_TOKEN.findall(text), lookup, frozenset()))


def _expand(tokens: list[str], lookup: Lookup, hidden: frozenset[str]) -> list[str]:
    found: list[str] = []
    place = 0
    while place < len(tokens):
        word = tokens[place]
        place += 1
        definition = lookup(word) if _NAME.fullmatch(word) and word not in hidden else None
        if definition is None:
            found.append(word)
            continue
        if definition.params is None:
            body = _pasted(_TOKEN.findall(definition.text))
        else:
            arguments, behind = _arguments(tokens, place)
            if arguments is None:
                found.append(word)
                continue
            place = behind
            body = _substituted(definition, arguments, lookup, hidden)
        made = _expand(body, lookup, hidden | {word})
        if made and _takes_arguments(made[-1], lookup, tokens, place):
            tokens, place = [made.pop(), *tokens[place:]], 0
        found += made
        if len(found) > MOST_TOKENS:
            raise TooLong
    return found


def _takes_arguments(name: str, lookup: Lookup, tokens: list[str], place: int) -> bool:
    """Whether an expansion ends with a macro's name whose arguments stand behind it."""
    if _next_word(tokens, place - 1) != "(" or not _NAME.fullmatch(name):
        return False
    definition = lookup(name)
    return definition is not None and definition.params is not None


def _arguments(tokens: list[str], place: int) -> tuple[list[list[str]] | None, int]:
    """The arguments that begin at a place, and where they end; None where no parenthesis follows."""
    while place < len(tokens) and tokens[place].isspace():
        place += 1
    if place >= len(tokens) or tokens[place] != "(":
        return None, place
    arguments: list[list[str]] = [[]]
    depth = 0
    for position in range(place, len(tokens)):
        word = tokens[position]
        depth += (word == "(") - (word == ")")
        if depth == 0:
            return [_stripped(one) for one in arguments], position + 1
        if word == "," and depth == 1:
            arguments.append([])
        elif depth > 1 or word != "(":
            arguments[-1].append(word)
    return None, place


def _stripped(tokens: list[str]) -> list[str]:
    start, end = 0, len(tokens)
    while start < end and tokens[start].isspace():
        start += 1
    while end > start and tokens[end - 1].isspace():
        end -= 1
    return tokens[start:end]


def _substituted(
    definition: Definition, arguments: list[list[str]], lookup: Lookup, hidden: frozenset[str]
) -> list[str]:
    """The body with the arguments in the places of the parameters; expanded, but for those of # and ##."""
    given = _given(definition.params or [], arguments)
    body = _TOKEN.findall(definition.text)
    found: list[str] = []
    for place, word in enumerate(body):
        if word == "#" and _next_word(body, place) in given:
            continue
        argument = given.get(word)
        if argument is None:
            found.append(word)
        elif _previous_word(body, place) == "#":
            found.append('"' + "".join(argument).replace("\\", "\\\\").replace('"', '\\"') + '"')
        elif _previous_word(body, place) == "##" or _next_word(body, place) == "##":
            found += argument
        else:
            found += _expand(argument, lookup, hidden)
    return _pasted(found)


def _given(params: list[str], arguments: list[list[str]]) -> dict[str, list[str]]:
    given: dict[str, list[str]] = {}
    for number, name in enumerate(params):
        if name.endswith("..."):
            rest: list[str] = []
            for one in arguments[number:]:
                rest += [*([","] if rest else []), *one]
            given[name.removesuffix("...") or "__VA_ARGS__"] = rest
        else:
            given[name] = arguments[number] if number < len(arguments) else []
    return given


def _next_word(tokens: list[str], place: int) -> str:
    return next((word for word in tokens[place + 1 :] if not word.isspace()), "")


def _previous_word(tokens: list[str], place: int) -> str:
    return next((word for word in reversed(tokens[:place]) if not word.isspace()), "")


def _pasted(tokens: list[str]) -> list[str]:
    """The tokens with those on both sides of ## joined."""
    found: list[str] = []
    joining = False
    for word in tokens:
        if word == "##":
            while found and found[-1].isspace():
                found.pop()
            joining = True
        elif joining and word.isspace():
            continue
        elif joining and found:
            found[-1] += word
            joining = False
        else:
            found.append(word)
            joining = False
    return found
