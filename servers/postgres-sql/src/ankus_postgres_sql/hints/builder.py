"""From the parser's tree to the model."""

from collections.abc import Iterator

from lark import Token, Tree

from ankus_postgres_sql.hints import words
from ankus_postgres_sql.hints.model import (
    AnyOrder,
    Group,
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
    left_deep,
)

Branch = Tree[Token]


def build(tree: Branch) -> Iterator[Hint]:
    """The hints of a tree that either grammar gave."""
    if tree.data in ("start", "hint", "item"):
        for child in _branches(tree):
            yield from build(child)
    elif tree.data in ("scan", "index_scan", "join", "group", "simple_group", "order") and _is_advice(tree):
        yield from _advice(tree)
    else:
        yield _hint(tree)


def _is_advice(tree: Branch) -> bool:
    return _keyword(tree).upper() in words.ADVICE_TAGS


def _hint(tree: Branch) -> Hint:
    keyword = _spelled(_keyword(tree), words.KEYWORDS)
    match str(tree.data):
        case "scan":
            method, negated = words.SCANS[keyword]
            return ScanHint(method, _relations(tree)[0], negated=negated)
        case "indexed" | "patterned":
            method, _ = words.SCANS[keyword.removesuffix("Regexp")]
            indexes = tuple(Index(name) for name in _names(tree))
            return ScanHint(method, _relations(tree)[0], indexes, pattern=keyword.endswith("Regexp"))
        case "join":
            method_of_join, negated = words.JOINS[keyword]
            return JoinHint(method_of_join, _relations(tree), negated)
        case "memoize":
            return MemoizeHint(_relations(tree), keyword == "NoMemoize")
        case "leading":
            return _leading(_branches(tree)[0])
        case "rows":
            term = _token(tree, "CORRECTION")
            return RowsHint(_relations(tree), term[0], term[1:])
        case "parallel":
            hard = any(token.type == "STRENGTH" and token.lower() == "hard" for token in _tokens(tree))
            return ParallelHint(_relations(tree)[0], int(_token(tree, "INTEGER")), hard)
        case _:
            (value,) = (child for child in _branches(tree) if child.data == "value")
            return SettingHint(_names(tree)[0], _value(value))


def _leading(tree: Branch) -> OrderHint:
    if tree.data == "pair":
        return OrderHint(_pair(tree))
    return OrderHint(left_deep(_relations(tree)), directed=False)


def _pair(tree: Branch) -> Order:
    if tree.data == "side":
        tree = _branches(tree)[0]
    if tree.data == "relation":
        return _relation(tree)
    outer, inner = map(_pair, _branches(tree))
    return Pair(outer, inner)


def _advice(tree: Branch) -> Iterator[Hint]:
    """A tag with several targets asks for each of them by itself."""
    tag = _keyword(tree).upper()
    match str(tree.data):
        case "scan":
            yield from (ScanHint(words.ADVICE_SCANS[tag], relation) for relation in _relations(tree))
        case "index_scan":
            for target in _branches(tree):
                relation, index = _branches(target)
                yield ScanHint(words.ADVICE_INDEX_SCANS[tag], _relation(relation), (_index(index),))
        case "join":
            yield from (InnerHint(words.ADVICE_JOINS[tag], group) for group in _targets(tree))
        case "order":
            yield OrderHint(_ordered(_branches(tree)[0]))
        case "group":
            yield from (GroupHint(Group(tag), group) for group in _targets(tree))
        case "simple_group":
            yield from (GroupHint(Group(tag), (relation,)) for relation in _relations(tree))


def _targets(tree: Branch) -> Iterator[tuple[Relation, ...]]:
    for target in _branches(tree):
        inside = _branches(target)[0]
        yield _relations(inside) if inside.data == "relations" else (_relation(inside),)


def _ordered(tree: Branch) -> Order:
    return left_deep(tuple(_member(_branches(member)[0]) for member in _branches(tree)))


def _member(tree: Branch) -> Order:
    match str(tree.data):
        case "sublist":
            return _ordered(_branches(tree)[0])
        case "unordered":
            return AnyOrder(_relations(tree))
        case _:
            return _relation(tree)


def _relations(tree: Branch) -> tuple[Relation, ...]:
    """The relations directly in a tree or in its list of several."""
    found = tuple[Relation, ...]()
    for child in _branches(tree):
        if child.data == "relation":
            found += (_relation(child),)
        elif child.data in ("several", "several_in_order"):
            found += _relations(child)
    return found


def _relation(tree: Branch) -> Relation:
    occurrence, schema, partition, plan = 1, "", "", ""
    alias, *more = _branches(tree)
    for part in more:
        match str(part.data):
            case "occurrence":
                occurrence = int(_token(part, "INTEGER"))
            case "partition":
                index = _index(_branches(part)[0])
                schema, partition = index.schema, index.name
            case _:
                plan = _name(_branches(part)[0])
    return Relation(_name(alias), occurrence, schema, partition, plan)


def _index(tree: Branch) -> Index:
    *schema, name = (_name(part) for part in _branches(tree))
    return Index(name, schema[0] if schema else "")


def _names(tree: Branch) -> list[str]:
    return [_name(child) for child in _branches(tree) if child.data == "name"]


def _value(tree: Branch) -> str:
    return _name(_branches(tree)[0]) if _branches(tree) else str(_tokens(tree)[0])


def _name(tree: Branch) -> str:
    (token,) = _tokens(tree)
    return token[1:-1].replace('""', '"') if token.type == "QUOTED" else str(token)


def _keyword(tree: Branch) -> str:
    return str(_tokens(tree)[0])


def _spelled(word: str, known: tuple[str, ...]) -> str:
    return next(name for name in known if name.lower() == word.lower())


def _token(tree: Branch, kind: str) -> str:
    return next(str(token) for token in _tokens(tree) if token.type == kind)


def _tokens(tree: Branch) -> list[Token]:
    return [child for child in tree.children if isinstance(child, Token)]


def _branches(tree: Branch) -> list[Branch]:
    return [child for child in tree.children if isinstance(child, Tree)]
