"""What narrows the hits of a rule's query: one function for each kind of condition."""

import re
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from tree_sitter import Node, Query

from ankus_code_graph.suspicious import rule as rules
from ankus_code_graph.suspicious.compiled import CompiledCondition
from ankus_code_graph.suspicious.declared import variable_of
from ankus_code_graph.suspicious.finding import Related
from ankus_code_graph.suspicious.flow import END, Flow, statements_of
from ankus_code_graph.suspicious.formats import misfits
from ankus_code_graph.suspicious.paths import Outcome, Search, search
from ankus_code_graph.suspicious.source import Captures, Source, text_of

_MEANT = re.compile(
    r"fall.{0,3}thr|drop.{0,3} in|FALLTHR|no.?break|drops? through|intentional", re.IGNORECASE
)


@dataclass
class Hit:
    """A match of a rule's query, and what the conditions add to it."""

    source: Source
    captures: Captures
    function: Node | None
    details: list[str] = field(default_factory=list)
    related: list[Related] = field(default_factory=list)
    reported: list[Node] = field(default_factory=list)
    """Nodes to report in the place of the hit."""
    unclear: bool = False
    """Whether a condition could not be decided."""

    def node(self, capture: str) -> Node | None:
        """The node of a capture; `function` and `file` are those around the hit."""
        if capture == "file":
            return self.source.root
        return self.function if capture == "function" else self.captures.get(capture)


def holds(hit: Hit, compiled: CompiledCondition) -> bool:
    """Whether a condition holds for a hit; those that need all files or a graph hold until then."""
    check = _CHECKS.get(type(compiled.condition))
    return check is None or check(hit, compiled, compiled.condition)


def _joined(hit: Hit, found: Captures, own: str) -> bool:
    """Whether a match of a condition agrees with the hit's captures of the same name."""
    for name, node in found.items():
        mine = hit.captures.get(name)
        if name != own and mine is not None and mine.text != node.text and text_of(mine) != text_of(node):
            return False
    return True


def _inside(hit: Hit, compiled: CompiledCondition, condition: rules.Inside) -> bool:
    scopes, stops = _scopes(hit.source, compiled.query), _scopes(hit.source, compiled.other)
    node: Node | None = hit.captures["hit"]
    while node is not None and node.id not in stops:
        matching = [found for found in scopes.get(node.id, []) if _joined(hit, found, "scope")]
        if matching:
            if condition.kind == "inside":
                hit.captures = matching[0] | hit.captures | {"scope": node}
            return condition.kind == "inside"
        node = node.parent
    return condition.kind == "not_inside"


def _scopes(source: Source, query: Query | None) -> dict[int, list[Captures]]:
    """The matches in the file by the id of their @scope, found once."""
    key = ("scopes", query)
    if key not in source.cache:
        scopes: dict[int, list[Captures]] = {}
        for found in [] if query is None else source.matches(query, source.root):
            scopes.setdefault(found["scope"].id, []).append(found)
        source.cache[key] = scopes
    return source.cache[key]  # type: ignore[return-value]


def _contains(hit: Hit, compiled: CompiledCondition, condition: rules.Contains) -> bool:
    node = hit.node(condition.capture)
    if node is None or compiled.query is None:
        return condition.kind == "not_contains"
    shared = condition.capture in ("function", "file")
    matches = (hit.source.matches_once if shared else hit.source.matches)(compiled.query, node)
    matching = any(_joined(hit, found, "found") for found in matches)
    return matching is (condition.kind == "contains")


def _path(hit: Hit, compiled: CompiledCondition, condition: rules.Path) -> bool:
    if hit.function is None or compiled.query is None:
        return False
    if hit.source.is_broken(hit.function):
        hit.unclear = True
        return False
    followed = condition.kind == "followed_by"
    variable = hit.captures.get(condition.variable) if condition.variable else None
    wanted = Search(
        hit.captures["hit"],
        _found(hit, compiled.query),
        _found(hit, compiled.other),
        "" if variable is None else text_of(variable),
    )
    outcome = search(_flow(hit.source, hit.function), wanted, stop_at_found=not followed)
    if not outcome.complete:
        hit.unclear = True
        return False
    return _note_found(hit, condition, outcome) if followed else _note_exit(hit, outcome)


def _found(hit: Hit, query: Query | None) -> list[Node]:
    """The nodes of a function that a path query finds, those that agree with the hit."""
    if query is None or hit.function is None:
        return []
    matches = hit.source.matches_once(query, hit.function)
    return [found["found"] for found in matches if _joined(hit, found, "found")]


def _flow(source: Source, function: Node) -> Flow:
    """The ways through a function, built once."""
    key = ("flow", function.id)
    if key not in source.cache:
        body = function.child_by_field_name("body")
        assert body is not None
        source.cache[key] = Flow([body])
    return source.cache[key]  # type: ignore[return-value]


def _note_found(hit: Hit, condition: rules.Path, outcome: Outcome) -> bool:
    places = sorted(outcome.found, key=lambda node: node.start_byte)
    if condition.report:
        hit.reported += places
        hit.related.append(Related(hit.captures["hit"].start_point.row + 1, "begins here"))
    elif places:
        hit.related.append(Related(places[0].start_point.row + 1, "reached here"))
    return bool(places)


def _note_exit(hit: Hit, outcome: Outcome) -> bool:
    if not outcome.exits:
        return False
    lines = sorted({node.start_point.row + 1 for node in outcome.exits if node is not None})
    if lines:
        hit.related.append(Related(lines[0], "leaves the function here"))
    return True


def _preceded(hit: Hit, compiled: CompiledCondition, condition: rules.Preceded) -> bool:
    before = hit.captures["hit"].start_byte
    preceded = any(node.start_byte < before for node in _found(hit, compiled.query))
    return preceded is (condition.kind == "preceded_by")


def _type_of(hit: Hit, compiled: CompiledCondition, condition: rules.TypeOf) -> bool:
    node = hit.node(condition.capture)
    variable = None if node is None else variable_of(hit.source, node)
    if variable is None:
        return False
    if condition.matches and not re.search(_filled(hit, condition.matches), variable.type):
        return False
    if condition.not_matches and re.search(_filled(hit, condition.not_matches), variable.type):
        return False
    hit.details.append(f"{variable.name} is {variable.type}")
    return True


def _filled(hit: Hit, pattern: str) -> str:
    """A pattern with the texts of captures in the place of their names."""
    for name, node in hit.captures.items():
        pattern = pattern.replace("{" + name + "}", re.escape(text_of(node)))
    return pattern


def _declared(hit: Hit, compiled: CompiledCondition, condition: rules.Declared) -> bool:
    node, outer = hit.node(condition.capture), hit.node(condition.of)
    variable = None if node is None else variable_of(hit.source, node)
    if condition.kind == "declared_global":
        return variable is not None and variable.scope.type == "translation_unit"
    if variable is None or outer is None or variable.static or variable.scope.type == "translation_unit":
        return False
    inside = outer.start_byte <= variable.node.start_byte < outer.end_byte
    return inside is (condition.kind == "declared_inside")


def _format(hit: Hit, compiled: CompiledCondition, condition: rules.Format) -> bool:
    node = hit.node(condition.capture)
    found = [] if node is None else misfits(hit.source, node)
    hit.details += [f"{one.conversion} given {one.argument}, a {one.type}" for one in found]
    return bool(found)


def _ends(hit: Hit, compiled: CompiledCondition, condition: rules.Ends) -> bool:
    node = hit.node(condition.capture)
    if node is None or hit.function is None or hit.source.is_broken(hit.function):
        return False
    return _falls_through(node) if condition.kind == "falls_through" else _reaches_end([node])


def _same_line(hit: Hit, compiled: CompiledCondition, condition: rules.SameLine) -> bool:
    node = hit.node(condition.capture)
    return node is not None and node.end_point.row == hit.captures["hit"].start_point.row


def _falls_through(case: Node) -> bool:
    following, comments = _next_case(case)
    statements = [child for child in statements_of(case) if child.type != "comment"]
    if following is None or not statements or any(_MEANT.search(text_of(comment)) for comment in comments):
        return False
    return _reaches_end(statements)


def _next_case(case: Node) -> tuple[Node | None, list[Node]]:
    """The case behind one, and the comments at its end and between them."""
    comments = _last_comments(case)
    node = case.next_named_sibling
    while node is not None and node.type == "comment":
        comments.append(node)
        node = node.next_named_sibling
    return (node if node is not None and node.type == "case_statement" else None), comments


def _last_comments(node: Node) -> list[Node]:
    """Comments anywhere in the last statements of a case."""
    found, pending = [], [node]
    while pending:
        part = pending.pop()
        found += [child for child in part.named_children if child.type == "comment"]
        pending += part.named_children[-2:]
    return found


def _reaches_end(statements: list[Node]) -> bool:
    """Whether control passes the end of statements: those of a case, or a body."""
    flow = Flow(statements)
    pending, seen = [flow.entry], set[int]()
    while pending:
        number = pending.pop()
        if number == END:
            return True
        if number not in seen:
            seen.add(number)
            pending += [target for target, _ in flow.steps[number].edges]
    return False


_CHECKS: dict[type, Callable[[Hit, CompiledCondition, Any], bool]] = {
    rules.Inside: _inside,
    rules.Contains: _contains,
    rules.Path: _path,
    rules.Preceded: _preceded,
    rules.TypeOf: _type_of,
    rules.Declared: _declared,
    rules.Format: _format,
    rules.Ends: _ends,
    rules.SameLine: _same_line,
}
