"""A plan as a compact tree, one line a node."""

from ankus_postgres_sql.plans.model import Node, Plan

MAX_NODES = 200
CONDITIONS = (
    "Index Cond",
    "Recheck Cond",
    "Hash Cond",
    "Merge Cond",
    "Join Filter",
    "Filter",
    "One-Time Filter",
    "Sort Key",
    "Group Key",
    "Cache Key",
)
CONDITION_WIDTH = 120


def tree(plan: Plan) -> str:
    """The tree as text: number, node, condition, rows expected and real, own time, loops."""
    nodes = plan.nodes()
    lines = [_line(node, plan.analyzed) for node in nodes[:MAX_NODES]]
    if len(nodes) > MAX_NODES:
        lines.append(f"… and {len(nodes) - MAX_NODES} nodes more")
    return "\n".join(lines)


def _line(node: Node, analyzed: bool) -> str:
    parts = [f"{'  ' * node.depth}#{node.number} {node.label}"]
    if name := node.fields.get("Subplan Name"):
        parts[0] += f" [{name}]"
    parts += [_condition(node)] * bool(_condition(node))
    if not analyzed:
        parts.append(f"cost={node.fields['Total Cost']:.0f} rows={node.estimate:.0f}")
    elif node.loops == 0:
        parts.append("never executed")
    else:
        loops = f" loops={node.loops}" if node.loops > 1 else ""
        parts.append(f"rows={node.estimate:.0f}→{number(node.actual)} self={node.self_ms:.1f}ms{loops}")
    return "  ".join(parts)


def _condition(node: Node) -> str:
    found = []
    for name in CONDITIONS:
        value = node.fields.get(name)
        if value:
            text = ", ".join(value) if isinstance(value, list) else str(value)
            short = text if len(text) <= CONDITION_WIDTH else text[:CONDITION_WIDTH] + "…"
            found.append(f"{name}: {short}")
    return "; ".join(found)


def number(value: float) -> str:
    """A count for reading: 12, or 0.25 for an average below 10."""
    return f"{value:.0f}" if value >= 10 or value == int(value) else f"{value:.2g}"
