"""Rules over one file, and over a batch of files in a worker process."""

import sys
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from pathlib import Path

from pydantic import TypeAdapter
from tree_sitter import Node, Query, QueryCursor

from ankus_code_graph.suspicious import rule as rules
from ankus_code_graph.suspicious.compiled import CompiledRule, compile_rule
from ankus_code_graph.suspicious.conditions import Hit, holds
from ankus_code_graph.suspicious.finding import Finding, with_fingerprints
from ankus_code_graph.suspicious.rule import Rule
from ankus_code_graph.suspicious.source import LANGUAGE, Source, decoded, name_of, text_of

LARGEST_FILE = 8 << 20
"""Bytes of a file that is still read; larger ones are generated tables."""
DEEPEST = 20_000
"""Python's recursion limit in a worker; nested code is walked recursively."""
_CALLS = Query(LANGUAGE, "(call_expression function: (identifier) @called)")
_UNUSED = Query(LANGUAGE, "(expression_statement (call_expression function: (identifier) @called))")
_CAST = Query(LANGUAGE, "(cast_expression value: (call_expression function: (identifier) @called))")
RULES = TypeAdapter(list[Rule])
Counts = dict[str, tuple[int, int]]
"""Name of a function -> calls that use its result, calls that do not."""


@dataclass
class Scanned:
    """What rules found in files.

    Args:
        counts: Uses of results, where a rule asks for them.
        unclear: Rule -> hits of which a condition could not be decided.
        skipped: "path: reason" of files that were not read.
    """

    findings: list[Finding] = field(default_factory=list)
    counts: Counts = field(default_factory=dict)
    unclear: dict[str, int] = field(default_factory=dict)
    skipped: list[str] = field(default_factory=list)
    files: int = 0

    def add(self, other: "Scanned") -> None:
        """Take in what was found elsewhere."""
        self.findings += other.findings
        self.skipped += other.skipped
        self.files += other.files
        for name, (used, unused) in other.counts.items():
            before = self.counts.get(name, (0, 0))
            self.counts[name] = before[0] + used, before[1] + unused
        for rule, number in other.unclear.items():
            self.unclear[rule] = self.unclear.get(rule, 0) + number


def scan_batch(root: str, paths: Sequence[str], rules_json: bytes) -> Scanned:
    """Run rules over files; what a worker process is asked to do.

    Args:
        paths: Relative to the root, and checked to lie below it.
        rules_json: The rules as JSON: bytes are the same in all batches, so that they are compiled once.
    """
    sys.setrecursionlimit(DEEPEST)
    compiled, found = _compiled(rules_json), Scanned()
    for path in paths:
        found.add(_scan_path(Path(root), path, compiled))
    return found


@lru_cache(maxsize=2)
def _compiled(rules_json: bytes) -> list[CompiledRule]:
    return [compile_rule(rule) for rule in RULES.validate_json(rules_json)]


def _scan_path(root: Path, path: str, compiled: list[CompiledRule]) -> Scanned:
    try:
        if (root / path).stat().st_size > LARGEST_FILE:
            return Scanned(skipped=[f"{path}: larger than {LARGEST_FILE >> 20} MiB"])
        data = (root / path).read_bytes()
    except OSError as error:
        return Scanned(skipped=[f"{path}: {error.strerror}"])
    if b"\0" in data:
        return Scanned(skipped=[f"{path}: binary"])
    try:
        return scan_source(path, data, compiled)
    except RecursionError:
        return Scanned(skipped=[f"{path}: nested too deeply"])


def scan_source(path: str, data: bytes, compiled: Iterable[CompiledRule]) -> Scanned:
    """Run rules over the bytes of one file."""
    compiled, found = list(compiled), Scanned(files=1)
    source = Source(path, data)
    for rule in compiled:
        if rule.may_match(data):
            found.findings += _apply(source, rule, found.unclear)
    if any(isinstance(one, rules.UsuallyUsed) for rule in compiled for one in rule.rule.conditions):
        found.counts = _uses(source)
    found.findings = with_fingerprints(found.findings)
    return found


def _apply(source: Source, compiled: CompiledRule, unclear: dict[str, int]) -> list[Finding]:
    """The findings of one rule in one file; a place is found once."""
    found: dict[tuple[int, int], Finding] = {}
    for query in compiled.queries:
        for captures in source.matches(query, source.root):
            hit = Hit(source, captures, source.function_of(captures["hit"]))
            if all(holds(hit, condition) for condition in compiled.conditions):
                for node in hit.reported or [captures["hit"]]:
                    found.setdefault((node.start_byte, node.end_byte), _finding(hit, compiled.rule, node))
            elif hit.unclear:
                unclear[compiled.rule.id] = unclear.get(compiled.rule.id, 0) + 1
    return list(found.values())


def _finding(hit: Hit, rule: Rule, node: Node) -> Finding:
    return Finding(
        rule=rule.id,
        severity=rule.severity,
        path=hit.source.path,
        line=node.start_point.row + 1,
        column=hit.source.column(node),
        end_line=node.end_point.row + 1,
        function=name_of(hit.function),
        text=hit.source.line(node)[:200],
        callee=_callee(hit, rule, node),
        detail="; ".join(dict.fromkeys(hit.details)),
        related=tuple(dict.fromkeys(hit.related)),
    )


def _callee(hit: Hit, rule: Rule, reported: Node) -> str:
    """The function that a later condition asks about."""
    for condition in rule.conditions:
        if isinstance(condition, rules.UsuallyUsed | rules.Reaches):
            node = reported if hit.reported else hit.node(condition.capture)
            return "" if node is None else text_of(node)
    return ""


def _uses(source: Source) -> Counts:
    """How often the results of functions are used in a file; one that is cast, as to void, is neither."""
    calls, unused, cast = (_tally(source, query) for query in (_CALLS, _UNUSED, _CAST))
    return {name: (number - unused[name] - cast[name], unused[name]) for name, number in calls.items()}


def _tally(source: Source, query: Query) -> Counter[str]:
    return Counter(decoded(node.text) for node in QueryCursor(query).captures(source.root).get("called", []))
