"""UPDATE and DELETE as the SELECT that finds their rows, so that they are judged and never run.

The reader may not plan a statement that writes, and indexes serve it where it reads: its WHERE, and what is
selected in its SET.
"""

from typing import Any

from pglast import ast, parser
from pglast.enums import SubLinkType
from pglast.stream import RawStream


def as_read(text: str) -> str:
    """The SELECT for an UPDATE or DELETE with WHERE; any other text as it is, for the guard to judge."""
    try:
        statements = parser.parse_sql(text)
    except parser.ParseError:
        return text
    tree: Any = statements[0].stmt if len(statements) == 1 else None
    if not isinstance(tree, ast.UpdateStmt | ast.DeleteStmt) or tree.whereClause is None:
        return text
    others = tree.fromClause if isinstance(tree, ast.UpdateStmt) else tree.usingClause
    read = ast.SelectStmt(
        targetList=_values(tree) or (ast.ResTarget(val=ast.ColumnRef(fields=(ast.A_Star(),))),),
        fromClause=(tree.relation, *(others or ())),
        whereClause=tree.whereClause,
        withClause=tree.withClause,
    )
    return str(RawStream()(read))


def _values(tree: Any) -> tuple[ast.Node, ...]:
    """What an UPDATE computes; of several columns at once whether there is a row."""
    values = (target.val for target in getattr(tree, "targetList", None) or ())
    computed = [_source(value) if isinstance(value, ast.MultiAssignRef) else value for value in values]
    return tuple(
        ast.ResTarget(val=value) for value in computed if not isinstance(value, ast.SetToDefault | None)
    )


def _source(value: Any) -> Any:
    if value.colno > 1:
        return None  # the same source again
    if isinstance(value.source, ast.SubLink):
        return ast.SubLink(subLinkType=SubLinkType.EXISTS_SUBLINK, subselect=value.source.subselect)
    return value.source
