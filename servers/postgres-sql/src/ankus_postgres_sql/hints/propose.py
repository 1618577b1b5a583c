"""Hint sets worth a try, read off the plan that the planner chose: a small search without a model.

For each join the other methods, for each table the other scans, for each join its sides turned round, the
real numbers of rows where they were misjudged, and the planner's switches for the statement as a whole.
"""

from collections.abc import Iterator

from ankus_postgres_sql.hints.model import (
    Hint,
    Join,
    JoinHint,
    Order,
    OrderHint,
    Pair,
    ParallelHint,
    Relation,
    RowsHint,
    Scan,
    ScanHint,
    SettingHint,
)
from ankus_postgres_sql.plans.estimates import error_factor
from ankus_postgres_sql.plans.model import JOINS, Node, Plan

MISJUDGED = 2.0
"""From how many times off a number of rows is corrected."""
_METHODS = {"Nested Loop": Join.NESTED_LOOP, "Hash Join": Join.HASH, "Merge Join": Join.MERGE}
_SCANS = {
    "Seq Scan": (Scan.INDEX, Scan.BITMAP),
    "Index Scan": (Scan.SEQ, Scan.BITMAP),
    "Index Only Scan": (Scan.SEQ, Scan.BITMAP),
    "Bitmap Heap Scan": (Scan.SEQ, Scan.INDEX),
}
_SETTINGS = (
    *(("enable_" + name, "off") for name in ("nestloop", "hashjoin", "mergejoin", "seqscan", "bitmapscan")),
    *(("enable_" + name, "off") for name in ("memoize", "hashagg", "material", "sort")),
    ("work_mem", "256MB"),
    ("random_page_cost", "1.1"),
    ("max_parallel_workers_per_gather", "0"),
)


def propose(plan: Plan) -> list[tuple[Hint, ...]]:
    """Hint sets for the statement of a plan, each once, in a fixed order.

    Args:
        plan: Of the statement without hints; run, if numbers of rows are to be corrected.
    """
    sets = [*_rows(plan), *_joins(plan), *_scans(plan), *_orders(plan), *_workers(plan), *_settings()]
    return list(dict.fromkeys(sets))


def _order_of(node: Node) -> Order | None:
    """The join order at and below a node; None where anything but joins of tables stands there."""
    if "Relation Name" in node.fields and node.alias:
        return Relation(node.alias)
    sides = [
        child for child in node.children if child.fields.get("Parent Relationship") in ("Outer", "Inner")
    ]
    below = [order for side in sides if (order := _order_of(side)) is not None]
    if node.type in JOINS and len(below) == 2:
        return Pair(*below)
    passing = node.type in (
        "Hash",
        "Sort",
        "Materialize",
        "Memoize",
        "Gather",
        "Gather Merge",
        "Incremental Sort",
    )
    return below[0] if passing and len(below) == 1 else None


def _pure_joins(plan: Plan) -> Iterator[tuple[Node, tuple[Relation, ...]]]:
    """The joins of tables alone, with their relations."""
    for node in plan.nodes():
        if node.type in JOINS and _order_of(node) is not None:
            yield node, tuple(Relation(alias) for alias in sorted(node.aliases()))


def _rows(plan: Plan) -> Iterator[tuple[Hint, ...]]:
    """One set that corrects all misjudged joins at once."""
    wrong = [
        RowsHint(relations, "#", f"{max(1, round(node.actual * node.processes))}")
        for node, relations in _pure_joins(plan)
        if node.loops == node.processes and error_factor(node) >= MISJUDGED
    ]
    if wrong:
        yield tuple(wrong)


def _joins(plan: Plan) -> Iterator[tuple[Hint, ...]]:
    for node, relations in _pure_joins(plan):
        for name, method in _METHODS.items():
            if name != node.type:
                yield (JoinHint(method, relations),)


def _scans(plan: Plan) -> Iterator[tuple[Hint, ...]]:
    for node in plan.nodes():
        for method in _SCANS.get(node.type, ()):
            yield (ScanHint(method, Relation(node.alias)),)


def _orders(plan: Plan) -> Iterator[tuple[Hint, ...]]:
    """The whole order of each topmost join with one pair of sides turned, or one relation joined earlier."""
    nested: set[int] = set()
    for node, _ in _pure_joins(plan):
        if node.number in nested:
            continue
        nested |= {below.number for below in node.walk()}
        order = _order_of(node)
        assert isinstance(order, Pair)
        yield from ((OrderHint(changed),) for changed in _changed(order))


def _changed(order: Order) -> Iterator[Order]:
    if not isinstance(order, Pair):
        return
    yield Pair(order.inner, order.outer)
    if isinstance(order.outer, Pair):
        yield Pair(Pair(order.outer.outer, order.inner), order.outer.inner)
    yield from (Pair(outer, order.inner) for outer in _changed(order.outer))
    yield from (Pair(order.outer, inner) for inner in _changed(order.inner))


def _workers(plan: Plan) -> Iterator[tuple[Hint, ...]]:
    """Workers for the table in which most time is spent."""
    scans = [node for node in plan.nodes() if node.type == "Seq Scan" and node.processes == 1]
    if scans:
        slowest = max(scans, key=lambda node: (node.self_ms, node.estimate))
        yield (ParallelHint(Relation(slowest.alias), 2, hard=True),)


def _settings() -> Iterator[tuple[Hint, ...]]:
    for name, value in _SETTINGS:
        yield (SettingHint(name, value),)
