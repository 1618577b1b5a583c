"""Hints as text in either language."""

import re
from collections.abc import Iterable, Mapping, Sequence

from ankus_postgres_sql.hints import words
from ankus_postgres_sql.hints.errors import NotExpressible
from ankus_postgres_sql.hints.model import (
    AnyOrder,
    GroupHint,
    Hint,
    Index,
    InnerHint,
    JoinHint,
    MemoizeHint,
    Order,
    OrderHint,
    Pair,
    ParallelHint,
    Relation,
    RowsHint,
    ScanHint,
    SettingHint,
    leaves,
    spine,
)

_BARE_HINT_NAME = re.compile(r"[^\s()\",#+*0-9-][^\s()\",]*")
"""What needs no quotes in pg_hint_plan: it splits at spaces, parentheses and quotes only."""
_BARE_ADVICE_NAME = re.compile(r"[a-z_\x80-\U0010ffff][a-z0-9_$\x80-\U0010ffff]*")


def comment(hints: Sequence[Hint]) -> str:
    """The hints as pg_hint_plan's comment, to be put before a statement; empty where there are none.

    Raises:
        NotExpressible: If one cannot be said there.
    """
    return f"/*+ {hint_plan(hints)} */" if hints else ""


def hint_plan(hints: Iterable[Hint]) -> str:
    """The hints in pg_hint_plan's language, without the comment's signs.

    Raises:
        NotExpressible: If one cannot be said there.
    """
    return " ".join(_hint(hint) for hint in hints)


def plan_advice(hints: Iterable[Hint]) -> str:
    """The hints as a value of pg_plan_advice.advice.

    Raises:
        NotExpressible: If one cannot be said there; `translate` finds another way for some.
    """
    return " ".join(_advice(hint) for hint in hints)


def _hint(hint: Hint) -> str:
    match hint:
        case ScanHint():
            keyword = _keyword(words.SCANS, (hint.method, hint.negated)) + "Regexp" * hint.pattern
            return _call(keyword, [hint_name(hint.relation), *(_index_name(index) for index in hint.indexes)])
        case JoinHint():
            keyword = _keyword(words.JOINS, (hint.method, hint.negated))
            return _call(keyword, map(hint_name, hint.relations))
        case MemoizeHint():
            return _call("NoMemoize" if hint.negated else "Memoize", map(hint_name, hint.relations))
        case OrderHint(order, directed):
            return (
                f"Leading({_pairs(order)})" if directed else _call("Leading", map(hint_name, leaves(order)))
            )
        case RowsHint():
            return _call("Rows", [*map(hint_name, hint.relations), hint.correction + hint.amount])
        case ParallelHint():
            more = ["hard"] if hint.hard else []
            return _call("Parallel", [hint_name(hint.relation), str(hint.workers), *more])
        case SettingHint():
            return _call("Set", [_quoted(hint.name), _quoted(hint.value)])
        case InnerHint() | GroupHint():
            raise NotExpressible(f"{_advice(hint)} cannot be said in pg_hint_plan.")


def _keyword(table: Mapping[str, object], wanted: object) -> str:
    for keyword, meaning in table.items():
        if meaning == wanted:
            return keyword
    raise NotExpressible(f"This language has no word for: {wanted}.")


def _call(keyword: str, arguments: Iterable[str]) -> str:
    return f"{keyword}({' '.join(arguments)})"


def _pairs(order: Order) -> str:
    match order:
        case Pair(outer, inner):
            return f"({_pairs(outer)} {_pairs(inner)})"
        case Relation():
            return hint_name(order)
        case AnyOrder():
            raise NotExpressible("pg_hint_plan cannot leave the order inside of a group open.")


def hint_name(relation: Relation) -> str:
    if relation != Relation(relation.alias):
        raise NotExpressible(f"pg_hint_plan knows aliases only: {_identifier(relation)} is more.")
    return _quoted(relation.alias)


def _index_name(index: Index) -> str:
    if index.schema:
        raise NotExpressible(f"pg_hint_plan takes the index's bare name: {index.name}.")
    return _quoted(index.name)


def _quoted(name: str) -> str:
    if "/*" in name or "*/" in name:
        raise NotExpressible(f"A name with a comment's sign cannot stand in a hint: {name}.")
    return name if _BARE_HINT_NAME.fullmatch(name) else '"' + name.replace('"', '""') + '"'


def _advice(hint: Hint) -> str:
    match hint:
        case ScanHint(negated=False, pattern=False, indexes=()):
            return _call(_keyword(words.ADVICE_SCANS, hint.method), [_identifier(hint.relation)])
        case ScanHint(negated=False, pattern=False, indexes=(index,)):
            name = ".".join(advice_name(part) for part in (index.schema, index.name) if part)
            return _call(_keyword(words.ADVICE_INDEX_SCANS, hint.method), [_identifier(hint.relation), name])
        case InnerHint():
            return f"{_keyword(words.ADVICE_JOINS, hint.method)}({_group(hint.relations)})"
        case OrderHint(order, directed=True):
            return _call("JOIN_ORDER", map(_item, spine(order)))
        case GroupHint():
            return f"{hint.kind}({_group(hint.relations)})"
        case _:
            raise NotExpressible(f"{_hint(hint)} cannot be said in pg_plan_advice.")


def _group(relations: tuple[Relation, ...]) -> str:
    names = " ".join(_identifier(relation) for relation in relations)
    return names if len(relations) == 1 else f"({names})"


def _item(order: Order) -> str:
    match order:
        case Pair():
            return "(" + " ".join(map(_item, spine(order))) + ")"
        case AnyOrder(relations):
            return "{" + " ".join(map(_identifier, relations)) + "}"
        case Relation():
            return _identifier(order)


def _identifier(relation: Relation) -> str:
    text = advice_name(relation.alias)
    if relation.occurrence != 1:
        text += f"#{relation.occurrence}"
    if relation.partition:
        parts = (relation.partition_schema, relation.partition)
        text += "/" + ".".join(advice_name(part) for part in parts if part)
    return text + (f"@{advice_name(relation.plan)}" if relation.plan else "")


def advice_name(name: str) -> str:
    return name if _BARE_ADVICE_NAME.fullmatch(name) else '"' + name.replace('"', '""') + '"'
