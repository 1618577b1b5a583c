"""The ways that control takes through one function, as steps and edges; built from the end to the beginning.

A step is a statement without parts, or a condition without && and ||. Edges that leave a condition carry
what they assume. PG_TRY's blocks, #if branches and macros such as foreach are understood.
"""

from dataclasses import dataclass, field

from tree_sitter import Node

from ankus_code_graph.suspicious import dialect
from ankus_code_graph.suspicious.facts import Fact, fact_of, stripped
from ankus_code_graph.suspicious.source import text_of

EXIT, ERROR, END = 0, 1, 2
_TRUE = frozenset({"1", "true", "TRUE"})
_FALSE = frozenset({"0", "false", "FALSE"})
_PREPROCESSOR = ("preproc_if", "preproc_ifdef", "preproc_elif", "preproc_elifdef", "preproc_else")
_IGNORED = ("comment", "preproc_call", "preproc_def", "preproc_include", "preproc_function_def")


@dataclass(slots=True)
class Step:
    """A statement or condition (None for the exits and for joints), and where control goes from it."""

    node: Node | None
    edges: list[tuple[int, Fact | None]] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class _Place:
    """Where break, continue and errors go."""

    break_to: int
    continue_to: int
    error_to: int


class Flow:
    """The steps of a function's body.

    Args:
        statements: A function's body, or a part of one; control that passes its end comes to END, and break
            and continue that have no loop in it to EXIT.
    """

    def __init__(self, statements: list[Node]) -> None:
        self.steps = [Step(None), Step(None), Step(None, [(EXIT, None)])]
        self.memory: dict[int, frozenset[str]] = {}
        """What searches found out about it, so that the next need not."""
        self._labels: dict[str, int] = {}
        self.entry = self._list(statements, END, _Place(EXIT, EXIT, ERROR))

    def step_around(self, node: Node) -> int | None:
        """The smallest step whose text holds a node."""
        holding = [
            (step.node.end_byte - step.node.start_byte, number)
            for number, step in enumerate(self.steps)
            if step.node is not None
            and step.node.start_byte <= node.start_byte <= node.end_byte <= step.node.end_byte
        ]
        return min(holding)[1] if holding else None

    def _new(self, node: Node | None, *targets: int) -> int:
        self.steps.append(Step(node, [(target, None) for target in targets]))
        return len(self.steps) - 1

    def _join(self, number: int, *targets: int) -> None:
        self.steps[number].edges += [(target, None) for target in targets]

    def _label(self, name: str) -> int:
        if name not in self._labels:
            self._labels[name] = self._new(None)
        return self._labels[name]

    def _statement(self, node: Node, then: int, place: _Place) -> int:
        """The step that a statement begins with, if control goes to `then` behind it."""
        build = getattr(self, f"_{node.type}", None)
        if build is not None:
            entry: int = build(node, then, place)
            return entry
        if node.type in _PREPROCESSOR:
            return self._branches(node, then, place)
        if node.type in _IGNORED:
            return then
        return self._new(node, then)

    def _compound_statement(self, node: Node, then: int, place: _Place) -> int:
        return self._list(node.named_children, then, place)

    def _list(self, nodes: list[Node], then: int, place: _Place) -> int:
        """A sequence of statements; the blocks of PG_TRY are among them."""
        nodes = [node for node in nodes if node.type not in _IGNORED]
        position = len(nodes)
        while position > 0:
            position -= 1
            node = nodes[position]
            before = nodes[position - 1] if position else None
            if dialect.called(node)[0] == "PG_END_TRY":
                first = _first_of_try(nodes, position)
                then = self._try(nodes[first : position + 1], then, place)
                position = first
            elif before is not None and dialect.opens_loop(before):
                then = self._macro_loop(before, node, then, place)
                position -= 1
            else:
                then = self._statement(node, then, place)
        return then

    def _macro_loop(self, head: Node, body: Node, then: int, place: _Place) -> int:
        step = self._new(head, then)
        inner = _Place(then, step, place.error_to)
        self._join(step, self._statement(body, step, inner))
        return step

    def _try(self, nodes: list[Node], then: int, place: _Place) -> int:
        """PG_TRY(); {…} PG_CATCH(); {…} PG_END_TRY(); errors inside go to the handler."""
        middle = next(
            (i for i, node in enumerate(nodes) if dialect.called(node)[0] in ("PG_CATCH", "PG_FINALLY")),
            len(nodes) - 1,
        )
        end = self._new(nodes[-1], then)
        handler = self._list(nodes[middle:-1], end, place) if middle < len(nodes) - 1 else end
        if dialect.called(nodes[middle])[0] == "PG_FINALLY":
            end = handler
        inner = _Place(place.break_to, place.continue_to, handler)
        return self._new(nodes[0], self._list(nodes[1:middle], end, inner), handler)

    def _expression_statement(self, node: Node, then: int, place: _Place) -> int:
        if dialect.never_returns(node):
            return self._new(node, place.error_to)
        return self._new(node, EXIT if dialect.returns(node) else then)

    def _return_statement(self, node: Node, then: int, place: _Place) -> int:
        return self._new(node, EXIT)

    def _break_statement(self, node: Node, then: int, place: _Place) -> int:
        return self._new(node, place.break_to)

    def _continue_statement(self, node: Node, then: int, place: _Place) -> int:
        return self._new(node, place.continue_to)

    def _goto_statement(self, node: Node, then: int, place: _Place) -> int:
        label = node.child_by_field_name("label")
        return self._new(node, self._label(text_of(label)) if label is not None else then)

    def _labeled_statement(self, node: Node, then: int, place: _Place) -> int:
        label = node.child_by_field_name("label")
        rest = [child for child in node.named_children if child != label]
        entry = self._label(text_of(label) if label is not None else "")
        self._join(entry, self._list(rest, then, place))
        return entry

    def _if_statement(self, node: Node, then: int, place: _Place) -> int:
        consequence, alternative = (
            node.child_by_field_name("consequence"),
            node.child_by_field_name("alternative"),
        )
        yes = then if consequence is None else self._statement(consequence, then, place)
        no = then if alternative is None else self._statement(alternative, then, place)
        return self._condition(node.child_by_field_name("condition"), yes, no)

    def _else_clause(self, node: Node, then: int, place: _Place) -> int:
        return self._list(node.named_children, then, place)

    def _while_statement(self, node: Node, then: int, place: _Place) -> int:
        again = self._new(None)
        body = node.child_by_field_name("body")
        inner = _Place(then, again, place.error_to)
        start = again if body is None else self._statement(body, again, inner)
        self._join(again, self._condition(node.child_by_field_name("condition"), start, then))
        return again

    def _do_statement(self, node: Node, then: int, place: _Place) -> int:
        again, test = self._new(None), self._new(None)
        self._join(test, self._condition(node.child_by_field_name("condition"), again, then))
        body = node.child_by_field_name("body")
        inner = _Place(then, test, place.error_to)
        self._join(again, test if body is None else self._statement(body, test, inner))
        return again

    def _for_statement(self, node: Node, then: int, place: _Place) -> int:
        initial, update = node.child_by_field_name("initializer"), node.child_by_field_name("update")
        body, condition = node.child_by_field_name("body"), node.child_by_field_name("condition")
        test = self._new(None)
        step = test if update is None else self._new(update, test)
        inner = _Place(then, step, place.error_to)
        start = step if body is None else self._statement(body, step, inner)
        self._join(test, start if condition is None else self._condition(condition, start, then))
        return test if initial is None else self._new(initial, test)

    def _switch_statement(self, node: Node, then: int, place: _Place) -> int:
        body, inner = node.child_by_field_name("body"), _Place(then, place.continue_to, place.error_to)
        cases = [] if body is None else _cases(body)
        targets, following = [], then
        for case in reversed(cases):
            following = self._list(statements_of(case), following, inner)
            targets.append(following)
        if not any(case.children[0].type == "default" for case in cases):
            targets.append(then)
        return self._new(node.child_by_field_name("condition"), *targets)

    def _branches(self, node: Node, then: int, place: _Place) -> int:
        """#if: the text of one branch, or of the other."""
        skipped = [node.child_by_field_name(name) for name in ("name", "condition", "alternative")]
        inner = [child for child in node.named_children if child not in skipped]
        alternative = node.child_by_field_name("alternative")
        taken = self._list(inner, then, place)
        if node.type == "preproc_else":
            return taken
        other = then if alternative is None else self._branches(alternative, then, place)
        return self._new(None, taken, other)

    def _condition(self, node: Node | None, yes: int, no: int) -> int:
        """The first step of a condition; && and || are taken apart."""
        if node is None:
            return self._new(None, yes, no)
        node = stripped(node)
        operator = node.child_by_field_name("operator")
        if node.type == "binary_expression" and operator is not None and operator.type in ("&&", "||"):
            left, right = node.child_by_field_name("left"), node.child_by_field_name("right")
            second = self._condition(right, yes, no)
            ways = (second, no) if operator.type == "&&" else (yes, second)
            return self._condition(left, *ways)
        if node.type == "unary_expression" and operator is not None and operator.type == "!":
            return self._condition(node.child_by_field_name("argument"), no, yes)
        return self._atom(node, yes, no)

    def _atom(self, node: Node, yes: int, no: int) -> int:
        if (text := text_of(node)) in _TRUE | _FALSE:
            return self._new(node, yes if text in _TRUE else no)
        key, holds = fact_of(node)
        step = self._new(node)
        self.steps[step].edges += [(yes, (key, holds)), (no, (key, not holds))]
        return step


def _first_of_try(nodes: list[Node], end: int) -> int:
    """The place of the PG_TRY that belongs to a PG_END_TRY, or the end's own where there is none."""
    for position in range(end - 1, -1, -1):
        if dialect.called(nodes[position])[0] == "PG_TRY":
            return position
    return end


def _cases(body: Node) -> list[Node]:
    """The cases of a switch, those inside #if too."""
    found = []
    for child in body.named_children:
        if child.type == "case_statement":
            found.append(child)
        elif child.type in _PREPROCESSOR:
            found += _cases(child)
    return found


def statements_of(case: Node) -> list[Node]:
    """What stands behind the colon of a case."""
    value = case.child_by_field_name("value")
    return [child for child in case.named_children if child != value]
