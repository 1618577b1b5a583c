"""Whether a plan does what the hints say: 'used' by pg_hint_plan is not yet 'obeyed'."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal

from ankus_postgres_sql.hints.model import (
    Hint,
    Join,
    JoinHint,
    MemoizeHint,
    Order,
    OrderHint,
    Pair,
    ParallelHint,
    Relation,
    RowsHint,
    Scan,
    ScanHint,
    leaves,
)
from ankus_postgres_sql.plans.model import GATHERS, JOINS, Node, Plan

Obeyed = Literal["obeyed", "not obeyed", "not to be seen"]
_SCAN_NODES = {
    Scan.SEQ: ("Seq Scan",),
    Scan.TID: ("Tid Scan", "Tid Range Scan"),
    Scan.INDEX: ("Index Scan",),
    Scan.INDEX_ONLY: ("Index Only Scan",),
    Scan.BITMAP: ("Bitmap Heap Scan",),
}
_JOIN_NODES = {Join.NESTED_LOOP: "Nested Loop", Join.HASH: "Hash Join", Join.MERGE: "Merge Join"}


@dataclass(frozen=True)
class Verdict:
    """What the plan shows of one hint."""

    obeyed: Obeyed
    why: str = ""


def verdict(hint: Hint, plan: Plan) -> Verdict:
    """Look for what one hint says in the plan that it led to."""
    match hint:
        case ScanHint():
            return _scan(hint, plan)
        case JoinHint():
            return _join(hint, plan)
        case MemoizeHint(negated=True, relations=relations):
            return _memoized(relations, plan)
        case OrderHint():
            return _order(hint, plan)
        case ParallelHint():
            return _parallel(hint, plan)
        case RowsHint(correction="#") if (node := _join_of(hint.relations, plan)) and node.processes == 1:
            expected = max(1.0, float(hint.amount))
            return _seen(abs(node.estimate - expected) <= 1, f"the plan expects {node.estimate:.0f} rows")
        case _:
            return Verdict("not to be seen", "a plan does not show it")


def _seen(right: bool, otherwise: str) -> Verdict:
    return Verdict("obeyed") if right else Verdict("not obeyed", otherwise)


def _scan(hint: ScanHint, plan: Plan) -> Verdict:
    scans = [
        node for node in plan.nodes() if node.alias == hint.relation.alias and "Relation Name" in node.fields
    ]
    if not scans:
        return Verdict("not obeyed", f"the plan reads no table as {hint.relation.alias}")
    wanted = _SCAN_NODES[hint.method]
    if hint.negated and hint.method is Scan.INDEX:
        wanted += ("Index Only Scan",)
    if not hint.negated and hint.method is Scan.INDEX_ONLY:
        wanted += ("Index Scan",)  # where the index alone is not enough
    for scan in scans:
        if (scan.type in wanted) == hint.negated:
            return Verdict("not obeyed", f"#{scan.number} is {scan.label}")
        used = set(_indexes(scan))
        named = {index.name for index in hint.indexes}
        if named and not hint.pattern and not used & named:
            return Verdict("not obeyed", f"#{scan.number} uses {', '.join(sorted(used))}")
    return Verdict("obeyed")


def _indexes(scan: Node) -> Iterator[str]:
    """The indexes of a scan; those of a bitmap scan stand below it."""
    for node in scan.walk():
        if "Index Name" in node.fields:
            yield str(node.fields["Index Name"])


def _join_of(relations: tuple[Relation, ...], plan: Plan) -> Node | None:
    """The join that brings together exactly these relations."""
    wanted = frozenset(relation.alias for relation in relations)
    joins = (node for node in plan.nodes() if node.type in JOINS and node.aliases() == wanted)
    return next(joins, None)


def _join(hint: JoinHint, plan: Plan) -> Verdict:
    node = _join_of(hint.relations, plan)
    if node is None:
        names = ", ".join(relation.alias for relation in hint.relations)
        meaning = f"no step of the plan joins exactly {names}: give the order too, by Leading(…)"
        return Verdict("obeyed" if hint.negated else "not obeyed", "" if hint.negated else meaning)
    right = (node.type == _JOIN_NODES[hint.method]) != hint.negated
    return _seen(right, f"#{node.number} is {node.label}")


def _memoized(relations: tuple[Relation, ...], plan: Plan) -> Verdict:
    node = _join_of(relations, plan)
    memoized = node is not None and any(child.type == "Memoize" for child in node.children)
    return _seen(not memoized, "the join has a Memoize node")


def _order(hint: OrderHint, plan: Plan) -> Verdict:
    for pair in _pairs(hint.order):
        wanted = tuple(frozenset(r.alias for r in leaves(side)) for side in (pair.outer, pair.inner))
        node = _join_of(leaves(pair), plan)
        if node is None:
            names = ", ".join(relation.alias for relation in leaves(pair))
            return Verdict("not obeyed", f"no step of the plan joins exactly {names}")
        sides = tuple(side for child in node.children[:2] if (side := child.aliases()))
        if sides != wanted and (hint.directed or sides[::-1] != wanted):
            return Verdict("not obeyed", f"#{node.number} has its sides otherwise")
    return Verdict("obeyed")


def _pairs(order: Order) -> Iterator[Pair]:
    if isinstance(order, Pair):
        yield order
        yield from _pairs(order.outer)
        yield from _pairs(order.inner)


def _parallel(hint: ParallelHint, plan: Plan) -> Verdict:
    for node in plan.nodes():
        if node.type in GATHERS and hint.relation.alias in node.aliases():
            planned = int(node.fields.get("Workers Planned", 0))
            return _seen(planned == hint.workers, f"#{node.number} plans {planned} workers")
    return _seen(hint.workers == 0, f"{hint.relation.alias} is not read in parallel")
