"""Which statements may be proposed: an allow-list of kinds, and what inside them is refused all the same."""

from dataclasses import dataclass
from typing import Any

from pglast import ast, enums, parser

from ankus_postgres_sql.changes.errors import ChangeRefused
from ankus_postgres_sql.statement import MAX_CHARACTERS, MAX_TOKENS, Reached, note, walk
from ankus_postgres_sql.syntax import syntax_error

KINDS: dict[type[ast.Node], str] = {
    ast.IndexStmt: "CREATE INDEX",
    ast.AlterTableStmt: "ALTER TABLE",
    ast.RenameStmt: "ALTER … RENAME",
    ast.CreateStmt: "CREATE TABLE",
    ast.ViewStmt: "CREATE VIEW",
    ast.CreateStatsStmt: "CREATE STATISTICS",
    ast.CommentStmt: "COMMENT",
    ast.DropStmt: "DROP INDEX",
    ast.InsertStmt: "INSERT",
    ast.UpdateStmt: "UPDATE",
    ast.DeleteStmt: "DELETE",
    ast.VacuumStmt: "VACUUM",
}
"""The kinds that may be proposed; DROP only of indexes."""
_RELATIONS = frozenset(
    {
        enums.ObjectType.OBJECT_TABLE,
        enums.ObjectType.OBJECT_VIEW,
        enums.ObjectType.OBJECT_INDEX,
        enums.ObjectType.OBJECT_COLUMN,
        enums.ObjectType.OBJECT_TABCONSTRAINT,
    }
)
_ALTER_REFUSED = frozenset(
    {
        enums.AlterTableType.AT_ChangeOwner,
        enums.AlterTableType.AT_SetTableSpace,
        enums.AlterTableType.AT_EnableTrig,
        enums.AlterTableType.AT_EnableTrigAll,
        enums.AlterTableType.AT_EnableTrigUser,
        enums.AlterTableType.AT_EnableAlwaysTrig,
        enums.AlterTableType.AT_EnableReplicaTrig,
        enums.AlterTableType.AT_DisableTrig,
        enums.AlterTableType.AT_DisableTrigAll,
        enums.AlterTableType.AT_DisableTrigUser,
        enums.AlterTableType.AT_EnableRowSecurity,
        enums.AlterTableType.AT_DisableRowSecurity,
        enums.AlterTableType.AT_ForceRowSecurity,
        enums.AlterTableType.AT_NoForceRowSecurity,
        enums.AlterTableType.AT_GenericOptions,
    }
)
"""Parts of ALTER TABLE about owners, triggers, row security and places: not a change of data or form."""


@dataclass(frozen=True)
class Change:
    """One statement that may be proposed."""

    text: str
    kind: str
    transactional: bool
    """False for what PostgreSQL runs outside of a transaction only: no dry run."""
    reached: Reached
    index: str | None = None
    """Name of the index that CREATE INDEX CONCURRENTLY makes, or would make."""


def parse_change(text: str) -> Change:
    """Parse `text`, which must be one statement that may be proposed.

    Raises:
        ChangeRefused: If it is none or several, or of another kind.
        StatementFailed: With code `syntax_error` and the place.
    """
    try:
        if "\0" in text or len(text) > MAX_CHARACTERS or len(parser.scan(text)) > MAX_TOKENS:
            raise _refused("a statement that is too long, or has a NUL character")
        parsed = parser.parse_sql(text)
    except parser.ParseError as error:
        raise syntax_error(text, str(error.args[0]), error.args[1]) from error
    tree: Any = parsed[0].stmt if len(parsed) == 1 else None
    kind = KINDS.get(type(tree))
    if kind is None:
        raise _refused("anything but one statement" if len(parsed) != 1 else type(tree).__name__)
    reached = Reached()
    for node in walk(tree):
        _check_node(node)
        note(node, reached)
    _check_tree(tree)
    concurrent = bool(getattr(tree, "concurrent", False))
    vacuum = isinstance(tree, ast.VacuumStmt) and tree.is_vacuumcmd
    name = tree.idxname if isinstance(tree, ast.IndexStmt) else None
    return Change(text, _words(tree, kind), not concurrent and not vacuum, reached, name)


def _check_node(node: ast.Node) -> None:
    if isinstance(node, ast.UpdateStmt | ast.DeleteStmt) and node.whereClause is None:
        raise _refused("UPDATE or DELETE without WHERE")
    if isinstance(node, ast.ParamRef):
        raise _refused("a parameter such as $1")
    if isinstance(node, ast.AlterTableCmd) and node.subtype in _ALTER_REFUSED:
        raise _refused("ALTER TABLE of owners, triggers, row security or tablespaces")
    if isinstance(node, ast.IntoClause | ast.MergeStmt):
        raise _refused("SELECT INTO and MERGE")


def _check_tree(tree: Any) -> None:
    match tree:
        case ast.DropStmt() if tree.removeType != enums.ObjectType.OBJECT_INDEX:
            raise _refused("DROP of anything but an index")
        case ast.DropStmt() if tree.behavior == enums.DropBehavior.DROP_CASCADE:
            raise _refused("DROP … CASCADE")
        case ast.AlterTableStmt() | ast.RenameStmt() | ast.CommentStmt():
            type_ = getattr(tree, "renameType", None) or getattr(tree, "objtype", None)
            if type_ not in _RELATIONS:
                raise _refused("ALTER or COMMENT of anything but tables, views, indexes and columns")
        case ast.IndexStmt() if tree.concurrent and tree.idxname is None:
            raise _refused("CREATE INDEX CONCURRENTLY without a name, by which a failed one could be removed")
        case ast.IndexStmt() | ast.CreateStmt() if getattr(tree, "tableSpace", None) or getattr(
            tree, "tablespacename", None
        ):
            raise _refused("a tablespace")


def _words(tree: Any, kind: str) -> str:
    if isinstance(tree, ast.VacuumStmt) and not tree.is_vacuumcmd:
        return "ANALYZE"
    return kind + (" CONCURRENTLY" if getattr(tree, "concurrent", False) else "")


def _refused(what: str) -> ChangeRefused:
    return ChangeRefused(
        f"Refused: {what} may not be proposed.",
        hint="Propose one of: " + ", ".join([*KINDS.values(), "ANALYZE"]) + "; UPDATE and DELETE with WHERE.",
    )
