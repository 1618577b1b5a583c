"""PostgreSQL's errors as lessons: what is wrong, and the nearest thing that is right.

Names are read from the text at the place that PostgreSQL points to, not from its message, whose language
is the server's.
"""

import difflib
import re
from collections.abc import Awaitable, Callable

import psycopg

from ankus_postgres_sql.dialect import instead
from ankus_postgres_sql.errors import StatementFailed
from ankus_postgres_sql.named import query
from ankus_postgres_sql.schema import ForeignKey, Table, load_tables, quoted
from ankus_postgres_sql.statement import Statement
from ankus_postgres_sql.syntax import names_at, place
from ankus_shared.errors import AnkusError
from ankus_shared.postgres import Connection, DatabaseUnavailable

SHOWN = 12
"""Names that one hint lists at most."""
CLOSE = 0.6
"""difflib's ratio from which names are alike."""
_NO_FUNCTION = "Write it with the functions that PostgreSQL has."

Hint = Callable[[Connection, Statement, list[str]], Awaitable[str]]


async def teach(
    connection: Connection, statement: Statement, error: psycopg.Error, offset: int, seconds: int
) -> AnkusError:
    """The error that a model gets for PostgreSQL's `error`.

    Args:
        connection: For a look at the catalog; not the failed transaction's.
        offset: Characters that stood before the statement in the text that was sent.
        seconds: The statement timeout, to be named.
    """
    state, message = error.sqlstate or "", error.diag.message_primary or str(error)
    if state.startswith("57P") or state.startswith("08") or not state:
        return DatabaseUnavailable("The connection to the database broke.", hint="Try again in a moment.")
    if state == "57014":
        return StatementFailed(
            f"The query was stopped after {seconds} seconds.",
            hint="Filter more, aggregate less, or look at explain_query.",
            code="statement_timeout",
        )
    position = int(error.diag.statement_position or 0) - 1 - offset
    hint = await _hint(connection, statement, error, state, position)
    # Only for these is the place news: the name that is wrong stands in the message otherwise.
    where = f"\n{place(statement.text, position)}\n" if position >= 0 and state in _PLACED else ""
    text = message[:1].upper() + message[1:] + ("." if not message.endswith(".") else "")
    return StatementFailed(text + where, hint=hint, code=condition(error))


def condition(error: psycopg.Error) -> str:
    """The condition's name, such as `undefined_table`, from the class that psycopg has for it."""
    name = type(error).__name__
    return re.sub(r"(?<=[a-z])(?=[A-Z])", "_", name).lower()


async def _hint(
    connection: Connection, statement: Statement, error: psycopg.Error, state: str, position: int
) -> str:
    names = names_at(statement.text, position) if position >= 0 else []
    match state:
        case "42P01":
            return await _undefined_table(connection, statement, names)
        case "42703":
            return await _undefined_column(connection, statement, names)
        case "42702":
            return await _ambiguous_column(connection, statement, names)
        case "42883":
            return await _undefined_function(connection, names, error.diag.message_primary or "")
        case "22P02" if (error.diag.message_primary or "").startswith("invalid input value for enum"):
            return await _enum_labels(connection, error.diag.message_primary or "")
    return (
        _PLAIN.get(state) or error.diag.message_hint or "Correct the SQL and send the whole statement again."
    )


async def _undefined_table(connection: Connection, statement: Statement, names: list[str]) -> str:
    tables = await load_tables(connection, details=False)
    if not tables:
        return "There are no tables that may be read."
    wanted = names[-1] if names else ""
    if len(names) > 1 and (alias := _alias_meant(names[-2], tables_of(statement, tables))):
        return f"Write {quoted(alias)}.{quoted(wanted)}."
    if len(names) == 1 and wanted in statement.reached.aliases and not _is_relation(statement, wanted):
        return f"{wanted} stands for something that cannot be seen at this place."
    by_name = {table.name: table.label for table in tables}
    near = [by_name[name] for name in nearest(wanted, by_name)]
    if len(tables) <= SHOWN:
        rest = [table.label for table in tables if table.label not in near]
        return f"Tables: {', '.join(near + rest)}."
    return f"Nearest: {', '.join(near)}." if near else "Call list_tables to see the tables."


def _alias_meant(qualifier: str, used: dict[str, Table]) -> str | None:
    """The alias that `qualifier` was written for: of the table of that name, or the most alike."""
    spellings = {table.name: alias for alias, table in used.items()} | {alias: alias for alias in used}
    near = [qualifier] if qualifier in spellings else nearest(qualifier, spellings)
    return spellings[near[0]] if near else None


def _is_relation(statement: Statement, alias: str) -> bool:
    return any(target == (None, alias) for target in statement.reached.aliases.get(alias, ()))


async def _undefined_column(connection: Connection, statement: Statement, names: list[str]) -> str:
    if not names:
        return "Call describe_table to see the columns."
    tables = await load_tables(connection)
    used = tables_of(statement, tables)
    wanted, qualifier = names[-1], names[-2] if len(names) > 1 else None
    beside = [alias for alias, table in used.items() if alias != qualifier and table.column(wanted)]
    if qualifier is not None and beside:
        return f"Write {' or '.join(f'{quoted(alias)}.{quoted(wanted)}' for alias in beside)}."
    if qualifier is not None and qualifier in used:
        hints = [_columns_of(used[qualifier], wanted)]
    elif qualifier is not None:
        return f"{qualifier} is no table of this query: {_listed(list(used))}."
    else:
        hints = [_nearest_columns(list(used.values()), wanted)]
    hints.append(_elsewhere(wanted, used, tables))
    return " ".join(hint for hint in hints if hint)


def _columns_of(table: Table, wanted: str) -> str:
    near = nearest(wanted, [column.name for column in table.columns])
    rest = [column.name for column in table.columns if column.name not in near]
    return f"{table.label} has {_listed([quoted(name) for name in near + rest], 40)}."


def _nearest_columns(tables: list[Table], wanted: str) -> str:
    """The columns of the query's tables that are most like `wanted`, or all of them where none is."""
    owners = {column.name: table.label for table in reversed(tables) for column in reversed(table.columns)}
    near = nearest(wanted, owners)
    if near:
        return f"Nearest: {', '.join(f'{owners[name]}.{quoted(name)}' for name in near)}."
    return " ".join(_columns_of(table, wanted) for table in tables[:3])


def _elsewhere(wanted: str, used: dict[str, Table], tables: list[Table]) -> str:
    """Where exactly that column is in a table that the query does not use, and the joins that lead there."""
    aliases = {table.label: quoted(alias) for alias, table in used.items()}
    owners = [table.label for table in tables if table.label not in aliases and table.column(wanted)]
    paths = [path for owner in owners if (path := _join_path(set(aliases), owner, tables)) is not None]
    if paths:
        shortest = min(paths, key=len)
        joins = " ".join(f"JOIN {label} ON {key.condition(aliases)}" for label, key in shortest)
        return f"{shortest[-1][0]}.{quoted(wanted)} exists: {joins}."
    return f"{_listed([f'{owner}.{quoted(wanted)}' for owner in owners])} exists." if owners else ""


def _join_path(starts: set[str], goal: str, tables: list[Table]) -> list[tuple[str, ForeignKey]] | None:
    """The shortest way over foreign keys from the tables of a query to `goal`: what to join, and how."""
    links = {table.label: table.links for table in tables}
    paths: dict[str, list[tuple[str, ForeignKey]]] = {start: [] for start in sorted(starts)}
    pending = list(paths)
    for label in pending:  # grows while it is walked: breadth first
        for key in links.get(label, ()):
            other = key.target if key.table == label else key.table
            if other not in paths:
                paths[other] = [*paths[label], (other, key)]
                pending.append(other)
    return paths.get(goal)


async def _ambiguous_column(connection: Connection, statement: Statement, names: list[str]) -> str:
    used = tables_of(statement, await load_tables(connection))
    wanted = names[-1] if names else ""
    owners = [f"{quoted(alias)}.{quoted(wanted)}" for alias, table in used.items() if table.column(wanted)]
    return f"Say which: {' or '.join(owners)}." if owners else "Put the table's alias before the column."


async def _undefined_function(connection: Connection, names: list[str], message: str) -> str:
    if not names:  # an operator
        return "Cast one side so that both have fitting types: x::date, x::numeric, x::text."
    found = re.search(r"\((.*)\)", message)
    if advice := instead(names[-1], found[1] if found else ""):
        return advice
    known = [row["name"] for row in await query(connection, "near_functions")]
    near = nearest(names[-1], known)[:3]
    signatures = await query(connection, "signatures", names=near)
    near = near[:1] if names[-1] in near else near
    written = [
        f"{row['name']}({row['arguments']})" for name in near for row in signatures if row["name"] == name
    ]
    return f"There is {_listed(written, 6)}: cast the arguments to fit." if written else _NO_FUNCTION


async def _enum_labels(connection: Connection, message: str) -> str:
    name = message.removeprefix("invalid input value for enum ").split(":")[0].strip('"')
    rows = await query(connection, "enum_labels", type_name=name.split(".")[-1].strip('"'))
    return f"Its values: {', '.join(row['label'] for row in rows)}." if rows else "Call describe_table."


def tables_of(statement: Statement, tables: list[Table]) -> dict[str, Table]:
    """What each alias of the statement stands for, of `tables`."""
    found = {}
    for alias, targets in statement.reached.aliases.items():
        for target in targets - {None}:
            assert target is not None
            schema, name = target
            for table in tables:
                if table.name == name and schema in (None, table.schema):
                    found[alias] = table
    return found


def nearest(wanted: str, known: "list[str] | dict[str, str]") -> list[str]:
    """Names like `wanted`, best first: similar as a whole, or one inside the other."""
    folded: dict[str, str] = {name.lower(): name for name in known}
    close = difflib.get_close_matches(wanted.lower(), folded, n=5, cutoff=CLOSE)
    parts = [
        name
        for name in folded
        if name not in close
        and len(wanted) > 2
        and len(name) > 2
        and (wanted.lower() in name or name in wanted.lower())
    ]
    return [folded[name] for name in (close + sorted(parts, key=len))[:5]]


def _listed(names: list[str], limit: int = SHOWN) -> str:
    more = ", …" if len(names) > limit else ""
    return ", ".join(names[:limit]) + more


_PLACED = frozenset(
    {"42601", "42803", "42804", "42883", "22P02", "22007", "22008", "42P10", "42P19", "42809"}
)
_PLAIN = {
    "42803": "Add that column to GROUP BY, or put it into an aggregate such as max().",
    "42501": "The reader role may not read this: use other tables, or ask for SELECT on it.",
    "22012": "Divide by nullif(x, 0).",
    "21000": "Use IN instead of =, or add LIMIT 1 to the subquery.",
    "22P02": "Write a literal of the column's type, or cast: x::text.",
    "22007": "Write dates as '2024-12-31'.",
    "22008": "Write dates as '2024-12-31'.",
    "42804": "Cast one side so that the types agree: x::numeric, x::date, x::text.",
    "42846": "There is no such cast: go over text, x::text::date.",
    "42P20": "A window function belongs in SELECT or ORDER BY: filter on it in an outer query.",
    "25006": "Only reads may run.",
    "55P03": "Somebody else holds a lock: try again in a moment.",
    "54001": "Write a simpler statement.",
    "53200": "The database is out of memory: ask for less.",
    "3F000": "Call list_schemas to see the schemas.",
}
"""What to do, by SQLSTATE (https://www.postgresql.org/docs/18/errcodes-appendix.html)."""
