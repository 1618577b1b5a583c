"""Whether control can get from one place of a function to another, and past what.

A way remembers the conditions that it went through, where the function tests them again; so
`if (locked) acquire(); … if (locked) release();` is one way, not four.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field

from tree_sitter import Node

from ankus_code_graph.suspicious.facts import Fact, fact_of, names_in, stripped
from ankus_code_graph.suspicious.flow import EXIT, Flow, Step
from ankus_code_graph.suspicious.source import text_of

MOST_STATES = 4000
"""Steps, each under other assumptions, that one search goes through; beyond it nothing is claimed."""
Assumed = frozenset[Fact]
_RECURRING = -1
"""Where a flow remembers the conditions that it tests more than once; other numbers are those of steps."""


@dataclass(frozen=True)
class Search:
    """What a search looks for.

    Args:
        start: The hit.
        found: Nodes that it looks for.
        ends: Nodes that end a way harmlessly.
        variable: The text of the variable that holds what was acquired, "" for none.
    """

    start: Node
    found: list[Node]
    ends: list[Node]
    variable: str = ""


@dataclass
class Outcome:
    """What was reached.

    Args:
        found: Matches that a way reaches.
        exits: Last steps of ways that reach a return without any match (None where the hit is the last).
        complete: Whether all ways were gone.
    """

    found: list[Node] = field(default_factory=list)
    exits: list[Node | None] = field(default_factory=list)
    complete: bool = True


def search(flow: Flow, wanted: Search, stop_at_found: bool) -> Outcome:
    """Go all ways from the hit.

    Args:
        stop_at_found: Whether a way ends at a match.
    """
    outcome, start = Outcome(), flow.step_around(wanted.start)
    if start is None:
        return outcome
    walk = _Walk(flow, wanted, outcome, stop_at_found)
    walk.go(start)
    outcome.complete = len(walk.seen) <= MOST_STATES
    return outcome


class _Walk:
    def __init__(self, flow: Flow, wanted: Search, outcome: Outcome, stop_at_found: bool) -> None:
        self.flow, self.wanted, self.outcome, self.stop_at_found = flow, wanted, outcome, stop_at_found
        self.seen: set[tuple[int, Assumed]] = set()
        if _RECURRING not in flow.memory:
            flow.memory[_RECURRING] = _recurring(flow.steps)
        self.recurring = flow.memory[_RECURRING]

    def go(self, start: int) -> None:
        """All ways from the successors of a step."""
        pending = list(self._onward(start, _assumed_at(self.wanted.start, self.recurring), None))
        while pending and len(self.seen) <= MOST_STATES:
            number, assumed, before = pending.pop()
            if (number, assumed) in self.seen:
                continue
            self.seen.add((number, assumed))
            if number == EXIT:
                self.outcome.exits.append(before)
            elif number != start and not self._ends(self.flow.steps[number]):
                pending += self._onward(number, assumed, self.flow.steps[number].node or before)

    def _ends(self, step: Step) -> bool:
        """Whether a way ends at a step; what it finds there is kept."""
        if step.node is None:
            return False
        ends = [node for node in self.wanted.ends if _holds(step.node, node)]
        found = [
            node
            for node in self.wanted.found
            if _holds(step.node, node) and not any(_holds(node, end) for end in ends)
        ]
        self.outcome.found += [node for node in found if node not in self.outcome.found]
        return bool(ends) or (bool(found) and self.stop_at_found)

    def _onward(
        self, number: int, assumed: Assumed, before: Node | None
    ) -> Iterator[tuple[int, Assumed, Node | None]]:
        step = self.flow.steps[number]
        assumed = self._still_true(number, assumed)
        for target, fact in step.edges:
            if fact is None:
                yield target, assumed, before
            elif (fact[0], not fact[1]) not in assumed and fact != (self.wanted.variable, False):
                known = assumed | {fact} if fact[0] in self.recurring else assumed
                yield target, known, before

    def _still_true(self, number: int, assumed: Assumed) -> Assumed:
        """The assumptions that a step leaves true."""
        if not assumed:
            return assumed
        if number not in self.flow.memory:
            self.flow.memory[number] = _changed(self.flow.steps[number].node)
        changed = self.flow.memory[number]
        return frozenset(fact for fact in assumed if not names_in(fact[0]) & changed) if changed else assumed


def _recurring(steps: Iterable[Step]) -> frozenset[str]:
    """The keys of conditions that are tested more than once."""
    once, twice = set[str](), set[str]()
    for step in steps:
        for key in {fact[0] for _, fact in step.edges if fact is not None}:
            (twice if key in once else once).add(key)
    return frozenset(twice)


def _assumed_at(node: Node, recurring: frozenset[str]) -> Assumed:
    """What the ifs around a node say when control is there."""
    assumed: set[Fact] = set()
    child, parent = node, node.parent
    while parent is not None and parent.type != "function_definition":
        if (
            parent.type == "if_statement"
            and (condition := parent.child_by_field_name("condition")) is not None
        ):
            if child == parent.child_by_field_name("consequence"):
                assumed |= set(_stated(condition, True))
            elif child == parent.child_by_field_name("alternative"):
                assumed |= set(_stated(condition, False))
        child, parent = parent, parent.parent
    return frozenset(fact for fact in assumed if fact[0] in recurring)


def _stated(condition: Node, holds: bool) -> Iterator[Fact]:
    """The facts that follow from a condition that holds, or doesn't."""
    node = stripped(condition)
    operator = node.child_by_field_name("operator")
    sign = "" if operator is None else operator.type
    if node.type == "binary_expression" and sign in ("&&", "||"):
        if holds == (sign == "&&"):
            for name in ("left", "right"):
                if (part := node.child_by_field_name(name)) is not None:
                    yield from _stated(part, holds)
    elif node.type == "unary_expression" and sign == "!":
        if (part := node.child_by_field_name("argument")) is not None:
            yield from _stated(part, not holds)
    else:
        key, positive = fact_of(node)
        yield key, positive is holds


def _changed(node: Node | None) -> frozenset[str]:
    """The variables that a step assigns, or gives away by their address."""
    if node is None or node.type in ("return_statement", "goto_statement"):
        return frozenset()
    changed, pending = set[str](), [node]
    while pending:
        part = pending.pop()
        target = part.child_by_field_name(_TARGETS.get(part.type, ""))
        if target is not None:
            changed.add(text_of(target))
        pending += part.named_children
    return frozenset(changed)


_TARGETS = {
    "assignment_expression": "left",
    "init_declarator": "declarator",
    "update_expression": "argument",
    "pointer_expression": "argument",
}


def _holds(outer: Node, inner: Node) -> bool:
    return outer.start_byte <= inner.start_byte and inner.end_byte <= outer.end_byte
