"""One graph inside one read-only transaction, asked by the statements of `sql/query`."""

from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from psycopg import sql

from ankus_code_graph.query.statements import statement
from ankus_shared.postgres import Connection

Row = tuple[Any, ...]


@dataclass(frozen=True)
class View:
    """A graph as one transaction sees it.

    Args:
        connection: In a read-only transaction, with `ag_catalog` in its search path.
        name: The graph's, and of the schema that holds its tables.
        root: The folder that its paths start from.
        revision: What was indexed, "" where the folder is under no version control.
        statistics: Counts that the indexer left, by name.
    """

    connection: Connection
    name: str
    root: Path
    revision: str
    statistics: dict[str, Any]

    async def rows(self, name: str, **parameters: Any) -> list[Row]:
        """Run `sql/query/<name>.sql`, in which `{g}` is the graph's schema."""
        return await self.run(statement(name).format(g=self.schema), parameters)

    async def run(self, statement: sql.Composable, parameters: dict[str, Any]) -> list[Row]:
        """Run a statement that was put together."""
        cursor = await self.connection.execute(statement, parameters or None)
        return await cursor.fetchall()

    def names(self) -> sql.Composed:
        """The beginning of a statement over `named`: every name that a vertex goes by."""
        named = statement("names").format(g=self.schema)
        return sql.SQL("WITH named AS MATERIALIZED ({}) ").format(named)

    @property
    def schema(self) -> sql.Identifier:
        """The schema of the graph's tables."""
        return sql.Identifier(self.name)


def array(ids: Iterable[int]) -> str:
    """Ids in the form in which PostgreSQL reads an array of graphid, which has no binary parameter."""
    return "{" + ",".join(map(str, ids)) + "}"
