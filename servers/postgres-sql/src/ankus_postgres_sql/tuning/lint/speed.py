"""Rules about queries that cost more than they need, or break when tables change."""

from collections.abc import Iterator
from typing import Any

from pglast import ast
from pglast.enums import A_Expr_Kind, BoolExprType, SetOperation, SubLinkType

from ankus_postgres_sql.statement import strings
from ankus_postgres_sql.tuning.lint import nodes
from ankus_postgres_sql.tuning.lint.nodes import column, comparisons, function, text, type_name
from ankus_postgres_sql.tuning.lint.rules import Look, rule
from ankus_postgres_sql.tuning.scope import Found, Use, local

Places = Iterator[tuple[Any, str]]
LARGE_OFFSET = 1_000
MANY_VALUES = 500


@rule(
    "select_star",
    "fragile",
    "* reads columns that nobody needs, keeps an index from answering alone, and changes with the table.",
    "Name the columns.",
)
def select_star(look: Look) -> Places:
    exists = look.level.parent is not None and _under_exists(look)
    for target in look.tree.targetList or ():
        value: Any = target.val
        star = isinstance(value, ast.ColumnRef) and isinstance((value.fields or ())[-1], ast.A_Star)
        if star and not exists and any(isinstance(source, Use) for source in look.level.sources.values()):
            yield value, text(value)


def _under_exists(look: Look) -> bool:
    assert look.level.parent is not None
    above = Look(look.levels, look.level.parent)
    return any(
        isinstance(node, ast.SubLink)
        and node.subLinkType == SubLinkType.EXISTS_SUBLINK
        and node.subselect is look.tree
        for node in nodes.nodes(above)
    )


@rule(
    "function_on_indexed_column",
    "slow",
    "The index on the column does not serve a condition on a function of it.",
    "Compare the bare column (x >= '2024-01-01' AND x < '2025-01-01'), or make an index on the expression.",
)
def function_on_indexed_column(look: Look) -> Places:
    for condition in look.level.conditions:
        if not isinstance(condition, ast.A_Expr):
            continue
        for side in (condition.lexpr, condition.rexpr):
            if not isinstance(side, ast.FuncCall | ast.CoalesceExpr | ast.A_Expr) or nodes.aggregates(
                look, side
            ):
                continue
            if isinstance(side, ast.A_Expr) and strings(side.name)[-1] not in (
                "+",
                "-",
                "*",
                "/",
                "||",
            ):
                continue
            for found in nodes.references(look, side)[:1]:
                if _indexed(found) and not _expression_indexed(found, side):
                    yield side, f"{text(side)}, and {found.column.name} has an index"


def _indexed(found: Found) -> bool:
    """Whether an index begins with the column."""
    return any(index.keys[0].strip('"') == found.column.name for index in found.use.relation.indexes)


def _expression_indexed(found: Found, node: Any) -> bool:
    """Whether an index on such an expression is there: by the function, as PostgreSQL rewrites the rest."""
    name = function(node) or "("
    return any(
        name in key and found.column.name in key for index in found.use.relation.indexes for key in index.keys
    )


@rule(
    "cast_on_indexed_column",
    "slow",
    "The index on the column does not serve a condition on a cast of it.",
    "Cast the value on the other side, or compare with a range.",
)
def cast_on_indexed_column(look: Look) -> Places:
    for condition in look.level.conditions:
        if not isinstance(condition, ast.A_Expr):
            continue
        for side in (condition.lexpr, condition.rexpr):
            if isinstance(side, ast.TypeCast) and (found := column(look, side.arg)):
                target = type_name(side)
                if _indexed(found) and not _expression_indexed(found, side) and not _harmless(found, target):
                    yield side, f"{text(side)}, and {found.column.name} has an index"


def _harmless(found: Found, target: str) -> bool:
    """Casts that PostgreSQL sees through: to the own type, and between text and varchar."""
    texts = {"text", "varchar", "character varying", "bpchar"}
    own = {
        "int4": "integer",
        "int8": "bigint",
        "int2": "smallint",
        "bool": "boolean",
        "float8": "double precision",
    }
    return own.get(target, target) == found.column.type or (target in texts and found.column.type in texts)


@rule(
    "implicit_cast",
    "slow",
    "PostgreSQL casts the column to the other side's wider type, and the index on it is not used.",
    "Write a value of the column's own type, such as 5 and not 5.0.",
)
def implicit_cast(look: Look) -> Places:
    for node in comparisons(look, "=", "<", ">", "<=", ">="):
        for side, other in ((node.lexpr, node.rexpr), (node.rexpr, node.lexpr)):
            found = column(look, side)
            if found and found.column.type in ("smallint", "integer", "bigint") and _is_wider(look, other):
                yield node, f"{found.column.name} is {found.column.type} in {text(node)}"


def _is_wider(look: Look, node: Any) -> bool:
    if isinstance(node, ast.TypeCast):
        return type_name(node) in ("numeric", "float4", "float8")
    if other := column(look, node):
        return other.column.type in ("numeric", "real", "double precision")
    return isinstance(nodes.constant(node), ast.Float) and "." in nodes.constant(node).fval


@rule(
    "leading_wildcard",
    "slow",
    "A pattern that begins with % is compared with every row; a B-tree cannot help.",
    "Use full-text search, or a GIN index with gin_trgm_ops (pg_trgm).",
)
def leading_wildcard(look: Look) -> Places:
    for node in comparisons(look, "~~", "~~*", "!~~", "!~~*"):
        value = nodes.constant(node.rexpr)
        if (
            isinstance(value, ast.String)
            and (value.sval or "").startswith(("%", "_"))
            and column(look, node.lexpr)
        ):
            yield node, text(node)


@rule(
    "large_offset",
    "slow",
    "OFFSET reads and throws away all the rows before.",
    "Go on from the last row seen: WHERE (x, id) > (…) ORDER BY x, id LIMIT n.",
)
def large_offset(look: Look) -> Places:
    count = nodes.integer(look.tree.limitOffset) if look.tree.limitOffset is not None else None
    if count is not None and count >= LARGE_OFFSET:
        yield look.tree.limitOffset, f"OFFSET {count}"


@rule(
    "order_by_random",
    "slow",
    "Every row is read and sorted to draw a few.",
    "Use TABLESAMPLE, or WHERE id >= a random number … LIMIT n.",
)
def order_by_random(look: Look) -> Places:
    for sort in look.tree.sortClause or ():
        if function(sort.node) in ("random", "gen_random_uuid"):
            yield sort.node, f"ORDER BY {text(sort.node)}"


@rule(
    "distinct_hides_fan_out",
    "slow",
    "The join multiplies rows, and DISTINCT takes the copies away again; sums beside it are wrong.",
    "Ask with WHERE EXISTS (SELECT … ) whether there is a match, without the join.",
)
def distinct_hides_fan_out(look: Look) -> Places:
    uses = look.level.uses()
    if not look.tree.distinctClause or look.tree.distinctClause[0] is not None or len(uses) < 2:
        return
    found = nodes.references(look, look.tree.targetList)
    shown = {each.use.alias for each in found}
    stars = any(isinstance(node, ast.A_Star) for node in local(look.tree.targetList))
    hidden = sorted({use.alias for use in uses} - shown)
    if found and hidden and not stars and len(shown) == 1:
        yield None, f"SELECT DISTINCT, while no column of {', '.join(hidden)} is selected"


@rule(
    "distinct_with_group_by",
    "slow",
    "GROUP BY gives each group once already.",
    "Leave DISTINCT out, or GROUP BY if nothing is aggregated.",
)
def distinct_with_group_by(look: Look) -> Places:
    clause, groups = look.tree.distinctClause, look.tree.groupClause
    if clause and clause[0] is None and groups:
        shown = {text(target.val) for target in look.tree.targetList}
        if all(nodes.integer(group) is not None or text(group) in shown for group in groups):
            yield None, "SELECT DISTINCT … GROUP BY"


@rule(
    "union_removes_duplicates",
    "slow",
    "UNION sorts or hashes all rows to remove duplicates, which these branches cannot have.",
    "Write UNION ALL.",
)
def union_removes_duplicates(look: Look) -> Places:
    tree = look.tree
    if tree.op != SetOperation.SETOP_UNION or tree.all or len(look.level.branches) != 2:
        return
    constants = [_labels(branch.tree) for branch in look.level.branches]
    if any(a is not None and b is not None and a != b for a, b in zip(*constants, strict=False)):
        yield None, "UNION of branches that a constant tells apart"


def _labels(tree: Any) -> list[str | None]:
    """The constants among the outputs of a SELECT."""
    return [text(each.val) if nodes.constant(each.val) else None for each in tree.targetList or ()]


@rule(
    "correlated_subquery",
    "slow",
    "The subquery in the SELECT list runs once for each row.",
    "Join with a subquery that is grouped by the key, or use LEFT JOIN LATERAL.",
)
def correlated_subquery(look: Look) -> Places:
    for node in local(look.tree.targetList):
        if isinstance(node, ast.SubLink) and node.subLinkType == SubLinkType.EXPR_SUBLINK:
            inner = look.levels.subqueries.get(id(node.subselect))
            if inner is not None and _reaches_out(look, inner):
                yield node, text(node)


def _reaches_out(look: Look, inner: Any) -> bool:
    own = {use.level for use in inner.uses()}
    found = nodes.references(look, [])
    for node in nodes.nodes(Look(look.levels, inner)):
        if isinstance(node, ast.ColumnRef):
            each = column(Look(look.levels, inner), node)
            found += [each] if each else []
    return any(each.use.level == look.level.number and each.use.level not in own for each in found)


@rule(
    "or_across_columns",
    "slow",
    "One index cannot serve OR over different columns.",
    "Write one SELECT a column and join them with UNION, or have an index on each column.",
)
def or_across_columns(look: Look) -> Places:
    for condition in look.level.conditions:
        if isinstance(condition, ast.BoolExpr) and condition.boolop == BoolExprType.OR_EXPR:
            keys = [
                {(f.use.alias, f.column.name) for f in nodes.references(look, arm)}
                for arm in condition.args or ()
            ]
            if all(keys) and not set.intersection(*keys):
                yield condition, text(condition)


@rule(
    "count_to_test",
    "slow",
    "Counting reads all matches, where one is enough to know that there is one.",
    "Write EXISTS (SELECT … ).",
)
def count_to_test(look: Look) -> Places:
    for node in comparisons(look, ">", ">=", "<>", "="):
        if isinstance(node.lexpr, ast.SubLink) and node.lexpr.subLinkType == SubLinkType.EXPR_SUBLINK:
            subselect: Any = node.lexpr.subselect
            targets = subselect.targetList or ()
            limit = (strings(node.name)[-1], nodes.integer(node.rexpr))
            if targets and function(targets[0].val) == "count" and limit in _TESTS:
                yield node, text(node)


_TESTS = ((">", 0), (">=", 1), ("<>", 0), ("=", 0))


@rule(
    "long_in_list",
    "slow",
    "A list of hundreds of values is parsed and planned each time.",
    "Join with (VALUES …) or unnest(ARRAY[…]), or with the table that the values come from.",
)
def long_in_list(look: Look) -> Places:
    for node in nodes.nodes(look):
        if isinstance(node, ast.A_Expr) and node.kind == A_Expr_Kind.AEXPR_IN:
            values = node.rexpr if isinstance(node.rexpr, tuple) else ()
            if len(values) > MANY_VALUES:
                yield node, f"IN with {len(values)} values"


@rule(
    "order_by_in_subquery",
    "slow",
    "The order of a subquery's rows means nothing to the query around it, and sorting costs.",
    "Leave ORDER BY out there, and write it at the end of the whole query.",
)
def order_by_in_subquery(look: Look) -> Places:
    tree = look.tree
    if not look.outermost and tree.sortClause and tree.limitCount is None and tree.limitOffset is None:
        if not any(key is not None for key in tree.distinctClause or ()) and tree.fromClause:
            yield tree.sortClause[0].node, "ORDER BY without LIMIT in a subquery"


@rule(
    "order_by_position",
    "fragile",
    "A number in ORDER BY or GROUP BY means another column as soon as the list changes.",
    "Name the column.",
)
def order_by_position(look: Look) -> Places:
    for sort in look.tree.sortClause or ():
        if nodes.integer(sort.node) is not None:
            yield sort.node, f"ORDER BY {text(sort.node)}"


@rule(
    "natural_join",
    "fragile",
    "NATURAL JOIN joins by every common name: a new column such as created_at changes the result.",
    "Write JOIN … USING (key) or ON.",
)
def natural_join(look: Look) -> Places:
    for item in look.tree.fromClause or ():
        if isinstance(item, ast.JoinExpr) and item.isNatural:
            yield item, "NATURAL JOIN"
