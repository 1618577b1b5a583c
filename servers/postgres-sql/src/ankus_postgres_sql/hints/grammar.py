"""The grammar of either language: free, or bound to the aliases and indexes of one query.

A bound grammar lets nothing through that is not there: no unknown alias, no index of another table, no
relation twice in one join. It is what a model is held to when it proposes hints.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Literal, get_args

from ankus_postgres_sql.hints import printer
from ankus_postgres_sql.hints import words as dictionary
from ankus_postgres_sql.hints.errors import HintRefused
from ankus_postgres_sql.hints.model import Relation
from ankus_postgres_sql.hints.notation import (
    SPACE,
    Alt,
    Chars,
    Expression,
    Many,
    Maybe,
    Ref,
    Rules,
    Seq,
    Text,
    reachable,
    words,
)

Dialect = Literal["pg_hint_plan", "pg_plan_advice"]
DIALECTS: tuple[Dialect, ...] = get_args(Dialect)
BOOLEAN_SETTINGS = tuple(
    sorted(name for name in dictionary.SETTINGS if name.startswith("enable_") or name == "jit")
)
COST_SETTINGS = ("cpu_tuple_cost", "random_page_cost", "seq_page_cost")
OPEN, CLOSE = Text("("), Text(")")


@dataclass(frozen=True)
class Binding:
    """What one query's hints may name: its aliases, and each one's indexes."""

    indexes: Mapping[str, Sequence[str]]
    """By alias; an alias that is no table has none."""


def rules(dialect: Dialect, binding: Binding | None = None, reading: bool = False) -> Rules:
    """The grammar of one language.

    Args:
        reading: Let names be whatever the extension itself reads as one, so that mistakes can be told.

    Raises:
        HintRefused: If the query names nothing.
    """
    if binding is not None and not binding.indexes:
        raise HintRefused(
            "The statement names nothing that a hint could be about.", hint="Hint a join or a scan."
        )
    if dialect == "pg_hint_plan":
        return reachable({**_hint_plan(binding), **_hint_tokens(reading)})
    return reachable({**_plan_advice(binding), **_advice_tokens(reading)})


def _hint_plan(binding: Binding | None) -> dict[str, Expression]:
    hint = ["scan", "indexed", "parallel", "set"]
    hint += ["patterned"] if binding is None else []
    hint += ["join", "memoize", "leading", "rows"] if binding is None or len(binding.indexes) > 1 else []
    plain = [word for word in dictionary.SCANS if word not in dictionary.INDEXED]
    return {
        "start": _list(Ref("hint")),
        "hint": Alt(tuple(Ref(name) for name in hint)),
        "scan": _call("SCAN_WORD", Ref("relation")),
        "indexed": _indexed(binding),
        "patterned": _call("PATTERNED_WORD", Ref("relation"), Many(Seq((SPACE, Ref("name"))))),
        "join": _call("JOIN_WORD", Ref("several")),
        "memoize": _call("MEMOIZE_WORD", Ref("several")),
        "leading": _call("LEADING_WORD", Alt((Ref("pair"), Ref("several_in_order")))),
        "several_in_order": _two_or_more(Ref("relation")),
        "pair": Seq((OPEN, Ref("side"), SPACE, Ref("side"), CLOSE)),
        "side": Alt((Ref("relation"), Ref("pair"))),
        "rows": _call("ROWS_WORD", Ref("several"), SPACE, Ref("CORRECTION")),
        "parallel": _call(
            "PARALLEL_WORD", Ref("relation"), SPACE, Ref("INTEGER"), Maybe(Seq((SPACE, Ref("STRENGTH"))))
        ),
        "set": _settings() if binding else _call("SET_WORD", Ref("name"), SPACE, Ref("value")),
        "value": Alt((Ref("name"), Ref("NUMBER"), Ref("INTEGER"), Ref("CORRECTION"))),
        **_relations(binding),
        "SCAN_WORD": words(*plain),
        "JOIN_WORD": words(*dictionary.JOINS),
        "MEMOIZE_WORD": words("Memoize", "NoMemoize"),
        "LEADING_WORD": Text("Leading"),
        "ROWS_WORD": Text("Rows"),
        "PARALLEL_WORD": Text("Parallel"),
        "SET_WORD": Text("Set"),
        "INDEXED_WORD": words(*dictionary.INDEXED),
        "PATTERNED_WORD": words(*(f"{word}Regexp" for word in dictionary.INDEXED)),
    }


def _call(token: str, *arguments: Expression) -> Seq:
    return Seq((Ref(token), OPEN, *arguments, CLOSE))


def _list(item: Expression) -> Seq:
    return Seq((item, Many(Seq((SPACE, item)))))


def _two_or_more(item: Expression) -> Seq:
    return Seq((item, SPACE, item, Many(Seq((SPACE, item)))))


def _indexed(binding: Binding | None) -> Expression:
    """A relation with indexes of its own."""
    if binding is None:
        return _call("INDEXED_WORD", Ref("relation"), Many(Seq((SPACE, Ref("name")))))
    forms = []
    for alias, indexes in binding.indexes.items():
        relation = Text(_hint_name(alias))
        names = [Many(Seq((SPACE, words(*map(_hint_name, indexes)))))] if indexes else []
        forms.append(_call("INDEXED_WORD", relation, *names))
    return Alt(tuple(forms))


def _relations(binding: Binding | None) -> dict[str, Expression]:
    """`relation`, and `several`: two or more of them, bound ones each at most once."""
    if binding is None:
        return {"several": _two_or_more(Ref("relation")), "relation": Ref("name"), **_names()}
    names = [Text(_hint_name(alias)) for alias in binding.indexes]
    return {"relation": Alt(tuple(names)), **_increasing(names), **_names()}


def _increasing(names: list[Text]) -> dict[str, Expression]:
    """Sets of two or more names, each once: `several` is a list in one order, which says no less for sets."""
    found: dict[str, Expression] = {}
    last = len(names) - 1
    for place in range(last):
        later = [_with_more(names, n) for n in range(place + 1, last + 1)]
        found[f"more_{place}"] = Alt(tuple(later))
    pairs = tuple(Seq((names[place], Ref(f"more_{place}"))) for place in range(last))
    return {"several": Alt(pairs), **found}


def _with_more(names: list[Text], place: int) -> Expression:
    more = [Maybe(Ref(f"more_{place}"))] if place < len(names) - 1 else []
    return Seq((SPACE, names[place], *more))


def _settings() -> Expression:
    numbers = Seq((words(*COST_SETTINGS), SPACE, Ref("NUMBER")))
    switches = Seq((words(*BOOLEAN_SETTINGS), SPACE, words("on", "off")))
    memory = Seq((Text("work_mem"), SPACE, Ref("INTEGER"), Text("MB")))
    return _call("SET_WORD", Alt((switches, numbers, memory)))


def _names() -> dict[str, Expression]:
    return {"name": Alt((Ref("BARE"), Ref("QUOTED")))}


_DIGITS = Seq((Chars("[0-9]"), Many(Chars("[0-9]"))))
_NUMBER = Seq((_DIGITS, Maybe(Seq((Text("."), _DIGITS)))))
_QUOTE = Text('"')
_QUOTED = Seq((_QUOTE, Many(Alt((Chars(r'[^"]'), Text('""')))), _QUOTE))


def _hint_tokens(reading: bool) -> dict[str, Expression]:
    """pg_hint_plan ends a bare name at a space, a parenthesis or a quote, so that commas are part of it."""
    end = Chars(r"(?![^\s()\"])") if reading else Seq(())
    bare = r"[^\s()\"]" if reading else "[A-Za-z_]"
    more = bare if reading else "[A-Za-z0-9_$]"
    exponent = Seq((Chars("[eE]"), Maybe(Chars("[+-]")), _DIGITS))
    # what looks like a number is one, and no name
    first, second = (".1", ".2") if reading else ("", "")
    return {
        f"CORRECTION{first}": Seq((Chars("[#+*-]"), _NUMBER, Maybe(exponent), end)),
        f"NUMBER{first}": Seq((_NUMBER, end)),
        f"INTEGER{second}": Seq((_DIGITS, end)),
        "STRENGTH": words("hard", "soft"),
        "BARE": Seq((Chars(bare), Many(Chars(more)))),
        "QUOTED": _QUOTED,
    }


def _plan_advice(binding: Binding | None) -> dict[str, Expression]:
    item = ("scan", "index_scan", "order", "join", "group", "simple_group")
    return {
        "start": _list(Ref("item")),
        "item": Alt(tuple(Ref(name) for name in item)),
        "scan": _call("SCAN_WORD", _list(Ref("relation"))),
        "index_scan": _call("INDEX_SCAN_WORD", _list(Ref("indexed"))),
        "order": _call("JOIN_ORDER_WORD", Ref("ordered")),
        "ordered": _list(Ref("member")),
        "member": Alt((Ref("relation"), Ref("sublist"), Ref("unordered"))),
        "sublist": Seq((OPEN, Ref("ordered"), CLOSE)),
        "unordered": Seq((Text("{"), _list(Ref("relation")), Text("}"))),
        "join": _call("JOIN_WORD", _list(Ref("target"))),
        "group": _call("GROUP_WORD", _list(Ref("target"))),
        "simple_group": _call("SIMPLE_GROUP_WORD", _list(Ref("relation"))),
        "target": Alt((Ref("relation"), Ref("relations"))),
        "relations": Seq((OPEN, _list(Ref("relation")), CLOSE)),
        **_advice_relations(binding),
        "SCAN_WORD": words(*dictionary.ADVICE_SCANS),
        "INDEX_SCAN_WORD": words(*dictionary.ADVICE_INDEX_SCANS),
        "JOIN_ORDER_WORD": Text("JOIN_ORDER"),
        "JOIN_WORD": words(*dictionary.ADVICE_JOINS),
        "GROUP_WORD": words(*dictionary.LIST_GROUPS),
        "SIMPLE_GROUP_WORD": words(*dictionary.SIMPLE_GROUPS),
    }


def _advice_relations(binding: Binding | None) -> dict[str, Expression]:
    if binding is None:
        return {
            "relation": Seq(
                (Ref("name"), Maybe(Ref("occurrence")), Maybe(Ref("partition")), Maybe(Ref("plan")))
            ),
            "occurrence": Seq((Text("#"), Ref("INTEGER"))),
            "partition": Seq((Text("/"), Ref("qualified"))),
            "plan": Seq((Text("@"), Ref("name"))),
            "indexed": Seq((Ref("relation"), SPACE, Ref("qualified"))),
            "qualified": Seq((Ref("name"), Maybe(Seq((Text("."), Ref("name")))))),
            **_names(),
        }
    indexed = [
        Seq((Text(_advice_name(alias)), SPACE, words(*map(_advice_name, indexes))))
        for alias, indexes in binding.indexes.items()
        if indexes
    ]
    aliases = words(*map(_advice_name, binding.indexes))
    # Without any index the rule is not reachable with sense: it then says what a scan says.
    return {"relation": aliases, "indexed": Alt(tuple(indexed)) if indexed else aliases, **_names()}


def _advice_tokens(reading: bool) -> dict[str, Expression]:
    """pg_plan_advice's identifiers are SQL's: letters beyond ASCII are read, but not proposed."""
    more = r"\x80-\U0010ffff" if reading else ""
    letters = f"A-Za-z_{more}" if reading else "a-z_"
    return {
        "INTEGER": _DIGITS,
        "BARE": Seq((Chars(f"[{letters}]"), Many(Chars(f"[{letters}0-9$]")))),
        "QUOTED": _QUOTED,
    }


def _hint_name(name: str) -> str:
    return printer.hint_name(Relation(name))


def _advice_name(name: str) -> str:
    return printer.advice_name(name)
