"""A plan of EXPLAIN (FORMAT JSON) as a tree of nodes with the figures that its readers need.

Times and rows of a node stand in PostgreSQL's output per loop, and below a Gather per process; here they
are totals, times as they passed on the clock (https://www.postgresql.org/docs/18/using-explain.html).
"""

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

GATHERS = frozenset({"Gather", "Gather Merge"})
JOINS = frozenset({"Nested Loop", "Hash Join", "Merge Join"})
STATEMENT_TEMP = ("Temp Read Blocks", "Temp Written Blocks")


@dataclass
class Node:
    """One node of a plan."""

    number: int
    """1 for the top, in the order in which EXPLAIN prints."""
    fields: dict[str, Any] = field(repr=False)
    """What PostgreSQL says of the node, without its children."""
    children: list["Node"]
    processes: int
    """How many processes run it: 1, or workers and leader below a Gather."""
    depth: int
    self_ms: float = 0.0
    """Time in this node alone; 0 where the plan was not run."""

    @property
    def type(self) -> str:
        """Such as `Seq Scan`."""
        return str(self.fields["Node Type"])

    @property
    def alias(self) -> str:
        """The alias of what a scan reads; empty for other nodes."""
        return str(self.fields.get("Alias", ""))

    @property
    def label(self) -> str:
        """The node as people speak of it: `Hash Left Join`, `Index Scan using i on orders o`."""
        words = self.type
        if (join := self.fields.get("Join Type", "Inner")) != "Inner":
            words = words.replace(" Join", "") + f" {join} Join"
        if self.fields.get("Parallel Aware"):
            words = f"Parallel {words}"
        if index := self.fields.get("Index Name"):
            words += f" using {index}"
        target = self.fields.get("Relation Name") or self.fields.get("CTE Name") or self.alias
        if target:
            words += f" on {target}" + (f" {self.alias}" if self.alias not in ("", target) else "")
        return words

    @property
    def loops(self) -> int:
        """How often it ran, in all processes together; 0 where it never did or the plan was not run."""
        return int(self.fields.get("Actual Loops", 0))

    @property
    def estimate(self) -> float:
        """Rows that the planner expected of one loop."""
        return float(self.fields["Plan Rows"])

    @property
    def actual(self) -> float:
        """Rows of one loop on average."""
        return float(self.fields.get("Actual Rows", 0))

    @property
    def rows(self) -> float:
        """Rows of all loops together."""
        return self.actual * self.loops

    @property
    def total_ms(self) -> float:
        """Time of this node and all below it, on the clock."""
        return float(self.fields.get("Actual Total Time", 0)) * self.loops / self.processes

    def removed(self, what: str = "Filter") -> float:
        """Rows that its filter (or `Join Filter`, `Index Recheck`) threw away, in all loops together."""
        return float(self.fields.get(f"Rows Removed by {what}", 0)) * self.loops

    def walk(self) -> Iterator["Node"]:
        """This node and all below it, in the order of EXPLAIN."""
        yield self
        for child in self.children:
            yield from child.walk()

    def aliases(self) -> frozenset[str]:
        """Aliases of everything that is scanned at or below this node, subplans left out."""
        found = {self.alias} - {""}
        for child in self.children:
            if child.fields.get("Parent Relationship") not in ("InitPlan", "SubPlan"):
                found |= child.aliases()
        return frozenset(found)


@dataclass
class Plan:
    """A whole plan."""

    root: Node
    planning_ms: float
    execution_ms: float | None
    """None where the query was not run."""
    settings: dict[str, str]
    """Settings of the planner that are not PostgreSQL's defaults."""
    jit_ms: float
    jit_functions: int

    @property
    def analyzed(self) -> bool:
        """Whether the query was run and measured."""
        return self.execution_ms is not None

    @property
    def cost(self) -> float:
        """What the planner expected the whole to cost, in its own unit."""
        return float(self.root.fields["Total Cost"])

    @property
    def total_ms(self) -> float:
        """Planning and execution together."""
        return self.planning_ms + (self.execution_ms or 0.0)

    @property
    def blocks(self) -> int:
        """Blocks of 8 kB that the whole query touched, temporary ones included."""
        names = ("Shared Hit Blocks", "Shared Read Blocks", "Local Hit Blocks", "Local Read Blocks")
        return sum(int(self.root.fields.get(name, 0)) for name in names + STATEMENT_TEMP)

    def nodes(self) -> list[Node]:
        """All nodes in the order of EXPLAIN."""
        return list(self.root.walk())


def parse_plan(document: list[dict[str, Any]]) -> Plan:
    """Read what EXPLAIN (FORMAT JSON) answered.

    Raises:
        KeyError: If it is no such document.
    """
    whole = document[0]
    root = _node(whole["Plan"], [0], 1, 0)
    _share_time(root)
    jit = whole.get("JIT", {})
    return Plan(
        root,
        float(whole.get("Planning Time", 0.0)),
        whole.get("Execution Time"),
        whole.get("Settings", {}),
        float(jit.get("Timing", {}).get("Total", 0.0)),
        int(jit.get("Functions", 0)),
    )


def _node(fields: dict[str, Any], counter: list[int], processes: int, depth: int) -> Node:
    counter[0] += 1
    number = counter[0]
    below = processes
    if fields["Node Type"] in GATHERS:
        below = int(fields.get("Workers Launched", fields.get("Workers Planned", 0))) + 1
    children = [_node(child, counter, below, depth + 1) for child in fields.get("Plans", ())]
    own = {name: value for name, value in fields.items() if name not in ("Plans", "Output")}
    return Node(number, own, children, processes, depth)


def _share_time(root: Node) -> None:
    """Set each node's own time: its total less its children's.

    The time of an InitPlan or a CTE passes in the node that first asks for its value, so it is taken
    from there and not from the node that PostgreSQL hangs it on.
    """
    nodes = list(root.walk())
    spent = dict.fromkeys((node.number for node in nodes), 0.0)
    for node in nodes:
        for child in node.children:
            payer = node
            if child.fields.get("Parent Relationship") == "InitPlan":
                payer = _first_user(child, nodes) or node
            spent[payer.number] += child.total_ms
    for node in nodes:
        node.self_ms = max(0.0, node.total_ms - spent[node.number])


def _first_user(plan: Node, nodes: list[Node]) -> Node | None:
    """The node in whose time an InitPlan runs."""
    name = str(plan.fields.get("Subplan Name", ""))
    if name.startswith("CTE "):
        scans = [node for node in nodes if node.fields.get("CTE Name") == name.removeprefix("CTE ")]
        return max(scans, key=lambda node: node.total_ms, default=None)
    # "InitPlan 1" is used as (InitPlan 1).col1 from PostgreSQL 17 on; "InitPlan 1 (returns $0)" as $0 before.
    token = name.partition("(returns ")[2].rstrip(")") or f"({name})"
    users = (node for node in nodes if node.loops and _mentions(node, token))
    return next(users, None)


def _mentions(node: Node, token: str) -> bool:
    name = "Subplan Name"
    return any(isinstance(text, str) and token in text for key, text in node.fields.items() if key != name)
