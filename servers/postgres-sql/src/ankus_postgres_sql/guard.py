"""What a statement reaches, looked up in the server's catalog: IMMUTABLE and STABLE run, VOLATILE does not.

Names are resolved more widely than PostgreSQL would: a name stands for every function of that name that
is visible and takes that many arguments, so one that could be meant is never overlooked.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from ankus_postgres_sql import policy
from ankus_postgres_sql.errors import StatementRefused
from ankus_postgres_sql.named import query
from ankus_postgres_sql.statement import Call, Name, Reached, Statement, expression_reached
from ankus_shared.postgres import Connection

MAX_DEPTH = 30
"""How deep views may stand on views."""


@dataclass(frozen=True)
class Origin:
    """Where something was reached: in the statement itself, or inside a view or a domain."""

    place: str = ""

    def refuse(self, what: str, why: str, instead: str = "") -> StatementRefused:
        inside = f" (inside {self.place})" if self.place else ""
        return StatementRefused(
            f"Refused: {what}{inside} {why}.",
            hint=instead or "Only functions that read may run: write the query without it.",
            code="function_refused",
        )


async def check_reach(connection: Connection, statement: Statement) -> None:
    """Refuse a statement that reaches a function, operator, cast or view which does more than read.

    Raises:
        StatementRefused: With code `function_refused`, naming what was reached and where.
    """
    pending, seen = [(Origin(), statement.reached)], set[Name]()
    for _ in range(MAX_DEPTH):
        found: list[tuple[Origin, Reached]] = []
        for origin, reached in pending:
            found += await _check_level(connection, origin, reached, seen)
        if not found:
            return
        pending = found
    raise Origin().refuse("a view", f"stands on more than {MAX_DEPTH} others")


async def _check_level(
    connection: Connection, origin: Origin, reached: Reached, seen: set[Name]
) -> list[tuple[Origin, Reached]]:
    """Check what is reached directly; return what the views and domains among it reach."""
    relations = await _lookup(connection, "relations", (name for _, name in reached.relations))
    calls = reached.calls | _attribute_calls(reached, relations)
    functions = await _lookup(connection, "functions", (call.name[1] for call in calls))
    for call in calls:
        _check_call(origin, call, functions)
    await _check_operators(connection, origin, reached)
    deeper = await _check_types(connection, origin, reached)
    for relation in relations:
        key = (relation["schema"], relation["name"])
        if relation["definition"] and key not in seen and _is_named(relation, reached.relations):
            seen.add(key)
            deeper.append((Origin(f"the view {'.'.join(key)}"), expression_reached(relation["definition"])))
    return deeper


def _is_named(row: dict[str, Any], names: set[Name]) -> bool:
    return (row["schema"], row["name"]) in names or (row["visible"] and (None, row["name"]) in names)


def _attribute_calls(reached: Reached, relations: list[dict[str, Any]]) -> set[Call]:
    """The `alias.name` that are no columns of what the alias stands for, and so may be calls."""
    columns: dict[Name, set[str]] = {}
    for row in relations:
        columns.setdefault((row["schema"], row["name"]), set()).update(row["columns"])
        if row["visible"]:
            columns.setdefault((None, row["name"]), set()).update(row["columns"])
    return {
        Call((None, name), 1, attribute=True)
        for alias, name in reached.qualified
        if not all(
            target is not None and name in columns.get(target, ())
            for target in reached.aliases.get(alias, {None})
        )
    }


def _check_call(origin: Origin, call: Call, functions: list[dict[str, Any]]) -> None:
    schema, name = call.name
    named = [
        row
        for row in functions
        if row["name"] == name and (row["schema"] == schema or (schema is None and row["visible"]))
    ]
    meant = [row for row in named if row["fewest"] <= call.arguments <= row["most"]]
    if not meant and call.attribute:
        return  # a column after all
    meant = meant or named
    if not meant:
        return  # PostgreSQL says that it is unknown
    if why := policy.REFUSED.get(name) or policy.REFUSED_ARITY.get((name, call.arguments)):
        raise origin.refuse(f"{name}()", why)
    refused = [row for row in meant if row["untrusted"] or _may_change(row)]
    if refused:
        ours = any(row["schema"] == "pg_catalog" and row not in refused for row in meant)
        raise origin.refuse(
            f"{refused[0]['schema']}.{name}()",
            "is VOLATILE: it may change something or reach outside"
            if _may_change(refused[0])
            else "is written in a language that can do anything",
            f"Write pg_catalog.{name}(…) if PostgreSQL's own is meant." if ours else "",
        )


def _may_change(row: dict[str, Any]) -> bool:
    return row["volatile"] and not (row["builtin"] and row["name"] in policy.HARMLESS)


async def _check_operators(connection: Connection, origin: Origin, reached: Reached) -> None:
    for row in await _lookup(connection, "operators", (name for _, name in reached.operators)):
        if {(None, row["name"]), (row["schema"], row["name"])} & reached.operators:
            raise origin.refuse(f"the operator {row['name']}", "calls a VOLATILE function")


async def _check_types(
    connection: Connection, origin: Origin, reached: Reached
) -> list[tuple[Origin, Reached]]:
    deeper = []
    for row in await _lookup(connection, "types", (name for _, name in reached.types)):
        if row["volatile"]:
            raise origin.refuse(f"the cast to {row['name']}", "calls a VOLATILE function")
        place = Origin(f"the domain {row['name']}")
        deeper += [(place, expression_reached(f"SELECT {check}")) for check in row["checks"]]
    return deeper


async def _lookup(connection: Connection, what: str, names: Iterable[str]) -> list[dict[str, Any]]:
    wanted = sorted(set(names))
    return await query(connection, what, names=wanted) if wanted else []
