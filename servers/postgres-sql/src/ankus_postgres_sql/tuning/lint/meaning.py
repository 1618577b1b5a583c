"""Rules about queries whose result may not be what was meant."""

from collections.abc import Iterator
from typing import Any

from pglast import ast
from pglast.enums import A_Expr_Kind, JoinType, SubLinkType

from ankus_postgres_sql.statement import strings
from ankus_postgres_sql.tuning.lint import nodes
from ankus_postgres_sql.tuning.lint.nodes import column, comparisons, function, text
from ankus_postgres_sql.tuning.lint.rules import Look, rule
from ankus_postgres_sql.tuning.scope import Found, Use, conjuncts, local

Places = Iterator[tuple[Any, str]]
_INTEGERS = frozenset(["smallint", "integer", "bigint"])
_MONEY = ("amount", "price", "total", "cost", "balance", "salary", "fee", "revenue", "payment")


@rule(
    "equals_null",
    "wrong",
    "A comparison with NULL is never true, not even for NULL.",
    "Write IS NULL, IS NOT NULL, or IS [NOT] DISTINCT FROM.",
)
def equals_null(look: Look) -> Places:
    for node in comparisons(look, "=", "<>", "<", ">", "<=", ">="):
        if nodes.is_null(node.lexpr) or nodes.is_null(node.rexpr):
            yield node, text(node)


@rule(
    "not_in_nullable",
    "wrong",
    "If the subquery gives one NULL, NOT IN is true for no row.",
    "Write NOT EXISTS (SELECT … WHERE inner.x = outer.x), or filter the NULLs out.",
)
def not_in_nullable(look: Look) -> Places:
    for node in nodes.negated(look):
        if not isinstance(node, ast.SubLink) or node.subLinkType != SubLinkType.ANY_SUBLINK or node.operName:
            continue
        inner = look.levels.subqueries.get(id(node.subselect))
        if inner is None or len(inner.tree.targetList or ()) != 1:
            continue
        value = inner.tree.targetList[0].val
        found = column(Look(look.levels, inner), value)
        if found and (not found.column.required or inner.outer_joins) and not _filtered(look, inner, found):
            yield node, f"{found.column.name} of {found.use.relation.label} may be NULL"


def _filtered(look: Look, inner: Any, found: Found) -> bool:
    """Whether the subquery leaves out the NULLs of the column."""
    for condition in inner.conditions:
        if isinstance(condition, ast.NullTest) and condition.nulltesttype == 1:
            if column(Look(look.levels, inner), condition.arg) == found:
                return True
    return False


@rule(
    "cross_join",
    "wrong",
    "Without a join condition each row of one meets each row of the other.",
    "Join with ON, by the foreign key; write CROSS JOIN where all pairs are meant.",
)
def cross_join(look: Look) -> Places:
    items = look.tree.fromClause or ()
    if look.tree.op or len(items) < 2:
        return
    groups = [_aliases(item) for item in items]
    laterals = [_lateral(item) for item in items]
    for condition in look.level.conditions:
        mentioned = _mentioned(look, condition)
        touched = [group for group in groups if group & mentioned]
        if len(touched) > 1:
            groups = [group for group in groups if group not in touched] + [set().union(*touched)]
    tables = {alias for alias, source in look.level.sources.items() if not _one_row(source)}
    alone = [group for group in groups if group & tables]
    if len(alone) > 1 and not any(laterals):
        yield None, "nothing joins " + " with ".join(", ".join(sorted(group)) for group in alone)


def _one_row(source: Any) -> bool:
    """Whether a source gives one row, such as an aggregate over all, or is not known."""
    if isinstance(source, Use):
        return False
    if source is None:
        return True
    tree = source.tree
    return not tree.groupClause and any(nodes.is_aggregate(node) for node in local(tree.targetList))


def _lateral(item: Any) -> bool:
    return bool(getattr(item, "lateral", False)) or isinstance(item, ast.RangeFunction)


def _aliases(item: Any) -> set[str]:
    if isinstance(item, ast.JoinExpr):
        return _aliases(item.larg) | _aliases(item.rarg)
    if getattr(item, "alias", None):
        return {item.alias.aliasname}
    return {item.relname or ""} if isinstance(item, ast.RangeVar) else {f"?{id(item)}"}


def _mentioned(look: Look, condition: Any) -> set[str]:
    """The aliases of this level that a condition names, in subqueries too."""
    found: set[str] = set()
    for node in nodes.walk_all(condition):
        if isinstance(node, ast.ColumnRef):
            names = strings(node.fields)
            if len(names) > 1:
                found.add(names[-2])
            elif resolved := column(look, node):
                found.add(resolved.use.alias)
            else:
                found |= {
                    alias for alias, source in look.level.sources.items() if not isinstance(source, Use)
                }
    return found


@rule(
    "join_without_condition",
    "wrong",
    "The join's condition names only one side, so that each row of one meets each row of the other.",
    "Compare a column of one table with a column of the other in ON.",
)
def join_without_condition(look: Look) -> Places:
    for item in look.tree.fromClause or ():
        for join in _joins(item):
            if join.quals is None or join.usingClause or join.isNatural:
                continue
            sides = _mentioned(look, join.quals)
            left, right = _aliases(join.larg), _aliases(join.rarg)
            if not (sides & left and sides & right) and not _lateral(join.rarg) and sides:
                yield join, f"ON {text(join.quals)}"


def _joins(item: Any) -> Iterator[Any]:
    if isinstance(item, ast.JoinExpr):
        yield item
        yield from _joins(item.larg)
        yield from _joins(item.rarg)


@rule(
    "count_star_after_left_join",
    "wrong",
    "count(*) counts the row that a LEFT JOIN makes for 'none' as one.",
    "Write count(b.id) with a column of the joined table.",
)
def count_star_after_left_join(look: Look) -> Places:
    if not look.tree.groupClause:
        return
    if not any(
        join.jointype == JoinType.JOIN_LEFT for item in look.tree.fromClause or () for join in _joins(item)
    ):
        return
    for node in nodes.nodes(look):
        if function(node) == "count" and node.agg_star and not node.over:
            yield node, "count(*)"


@rule(
    "left_join_filtered",
    "wrong",
    "A condition on the joined table in WHERE is never true for its NULLs: the LEFT JOIN becomes"
    " an inner one.",
    "Put the condition into ON, or write JOIN.",
)
def left_join_filtered(look: Look) -> Places:
    optional: set[str] = set()
    for item in look.tree.fromClause or ():
        for join in _joins(item):
            if join.jointype == JoinType.JOIN_LEFT:
                optional |= _aliases(join.rarg)
    for condition in conjuncts(look.tree.whereClause):
        if not isinstance(condition, ast.A_Expr) or condition.kind == A_Expr_Kind.AEXPR_NOT_DISTINCT:
            continue
        if condition.kind == A_Expr_Kind.AEXPR_DISTINCT or any(
            isinstance(node, ast.CoalesceExpr | ast.CaseExpr | ast.SubLink | ast.NullTest)
            for node in local(condition)
        ):
            continue
        if _mentioned(look, condition) & optional:
            yield condition, text(condition)


@rule(
    "between_timestamps",
    "wrong",
    "BETWEEN includes its end, and a date as the end is its midnight: the last day is left out, or"
    " counted twice.",
    "Write x >= start AND x < day after the end.",
)
def between_timestamps(look: Look) -> Places:
    for node in nodes.nodes(look):
        if isinstance(node, ast.A_Expr) and node.kind == A_Expr_Kind.AEXPR_BETWEEN:
            found = column(look, node.lexpr)
            if found and found.column.type.startswith("timestamp"):
                yield node, text(node)


@rule(
    "concatenation_with_null",
    "wrong",
    "x || NULL is NULL: one missing part loses the whole text.",
    "Write concat(a, b) or concat_ws(' ', a, b), or coalesce(x, '').",
)
def concatenation_with_null(look: Look) -> Places:
    for node in comparisons(look, "||"):
        for side in (node.lexpr, node.rexpr):
            found = column(look, side)
            if found and not found.column.required and found.column.category == "S":
                yield node, f"{found.column.name} may be NULL in {text(node)}"


@rule(
    "integer_division",
    "wrong",
    "A whole number divided by a whole number is cut to one: 1 / 2 is 0.",
    "Cast one side: a::numeric / b, or 100.0 * a / b.",
)
def integer_division(look: Look) -> Places:
    for node in comparisons(look, "/"):
        left, right = _is_integer(look, node.lexpr), _is_integer(look, node.rexpr)
        if left and right and not (nodes.constant(node.lexpr) and nodes.constant(node.rexpr)):
            yield node, text(node)


def _is_integer(look: Look, node: Any) -> bool:
    """Whether an expression is surely a whole number."""
    if found := column(look, node):
        return found.column.type in _INTEGERS
    if isinstance(nodes.constant(node), ast.Integer):
        return not isinstance(node, ast.TypeCast)
    if function(node) == "count":
        return True
    if isinstance(node, ast.A_Expr) and strings(node.name)[-1] in ("+", "-", "*"):
        return node.lexpr is not None and _is_integer(look, node.lexpr) and _is_integer(look, node.rexpr)
    return False


@rule(
    "float_money",
    "wrong",
    "Money in real or double precision has rounding errors that add up.",
    "Cast before adding: sum(x::numeric), and store numeric(12,2).",
)
def float_money(look: Look) -> Places:
    for node in nodes.nodes(look):
        if function(node) in ("sum", "avg", "round"):
            for found in nodes.references(look, node.args):
                name = found.column.name.lower()
                if found.column.type in ("real", "double precision") and any(word in name for word in _MONEY):
                    yield node, f"{name} is {found.column.type}"


@rule(
    "having_without_aggregate",
    "slow",
    "HAVING filters after grouping what WHERE would leave out before it.",
    "Move the condition to WHERE.",
)
def having_without_aggregate(look: Look) -> Places:
    for condition in conjuncts(look.tree.havingClause):
        if not any(nodes.is_aggregate(node) or isinstance(node, ast.SubLink) for node in local(condition)):
            if any(isinstance(node, ast.ColumnRef) for node in local(condition)):
                yield condition, text(condition)


@rule(
    "limit_without_order",
    "fragile",
    "Without ORDER BY the rows that LIMIT keeps are any rows, and others the next time.",
    "Add ORDER BY with a unique last column.",
)
def limit_without_order(look: Look) -> Places:
    tree = look.tree
    wanted = nodes.integer(tree.limitCount) if tree.limitCount is not None else None
    probe = not look.outermost and wanted == 1
    if tree.limitCount is not None and wanted != 0 and not tree.sortClause and tree.fromClause and not probe:
        if tree.groupClause or not nodes.aggregates(look, tree.targetList):
            yield tree.limitCount, "LIMIT without ORDER BY"


@rule(
    "distinct_on_without_order",
    "fragile",
    "DISTINCT ON keeps the first row of each group, and without ORDER BY any row is the first.",
    "Add ORDER BY with the same columns first, then what decides.",
)
def distinct_on_without_order(look: Look) -> Places:
    keys = [key for key in look.tree.distinctClause or () if key is not None]
    if keys and not look.tree.sortClause:
        yield keys[0], "DISTINCT ON without ORDER BY"
