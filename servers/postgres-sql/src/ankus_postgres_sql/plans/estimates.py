"""Where the planner's estimate of rows is far from the truth, and why that may be."""

from collections.abc import Iterator

from pglast import ast, parser

from ankus_postgres_sql.plans.finding import Finding
from ankus_postgres_sql.plans.model import JOINS, Node, Plan
from ankus_postgres_sql.plans.tree import number
from ankus_postgres_sql.statement import strings, walk

FACTOR = 10.0
"""How far off an estimate has to be."""
ROWS = 100
"""Rows by which it has to be off, too: 1 for 12 harms nobody."""
_NO_COUNT = frozenset({"BitmapAnd", "BitmapOr", "Gather", "Gather Merge", "Hash", "Limit"})
"""Nodes that do not count rows, or repeat their child's count."""
_BLOCKING = frozenset({"Sort", "Hash", "Aggregate", "Materialize", "WindowAgg", "SetOp"})
"""Nodes that read all of their input before they give a row."""
_CONDITIONS = ("Index Cond", "Recheck Cond", "Filter")


def estimate_findings(plan: Plan) -> Iterator[Finding]:
    """A finding for each lowest node that is far off; those above it inherit the error."""
    if plan.analyzed:
        yield from _below(plan.root, cut_short=False)[1]


def error_factor(node: Node) -> float:
    """How many times too many or too few rows were expected; at least 1."""
    expected, real = max(node.estimate, 1.0), max(node.actual, 1.0)
    return max(expected / real, real / expected)


def _below(node: Node, cut_short: bool) -> tuple[bool, list[Finding]]:
    """Whether an estimate at or below `node` is far off, and the findings.

    Args:
        cut_short: Whether a node above stopped asking for rows, so that fewer than expected mean nothing.
    """
    far, found = False, list[Finding]()
    for child in node.children:
        child_far, child_found = _below(child, _is_cut_short(node, child, cut_short))
        far, found = far or child_far, found + child_found
    if not far and _far_off(node, cut_short):
        return True, [*found, _finding(node)]
    return far, found


def _is_cut_short(node: Node, child: Node, already: bool) -> bool:
    if node.type in _BLOCKING:
        return False
    inner = child.fields.get("Parent Relationship") == "Inner"
    stops = inner and (node.fields.get("Join Type") in ("Semi", "Anti") or node.fields.get("Inner Unique"))
    return already or node.type in ("Limit", "Merge Join") or bool(stops)


def _far_off(node: Node, cut_short: bool) -> bool:
    if not node.loops or node.type in _NO_COUNT:
        return False
    if cut_short and node.actual < node.estimate:
        return False
    return error_factor(node) >= FACTOR and abs(node.actual - node.estimate) * node.loops >= ROWS


def _finding(node: Node) -> Finding:
    more = "more" if node.actual > node.estimate else "fewer"
    meaning, advice = _why(node)
    return Finding(
        "misestimate",
        node.number,
        f"{node.label} gave {number(node.actual)} rows where {node.estimate:.0f} were expected,"
        f" {error_factor(node):.0f} times {more}",
        meaning,
        advice,
    )


def _why(node: Node) -> tuple[str, str]:
    columns = filter_columns(node)
    table = node.fields.get("Relation Name", "the table")
    if len(columns) > 1:
        return (
            f"The planner takes the conditions on {', '.join(columns)} for independent of each other.",
            f"ANALYZE {table}; CREATE STATISTICS (dependencies, mcv) ON {', '.join(columns)} FROM {table}.",
        )
    if node.type in JOINS:
        return (
            "The join's values are not spread as the planner thinks.",
            "ANALYZE of both tables; a Rows(…) hint shows what a right estimate would change.",
        )
    if node.type in ("Aggregate", "Group"):
        return (
            "The number of groups is not known.",
            "ANALYZE, and CREATE STATISTICS (ndistinct) on the grouped columns.",
        )
    return (
        "The statistics are old or too coarse, or the condition is a function whose result is not known.",
        f"ANALYZE {table}; a higher statistics target; an index or statistics on the expression.",
    )


def filter_columns(node: Node) -> list[str]:
    """The columns of the scan's own table that its conditions name, in their order."""
    if not node.fields.get("Relation Name"):
        return []
    found: dict[str, None] = {}
    for name in _CONDITIONS:
        for fields in _column_references(str(node.fields.get(name, ""))):
            if len(fields) == 1 or fields[0] == node.alias:
                found[fields[-1]] = None
    return list(found)


def _column_references(condition: str) -> list[list[str]]:
    """The column references of an expression as EXPLAIN prints it; none where that is no SQL."""
    try:
        tree = parser.parse_sql(f"SELECT WHERE {condition}") if condition else ()
    except parser.ParseError:
        return []
    return [strings(node.fields) for node in walk(list(tree)) if isinstance(node, ast.ColumnRef)]
