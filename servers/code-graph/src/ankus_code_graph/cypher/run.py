"""query_graph: a checked query in AGE, within limits of time, rows and size."""

import json
from collections.abc import Mapping
from typing import Any, LiteralString

import psycopg
from psycopg import AsyncRawCursor, sql

from ankus_code_graph.cypher.agtype import read_agtype
from ankus_code_graph.cypher.guard import Query, check_query
from ankus_code_graph.cypher.hops import Plan, plan_query
from ankus_code_graph.cypher.shown import Table, write_table
from ankus_code_graph.cypher.tokens import place
from ankus_code_graph.errors import BadQuery, QueryTimeout
from ankus_code_graph.store.graphs import Graphs
from ankus_shared.answers import Answer
from ankus_shared.postgres import Connection
from ankus_shared.untrusted import frame

VALUE_BYTES = 262_144
"""Size of one value that still leaves the database."""
_CELL: LiteralString = (
    "CASE WHEN pg_column_size({column}) > {most} THEN {instead}::agtype ELSE {column} END AS {column}"
)
_TOO_LARGE = json.dumps(f"(a value of more than {VALUE_BYTES >> 10} KiB)")

_SLOW = "Begin at a named thing, follow fewer hops, or use a tool: find_callers, find_call_path."


async def query_graph(
    graphs: Graphs, text: str, graph: str, parameters: Mapping[str, Any], limit: int, answer_limit: int
) -> Answer:
    """Run one query of Cypher that only reads.

    Args:
        graph: Its name, or "" for the only one.
        parameters: Values of $names in the query.
        limit: Rows at most.
        answer_limit: Characters of all rows at most.

    Raises:
        BadQuery: If the guard or AGE refuses it, with the place.
        QueryTimeout: If it runs too long.
        UnknownGraph: If there is no such graph.
    """
    query = check_query(text, frozenset(parameters))
    plan = plan_query(query)
    async with graphs.reading(graph) as (connection, found):
        command = _statement(found.name, query, plan, limit).as_string(connection)
        try:
            rows = await _rows(connection, command, parameters)
        except psycopg.errors.QueryCanceled as error:
            seconds = graphs.settings.statement_timeout
            raise QueryTimeout(f"The query ran longer than {seconds} s.", hint=_SLOW) from error
        except psycopg.DatabaseError as error:
            if connection.closed:
                raise
            raise _refused(error, command, plan, text) from error
    table = write_table(query.columns, rows[:limit], answer_limit)
    return _answer(found.name, table, plan, has_more=len(rows) > limit)


def _statement(graph: str, query: Query, plan: Plan, limit: int) -> sql.Composed:
    names = [sql.Identifier(f"c{number}") for number, _ in enumerate(query.columns, 1)]
    columns = sql.SQL(", ").join(sql.SQL("{} agtype").format(name) for name in names)
    calls = [
        sql.SQL("SELECT * FROM cypher({}, {}, $1) AS ({})").format(graph, sql.SQL(_quoted(each)), columns)
        for each in plan.queries
    ]
    cells = sql.SQL(", ").join(
        sql.SQL(_CELL).format(column=name, most=sql.Literal(VALUE_BYTES), instead=sql.Literal(_TOO_LARGE))
        for name in names
    )
    rows = limit + 1 if plan.limit is None else min(limit + 1, plan.limit)
    union = sql.SQL(" UNION " if plan.distinct else " UNION ALL ").join(calls)
    return sql.SQL("SELECT {} FROM ({}) AS found LIMIT {}").format(cells, union, sql.Literal(rows))


def _quoted(query: str) -> str:
    """The query as a dollar-quoted constant."""
    tag = _tag(query)
    return f"{tag}{query}\n{tag}"


def _tag(query: str) -> str:
    """A dollar tag that does not stand in the query."""
    tag, number = "$cypher$", 0
    while tag[:-1] in query:
        number += 1
        tag = f"$cypher{number}$"
    return tag


async def _rows(connection: Connection, command: str, parameters: Mapping[str, Any]) -> list[tuple[Any, ...]]:
    """The rows of a statement; by the extended protocol, which runs one statement and no more."""
    cursor = AsyncRawCursor(connection)
    await cursor.execute(command.encode(), [json.dumps(dict(parameters))])
    rows = await cursor.fetchall()
    return [tuple(None if cell is None else read_agtype(cell) for cell in row) for row in rows]


def _refused(error: psycopg.DatabaseError, command: str, plan: Plan, text: str) -> BadQuery:
    """What AGE says of a query, with the place in the text that was given."""
    message = error.diag.message_primary or str(error)
    where, first = "", plan.queries[0]
    if error.diag.statement_position:
        begin = command.index(_quoted(first)) + len(_tag(first))
        offset = plan.given_offset(int(error.diag.statement_position) - 1 - begin)
        if offset is not None and 0 <= offset <= len(first) + 1:
            where = f" at {place(text, min(offset, len(text)))}"
    return BadQuery(f"AGE refuses the query: {message}{where}.", hint=error.diag.message_hint or "")


def _answer(graph: str, table: Table, plan: Plan, *, has_more: bool) -> Answer:
    number = len(table.lines)
    parts = [f"{number} row{'' if number == 1 else 's'} from {graph}"]
    if number:
        parts.append(frame(table.text, "graph"))
    else:
        parts[0] += ". Labels are right, or it would say so; check names and values."
    if has_more or table.is_full:
        parts.append(f"There are more rows. Go on with ORDER BY … SKIP {number}, or count(*) first.")
    if table.cut_cells:
        parts.append(f"Values that were cut: {table.cut_cells}; return a property of them alone.")
    if len(plan.queries) > 1:
        parts.append(f"It was run as {len(plan.queries)} queries of fixed hops.")
    structured = {"graph": graph, "columns": table.columns, "rows": number, "more": has_more or table.is_full}
    return Answer("\n".join(parts), structured)
