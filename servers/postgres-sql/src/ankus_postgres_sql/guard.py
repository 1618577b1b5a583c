"""What a statement reaches, looked up in the server's catalog: IMMUTABLE and STABLE run, VOLATILE does not.

Names are resolved more widely than PostgreSQL would: a name stands for every function of that name that
is visible and takes that many arguments, so one that could be meant is never overlooked. What people made
(views, domains, policies, operators, aggregates, casts, functions in SQL and PL/pgSQL) is looked into,
level by level, until nothing new is reached.
"""

from collections.abc import Collection, Iterable
from dataclasses import dataclass, field
from typing import Any

from ankus_postgres_sql import policy
from ankus_postgres_sql.bodies import Opaque, body_reached
from ankus_postgres_sql.errors import StatementRefused
from ankus_postgres_sql.named import query
from ankus_postgres_sql.statement import Call, Name, Reached, Statement, expression_reached
from ankus_shared.postgres import Connection

MAX_DEPTH = 30
"""How deep views and functions may stand on others."""
NAME_BYTES = 62
"""Names from here on are cut by PostgreSQL at 63 bytes of the server's encoding."""
FIRST_OWN_OID = 16384
"""Objects from here on were made by people (FirstNormalObjectId)."""
READ_ALL = "SET LOCAL ROLE pg_read_all_data"


@dataclass(frozen=True)
class Origin:
    """Where something was reached: in the statement itself, or inside a view, a domain or a function."""

    place: str = ""

    def refuse(self, what: str, why: str, instead: str = "") -> StatementRefused:
        inside = f" (inside {self.place})" if self.place else ""
        return StatementRefused(
            f"Refused: {what}{inside} {why}.",
            hint=instead or "Only functions that read may run: write the query without it.",
            code="function_refused",
        )


Found = list[tuple[Origin, Reached]]


@dataclass
class _Seen:
    """What was looked into already, and what types call by themselves, once it was asked for."""

    views: set[int] = field(default_factory=set)
    functions: set[int] = field(default_factory=set)
    types: set[int] = field(default_factory=set)
    hidden: list[dict[str, Any]] | None = None


async def check_reach(connection: Connection, statement: Statement) -> None:
    """Refuse a statement that reaches a function, operator, cast or view which does more than read.

    A superuser gives its power up for the rest of the transaction: it goes on as `pg_read_all_data`.

    Raises:
        StatementRefused: With code `function_refused`, naming what was reached and where.
    """
    await _check(connection, statement.reached)


async def readable(connection: Connection, tables: Collection[Name]) -> set[Name]:
    """Those of some tables that can be read without anything else being run, by a policy or a foreign part.

    A superuser gives its power up, as in `check_reach`.
    """
    wanted = set(tables)
    try:
        await _check(connection, Reached(relations=wanted))
    except StatementRefused:
        return {table for table in sorted(wanted, key=str) if await _is_readable(connection, table)}
    return wanted


async def _is_readable(connection: Connection, table: Name) -> bool:
    try:
        await _check(connection, Reached(relations={table}))
    except StatementRefused:
        return False
    return True


async def _check(connection: Connection, reached: Reached) -> None:
    if connection.info.parameter_status("is_superuser") == "on":
        await connection.execute(READ_ALL)  # before names are looked up: "$user" in search_path is the role
    _check_names(connection, reached)
    pending: Found = [(Origin(), reached)]
    seen = _Seen()
    for _ in range(MAX_DEPTH):
        found: Found = []
        for origin, level in pending:
            found += await _check_level(connection, origin, level, seen)
        if not found:
            break
        pending = found
    else:
        raise Origin().refuse("a view or function", f"stands on more than {MAX_DEPTH} others")


def _check_names(connection: Connection, reached: Reached) -> None:
    """Refuse names that a server with another encoding may cut or fold to others than our parser does."""
    if connection.info.parameter_status("server_encoding") == "UTF8":
        return
    names = reached.relations | reached.types | {call.name for call in reached.calls}
    for _, name in names:
        if not name.isascii() and len(name.encode()) >= NAME_BYTES:
            raise Origin().refuse(f"the name {name}", "is too long to be certain in the server's encoding")


async def _check_level(connection: Connection, origin: Origin, reached: Reached, seen: _Seen) -> Found:
    """Check what is reached directly; return what stands behind it."""
    relations = await _lookup(connection, "relations", reached.relations)
    relations = [row for row in relations if _is_named(row, reached.relations, reached.anywhere)]
    found = _behind_relations(origin, relations, seen)
    found += await _behind_functions(connection, origin, reached, relations, seen)
    for row in await _lookup(connection, "operators", reached.operators):
        if _is_named(row, reached.operators, reached.anywhere):
            found.append(
                (_within(origin, f"the operator {row['name']}"), Reached(functions=set(row["functions"])))
            )
    found += await _behind_types(connection, origin, reached, relations, seen)
    return found


def _behind_relations(origin: Origin, relations: list[dict[str, Any]], seen: _Seen) -> Found:
    found: Found = []
    for row in relations:
        label = f"{row['schema']}.{row['name']}"
        if row["name"] in policy.SECRETS and row["oid"] < FIRST_OWN_OID:
            raise origin.refuse(label, "may hold passwords or what others may not see")
        if row["program"]:
            raise origin.refuse(f"the foreign table {label}", "runs a program on the server")
        if row["oid"] in seen.views:
            continue
        seen.views.add(row["oid"])
        if row["definition"]:
            found.append((_within(origin, f"the view {label}"), expression_reached(row["definition"])))
        for text in row["policies"] or ():
            found.append((_within(origin, f"a policy of {label}"), expression_reached(f"SELECT {text}")))
        if row["functions"]:
            place = _within(origin, f"an index, a check or statistics of {label}")
            found.append((place, Reached(functions=set(row["functions"]))))
    return found


async def _behind_functions(
    connection: Connection, origin: Origin, reached: Reached, relations: list[dict[str, Any]], seen: _Seen
) -> Found:
    calls = reached.calls | _attribute_calls(reached, relations)
    oids = reached.functions - seen.functions
    names = sorted({spelling for call in calls for spelling in _spellings(call.name[1])})
    if not names and not oids:
        return []
    rows = await query(connection, "functions", names=names, oids=sorted(oids))
    meant = [row for call in calls for row in _check_call(origin, call, rows, reached.anywhere)]
    by_oid = [row for row in rows if row["oid"] in oids]
    for row in by_oid:
        if why := _why_not(row):
            raise origin.refuse(f"{row['schema']}.{row['name']}()", why)
    found: Found = []
    for row in meant + by_oid:
        if row["oid"] >= FIRST_OWN_OID and row["oid"] not in seen.functions:
            seen.functions.add(row["oid"])
            found += _behind_function(origin, row, reached.anywhere)
    return found


def _behind_function(origin: Origin, row: dict[str, Any], anywhere: bool) -> Found:
    """What a function that people made reaches by its body, its defaults, its types, or as an aggregate."""
    label = f"{row['schema']}.{row['name']}()"
    place = _within(origin, f"the function {label}")
    found: Found = []
    if row["definition"]:
        try:
            found.append((place, body_reached(row["definition"], row["language"], anywhere)))
        except Opaque as error:
            raise origin.refuse(label, str(error)) from error
    if row["defaults"]:
        found.append((place, expression_reached(f"SELECT {row['defaults']}")))
    if row["types"] or row["parts"]:
        found.append((place, Reached(type_oids=set(row["types"]), functions=set(row["parts"] or ()))))
    return found


async def _behind_types(
    connection: Connection, origin: Origin, reached: Reached, relations: list[dict[str, Any]], seen: _Seen
) -> Found:
    """What the checks of domains reach, and what casts and operator classes of the types call unseen."""
    # `domain(x)` and `(x).domain` are casts too
    calls = reached.calls | _attribute_calls(reached, relations)
    written = reached.types | {call.name for call in calls if call.arguments == 1}
    names = sorted({spelling for _, name in written for spelling in _spellings(name)})
    values = {row["type"] for row in relations if row["oid"] >= FIRST_OWN_OID}
    if not (names or values or reached.type_oids):
        return []
    if seen.hidden is None:
        seen.hidden = await query(connection, "hidden_calls")
    if not seen.hidden:
        values = set()  # nothing is called for them unseen
    oids = (reached.type_oids | values) - seen.types
    if not (names or oids):
        return []
    rows = await query(connection, "types", names=names, oids=sorted(oids))
    rows = [row for row in rows if row["oid"] in oids or _is_named(row, written, reached.anywhere)]
    seen.types |= oids
    found: Found = []
    for row in rows:
        if row["oid"] not in values or reached.makes:  # values of a table may be read only, and not made
            place = _within(origin, f"the domain {row['name']}")
            found += [(place, expression_reached(f"SELECT {check}")) for check in row["checks"]]
    involved = {oid for row in rows for oid in (row["oid"], *row["parts"])}
    for hidden in seen.hidden:
        source, target = hidden["type"], hidden["target"]
        if hidden["function"] is None:
            continue  # a domain, whose checks were found above
        if (source in involved or source < FIRST_OWN_OID) and (target is None or target in involved):
            found.append((_within(origin, hidden["place"]), Reached(functions={hidden["function"]})))
    return [
        (place, deeper)
        for place, deeper in found
        if deeper.functions - seen.functions
        or deeper.calls
        or deeper.relations
        or deeper.operators
        or deeper.types
    ]


def _within(origin: Origin, place: str) -> Origin:
    """The outermost place is what the caller knows."""
    return origin if origin.place else Origin(place)


def _spellings(name: str) -> set[str]:
    """A name as our parser and as a server in a one-byte encoding fold it."""
    return {name} if name.isascii() else {name, name.lower()}


def _is_named(row: dict[str, Any], names: set[Name], anywhere: bool) -> bool:
    return any(
        row["name"] in _spellings(name)
        and (row["schema"] == schema or (schema is None and (row["visible"] or anywhere)))
        for schema, name in names
    )


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


def _check_call(
    origin: Origin, call: Call, functions: list[dict[str, Any]], anywhere: bool
) -> list[dict[str, Any]]:
    """The functions that a call may mean, all of which only read.

    Raises:
        StatementRefused: If one of them may do more.
    """
    name = call.name[1]
    named = [
        row
        for row in functions
        if _is_named(row, {call.name}, anywhere)
        and not (row["hidden"] and call.name[0] is None and not (call.named or anywhere))
    ]
    meant = [row for row in named if row["fewest"] <= call.arguments <= row["most"]]
    if not meant and call.attribute:
        return []  # a column after all
    meant = meant or named  # without any, PostgreSQL says that it is unknown
    if meant and (why := policy.REFUSED.get(name) or policy.REFUSED_ARITY.get((name, call.arguments))):
        raise origin.refuse(f"{name}()", why)
    reasons = [(row, why) for row in meant if (why := _why_not(row))]
    if reasons:
        refused, why = reasons[0]
        ours = any(row["schema"] == "pg_catalog" and not _why_not(row) for row in meant)
        raise origin.refuse(
            f"{refused['schema']}.{name}()",
            why,
            f"Write pg_catalog.{name}(…) if PostgreSQL's own is meant." if ours else "",
        )
    return meant


def _why_not(row: dict[str, Any]) -> str:
    """Why a function may not run; empty where it may as far as its declaration tells."""
    name = row["name"]
    harmless = row["builtin"] and (name in policy.HARMLESS or name.startswith(policy.HARMLESS_PREFIX))
    if row["volatile"] and not harmless:
        return "is VOLATILE: it may change something or reach outside"
    return "is written in a language that can do anything" if row["untrusted"] else ""


async def _lookup(connection: Connection, what: str, names: Iterable[Name]) -> list[dict[str, Any]]:
    wanted = sorted({spelling for _, name in names for spelling in _spellings(name)})
    return await query(connection, what, names=wanted) if wanted else []
