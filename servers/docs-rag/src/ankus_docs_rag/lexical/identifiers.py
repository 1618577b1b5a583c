"""Exact spellings: the names in a text, and those of a question that the documents ought to have.

A question about something that is not there can hardly be told by its score, but by its identifiers it can.
What a text has is read generously, what a question asks for strictly: a name that was not meant to be one
would make a good answer look as if it were missing.
"""

import re
from collections.abc import Iterator

from pglast import keywords

from ankus_docs_rag.lexical.ordinary import (
    ABBREVIATIONS,
    CLAUSES,
    DATA_STATEMENTS,
    DEFINITIONS,
    KINDS,
    OBJECTS,
    OF_A_USER,
    PRODUCTS,
    QUALIFIERS,
)

_NAME = r"\$?[A-Za-z_][A-Za-z0-9_$]*"
_OPTION = r"(?<![\w-])-{1,2}[A-Za-z][A-Za-z0-9]*(?:-[A-Za-z0-9]+)*"
_DOTTED = re.compile(rf"(?<![A-Za-z0-9_.@/-]){_NAME}(?:\.{_NAME})*(?![A-Za-z0-9_@])")
_OPTIONS = re.compile(_OPTION)
_LONG_OPTION = re.compile(r"(?<![\w-])--[a-z][a-z0-9]*(?:-[a-z0-9]+)+(?![\w-])")
_ERROR_CODE = re.compile(
    r"(?<![\w.])[0-9](?=[0-9A-Z]{4}(?![\w.]))(?=[0-9]*[A-Z])[0-9A-Z]{4}|\b[0-9]{5}\b(?!\.\d)"
)
_CALL = re.compile(rf"({_NAME})\s?\(")
_TIGHT_CALL = re.compile(rf"(?<![\w.])({_NAME})\((?!s\))")
_QUOTED = re.compile(r"`([^`\n]{1,60})`|[\"“«]([^\"”»\n]{1,60})[\"”»]")
_SHOUTED = re.compile(r"(?<![\w-])[A-Z][A-Z0-9]+(?:[ \t]+[A-Z][A-Z0-9]+){1,7}(?![\w-])")
_CAPITALS = re.compile(r"(?<![\w.-])[A-Z][A-Z0-9]{2,}(?![\w-])")
_HUMPED = re.compile(r"[a-z][a-z0-9]*[A-Z]|[A-Z]{2,}[a-z]{2}|[A-Z][a-z0-9]+[A-Z]")
_LOWER_HUMP = re.compile(r"[a-z]+(?:[A-Z][a-z]+)+")
_MIXED = re.compile(r"[a-z]{3,}[0-9]+[a-z0-9]*")
_STATEMENT = re.compile(
    r"\binsert\s+into\s+\w+\s*[(v]|\bupdate\s+\S+\s+set\b|\bcreate\s+table\s+\S+\s*\(|\bdelete\s+from\b|;\s*$",
    re.IGNORECASE,
)
_SELECT, _FROM = re.compile(r"\bselect\b", re.IGNORECASE), re.compile(r"\bfrom\b", re.IGNORECASE)
_MESSAGE = re.compile(
    r"does not exist|already exists|не существует|violates|ERROR:|FATAL:|ОШИБКА:", re.IGNORECASE
)
_ABOUT_CODES = re.compile(
    r"sqlstate|error code|errcode|код(?:ом|а|у)? ошибки|ошибк\w+ (?:с кодом )?\d{5}|\berror \d{5}",
    re.IGNORECASE,
)
_VERSION = re.compile(r"(?:v|pg|postgres|postgresql|version)\d+\w*")
_NEAR = 60
"""Characters around a name in which the words beside it are looked for."""
_NEIGHBOUR = re.compile(r"([A-Za-zА-Яа-яЁё]+)[\s\"'`«“]*$")
_NEXT = re.compile(r"^[\s\"'`»”]*([A-Za-zА-Яа-яЁё]+)")
_SUFFIX = re.compile(r"\.(?:conf|so|control|signal|pid|opts)$")
_KEYWORDS = frozenset(
    word.upper()
    for words in (
        keywords.RESERVED_KEYWORDS,
        keywords.UNRESERVED_KEYWORDS,
        keywords.COL_NAME_KEYWORDS,
        keywords.TYPE_FUNC_NAME_KEYWORDS,
    )
    for word in words
)


def identifiers_of(text: str) -> set[str]:
    """Everything in a text that looks like an identifier, spelt as it is there.

    Names with an underscore, a dollar, a digit or a hump, dotted names and their parts, words in capitals,
    command-line options, error codes, functions that are called, and single words in quotes.
    """
    found = {name for match in _DOTTED.finditer(text) for name in _with_parts(match[0]) if _looks(name)}
    found.update(match[0] for match in _OPTIONS.finditer(text))
    found.update(match[0] for match in _ERROR_CODE.finditer(text))
    found.update(match[1] for match in _CALL.finditer(text))
    for match in _QUOTED.finditer(text):
        found.update(_single(match[1] or match[2]))
    return found


def asked_identifiers(question: str) -> list[str]:
    """The identifiers of a question that one would expect verbatim in the documents, in its order.

    Left out: products, versions, sizes, abbreviations, and what seems to be the asker's own table or
    column.
    """
    found = sorted(_candidates(question), key=lambda candidate: candidate[1])
    return list(dict.fromkeys(name for name, _ in found))


def asked_words(question: str) -> list[str]:
    """Plain words that a question uses as names: quoted, in capitals, or beside what they name.

    They look like any other word, so whether the documents have one is asked of the terms, not of the
    identifiers.
    """
    if _is_code(question) or _MESSAGE.search(question):
        return []
    found = [
        (match.start(), match[0])
        for match in _CAPITALS.finditer(question)
        if not (_is_ordinary(match[0]) or _VERSION.fullmatch(match[0].lower()))
    ]
    for match in _QUOTED.finditer(question):
        found += [(match.start(), name) for name in _single(match[1] or match[2]) if _is_plain(name)]
    found += [(start, name) for name, start in _beside_kind(question)]
    return list(dict.fromkeys(name for _, name in sorted(found)))


def asked_phrases(question: str) -> list[str]:
    """Capital words that begin a statement or a clause of SQL: the documents ought to have them in a row."""
    if _is_code(question):
        return []
    runs = [match[0].split() for match in _SHOUTED.finditer(question)]
    return list(dict.fromkeys(phrase for run in runs for phrase in _phrases(run)))


def spellings_of(name: str) -> set[str]:
    """The forms in which the documents may have a name that was asked for: case is folded by SQL."""
    bare = name.rstrip("()")
    return {bare, bare.lower(), bare.upper()} - {""}


def _candidates(question: str) -> Iterator[tuple[str, int]]:
    for match in _LONG_OPTION.finditer(question):
        yield match[0], match.start()
    for match in _ERROR_CODE.finditer(question):
        if not match[0].isdigit() or _ABOUT_CODES.search(question):
            yield match[0], match.start()
    own = _is_code(question) or _MESSAGE.search(question) is not None
    for match in _DOTTED.finditer(question):
        names = _asked_parts(match[0])
        if names and (own or _is_own(question, match.start(), match.end())):
            names = [name for name in names if name.lower().startswith("pg_")]
        for name in names:
            yield name, match.start()
    for match in _TIGHT_CALL.finditer(question):
        if not (own or _is_ordinary(match[1])):
            yield match[1], match.start()


def _asked_parts(dotted: str) -> list[str]:
    if dotted.lower() in PRODUCTS:
        return []
    parts = [part for part in dotted.split(".") if _is_name(part)]
    return [dotted] if not parts and "." in dotted and _SUFFIX.search(dotted) else parts


def _is_name(word: str) -> bool:
    """Whether a word alone shows that it is a name of the documented system."""
    lower = word.lower()
    if lower in PRODUCTS or (OF_A_USER.search(lower) and not lower.startswith("pg_")):
        return False
    if "_" in word.strip("_"):
        return True
    if _MIXED.fullmatch(lower) and not word.isupper():
        return lower not in ABBREVIATIONS and not _VERSION.fullmatch(lower)
    return _LOWER_HUMP.fullmatch(word) is not None or re.fullmatch(r"PQ[a-z]\w+", word) is not None


def _is_code(question: str) -> bool:
    """Whether a question has a statement of SQL in it, or is all in capitals: its names are the asker's."""
    if question.isupper() and len(question.split()) > 4:
        return True
    select = _SELECT.search(question)
    selects = select is not None and _FROM.search(question, select.end()) is not None
    return selects or _STATEMENT.search(question) is not None


def _is_own(question: str, start: int, end: int) -> bool:
    """Whether the words around a name say that it is an object of the asker's."""
    before = _NEIGHBOUR.search(question[max(0, start - _NEAR) : start])
    after = _NEXT.search(question[end : end + _NEAR])
    return any(found is not None and OBJECTS.fullmatch(found[1].lower()) for found in (before, after))


def _beside_kind(question: str) -> Iterator[tuple[str, int]]:
    """Latin words beside a noun that says what they name."""
    for match in KINDS.finditer(question):
        name = match["before"] or match["after"] or match["after_russian"]
        if _is_plain(name) and not _is_ordinary(name):
            yield name, match.start()


def _phrases(run: list[str]) -> list[str]:
    while run and run[-1].lower() in ABBREVIATIONS:
        run = run[:-1]
    if len(run) < 2:
        return []
    first, second = run[:2]
    if first in DEFINITIONS:
        size = 3 if len(run) == 3 and second in QUALIFIERS else 2
        return [" ".join(run[:size])]
    if first in CLAUSES or (first in DATA_STATEMENTS and second not in _KEYWORDS):
        return [f"{first} {second}"]
    return []


def _with_parts(dotted: str) -> list[str]:
    return [dotted, *dotted.split(".")] if "." in dotted else [dotted]


def _looks(name: str) -> bool:
    if len(name) < 2:
        return False
    return (
        any(character in "_$." or character.isdigit() for character in name)
        or (name.isupper() and len(name) > 2)
        or _HUMPED.search(name) is not None
    )


def _single(quoted: str) -> list[str]:
    """A quoted text, where it is one name."""
    name = quoted.strip().removesuffix("()")
    return [name] if re.fullmatch(rf"{_NAME}(?:\.{_NAME})*", name) else []


def _is_plain(name: str) -> bool:
    return name.isascii() and name.isalpha() and len(name) > 2


def _is_ordinary(word: str) -> bool:
    lower = word.lower()
    singular = lower.removesuffix("s")
    return not {lower, singular}.isdisjoint(ABBREVIATIONS | PRODUCTS)
