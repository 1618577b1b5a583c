"""One graph inside one read-only transaction, asked by the statements of `sql/query`."""

import contextlib
from collections.abc import AsyncIterator, Iterable
from dataclasses import dataclass
from typing import Any

from psycopg import sql

from ankus_code_graph.model import ENTRY_BITS, LABEL_ID
from ankus_code_graph.named import named
from ankus_code_graph.store.graphs import Graphs
from ankus_code_graph.store.registry import GraphInfo
from ankus_shared.postgres import Connection

Row = tuple[Any, ...]


@dataclass(frozen=True)
class View:
    """A graph as one transaction sees it.

    Args:
        connection: In a read-only transaction, with `ag_catalog` first in its search path.
        graph: What the registry says of it; its name is the schema of its tables.
    """

    connection: Connection
    graph: GraphInfo

    async def rows(self, name: str, **parameters: Any) -> list[Row]:
        """Run `sql/query/<name>.sql`, in which `{g}` is the graph's schema."""
        return await self.run(named(f"query/{name}", g=self.schema), parameters)

    async def run(self, query: sql.Composed, parameters: dict[str, Any]) -> list[Row]:
        """Run a statement that was put together."""
        cursor = await self.connection.execute(query, parameters or None)
        return await cursor.fetchall()

    def names(self) -> sql.Composed:
        """The beginning of a statement over `named`: every name that a vertex goes by."""
        return sql.SQL("WITH named AS ({}) ").format(named("query/names", g=self.schema))

    @property
    def schema(self) -> sql.Identifier:
        """The schema of the graph's tables."""
        return sql.Identifier(self.graph.name)


@contextlib.asynccontextmanager
async def viewed(graphs: Graphs, name: str) -> AsyncIterator[View]:
    """A graph to ask.

    Args:
        name: The graph's; "" for the only one.

    Raises:
        UnknownGraph: If there is none of that name, or several and no name.
    """
    async with graphs.reading(name) as (connection, graph):
        # compiling a statement takes longer than any of ours runs
        await connection.execute("SET LOCAL jit = off")
        yield View(connection, graph)


def array(ids: Iterable[int]) -> str:
    """Ids in the form in which PostgreSQL reads an array of graphid, which has no binary parameter."""
    return "{" + ",".join(map(str, ids)) + "}"


def ids_of(label: str) -> tuple[int, int]:
    """The least and the greatest id of a label."""
    first = LABEL_ID[label] << ENTRY_BITS
    return first, first + (1 << ENTRY_BITS) - 1
