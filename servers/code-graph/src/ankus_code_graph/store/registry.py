"""Which graphs there are: the rows of ankus_code_graph.graph, and the names that a graph may have."""

import re
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any, LiteralString

from psycopg import Connection

from ankus_code_graph.errors import BadGraphName, UnknownGraph

FORMAT = 1
"""Of the tables and properties that this version writes; a graph of another one is made anew."""
_NAME = re.compile(r"[a-z0-9_]{3,63}")
ALL: LiteralString = """
SELECT name, root, revision, statistics, indexed_at, format
  FROM ankus_code_graph.graph ORDER BY name"""
ONE: LiteralString = """
SELECT name, root, revision, statistics, indexed_at, format
  FROM ankus_code_graph.graph WHERE name = %s"""


@dataclass(frozen=True)
class GraphInfo:
    """One graph of the database."""

    name: str
    root: Path
    """Folder that was indexed; every path of the graph is below it."""
    revision: str
    """Commit of the tree, or "" where it has none."""
    statistics: dict[str, Any]
    """What the indexer counted."""
    indexed_at: datetime
    format: int
    """See `FORMAT`."""


def graph_info(row: tuple[Any, ...]) -> GraphInfo:
    """A row of `ALL` or `ONE`."""
    name, root, revision, statistics, indexed_at, number = row
    return GraphInfo(name, Path(root), revision, statistics, indexed_at, number)


def check_name(name: str) -> None:
    """Refuse a name that no graph can have.

    Raises:
        BadGraphName: If it is not 3 to 63 of a-z, 0-9 and _, or begins as PostgreSQL's own names do.
    """
    if not _NAME.fullmatch(name) or name.startswith("pg_"):
        raise BadGraphName(
            f"{name[:80]!r} is no name for a graph.",
            hint="Use 3 to 63 of a-z, 0-9 and _, such as pg17; not pg_ at its beginning.",
        )


def check_free(connection: Connection[Any], name: str) -> None:
    """Refuse a name that means a schema, or a graph, of somebody else.

    Raises:
        BadGraphName: If it is taken.
    """
    if connection.execute(ONE, [name]).fetchone() is not None:
        return
    query = "SELECT FROM pg_namespace WHERE nspname = %s"
    if connection.execute(query, [name]).fetchone() is not None:
        raise BadGraphName(
            f"The database has a schema {name} that is no code graph of ours.", hint="Choose another name."
        )


def pick(graphs: list[GraphInfo], name: str) -> GraphInfo:
    """The graph of that name, or the only one where the name is empty.

    Raises:
        UnknownGraph: If there is none, or if there are several and no name was given (ambiguous_graph).
    """
    known = ", ".join(graph.name for graph in graphs)
    if not graphs:
        raise UnknownGraph(
            "There is no graph yet.",
            hint="Make one with index_repository, or with: ankus-code-graph index PATH --name NAME",
        )
    if name:
        found = [graph for graph in graphs if graph.name == name]
        if not found:
            raise UnknownGraph(f"There is no graph {name[:80]!r}.", hint=f"There is: {known}.")
        return found[0]
    if len(graphs) > 1:
        raise UnknownGraph(
            "There are several graphs.",
            hint=f"Give graph, or set ANKUS_GRAPH, as one of: {known}.",
            code="ambiguous_graph",
        )
    return graphs[0]
