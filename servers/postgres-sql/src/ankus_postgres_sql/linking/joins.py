"""The tool that finds how tables are joined."""

from collections.abc import Sequence

from ankus_postgres_sql.database import Database
from ankus_postgres_sql.explore import find_table
from ankus_postgres_sql.linking.graph import Graph
from ankus_postgres_sql.linking.paths import MOST_TABLES, Tree, join_trees
from ankus_shared.answers import Answer
from ankus_shared.errors import AnkusError
from ankus_shared.untrusted import frame

_NEAR = 6


class NoJoinPath(AnkusError):
    """Raised when no foreign keys connect the tables."""

    code = "no_join_path"


async def find_join_path(database: Database, tables: Sequence[str]) -> Answer:
    """The shortest join tree over foreign keys, and others that are about as short.

    Raises:
        UnknownName: If there is no such table; names the nearest.
        NoJoinPath: If nothing connects them; names what each can be joined to.
    """
    async with database.reading() as connection:
        labels = [(await find_table(connection, name)).label for name in tables]
        index = await database.schema_indexes.get(connection)
    if len(set(labels)) > MOST_TABLES:
        raise NoJoinPath(f"These are more than {MOST_TABLES} tables.", hint="Ask for fewer at once.")
    trees = join_trees(index.graph, labels)
    if not trees:
        raise _no_path(index.graph, list(dict.fromkeys(labels)))
    lines = [_line(tree) for tree in trees]
    others = ["Other ways, with another meaning:", *lines[1:]] if len(lines) > 1 else []
    text = frame("\n".join([lines[0], *others]), "database")
    return Answer(text, {"tables": trees[0].tables, "ways": len(trees)})


def _line(tree: Tree) -> str:
    by_name = any(not edge.declared for edge in tree.edges)
    return tree.sql() + ("  -- by names of columns: there is no foreign key" if by_name else "")


def _no_path(graph: Graph, labels: list[str]) -> NoJoinPath:
    if len(labels) == 1:
        return NoJoinPath(
            f"{labels[0]} has no foreign key to itself.", hint="Name the tables that are to be joined."
        )
    near = []
    for label in labels:
        others = sorted({edge.other(label) for edge in graph.at(label)} - {label})
        more = ", …" if len(others) > _NEAR else ""
        near.append(f"{label} joins {', '.join(others[:_NEAR]) + more if others else 'nothing'}")
    return NoJoinPath(f"No foreign keys connect {', '.join(labels)}.", hint="; ".join(near) + ".")
