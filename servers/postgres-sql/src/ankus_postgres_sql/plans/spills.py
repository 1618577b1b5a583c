"""Sorts, hashes and others whose work did not fit into work_mem."""

from collections.abc import Iterator

from ankus_postgres_sql.plans.finding import Finding
from ankus_postgres_sql.plans.model import Node, Plan


def spill_findings(plan: Plan) -> Iterator[Finding]:
    """Sorts, hashes and others whose work did not fit into work_mem."""
    for node in plan.nodes():
        for test in (_spilled_sort, _spilled_hash, _spilled_aggregate, _spilled_store):
            found = test(node)
            if found:
                what, kilobytes = found
                yield Finding(
                    f"{what}_spilled",
                    node.number,
                    f"{node.label} wrote {kilobytes / 1024:.1f} MB to disk",
                    "Its work did not fit into work_mem.",
                    _INSTEAD_OF_SPILLING[what] + ", or a larger work_mem (--work-mem).",
                )
                break


_INSTEAD_OF_SPILLING = {
    "sort": "an index in the order of the sort, a LIMIT, or fewer columns",
    "hash": "fewer rows or columns on the hashed side",
    "aggregate": "fewer groups or columns, or an index in the order of the groups",
    "store": "fewer rows or columns in the part that is kept",
}


def _each_process(node: Node) -> list[dict[str, object]]:
    return [node.fields, *node.fields.get("Workers", ())]


def _spilled_sort(node: Node) -> tuple[str, float] | None:
    spaces = [
        float(str(part.get("Sort Space Used", 0)))
        for part in _each_process(node)
        if part.get("Sort Space Type") == "Disk"
    ]
    groups = [node.fields.get(name, {}) for name in ("Full-sort Groups", "Pre-sorted Groups")]
    spaces += [
        float(group["Sort Space Disk"]["Peak Sort Space Used"])
        for group in groups
        if "Sort Space Disk" in group
    ]
    return ("sort", sum(spaces)) if spaces else None


def _spilled_hash(node: Node) -> tuple[str, float] | None:
    batches = int(node.fields.get("Hash Batches", 1))
    return ("hash", _temp_kilobytes(node)) if batches > 1 else None


def _spilled_aggregate(node: Node) -> tuple[str, float] | None:
    used = [float(str(part.get("Disk Usage", 0))) for part in _each_process(node)]
    return ("aggregate", sum(used)) if sum(used) > 0 and node.type == "Aggregate" else None


def _spilled_store(node: Node) -> tuple[str, float] | None:
    """Materialize, CTE and window functions: temporary blocks that no child of the node wrote."""
    if node.type not in ("Materialize", "CTE Scan", "WindowAgg", "Function Scan"):
        return None
    kilobytes = _temp_kilobytes(node)
    return ("store", kilobytes) if kilobytes > 0 else None


def _temp_kilobytes(node: Node) -> float:
    """Temporary data that the node itself wrote; a hash writes in the join above it too."""
    own = int(node.fields.get("Temp Written Blocks", 0))
    return 8.0 * max(0, own - sum(int(child.fields.get("Temp Written Blocks", 0)) for child in node.children))
