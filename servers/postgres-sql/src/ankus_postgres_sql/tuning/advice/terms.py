"""What a query asks of each table: comparisons that an index could answer, and the order that it wants."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any, Literal

from pglast import ast, parser, printers
from pglast.enums import A_Expr_Kind, BoolExprType, NullTestType, SortByDir
from pglast.stream import RawStream

from ankus_postgres_sql.schema import quoted
from ankus_postgres_sql.statement import strings, walk
from ankus_postgres_sql.tuning.catalog import Column
from ankus_postgres_sql.tuning.scope import Found, Level, Levels, Use, local, resolve

assert printers  # importing it registers the printers that RawStream uses

Kind = Literal["equal", "join", "range", "prefix", "null", "flag", "contains", "words", "pattern"]
RANGE_SHARE, BETWEEN_SHARE, GUESSED_SHARE = 1 / 3, 0.05, 0.005
"""Shares of rows where nothing is known, near those that PostgreSQL assumes."""
FEW_VALUES = 100
"""Distinct values of a column at most, that a partial index may be made for one of them."""
_IMMUTABLE = frozenset(
    "lower upper coalesce abs length md5 btrim ltrim rtrim trim left right substring mod to_tsvector".split()
)
_BY_TYPE = frozenset(["date_trunc", "date_part", "extract"])
_DOCUMENTS = ("jsonb", "tsvector")
_CONTAINS = frozenset(["@>", "<@", "&&", "?", "?|", "?&"])


@dataclass(frozen=True)
class Key:
    """A column or an expression over the columns of one table, as it is written in an index."""

    use: Use
    text: str
    columns: tuple[Column, ...]
    plain: bool


@dataclass(frozen=True)
class Term:
    """One comparison of a key."""

    key: Key
    kind: Kind
    share: float
    """About which share of the rows it lets through."""
    condition: str = ""
    """The whole comparison as an index's WHERE, where it is with constants."""
    operator: str = ""


@dataclass
class Wanted:
    """All that one query asks of one use of a table."""

    use: Use
    terms: list[Term] = field(default_factory=list)
    order: tuple[str, ...] = ()
    limited: bool = False
    columns: set[str] | None = field(default_factory=set)
    """Columns that the query reads; None where it is all of them."""


def wanted(levels: Levels) -> list[Wanted]:
    """What a statement asks of its tables."""
    found: dict[tuple[int, str], Wanted] = {}

    def of(use: Use) -> Wanted:
        return found.setdefault((use.level, use.alias), Wanted(use))

    for level in levels.every:
        for term in terms(level):
            of(term.key.use).terms.append(term)
        use, keys = _order(level)
        if use is not None:
            of(use).order, of(use).limited = keys, level.tree.limitCount is not None
        _note_columns(level, of)
    return [each for each in found.values() if each.use.relation.kind in ("r", "p", "m")]


def terms(level: Level) -> Iterator[Term]:
    """The comparisons of one level that an index could answer."""
    for condition in level.conditions:
        match condition:
            case ast.A_Expr():
                yield from _comparison(level, condition)
            case ast.NullTest():
                if key := _key(level, condition.arg):
                    nulls = key.columns[0].nulls if key.plain else GUESSED_SHARE
                    is_null = condition.nulltesttype == NullTestType.IS_NULL
                    text = f"{key.text} IS {'' if is_null else 'NOT '}NULL"
                    yield Term(key, "null", nulls if is_null else 1 - nulls, text)
            case ast.ColumnRef():
                yield from _flag(level, condition, "")
            case ast.BoolExpr(boolop=BoolExprType.NOT_EXPR, args=(ast.ColumnRef() as flag,)):
                yield from _flag(level, flag, "NOT ")


def _flag(level: Level, reference: Any, prefix: str) -> Iterator[Term]:
    if (key := _key(level, reference)) and key.columns[0].category == "B":
        share = key.columns[0].share("f" if prefix else "t", key.use.relation.rows)
        yield Term(key, "flag", share, prefix + key.text)


def _comparison(level: Level, node: Any) -> Iterator[Term]:
    operator = strings(node.name)[-1]
    if node.kind == A_Expr_Kind.AEXPR_OP_ANY and operator == "=":
        if key := _key(level, node.lexpr):
            yield _equal(level, key, node.rexpr, node)
        elif (key := _key(level, node.rexpr)) and key.plain:
            yield Term(key, "contains", GUESSED_SHARE, operator="@>")
        return
    if node.kind == A_Expr_Kind.AEXPR_BETWEEN:
        if key := _key(level, node.lexpr):
            yield Term(key, "range", BETWEEN_SHARE)
        return
    if node.kind == A_Expr_Kind.AEXPR_IN and operator == "=":
        if key := _key(level, node.lexpr):
            yield _equal(level, key, node.rexpr, node)
        return
    for side, other in ((node.lexpr, node.rexpr), (node.rexpr, node.lexpr)):
        if (key := _key(level, side)) and not _mentions(level, other, key.use):
            yield from _with_operator(level, key, other, operator, node)


def _with_operator(level: Level, key: Key, other: Any, operator: str, node: Any) -> Iterator[Term]:
    if operator == "=":
        yield _equal(level, key, other, node)
    elif operator in ("<", ">", "<=", ">="):
        yield Term(key, "range", RANGE_SHARE)
    elif (operator in _CONTAINS and key.columns[0].type in _DOCUMENTS) or _is_array(key, operator):
        yield Term(key, "contains", GUESSED_SHARE, operator=operator)
    elif operator == "@@":
        yield Term(key, "words", GUESSED_SHARE)
    elif operator in ("~~", "~~*", "~", "~*"):
        yield from _pattern(key, other, operator)


def _is_array(key: Key, operator: str) -> bool:
    return operator in ("@>", "<@", "&&") and key.columns[0].category == "A"


def _pattern(key: Key, other: Any, operator: str) -> Iterator[Term]:
    text = _literal(other)
    start = text.split("%")[0].split("_")[0] if text and operator == "~~" else ""
    yield Term(key, "prefix" if start else "pattern", GUESSED_SHARE)


def _equal(level: Level, key: Key, other: Any, node: Any) -> Term:
    rows = key.use.relation.rows
    if any(isinstance(each, ast.ColumnRef | ast.SubLink) for each in walk(other)):
        share = 1 / key.columns[0].distinct_in(rows) if key.plain else GUESSED_SHARE
        return Term(key, "join", share)
    values = [_literal(each) for each in other] if isinstance(other, tuple) else [_literal(other)]
    share = sum(key.columns[0].share(value, rows) for value in values) if key.plain else GUESSED_SHARE
    # A value of many would be an index for one query; one of few is a state.
    constant = None not in values and key.columns[0].distinct_in(rows) <= FEW_VALUES
    return Term(key, "equal", min(share, 1.0), _rewritten(level, node) if constant else "")


def _literal(node: Any) -> str | None:
    """The text of a constant, without casts."""
    while isinstance(node, ast.TypeCast):
        node = node.arg
    if not isinstance(node, ast.A_Const) or node.isnull:
        return None
    match node.val:
        case ast.String():
            return str(node.val.sval)
        case ast.Integer():
            return str(node.val.ival)
        case ast.Float():
            return str(node.val.fval)
        case ast.Boolean():
            return "t" if node.val.boolval else "f"
    return None


def _key(level: Level, node: Any) -> Key | None:
    """The key that an expression would be in an index; None if it is not of one table, or may change."""
    if isinstance(node, tuple) or node is None:
        return None
    references = [each for each in local(node) if isinstance(each, ast.ColumnRef)]
    found = [resolve(level, reference) for reference in references]
    if not found or None in found:
        return None
    known: list[Found] = [each for each in found if each is not None]
    if len({(each.use.level, each.use.alias) for each in known}) != 1:
        return None
    columns = tuple(each.column for each in known)
    if isinstance(node, ast.ColumnRef):
        return Key(known[0].use, quoted(columns[0].name), columns, True)
    if not _is_immutable(node, columns):
        return None
    text = _rewritten(level, node)
    return Key(known[0].use, text if isinstance(node, ast.FuncCall) else f"({text})", columns, False)


def _is_immutable(node: Any, columns: tuple[Column, ...]) -> bool:
    """Whether an index may hold the expression: only what is surely immutable is said to be."""
    for each in local(node):
        match each:
            case ast.FuncCall():
                name = strings(each.funcname)[-1]
                by_type = name in _BY_TYPE and columns[0].type in ("date", "timestamp without time zone")
                if name == "to_tsvector" and len(each.args or ()) != 2:
                    return False
                if name not in _IMMUTABLE and not by_type:
                    return False
            case ast.TypeCast(typeName=ast.TypeName() as to):
                target = strings(to.names)[-1]
                timely = target in ("date", "timestamp", "timestamptz", "time", "timetz", "interval")
                if timely and columns[0].type not in ("date", "timestamp without time zone"):
                    return False
                if target in ("text", "varchar") and columns[0].category == "D":
                    return False
            case ast.SubLink() | ast.ParamRef() | ast.SQLValueFunction():
                return False
    return True


def _rewritten(level: Level, node: Any) -> str:
    """An expression with the columns' own names, without aliases."""
    own = [resolve(level, each) for each in local(node) if isinstance(each, ast.ColumnRef)]
    names = [found.column.name for found in own if found]
    statement: Any = parser.parse_sql("SELECT " + RawStream()(node))[0].stmt
    copy = statement.targetList[0].val
    references = [each for each in local(copy) if isinstance(each, ast.ColumnRef)]
    for reference, name in zip(references, names, strict=True):
        reference.fields = (ast.String(sval=name),)
    return str(RawStream()(copy))


def _mentions(level: Level, node: Any, use: Use) -> bool:
    """Whether the other side of a comparison is of the same use of the table."""
    references = [each for each in walk(node) if isinstance(each, ast.ColumnRef)]
    return any((found := resolve(level, each)) and found.use[:2] == use[:2] for each in references)


def _order(level: Level) -> tuple[Use | None, tuple[str, ...]]:
    """The order that a level wants, if an index of one table could give it."""
    tree = level.tree
    if not tree.sortClause or tree.groupClause or tree.distinctClause:
        return None, ()
    keys = [
        (_key(level, _sorted_by(level, sort.node)), sort.sortby_dir == SortByDir.SORTBY_DESC)
        for sort in tree.sortClause
    ]
    uses = {(key.use.level, key.use.alias) for key, _ in keys if key}
    if len(uses) != 1 or any(key is None for key, _ in keys):
        return None, ()
    mixed = len({descending for _, descending in keys}) > 1
    texts = tuple(key.text + (" DESC" if mixed and down else "") for key, down in keys if key)
    return next(key.use for key, _ in keys if key), texts


def _sorted_by(level: Level, node: Any) -> Any:
    """What ORDER BY 2, or an output name, stands for."""
    targets = level.tree.targetList or ()
    if isinstance(node, ast.A_Const) and isinstance(node.val, ast.Integer):
        place = int(node.val.ival or 0)
        return targets[place - 1].val if 0 < place <= len(targets) else node
    if isinstance(node, ast.ColumnRef) and len(node.fields or ()) == 1:
        named = [
            target.val for target in targets if target.name and target.name == strings(node.fields)[-1:][0]
        ]
        return named[0] if named else node
    return node


def _note_columns(level: Level, of: Any) -> None:
    """Which columns of each table the level reads."""
    for node in local([getattr(level.tree, part) for part in _PARTS] + level.conditions):
        if not isinstance(node, ast.ColumnRef):
            continue
        if isinstance((node.fields or ())[-1], ast.A_Star):
            for use in level.uses():
                of(use).columns = None
        elif (found := resolve(level, node)) and of(found.use).columns is not None:
            of(found.use).columns.add(found.column.name)


_PARTS = ("targetList", "groupClause", "havingClause", "sortClause", "distinctClause")
