"""What concerns the plan as a whole: hot nodes, JIT, workers, planning."""

from collections.abc import Iterator

from ankus_postgres_sql.plans.finding import HOT_SHARE, Finding
from ankus_postgres_sql.plans.model import GATHERS, Plan

MANY_HOT = 3
"""Hot nodes that are named at most."""


def whole_findings(plan: Plan) -> Iterator[Finding]:
    """What concerns the plan as a whole: hot nodes, JIT, workers, planning."""
    if plan.execution_ms:
        yield from _hot(plan, plan.execution_ms)
        if plan.jit_ms >= HOT_SHARE * plan.execution_ms:
            yield Finding(
                "jit",
                0,
                f"compiling {plan.jit_functions} functions took {plan.jit_ms:.0f} ms",
                "The query is too short for just-in-time compilation.",
                "measure_hints with Set(jit off); a higher jit_above_cost on the server.",
            )
    yield from _workers(plan)
    if plan.execution_ms is not None and plan.planning_ms > max(20.0, plan.execution_ms):
        yield Finding(
            "planning",
            0,
            f"planning took {plan.planning_ms:.0f} ms, running {plan.execution_ms:.0f} ms",
            "The planner works longer than the query.",
            "fewer joins or partitions in one statement, or a prepared statement in the application.",
        )


def _hot(plan: Plan, whole: float) -> Iterator[Finding]:
    hot = sorted(plan.nodes(), key=lambda node: -node.self_ms)[:MANY_HOT]
    for node in hot:
        if node.self_ms >= HOT_SHARE * whole and node.self_ms >= 1:
            yield Finding(
                "hot",
                node.number,
                f"{node.label} took {node.self_ms:.1f} ms itself, {node.self_ms / whole:.0%} of the time",
                "Time is won here first.",
                _COOLER.get(node.type, "fewer rows into this node: filter or aggregate earlier."),
            )


_COOLER = {
    "Seq Scan": "an index for the condition, or fewer rows to read.",
    "Index Scan": "an index that fits the condition closer, or that holds all columns used.",
    "Bitmap Heap Scan": "an index that fits the condition closer.",
    "Sort": "an index in that order, or sorting fewer rows.",
    "Hash Join": "the smaller side hashed, and both sides filtered before.",
    "Nested Loop": "a hash join, or an index for the inner side.",
    "Aggregate": "fewer rows before the aggregate.",
}


def _workers(plan: Plan) -> Iterator[Finding]:
    for node in plan.nodes():
        planned, launched = node.fields.get("Workers Planned", 0), node.fields.get("Workers Launched")
        if node.type in GATHERS and launched is not None and node.loops and launched < planned:
            yield Finding(
                "workers_missing",
                node.number,
                f"{node.label} got {launched} of {planned} workers",
                "Other queries held them, or max_parallel_workers is too low.",
                "the query again at a quieter time, or a higher max_parallel_workers.",
            )
