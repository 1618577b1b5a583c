"""One statement as PostgreSQL's own parser sees it: allowed as a whole, and what it reaches by name.

The walk visits every node of the tree, nested tuples included, so that no place is special: a function
in FROM, LATERAL, VALUES, ORDER BY, a window or a subquery is found like any other.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

from pglast import ast, enums, parser
from pglast.ast import Node

from ankus_postgres_sql import policy
from ankus_postgres_sql.errors import StatementRefused
from ankus_postgres_sql.syntax import syntax_error

MAX_TOKENS = 10_000
"""The parser's tree is built by recursion on the C stack, which about 20,000 nested terms exhaust."""
MAX_CHARACTERS = 200_000
_SET_HINT = re.compile(r"\bset\s*\(\s*\"?([^\s()\"]+)", re.IGNORECASE)

_BETWEEN = {
    enums.A_Expr_Kind.AEXPR_BETWEEN,
    enums.A_Expr_Kind.AEXPR_NOT_BETWEEN,
    enums.A_Expr_Kind.AEXPR_BETWEEN_SYM,
    enums.A_Expr_Kind.AEXPR_NOT_BETWEEN_SYM,
}

_COUNTED = (ast.JsonArrayConstructor, ast.JsonObjectConstructor)

Name = tuple[str | None, str]
"""A name with its schema, if it was given."""


@dataclass(frozen=True)
class Call:
    """A function reached by name, by `f(x)` or, with `attribute`, by `(x).f`."""

    name: Name
    arguments: int
    attribute: bool = False
    named: bool = False
    """Whether an argument is given by its name, as in `f(a => 1)`."""


@dataclass
class Reached:
    """What a tree names: functions, operators, types cast to, relations, and their aliases."""

    calls: set[Call] = field(default_factory=set)
    operators: set[Name] = field(default_factory=set)
    types: set[Name] = field(default_factory=set)
    relations: set[Name] = field(default_factory=set)
    qualified: set[tuple[str, str]] = field(default_factory=set)
    """(alias, name) of each `alias.name`, which is a column or, without one, a call."""
    aliases: dict[str, set[Name | None]] = field(default_factory=dict)
    """What each alias stands for; None is anything but a relation."""
    functions: set[int] = field(default_factory=set)
    """Functions reached by oid."""
    type_oids: set[int] = field(default_factory=set)
    """Types reached by oid."""
    makes: bool = False
    """Whether values may be made of the types of columns, as a literal beside one takes its type."""
    anywhere: bool = False
    """Whether names are of any schema, as in a function with a search_path of its own."""


@dataclass(frozen=True)
class Statement:
    """One parsed statement that is a read as far as its form tells."""

    text: str
    tree: Node
    reached: Reached

    @property
    def kind(self) -> str:
        """Select, Explain or VariableShow."""
        return type(self.tree).__name__.removesuffix("Stmt")


def parse_statement(text: str) -> Statement:
    """Parse `text`, which must be one statement that reads.

    Raises:
        StatementRefused: If it is empty, several, too long, or more than a read.
        StatementFailed: With code `syntax_error` and the place.
    """
    tree = _single(text)
    reached = Reached()
    for node in walk(tree):
        _check_node(node)
        note(node, reached)
    if isinstance(tree, ast.ExplainStmt) and not isinstance(tree.query, ast.SelectStmt):
        raise _refused("EXPLAIN of anything but a SELECT")
    return Statement(text, tree, reached)


def expression_reached(text: str) -> Reached:
    """What a view's definition or a constraint's expression, as the server prints it, reaches.

    Raises:
        StatementRefused: If our parser does not understand the server's text.
    """
    try:
        tree = parser.parse_sql(text)[0].stmt
    except parser.ParseError as error:
        raise _refused("a view whose definition is not understood") from error
    reached = Reached()
    for node in walk(tree):
        if isinstance(node, ast.LockingClause):
            raise _refused("a view that locks rows")
        note(node, reached)
    return reached


def walk(tree: Any) -> Iterator[Node]:
    """Every node of a tree in the order of the text, without recursion."""
    pending = [tree]
    while pending:
        item = pending.pop()
        if isinstance(item, tuple | list):
            pending.extend(reversed(item))
        elif isinstance(item, Node):
            yield item
            pending.extend(getattr(item, name) for name in reversed(list(item)))


def _single(text: str) -> Node:
    if "\0" in text:
        raise _refused("text with a NUL character")
    if any("\ud800" <= character <= "\udfff" for character in text):
        raise _refused("text with half a character (a lone surrogate)")
    if len(text) > MAX_CHARACTERS:
        raise StatementRefused(
            f"The statement has {len(text)} characters; {MAX_CHARACTERS} are read.",
            hint="Write a shorter one.",
            code="statement_too_long",
        )
    try:
        scanned = parser.scan(text)
        tokens = len(scanned)
        statements = parser.parse_sql(text) if tokens <= MAX_TOKENS else ()
    except parser.ParseError as error:
        raise syntax_error(text, str(error.args[0]), error.args[1]) from error
    if tokens > MAX_TOKENS:
        raise StatementRefused(
            f"The statement has {tokens} words and signs; {MAX_TOKENS} are read.",
            hint="Write a shorter one; join with VALUES or a subquery instead of a long list.",
            code="statement_too_long",
        )
    if len(statements) != 1:
        what = "no statement" if not statements else f"{len(statements)} statements"
        raise StatementRefused(f"The text holds {what}.", hint="Send exactly one SELECT.")
    tree = statements[0].stmt
    assert tree is not None
    for token in scanned:
        if token.name == "C_COMMENT":
            _check_hint(text[token.start : token.end + 1])
    return tree


def _check_hint(comment: str) -> None:
    """Refuse a hint of pg_hint_plan that sets anything but how queries are planned."""
    if comment.startswith("/*+"):
        for name in _SET_HINT.findall(comment):
            if not policy.PLANNER_SETTINGS.fullmatch(name.lower()):
                raise _refused(f"the hint Set({name} …), as only settings of the planner may be set")


def _check_node(node: Node) -> None:
    kind = type(node).__name__
    if kind not in policy.NODES:
        raise _refused(policy.REASONS.get(kind) or f"{_words(kind)} is not a read")
    if isinstance(node, ast.RangeVar) and (node.schemaname or "").startswith("pg_temp"):
        raise _refused("a temporary object")
    if isinstance(node, ast.RangeVar) and node.schemaname == "pg_toast":
        raise _refused("a TOAST table, which holds pieces of another table's values")
    if isinstance(node, ast.FuncCall) and (_name(node.funcname)[0] or "").startswith("pg_temp"):
        raise _refused("a temporary object")
    if isinstance(node, ast.RangeTableSample) and _name(node.method)[1] not in policy.SAMPLING:
        raise _refused("an unknown method of TABLESAMPLE")


def _refused(what: str) -> StatementRefused:
    return StatementRefused(
        f"Refused: {what}.", hint="Only one SELECT, WITH, VALUES, TABLE, SHOW or EXPLAIN of those may run."
    )


def _words(kind: str) -> str:
    """`CreateTableAsStmt` as CREATE TABLE AS."""
    text = kind.removesuffix("Stmt")
    return "".join(f" {letter}" if letter.isupper() else letter for letter in text).strip().upper()


def note(node: Node, reached: Reached) -> None:
    """Add what one node names to `reached`."""
    reached.makes = reached.makes or _makes(node)
    match node:
        case ast.FuncCall():
            within = node.agg_order or () if node.agg_within_group else ()
            named = any(isinstance(argument, ast.NamedArgExpr) for argument in node.args or ())
            name = _name(node.funcname)
            if name == ("pg_catalog", "json_object"):
                name = (None, "json_object")  # written without a schema, which our parser adds
            reached.calls.add(Call(name, len(node.args or ()) + len(within), named=named))
            _note_named_type(node, reached)
        case ast.A_Expr():
            reached.operators.add(_name(node.name))
            if node.kind in _BETWEEN:
                reached.operators |= {(None, sign) for sign in ("<", "<=", ">", ">=")}
        case ast.SubLink():
            reached.operators.add(_name(node.operName) if node.operName else (None, "="))
        case ast.CaseExpr() if node.arg:
            reached.operators.add((None, "="))
        case ast.SortBy() if node.useOp:
            reached.operators.add(_name(node.useOp))
        case _ if type(node).__name__ in policy.SYNTAX_OR_CALL:
            # What our parser knows as syntax is a function's name on an older server.
            names, count = policy.SYNTAX_OR_CALL[type(node).__name__]
            count = len(node.exprs or ()) if isinstance(node, _COUNTED) else count
            reached.calls |= {Call((None, name), count, attribute=True) for name in names}
        case ast.TypeName() if node.names:
            reached.types.add(_name(node.names))
        case ast.A_Indirection():
            reached.calls |= {Call((None, name), 1, attribute=True) for name in strings(node.indirection)}
        case ast.ColumnRef():
            _note_column(strings(node.fields), reached)
        case ast.RangeVar(relname=str(name)):
            relation = (node.schemaname, name)
            reached.relations.add(relation)
            _note_alias(node, name, relation, reached)
        case (
            ast.RangeSubselect()
            | ast.RangeFunction()
            | ast.RangeTableFunc()
            | ast.JsonTable()
            | ast.JoinExpr()
        ):
            _note_alias(node, None, None, reached)
            if isinstance(node, ast.JoinExpr) and (node.usingClause or node.isNatural):
                reached.operators.add((None, "="))
        case ast.CommonTableExpr(ctename=str(name)):
            reached.aliases.setdefault(name, set()).add(None)


def _makes(node: Node) -> bool:
    """Whether a node is more than a part of a plain SELECT of columns, for which only output is called."""
    if isinstance(node, ast.SelectStmt):
        return bool(node.valuesLists or node.op)
    if isinstance(node, ast.A_Const):
        return isinstance(node.val, ast.String)
    return type(node).__name__ not in policy.MAKE_NOTHING


def _note_named_type(node: ast.FuncCall, reached: Reached) -> None:
    """The type that `pg_input_is_valid('x', 'type')` names as text, and whose input it runs."""
    name = _name(node.funcname)[1]
    if name not in policy.NAME_A_TYPE:
        return
    value = node.args[1] if node.args is not None and len(node.args) > 1 else None
    constant = value.val if isinstance(value, ast.A_Const) else None
    if not isinstance(constant, ast.String):
        raise _refused(f"{name}() with anything but a type's name in quotes")
    try:
        tree = parser.parse_sql(f"SELECT NULL::{constant.sval}")
    except parser.ParseError as error:
        raise _refused(f"{name}() with a type that is not understood") from error
    reached.types |= {_name(found.names) for found in walk(tree) if isinstance(found, ast.TypeName)}


def _note_alias(node: Any, own: str | None, relation: Name | None, reached: Reached) -> None:
    alias = node.alias.aliasname if node.alias else own
    if alias is not None:
        # An alias with a list of columns gives its relation's columns other names.
        known = None if node.alias and node.alias.colnames else relation
        reached.aliases.setdefault(alias, set()).add(known)


def _note_column(fields: list[str], reached: Reached) -> None:
    """`a.b` may be a column or the call b(a); in `s.t.c` the last may be either too."""
    if len(fields) == 2:
        reached.qualified.add((fields[0], fields[1]))
    for name in fields[2:]:
        reached.calls.add(Call((None, name), 1, attribute=True))


def _name(parts: Any) -> Name:
    names = strings(parts)
    return (names[-2] if len(names) > 1 else None, names[-1])


def strings(parts: Any) -> list[str]:
    """The names in a list of nodes."""
    return [part.sval or "" for part in parts or () if isinstance(part, ast.String)]
