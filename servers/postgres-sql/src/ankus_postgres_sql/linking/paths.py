"""Join trees: the cheapest way to connect some tables, and others that are about as short.

The cheapest tree is exact (Dreyfus and Wagner, "The Steiner problem in graphs", Networks 1, 1971); the
others come from leaving out one of its edges at a time.
"""

import heapq
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import count

from ankus_postgres_sql.linking.graph import Edge, Graph
from ankus_postgres_sql.schema import quoted

MOST_TABLES = 6
"""Tables at most that are connected; the work grows with three to this power."""
ALTERNATIVES = 3
LONGER = 1.2
"""How much dearer than the cheapest tree another one may be to be shown."""
RELEVANCE = 0.3
"""How much cheaper a join is to a table that the question means."""
_Best = dict[str, tuple[float, tuple[Edge, ...]]]


@dataclass(frozen=True)
class Tree:
    """Edges that connect all wanted tables, in an order in which each touches the ones before."""

    start: str
    edges: tuple[Edge, ...]
    cost: float

    @property
    def tables(self) -> list[str]:
        """The labels of its tables in the order of joining."""
        return list(dict.fromkeys([self.start, *(end for edge in self.edges for end in edge.ends)]))

    def sql(self) -> str:
        """The FROM clause: `FROM orders JOIN customers ON orders.customer_id = customers.id`."""
        joined = [self.start]
        parts = [f"FROM {self.start}"]
        for edge in self.edges:
            mine, theirs = edge.ends
            if mine == theirs:
                parts.append(f"JOIN {mine} AS other ON {_self_condition(edge, 'other')}")
                continue
            new = theirs if mine in joined else mine
            joined.append(new)
            parts.append(f"JOIN {new} ON {edge.key.condition()}")
        return " ".join(parts)


def join_trees(
    graph: Graph, wanted: Sequence[str], relevance: Mapping[str, float] | None = None
) -> list[Tree]:
    """The cheapest tree that connects the tables, then up to `ALTERNATIVES` others; empty if there is none.

    Args:
        graph: What can be joined.
        wanted: Labels, at most `MOST_TABLES` different ones; one given twice asks for its self references.
        relevance: How much the question means a table, from 0 to 1.
    """
    terminals = list(dict.fromkeys(wanted))
    if len(terminals) == 1:
        own = [edge for edge in graph.at(terminals[0]) if edge.ends[0] == edge.ends[1]]
        return [Tree(terminals[0], (edge,), edge.cost) for edge in own]
    best = cheapest_tree(graph, terminals, relevance or {})
    if best is None:
        return []
    others = _without_each(graph, terminals, relevance or {}, best)
    near = sorted((tree for tree in others if tree.cost <= best.cost + LONGER), key=lambda tree: tree.cost)
    return [best, *near[:ALTERNATIVES]]


def _without_each(
    graph: Graph, terminals: list[str], relevance: Mapping[str, float], best: Tree
) -> list[Tree]:
    """The cheapest trees that lack one edge of the best; each once."""
    found: dict[frozenset[Edge], Tree] = {}
    for edge in best.edges:
        tree = cheapest_tree(graph, terminals, relevance, without=edge)
        if tree is not None:
            found.setdefault(frozenset(tree.edges), tree)
    return list(found.values())


def cheapest_tree(
    graph: Graph, terminals: Sequence[str], relevance: Mapping[str, float], without: Edge | None = None
) -> Tree | None:
    """The cheapest tree that connects at least two different tables; None if nothing does."""
    *others, root = terminals
    everyone = (1 << len(others)) - 1
    best: dict[int, _Best] = {}
    for group in range(1, everyone + 1):
        here: _Best = {}
        if group & (group - 1) == 0:
            here[others[group.bit_length() - 1]] = (0.0, ())
        part = (group - 1) & group
        while part > group ^ part:  # each split into two once
            _merge(here, best[part], best[group ^ part])
            part = (part - 1) & group
        best[group] = _spread(graph, here, relevance, without)
    found = best[everyone].get(root)
    return None if found is None else _ordered(terminals[0], found[1])


def _merge(here: _Best, one: _Best, two: _Best) -> None:
    """Trees of two groups that meet at a table become one."""
    for label in one.keys() & two.keys():
        cost = one[label][0] + two[label][0]
        if label not in here or cost < here[label][0]:
            here[label] = (cost, one[label][1] + two[label][1])


def _spread(graph: Graph, starts: _Best, relevance: Mapping[str, float], without: Edge | None) -> _Best:
    """Grow trees edge by edge, the cheapest first (Dijkstra)."""
    tie = count()
    done: _Best = {}
    queue = [(cost, next(tie), label, edges) for label, (cost, edges) in sorted(starts.items())]
    heapq.heapify(queue)
    while queue:
        cost, _, label, edges = heapq.heappop(queue)
        if label in done:
            continue
        done[label] = (cost, edges)
        for edge in graph.at(label):
            other = edge.other(label)
            if other not in done and edge != without:
                longer = cost + _cost(edge, relevance)
                heapq.heappush(queue, (longer, next(tie), other, (*edges, edge)))
    return done


def _cost(edge: Edge, relevance: Mapping[str, float]) -> float:
    meant = sum(relevance.get(label, 0.0) for label in edge.ends) / 2
    return edge.cost - RELEVANCE * meant


def _ordered(start: str, edges: Sequence[Edge]) -> Tree:
    """The edges so that each touches one before it; what two merged trees share stands once."""
    left = list(dict.fromkeys(edges))
    cost = sum(edge.cost for edge in left)
    joined, ordered = {start}, []
    while left:
        edge = next(edge for edge in left if joined & set(edge.ends))
        left.remove(edge)
        if not set(edge.ends) <= joined:  # otherwise it would close a circle
            ordered.append(edge)
            joined.update(edge.ends)
    return Tree(start, tuple(ordered), cost)


def _self_condition(edge: Edge, alias: str) -> str:
    pairs = zip(edge.key.columns, edge.key.target_columns, strict=True)
    return " AND ".join(
        f"{edge.key.table}.{quoted(mine)} = {alias}.{quoted(theirs)}" for mine, theirs in pairs
    )
