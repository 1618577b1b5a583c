"""The conditions that ask a code graph: what a function calls, and whether SQL reaches it.

Names of functions are matched by name alone: where several have one, any of them counts.
"""

from typing import Any

from psycopg import sql

from ankus_code_graph.named import named
from ankus_code_graph.store.graphs import Graphs
from ankus_code_graph.suspicious.audit import GraphFilter
from ankus_code_graph.suspicious.finding import Finding
from ankus_code_graph.suspicious.rule import GraphCondition, ReachedFrom, Rule
from ankus_shared.postgres import Connection


class GraphConditions:
    """Decides the graph conditions of rules by one graph.

    Args:
        connection: In a read-only transaction, `ag_catalog` in its search path.
        graph: The graph's name, which is its schema.
    """

    def __init__(self, connection: Connection, graph: str) -> None:
        self._connection = connection
        self._graph = graph

    async def keep(self, rule: Rule, findings: list[Finding]) -> list[Finding]:
        """The findings of a rule for which all its graph conditions hold."""
        for condition in rule.graph_conditions:
            if findings:
                findings = await self._holding(condition, findings)
        return findings

    async def _holding(self, condition: GraphCondition, findings: list[Finding]) -> list[Finding]:
        if isinstance(condition, ReachedFrom):
            places = sorted({(one.function, one.path) for one in findings})
            rows = await self._rows(
                "reached_from_sql",
                names=[name for name, _ in places],
                files=[path for _, path in places],
                depth=condition.depth,
            )
            return [one for one in findings if (one.function, one.path) in rows]
        rows = await self._rows(
            "reaches",
            names=sorted({one.callee for one in findings}),
            targets=condition.any_of,
            through=condition.through,
            depth=condition.depth,
        )
        return [one for one in findings if (one.callee,) in rows]

    async def _rows(self, name: str, **parameters: Any) -> set[tuple[Any, ...]]:
        query = named(f"suspicious/{name}", g=sql.Identifier(self._graph))
        cursor = await self._connection.execute(query, parameters)
        return set(await cursor.fetchall())


def asking(graphs: Graphs, name: str) -> GraphFilter:
    """The graph conditions of an audit decided by one graph; a connection is held for one rule at a time."""

    async def keep(rule: Rule, findings: list[Finding]) -> list[Finding]:
        async with graphs.reading(name) as (connection, _):
            return await GraphConditions(connection, name).keep(rule, findings)

    return keep
