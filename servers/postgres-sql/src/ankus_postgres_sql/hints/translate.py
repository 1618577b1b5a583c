"""Hints of pg_hint_plan as advice for PostgreSQL 19, as far as it can be said there."""

from collections.abc import Iterator, Sequence

from ankus_postgres_sql.hints.errors import NotExpressible
from ankus_postgres_sql.hints.model import (
    Group,
    GroupHint,
    Hint,
    InnerHint,
    JoinHint,
    Order,
    OrderHint,
    Pair,
    ParallelHint,
    Relation,
    leaves,
)
from ankus_postgres_sql.hints.printer import hint_plan, plan_advice


def to_advice(hints: Sequence[Hint]) -> tuple[str, list[str]]:
    """The advice, and what could not be said, each with the reason."""
    inner_sides = dict(_inner_sides(hints))
    advice, left_out = list[str](), list[str]()
    for hint in hints:
        try:
            advice.append(plan_advice([_translated(hint, inner_sides)]))
        except NotExpressible as error:
            left_out.append(f"{hint_plan([hint])}: {error}")
    return " ".join(advice), left_out


def _inner_sides(hints: Sequence[Hint]) -> Iterator[tuple[frozenset[Relation], tuple[Relation, ...]]]:
    """By the relations of each join of a given order: those on its inner side, which advice has to name."""
    for hint in hints:
        if isinstance(hint, OrderHint) and hint.directed:
            for pair in _pairs(hint.order):
                yield frozenset(leaves(pair)), leaves(pair.inner)


def _pairs(order: Order) -> Iterator[Pair]:
    if isinstance(order, Pair):
        yield order
        yield from _pairs(order.outer)
        yield from _pairs(order.inner)


def _translated(hint: Hint, inner_sides: dict[frozenset[Relation], tuple[Relation, ...]]) -> Hint:
    match hint:
        case JoinHint(negated=False):
            inner = inner_sides.get(frozenset(hint.relations))
            if inner is None:
                raise NotExpressible("advice names the inner side: give Leading(((a b) c)) with sides too.")
            return InnerHint(hint.method, inner)
        case OrderHint(directed=False):
            raise NotExpressible("JOIN_ORDER gives sides too: write Leading(((a b) c)).")
        case ParallelHint(workers=0):
            return GroupHint(Group.NO_GATHER, (hint.relation,))
        case ParallelHint():
            raise NotExpressible("GATHER has no number of workers.")
        case _:
            return hint
