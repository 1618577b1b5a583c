"""Ways of reading that cost: rows read in vain, whole tables, loops, bitmaps without detail."""

from collections.abc import Iterable, Iterator

from ankus_postgres_sql.plans.estimates import filter_columns
from ankus_postgres_sql.plans.finding import HOT_SHARE, Finding, Size, Sizes
from ankus_postgres_sql.plans.model import Node, Plan
from ankus_postgres_sql.plans.tree import number

MANY_LOOPS = 1_000
MANY_ROWS = 1_000
"""Rows thrown away that are worth a word."""
LARGE_BLOCKS = 1_280
"""A table of 10 MB is large."""
FEW = 0.05
"""Share of a table's rows up to which an index is likely to help."""


def access_findings(plan: Plan, sizes: Sizes) -> Iterator[Finding]:
    """Ways of reading that cost: rows read in vain, whole tables, loops, blocks of lost detail."""
    for node in plan.nodes():
        if plan.analyzed and not node.loops:
            continue
        yield from _wasted_rows(node, plan, sizes)
        yield from _loops(node, plan)
        yield from _bitmap_and_heap(node)
        yield from _disabled(node)


def _wasted_rows(node: Node, plan: Plan, sizes: Sizes) -> Iterable[Finding]:
    removed, kept = node.removed(), node.rows
    size = _size(node, sizes)
    if plan.analyzed and removed >= MANY_ROWS and removed >= 10 * kept:
        yield Finding(
            "filter_removes_most",
            node.number,
            f"{node.label} read {number(removed + kept)} rows and threw {number(removed)} away",
            "The rows are found by reading, not by an index.",
            f"an index that starts with the filter's columns{_columns(node)}; check that no function or "
            "cast wraps them.",
        )
    elif node.type == "Seq Scan" and size and size.blocks >= LARGE_BLOCKS:
        few = not plan.analyzed and node.fields.get("Filter") and node.estimate <= FEW * size.rows
        yield Finding(
            "seq_scan_large",
            node.number,
            f"{node.label} reads the whole table: about {size.rows:.0f} rows, {size.blocks >> 7} MB",
            f"Only about {node.estimate:.0f} rows are wanted." if few else "Most of its rows are needed.",
            f"an index on the filter's columns{_columns(node)}."
            if few
            else "a narrower condition, an index that holds all columns used, or a summary kept ready.",
        )


def _size(node: Node, sizes: Sizes) -> Size | None:
    return sizes.get((node.fields.get("Schema", ""), node.fields.get("Relation Name", "")))


def _columns(node: Node) -> str:
    """The columns that the filter names, for an index."""
    found = filter_columns(node)
    return f" ({', '.join(found)})" if found else ""


def _loops(node: Node, plan: Plan) -> Iterable[Finding]:
    heavy = plan.execution_ms and node.total_ms >= HOT_SHARE * plan.execution_ms
    if node.loops / node.processes < MANY_LOOPS or not heavy:
        return
    subplan = node.fields.get("Parent Relationship") == "SubPlan"
    inner = node.fields.get("Parent Relationship") == "Inner"
    if subplan:
        yield Finding(
            "correlated_subplan",
            node.number,
            f"{node.fields.get('Subplan Name')} ran {node.loops} times, {node.total_ms:.0f} ms in all",
            "The subquery runs once for each row outside of it.",
            "a join with a grouped subquery, EXISTS instead of IN or count(), or an index for the subquery.",
        )
    elif inner and node.type != "Memoize":
        yield Finding(
            "many_loops",
            node.number,
            f"{node.label} ran {node.loops} times, {node.total_ms:.0f} ms in all",
            "It is the inner side of a nested loop with many rows outside.",
            "a hash join (measure_hints with HashJoin(…)), or an index that makes each loop cheap.",
        )


def _bitmap_and_heap(node: Node) -> Iterable[Finding]:
    lossy, exact = node.fields.get("Lossy Heap Blocks", 0), node.fields.get("Exact Heap Blocks", 0)
    if lossy:
        yield Finding(
            "lossy_bitmap",
            node.number,
            f"{node.label} kept {lossy} of {lossy + exact} blocks without the places of their rows",
            "work_mem was too small for the bitmap, so every row of those blocks was checked again.",
            "a larger work_mem (--work-mem), or a narrower condition.",
        )
    fetches = float(node.fields.get("Heap Fetches", 0)) * max(node.loops, 1)
    if fetches >= MANY_ROWS and fetches >= 0.1 * node.rows:
        yield Finding(
            "heap_fetches",
            node.number,
            f"{node.label} went to the table for {number(fetches)} of its rows",
            "The visibility map is not up to date, so the index alone is not enough.",
            "VACUUM of the table, by its owner.",
        )


def _disabled(node: Node) -> Iterable[Finding]:
    if node.fields.get("Disabled"):
        yield Finding(
            "disabled_node",
            node.number,
            f"{node.label} is of a kind that is switched off",
            "No other way was possible: an enable_… setting or a hint forbids what the planner needs.",
            "that setting or hint taken away.",
        )
