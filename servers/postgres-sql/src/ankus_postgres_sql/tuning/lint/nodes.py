"""Questions about nodes that several rules ask."""

from collections.abc import Iterator
from typing import Any

from pglast import ast
from pglast.enums import A_Expr_Kind, BoolExprType
from pglast.stream import RawStream

from ankus_postgres_sql.statement import strings, walk
from ankus_postgres_sql.tuning.lint.rules import Look
from ankus_postgres_sql.tuning.scope import Found, local, resolve

AGGREGATES = frozenset(
    "count sum avg min max array_agg string_agg bool_and bool_or every json_agg jsonb_agg json_object_agg"
    " jsonb_object_agg stddev variance percentile_cont percentile_disc mode corr bit_and bit_or".split()
)
PARTS = ("targetList", "groupClause", "havingClause", "sortClause", "distinctClause")


def nodes(look: Look) -> Iterator[Any]:
    """Every expression node of the SELECT itself, its joins' conditions included."""
    yield from local([getattr(look.tree, part) for part in PARTS] + look.level.conditions)


def comparisons(look: Look, *operators: str) -> Iterator[Any]:
    """Comparisons by one of the operators, anywhere in the SELECT."""
    for node in nodes(look):
        if isinstance(node, ast.A_Expr) and node.kind in _PLAIN and strings(node.name)[-1] in operators:
            yield node


_PLAIN = (A_Expr_Kind.AEXPR_OP, A_Expr_Kind.AEXPR_LIKE, A_Expr_Kind.AEXPR_ILIKE)


def column(look: Look, node: Any) -> Found | None:
    """The table's column that a node is, where it is one."""
    return resolve(look.level, node) if isinstance(node, ast.ColumnRef) else None


def references(look: Look, node: Any) -> list[Found]:
    """The columns of tables that an expression mentions."""
    found = [column(look, each) for each in local(node) if isinstance(each, ast.ColumnRef)]
    return [each for each in found if each is not None]


def function(node: Any) -> str:
    """The name of the function that a node calls; empty where it is no call."""
    return strings(node.funcname)[-1] if isinstance(node, ast.FuncCall) else ""


def is_aggregate(node: Any) -> bool:
    """Whether a node is a call of an aggregate, not over a window."""
    return function(node) in AGGREGATES and node.over is None


def aggregates(look: Look, part: Any) -> bool:
    """Whether an aggregate stands in a part of the SELECT."""
    return any(is_aggregate(node) for node in local(part))


def constant(node: Any) -> Any:
    """The value node of a constant, without casts; None where it is none."""
    while isinstance(node, ast.TypeCast):
        node = node.arg
    return node.val if isinstance(node, ast.A_Const) and not node.isnull else None


def is_null(node: Any) -> bool:
    """Whether a node is the constant NULL."""
    while isinstance(node, ast.TypeCast):
        node = node.arg
    return isinstance(node, ast.A_Const) and bool(node.isnull)


def integer(node: Any) -> int | None:
    """The value of an integer constant."""
    value = constant(node)
    return int(value.ival or 0) if isinstance(value, ast.Integer) else None


def type_name(cast: Any) -> str:
    """The last part of the type's name that a cast is to."""
    return strings(cast.typeName.names)[-1]


def text(node: Any) -> str:
    """An expression as SQL."""
    return str(RawStream()(node))


def negated(look: Look) -> Iterator[Any]:
    """What stands under NOT."""
    for node in nodes(look):
        if isinstance(node, ast.BoolExpr) and node.boolop == BoolExprType.NOT_EXPR:
            yield (node.args or ())[0]


def walk_all(node: Any) -> Iterator[Any]:
    """Every node below one, nested SELECTs included."""
    return walk(node)
