"""Grammars of hints for whoever asks: a model that is to write them, or an engine that holds it to them."""

from typing import Literal, get_args

from ankus_postgres_sql.database import Database
from ankus_postgres_sql.hints import notation
from ankus_postgres_sql.hints.errors import HintRefused
from ankus_postgres_sql.hints.grammar import DIALECTS, Binding, Dialect, rules
from ankus_postgres_sql.hints.target import find_target
from ankus_postgres_sql.plans.explain import explainable
from ankus_postgres_sql.query import guarded
from ankus_shared.answers import Answer

Notation = Literal["lark", "gbnf", "ebnf"]
NOTATIONS: tuple[Notation, ...] = get_args(Notation)


def spelled(dialect: Dialect, form: Notation, binding: Binding | None = None) -> str:
    """The grammar of one language in one notation."""
    found = rules(dialect, binding)
    match form:
        case "lark":
            return notation.lark(found)
        case "gbnf":
            return notation.gbnf(found)
        case "ebnf":
            return notation.ebnf(found)


def free_grammar(dialect: str, notation: str) -> str:
    """The grammar of hints: dialect pg_hint_plan or pg_plan_advice; notation lark, gbnf or ebnf."""
    for known in DIALECTS:
        for form in NOTATIONS:
            if (dialect, notation) == (known, form):
                return spelled(known, form)
    raise HintRefused(
        f"There is no grammar {dialect}/{notation}.",
        hint=f"Dialects: {', '.join(DIALECTS)}; notations: {', '.join(NOTATIONS)}.",
    )


async def hint_grammar(database: Database, text: str, dialect: Dialect, form: Notation) -> Answer:
    """The grammar bound to a statement's aliases and indexes, or the free one without a statement.

    Raises:
        HintRefused: If the statement names no table.
        AnkusError: If it is refused; with what to do next.
    """
    if not text.strip():
        return Answer(spelled(dialect, form), {"dialect": dialect, "notation": form, "bound": False})
    statement, _ = explainable(text)
    async with guarded(database, statement) as connection:
        binding = (await find_target(connection, statement)).binding()
    structured = {"dialect": dialect, "notation": form, "bound": True, "aliases": list(binding.indexes)}
    return Answer(spelled(dialect, form, binding), structured)
