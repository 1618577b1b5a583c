"""A rule that is ready to run: its queries compiled, its captures and patterns checked."""

import re
from collections.abc import Iterator
from dataclasses import dataclass

from tree_sitter import Query, QueryError

from ankus_code_graph.suspicious import rule as rules
from ankus_code_graph.suspicious.errors import BadRule
from ankus_code_graph.suspicious.rule import Condition, Rule
from ankus_code_graph.suspicious.source import LANGUAGE

_PREDICATE = re.compile(r"#([\w-]+[?!]?)")
_KNOWN = {"eq?", "not-eq?", "match?", "not-match?", "any-of?"}
"""The others, such as #not-any-of?, are silently taken as true by tree-sitter 0.26."""
_WORDS = re.compile(r'#(?:eq|any-of)\?\s+@\w+((?:\s+"[\w.]+")+)\s*\)')
_POSITION = re.compile(r"row (\d+), column (\d+)")
_OWN = ("hit", "function", "file")


@dataclass(frozen=True, slots=True)
class CompiledCondition:
    """A condition with its queries; None where it has none."""

    condition: Condition
    query: Query | None = None
    other: Query | None = None
    """`stop` of inside, `unless` of a path."""


@dataclass(frozen=True)
class CompiledRule:
    """A rule with its queries."""

    rule: Rule
    queries: list[Query]
    conditions: list[CompiledCondition]
    words: list[list[list[bytes]]]
    """For each pattern, groups of words; a file without a word of each group cannot have a match."""

    def may_match(self, data: bytes) -> bool:
        """Whether a file's bytes hold the words that a match needs."""
        return any(all(any(word in data for word in group) for group in groups) for groups in self.words)


def compile_rule(rule: Rule) -> CompiledRule:
    """Compile and check a rule.

    Raises:
        BadRule: With the part, the line and the column that are wrong.
    """
    queries = [_compile(text, f"queries[{i}]") for i, text in enumerate(rule.queries)]
    for i, query in enumerate(queries):
        _require(query, "hit", f"queries[{i}]")
    captured = set.intersection(*(_captures(query) for query in queries)) | {"hit"}
    conditions = []
    for i, condition in enumerate(rule.conditions):
        compiled = _compile_condition(condition, f"conditions[{i}]", captured)
        conditions.append(compiled)
        if condition.kind == "inside" and compiled.query is not None:
            captured |= _captures(compiled.query)
    words = [groups for pair in zip(rule.queries, queries, strict=True) for groups in _words(*pair)]
    return CompiledRule(rule, queries, conditions, words)


def _compile_condition(condition: Condition, where: str, captured: set[str]) -> CompiledCondition:
    for name in _named_captures(condition):
        if name not in captured | set(_OWN):
            raise BadRule(
                f"{where} ({condition.kind}): no capture @{name} in every query before it.",
                hint=f"Captures here: {', '.join(sorted(captured))}; or function, file.",
            )
    if isinstance(condition, rules.Inside):
        query = _compile(condition.query, f"{where}.query")
        _require(query, "scope", f"{where}.query")
        return CompiledCondition(condition, query, _optional(condition.stop, "scope", f"{where}.stop"))
    if isinstance(condition, rules.Contains | rules.Preceded | rules.Path):
        query = _compile(condition.query, f"{where}.query")
        _require(query, "found", f"{where}.query")
        unless = condition.unless if isinstance(condition, rules.Path) else ""
        return CompiledCondition(condition, query, _optional(unless, "found", f"{where}.unless"))
    if isinstance(condition, rules.TypeOf):
        _check_patterns(condition, where)
    return CompiledCondition(condition)


def _named_captures(condition: Condition) -> Iterator[str]:
    for name in ("capture", "of", "variable"):
        if value := getattr(condition, name, ""):
            yield value


def _check_patterns(condition: rules.TypeOf, where: str) -> None:
    if not condition.matches and not condition.not_matches:
        raise BadRule(f"{where} (type_of): neither matches nor not_matches.", hint="Give one of them.")
    for pattern in (condition.matches, condition.not_matches):
        try:
            re.compile(re.sub(r"\{\w+\}", "x", pattern))
        except re.error as error:
            raise BadRule(
                f"{where} (type_of): {error.msg} at position {error.pos} of {pattern!r}.",
                hint="Write a regular expression of Python.",
            ) from error


def _optional(text: str, capture: str, where: str) -> Query | None:
    if not text.strip():
        return None
    query = _compile(text, where)
    _require(query, capture, where)
    return query


def _compile(text: str, where: str) -> Query:
    for match in _PREDICATE.finditer(text):
        if match[1] not in _KNOWN:
            raise BadRule(
                f"{where}: unknown predicate #{match[1]} {_place(text, match.start())}.",
                hint=f"Known are {', '.join('#' + name for name in sorted(_KNOWN))}.",
            )
    try:
        return Query(LANGUAGE, text)
    except QueryError as error:
        raise BadRule(
            f"{where}: {_explained(text, str(error))}",
            hint="Write node types and fields of tree-sitter-c, one bracketed pattern with its predicates.",
        ) from error
    except re.error as error:
        raise BadRule(f"{where}: a pattern of #match? is wrong: {error.msg}.", hint="Correct it.") from error


def _explained(text: str, message: str) -> str:
    """The parser's words with the position from 1 and the line that it means."""
    match = _POSITION.search(message)
    if match is None:
        return f"{message}."
    row, column = int(match[1]), int(match[2])
    lines = text.splitlines() or [""]
    line = lines[min(row, len(lines) - 1)]
    said = _POSITION.sub(f"line {row + 1}, column {column + 1}", message).split("\n")[0]
    return f"{said}: {line.strip()[:120]}"


def _place(text: str, offset: int) -> str:
    line = text.count("\n", 0, offset) + 1
    return f"at line {line}, column {offset - (text.rfind(chr(10), 0, offset) + 1) + 1}"


def _captures(query: Query) -> set[str]:
    return {query.capture_name(i) for i in range(query.capture_count)}


def _require(query: Query, capture: str, where: str) -> None:
    if capture not in _captures(query):
        raise BadRule(
            f"{where}: the query captures no @{capture}.",
            hint=f"Put @{capture} behind the bracket of the node that is meant.",
        )


def _words(text: str, query: Query) -> Iterator[list[list[bytes]]]:
    """The words that matches of each pattern of a query need, as its predicates say."""
    data = text.encode()
    for i in range(query.pattern_count):
        part = data[query.start_byte_for_pattern(i) : query.end_byte_for_pattern(i)].decode(
            "utf-8", "replace"
        )
        yield [re.findall(rb'"([\w.]+)"', match[1].encode()) for match in _WORDS.finditer(part)]
