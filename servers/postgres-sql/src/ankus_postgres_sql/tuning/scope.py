"""The levels of a query: each SELECT with what its names stand for, so that a column is found to its table.

A name that stands for a subquery, a CTE or a view leads to the level below, and through its output column
to the table's own column. Levels that are nested more than `DEPTH` deep are left out.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any, NamedTuple, Union

from pglast import ast, parser
from pglast.ast import Node
from pglast.enums import BoolExprType, SetOperation

from ankus_postgres_sql.statement import strings
from ankus_postgres_sql.tuning.catalog import Catalog, Column, Relation

DEPTH = 40


class Use(NamedTuple):
    """A table as one FROM item uses it: two uses of one table are two."""

    level: int
    alias: str
    relation: Relation


class Found(NamedTuple):
    """A column, and the use of the table that it belongs to."""

    use: Use
    column: Column


Source = Union[Use, "Level", None]
"""What an alias stands for; None is anything whose columns are not known."""


@dataclass(eq=False)
class Level:
    """One SELECT."""

    number: int
    tree: Any
    parent: "Level | None"
    sources: dict[str, Source] = field(default_factory=dict)
    conditions: list[Node] = field(default_factory=list)
    """What WHERE and the joins' ON ask for, split at AND."""
    outer_joins: bool = False
    outputs: dict[str, Found | None] = field(default_factory=dict)
    """What was found of its output columns."""
    of_view: bool = False
    """Whether it is part of a view, and so not of the text."""
    branches: "list[Level]" = field(default_factory=list)
    """The two sides of a UNION, INTERSECT or EXCEPT."""

    def uses(self) -> list[Use]:
        """The tables that stand in its FROM."""
        return [source for source in self.sources.values() if isinstance(source, Use)]


@dataclass
class Levels:
    """All levels of a statement."""

    catalog: Catalog
    every: list[Level] = field(default_factory=list)
    subqueries: dict[int, Level] = field(default_factory=dict)
    """The level of each nested SELECT by the identity of its node."""


def levels_of(tree: Any, catalog: Catalog) -> Levels:
    """The levels of a SELECT, outermost first; none for a statement that is not a query."""
    levels = Levels(catalog)
    if isinstance(tree, ast.ExplainStmt):
        tree = tree.query
    if isinstance(tree, ast.SelectStmt):
        _level(levels, tree, None, {}, 0)
    return levels


def local(tree: Any) -> Iterator[Node]:
    """The nodes of an expression, not entering nested SELECTs (whose SubLink is given)."""
    pending = [tree]
    while pending:
        item = pending.pop()
        if isinstance(item, tuple | list):
            pending.extend(reversed(item))
        elif isinstance(item, Node) and not isinstance(item, ast.SelectStmt):
            yield item
            pending.extend(getattr(item, name) for name in reversed(list(item)))


def conjuncts(condition: Any) -> Iterator[Node]:
    """The parts of a condition that must all hold."""
    pending = [condition]
    while pending:
        item = pending.pop()
        if isinstance(item, ast.BoolExpr) and item.boolop == BoolExprType.AND_EXPR:
            pending.extend(reversed(item.args or ()))
        elif item is not None:
            yield item


def resolve(level: Level, reference: Any) -> Found | None:
    """The table's column that a reference means, through subqueries; None where it is not a column of one."""
    names = strings(reference.fields)
    if not names or len(names) != len(reference.fields) or len(names) > 3:
        return None
    alias, place = names[-2] if len(names) > 1 else None, names[-1]
    at: Level | None = level
    while at is not None:
        known, found = _within(at, alias, place)
        if known:
            return found
        at = at.parent
    return None


def _within(level: Level, alias: str | None, name: str) -> tuple[bool, Found | None]:
    """Whether a level's FROM settles what a name means, and the column."""
    if alias is not None:
        return alias in level.sources, _column_of(level.sources.get(alias), name)
    found = [each for source in level.sources.values() if (each := _column_of(source, name))]
    if found or None in level.sources.values():
        return True, found[0] if len(found) == 1 else None
    return False, None


def _column_of(source: Source, name: str) -> Found | None:
    if isinstance(source, Use):
        column = source.relation.columns.get(name)
        return Found(source, column) if column else None
    if source is None:
        return None
    if name not in source.outputs:
        source.outputs[name] = _output(source, name)
    return source.outputs[name]


def _output(level: Level, name: str) -> Found | None:
    """What a level gives under a name; looked for in its own FROM only, as its parent may stand on it."""
    if level.branches:
        return _column_of(level.branches[0], name)
    for target in level.tree.targetList or ():
        value = target.val
        if isinstance(value, ast.ColumnRef):
            fields = strings(value.fields)
            if isinstance((value.fields or ())[-1], ast.A_Star):
                if found := _within(level, fields[-1] if fields else None, name)[1]:
                    return found
                continue
            if (target.name or fields[-1]) == name:
                return _within(level, fields[-2] if len(fields) > 1 else None, fields[-1])[1]
        elif target.name == name:
            return None
    return None


def _level(
    levels: Levels, tree: Any, parent: Level | None, ctes: dict[str, Level | None], depth: int
) -> Level | None:
    if depth > DEPTH:
        return None
    level = Level(len(levels.every), tree, parent)
    levels.every.append(level)
    levels.subqueries[id(tree)] = level
    known = dict(ctes)
    for cte in tree.withClause.ctes if tree.withClause else ():
        known[cte.ctename] = None  # a recursive one may name itself
        if isinstance(cte.ctequery, ast.SelectStmt) and not cte.aliascolnames:
            known[cte.ctename] = _level(levels, cte.ctequery, None, known, depth + 1)
    if tree.op != SetOperation.SETOP_NONE:
        sides = [_level(levels, side, parent, known, depth + 1) for side in (tree.larg, tree.rarg)]
        level.branches = [side for side in sides if side is not None]
        return level
    for item in tree.fromClause or ():
        _add_source(levels, level, item, known, depth)
    level.conditions += conjuncts(tree.whereClause)
    for node in local([getattr(tree, part) for part in _EXPRESSIONS] + level.conditions):
        if isinstance(node, ast.SubLink) and id(node.subselect) not in levels.subqueries:
            _level(levels, node.subselect, level, known, depth + 1)
    return level


_EXPRESSIONS = ("targetList", "whereClause", "groupClause", "havingClause", "sortClause", "distinctClause")


def _add_source(levels: Levels, level: Level, item: Any, ctes: dict[str, Level | None], depth: int) -> None:
    match item:
        case ast.JoinExpr():
            _add_source(levels, level, item.larg, ctes, depth)
            _add_source(levels, level, item.rarg, ctes, depth)
            level.outer_joins = level.outer_joins or item.jointype != 0
            level.conditions += conjuncts(item.quals)
        case ast.RangeSubselect() if item.alias:
            inner = _level(levels, item.subquery, level, ctes, depth + 1)
            level.sources[item.alias.aliasname or ""] = None if item.alias.colnames else inner
        case ast.RangeVar():
            alias = str(item.alias.aliasname if item.alias else item.relname)
            renamed = item.alias is not None and item.alias.colnames
            level.sources[alias] = None if renamed else _named(levels, level, item, alias, ctes, depth)
        case _:
            named = getattr(item, "alias", None)
            level.sources[named.aliasname if named else f"?{len(level.sources)}"] = None


def _named(
    levels: Levels, level: Level, item: Any, alias: str, ctes: dict[str, Level | None], depth: int
) -> Source:
    """What a name in FROM stands for: a CTE, a view as the query that it is, or a table."""
    if item.schemaname is None and item.relname in ctes:
        return ctes[item.relname]
    relation = levels.catalog.find(item.schemaname, item.relname)
    if relation is None:
        return None
    if relation.definition:
        first = len(levels.every)
        inner = _level(levels, parser.parse_sql(relation.definition)[0].stmt, None, {}, depth + 1)
        for each in levels.every[first:]:
            each.of_view = True
        return inner
    return Use(level.number, alias, relation)
