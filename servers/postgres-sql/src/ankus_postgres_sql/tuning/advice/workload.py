"""The queries to advise on: one that is given, or those of pg_stat_statements that cost most."""

import re
from dataclasses import dataclass, field

import psycopg
from psycopg import sql

from ankus_postgres_sql.guard import check_reach
from ankus_postgres_sql.statement import Statement, parse_statement
from ankus_postgres_sql.tuning.advice.verify import Asked, cost
from ankus_postgres_sql.tuning.errors import NothingToAdvise
from ankus_postgres_sql.tuning.slow import HIDDEN, read_statements
from ankus_shared.errors import AnkusError
from ankus_shared.postgres import Connection

QUERIES = 20
"""Queries of the workload that are judged at most."""
CANDIDATES = 200
"""Statements of pg_stat_statements that are looked at for them."""
_PARAMETER = re.compile(r"\$\d+")
# The counts' own text is no SQL where a constant belonged to a keyword: `interval $1` was `interval '1 day'`.
_TYPED = re.compile(r"\b(interval|date|timestamptz|timestamp|time)\s+(\$\d+)", re.IGNORECASE)
_QUERY = re.compile(r"\s*(select|with)\b", re.IGNORECASE)


@dataclass
class Workload:
    """Queries that can be explained, each with its statement, and how many were left out."""

    queries: list[tuple[Asked, Statement]] = field(default_factory=list)
    left_out: int = 0


def one(text: str, statement: Statement) -> Workload:
    """The workload of one query."""
    if statement.kind != "Select":
        raise NothingToAdvise(
            "Index advice is for one SELECT.", hint="Send the SELECT itself.", code="not_a_query"
        )
    explain = sql.SQL("EXPLAIN (FORMAT JSON) " + text.replace("{", "{{").replace("}", "}}"))
    return Workload([(Asked(text, explain.format()), statement)])


async def counted(connection: Connection) -> Workload:
    """The queries of this database that cost most in all, as pg_stat_statements counted them.

    Raises:
        ExtensionMissing: If it is not there or not loaded.
        NothingToAdvise: If no query of it can be explained.
    """
    workload = Workload()
    for row in await read_statements(connection, "total", CANDIDATES):
        if row["query"] == HIDDEN:
            workload.left_out += 1
        elif _QUERY.match(row["query"]) and len(workload.queries) < QUERIES:
            found = await _prepared(connection, row["query"], len(workload.queries), row["calls"])
            if found is None:
                workload.left_out += 1
            else:
                workload.queries.append(found)
    if not workload.queries:
        raise NothingToAdvise(
            "pg_stat_statements holds no query of this database that can be judged"
            f" ({workload.left_out} left out).",
            hint="Let the application work for a while, GRANT pg_read_all_stats to this role, or give"
            " the query as sql.",
        )
    return workload


async def _prepared(
    connection: Connection, text: str, number: int, calls: int
) -> tuple[Asked, Statement] | None:
    """A counted query, prepared with its parameters; None where the guard or PostgreSQL does not take it."""
    text = _TYPED.sub(r"\2::\1", text)
    name = sql.Identifier(f"ankus_advice_{number}")
    parameters = len(set(_PARAMETER.findall(text)))
    nulls = sql.SQL(", ").join([sql.SQL("NULL")] * parameters)
    arguments = sql.SQL("({})").format(nulls) if parameters else sql.SQL("")
    asked = Asked(text, sql.SQL("EXPLAIN (FORMAT JSON) EXECUTE {}{}").format(name, arguments), calls)
    try:
        statement = parse_statement(_PARAMETER.sub("NULL", text))
        if statement.kind != "Select":
            return None
        async with connection.transaction():
            await check_reach(connection, statement)
            await connection.execute("SET LOCAL plan_cache_mode = force_generic_plan")
            await connection.execute(sql.SQL("PREPARE {} AS ").format(name) + sql.SQL(text))
            await cost(connection, asked)
    except psycopg.OperationalError:
        raise
    except (AnkusError, psycopg.Error):
        return None  # a table that is gone or hidden, a parameter of unknown type
    return asked, statement
