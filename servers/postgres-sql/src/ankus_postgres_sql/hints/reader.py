"""Hints read from text, with what is wrong in it told as the extension would take it.

pg_hint_plan reads one hint after the other and stops at the first that it cannot make out; what stood
before is used (https://github.com/ossc-db/pg_hint_plan/blob/REL17_1_7_0/docs/errors.md). pg_plan_advice
refuses a text with any mistake as a whole.
"""

import difflib
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from typing import Literal

from lark import Lark
from lark.exceptions import UnexpectedInput

from ankus_postgres_sql.hints import words
from ankus_postgres_sql.hints.builder import build
from ankus_postgres_sql.hints.errors import HintSyntax
from ankus_postgres_sql.hints.grammar import Dialect, rules
from ankus_postgres_sql.hints.model import Hint
from ankus_postgres_sql.hints.notation import lark

MAX_CHARACTERS = 20_000
_HINT_OPEN, _CLOSE, _COMMENT_OPEN = "/*+", "*/", "/*"


@dataclass(frozen=True)
class Problem:
    """Something wrong in a text of hints."""

    severity: Literal["error", "warning"]
    code: str
    message: str
    advice: str
    hint: str = ""
    """The hint that it is about, as it was written."""

    @property
    def text(self) -> str:
        """The problem in one line."""
        return f"{self.severity}: {self.message} {self.advice}"


@dataclass(frozen=True)
class Reading:
    """What a text of hints says, and what is wrong in it."""

    hints: tuple[Hint, ...]
    written: tuple[str, ...]
    """Each hint as it was written."""
    problems: tuple[Problem, ...]

    @property
    def failed(self) -> bool:
        """Whether something in it is an error."""
        return any(problem.severity == "error" for problem in self.problems)


def parse(text: str, dialect: Dialect = "pg_hint_plan") -> tuple[Hint, ...]:
    """The hints of a text, which must be free of errors.

    Raises:
        HintSyntax: With the first error and what would be right.
    """
    reading = read(text, dialect)
    for problem in reading.problems:
        if problem.severity == "error":
            raise HintSyntax(problem.message, hint=problem.advice)
    return reading.hints


def read(text: str, dialect: Dialect = "pg_hint_plan") -> Reading:
    """The hints of a text, with or without the comment's signs, and every problem of its form."""
    if len(text) > MAX_CHARACTERS:
        message = f"The hints have {len(text)} characters; {MAX_CHARACTERS} are read."
        return Reading((), (), (Problem("error", "too_long", message, "Send fewer hints."),))
    return _read_advice(text) if dialect == "pg_plan_advice" else _read_hints(text)


def _read_advice(text: str) -> Reading:
    if not text.strip():
        return Reading((), (), ())
    try:
        tree = _parser("pg_plan_advice").parse(_without_comments(text), start="start")
    except UnexpectedInput as error:
        return Reading((), (), (_syntax_problem(text, error, words.ADVICE_TAGS, "pg_plan_advice"),))
    hints = tuple(build(tree))
    return Reading(hints, (text.strip(),) * bool(hints), ())


def _without_comments(text: str) -> str:
    """The text with blanks for comments, such as the feedback that EXPLAIN writes behind each advice."""
    while (start := text.find(_COMMENT_OPEN)) >= 0 and (end := text.find(_CLOSE, start)) >= 0:
        text = text[:start] + " " * (end + 2 - start) + text[end + 2 :]
    return text


def _read_hints(text: str) -> Reading:
    body, problem = _body(text)
    if problem:
        return Reading((), (), (problem,))
    hints, written, problems = list[Hint](), list[str](), list[Problem]()
    for item, complete in _items(body):
        problems += _comma(item)
        try:
            built = build(_parser("pg_hint_plan").parse(item, start="hint"))
            hints += built
            written.append(item)
        except UnexpectedInput as error:
            problems.append(_syntax_problem(item, error, words.KEYWORDS, "pg_hint_plan"))
            if not complete or not _known(item):
                rest = "It stops reading here: this hint and all behind it are ignored."
                problems.append(Problem("error", "stops_here", rest, "Correct it first.", item))
                break
        else:
            problems += _wrong_case(item)
    return Reading(tuple(hints), tuple(written), tuple(problems))


def _body(text: str) -> tuple[str, Problem | None]:
    """What stands between the comment's signs; without them all of it."""
    text = text.strip()
    if text.count(_HINT_OPEN) > 1:
        message = "There are two hint comments: from pg_hint_plan 1.7 on the whole statement fails."
        return "", Problem("error", "two_comments", message, "Put all hints into one comment.")
    if text.startswith(("/* +", "--+", "-- +")):
        message = "This is a plain comment: a hint comment begins with /*+, without a space."
        return "", Problem("error", "no_hint_comment", message, "Write /*+ … */ or the bare hints.")
    if text.startswith(_HINT_OPEN):
        text = text.removeprefix(_HINT_OPEN)
        if not text.endswith(_CLOSE):
            return "", Problem(
                "error", "unterminated_comment", "The comment does not end.", "Add */ behind it."
            )
        text = text.removesuffix(_CLOSE)
    if _COMMENT_OPEN in text or _CLOSE in text:
        message = "A comment inside of the hint comment makes pg_hint_plan drop all hints."
        return "", Problem("error", "nested_comment", message, "Take the inner comment away.")
    return text.strip(), None


def _items(text: str) -> Iterator[tuple[str, bool]]:
    """The single hints as pg_hint_plan cuts them, and whether each has all of its parentheses."""
    start = depth = 0
    quoted = False
    for place, sign in enumerate(text):
        if sign == '"' and depth:
            quoted = not quoted
        elif not quoted and sign == "(":
            depth += 1
        elif not quoted and sign == ")":
            depth -= 1
            if depth <= 0:
                yield text[start : place + 1].strip(), depth == 0
                start, depth = place + 1, 0
    if rest := text[start:].strip():
        yield rest, False


def _known(item: str) -> bool:
    keyword = item.partition("(")[0].strip().lower()
    return keyword in {word.lower() for word in words.KEYWORDS}


def _comma(item: str) -> list[Problem]:
    bare = "".join(part for part in item.split('"')[::2])
    if "," not in bare:
        return []
    parts = item.split('"')
    parts[::2] = [" ".join(part.replace(",", " ").split(" ")) for part in parts[::2]]
    repaired = " ".join('"'.join(parts).split())
    return [
        Problem(
            "error",
            "comma",
            f"{item}: a comma is taken for a part of the name, so that the hint matches nothing.",
            f"Put spaces between the names: {repaired}",
            item,
        )
    ]


def _wrong_case(item: str) -> list[Problem]:
    keyword = item.partition("(")[0].strip()
    right = next(word for word in words.KEYWORDS if word.lower() == keyword.lower())
    if keyword == right:
        return []
    message = f"{keyword} works, as pg_hint_plan reads its words in any case, but names it does not."
    return [Problem("warning", "keyword_case", message, f"Write {right}.", item)]


def _syntax_problem(text: str, error: UnexpectedInput, known: tuple[str, ...], language: Dialect) -> Problem:
    """What is wrong at the place where the grammar did not go on."""
    place = error.pos_in_stream if error.pos_in_stream is not None and error.pos_in_stream >= 0 else len(text)
    word = text[place:].split("(")[0].split(")")[0].strip() or "the end"
    keyword = text.partition("(")[0].strip()
    if keyword.lower() not in {name.lower() for name in known} and place <= len(keyword):
        near = difflib.get_close_matches(keyword.lower(), [name.lower() for name in known], n=1)
        right = next((name for name in known if near and name.lower() == near[0]), "")
        advice = f"Write {right}." if right else f"There are: {', '.join(known)}."
        return Problem("error", "unknown_hint", f"{keyword} is no hint of {language}.", advice, text)
    form = _FORMS.get(keyword.lower(), "")
    advice = f"Its form: {form}." if form else f"Look at the grammar: hints://grammar/{language}/ebnf."
    return Problem("error", "syntax", f"{text}: {word} does not fit here.", advice, text)


def _forms() -> Iterator[tuple[str, str]]:
    for word in words.SCANS:
        yield word, f"{word}(alias index …)" if word in words.INDEXED else f"{word}(alias)"
    for word in (*words.JOINS, "Memoize", "NoMemoize"):
        yield word, f"{word}(alias alias …)"
    yield "Leading", "Leading(a b c) or, with sides, Leading(((a b) c))"
    yield "Rows", "Rows(alias alias … #1000), with # + - or * before the number"
    yield "Parallel", "Parallel(alias 2) or Parallel(alias 2 hard)"
    yield "Set", "Set(parameter value)"


_FORMS = {word.lower(): form for word, form in _forms()}


@cache
def _parser(dialect: Dialect) -> Lark:
    """The reader of one language, made once."""
    starts = ["start", "hint"] if dialect == "pg_hint_plan" else ["start"]
    return Lark(lark(rules(dialect, reading=True), any_case=True), parser="lalr", start=starts)
