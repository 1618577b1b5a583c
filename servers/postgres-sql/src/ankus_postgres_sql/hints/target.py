"""The statement that hints are for: its aliases, what they stand for, and their indexes."""

import difflib
from collections import Counter
from dataclasses import dataclass

from pglast import ast, parser

from ankus_postgres_sql import named
from ankus_postgres_sql.hints.grammar import Binding
from ankus_postgres_sql.statement import Statement, walk
from ankus_shared.postgres import Connection

TABLE_KINDS = frozenset({"r", "p", "m", "f"})


@dataclass(frozen=True)
class Source:
    """Something in a FROM clause."""

    alias: str
    schema: str | None = None
    table: str | None = None
    """None for a subquery, a function, or a WITH query."""


@dataclass(frozen=True)
class Target:
    """What hints for one statement may name."""

    sources: tuple[Source, ...]
    indexes: dict[str, tuple[str, ...]]
    """By alias of a table."""
    views: frozenset[str]
    """Aliases of views, whose inner tables hints have to name instead."""

    @property
    def aliases(self) -> list[str]:
        """Every alias once, in the order of the text."""
        return list(dict.fromkeys(source.alias for source in self.sources))

    @property
    def ambiguous(self) -> frozenset[str]:
        """Aliases that stand for several things."""
        counted = Counter(source.alias for source in self.sources)
        return frozenset(alias for alias, count in counted.items() if count > 1)

    def binding(self) -> Binding:
        """For a grammar: aliases that are tables, and theirs only once, with their indexes."""
        return Binding(
            {
                alias: self.indexes[alias]
                for alias in self.aliases
                if alias in self.indexes and alias not in self.ambiguous and "*/" not in alias
            }
        )

    def nearest(self, name: str) -> str:
        """The alias that `name` was written for, most likely; empty if none is like it."""
        folded = {alias.lower(): alias for alias in self.aliases}
        by_table = {source.table.lower(): source.alias for source in self.sources if source.table}
        known = by_table | folded
        near = difflib.get_close_matches(name.lower(), known, n=1)
        return known[near[0]] if near else ""


def hint_comments(text: str) -> list[str]:
    """The comments in a statement that pg_hint_plan would read as hints."""
    tokens = (text[token.start : token.end + 1] for token in parser.scan(text) if token.name == "C_COMMENT")
    return [comment for comment in tokens if comment.startswith("/*+")]


def sources(statement: Statement) -> tuple[Source, ...]:
    """What the FROM clauses of a statement name, at every level."""
    nodes = list(walk(statement.tree))
    with_queries = {node.ctename for node in nodes if isinstance(node, ast.CommonTableExpr)}
    found = []
    for node in nodes:
        match node:
            case ast.RangeVar(relname=str(name)):
                alias = (node.alias.aliasname if node.alias else name) or name
                local = node.schemaname is None and name in with_queries
                found.append(Source(alias) if local else Source(alias, node.schemaname, name))
            case ast.RangeSubselect() | ast.RangeFunction() | ast.RangeTableFunc() if node.alias:
                found.append(Source(node.alias.aliasname or ""))
    return tuple(found)


async def find_target(connection: Connection, statement: Statement) -> Target:
    """Look up what the statement's aliases stand for."""
    found = sources(statement)
    wanted = [source for source in found if source.table]
    rows = await named.query(
        connection,
        "hint_relations",
        schemas=[source.schema for source in wanted],
        tables=[source.table for source in wanted],
    )
    kinds = {(row["wanted_schema"], row["name"]): row for row in rows}
    indexes, views = dict[str, tuple[str, ...]](), set[str]()
    for source in wanted:
        row = kinds.get((source.schema, source.table))
        if row and row["kind"] == "v":
            views.add(source.alias)
        elif row and row["kind"] in TABLE_KINDS:
            indexes[source.alias] = tuple(row["indexes"])
    return Target(found, indexes, frozenset(views))
