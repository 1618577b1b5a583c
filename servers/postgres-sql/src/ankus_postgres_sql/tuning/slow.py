"""The tool `list_slow_queries`: what pg_stat_statements counted, and what the figures say."""

from typing import Any, Literal

from psycopg import errors, sql
from psycopg.rows import dict_row

from ankus_postgres_sql.database import Database
from ankus_postgres_sql.tuning.extensions import not_loaded, statements_schema
from ankus_postgres_sql.tuning.findings import NO_JIT, line, number, size
from ankus_shared.answers import Answer
from ankus_shared.postgres import Connection
from ankus_shared.untrusted import frame

Order = Literal["total", "mean", "calls", "reads", "temp", "rows", "wal"]
Row = dict[str, Any]
HIDDEN = "<insufficient privilege>"
_COLUMNS: dict[Order, sql.SQL] = {
    "total": sql.SQL("s.total_exec_time"),
    "mean": sql.SQL("s.mean_exec_time"),
    "calls": sql.SQL("s.calls"),
    "reads": sql.SQL("s.shared_blks_read"),
    "temp": sql.SQL("s.temp_blks_written"),
    "rows": sql.SQL("s.rows"),
    "wal": sql.SQL("s.wal_bytes"),
}
# The columns that every version since 13 has; input/output time was renamed in 17, so it comes through jsonb.
_TEXT = sql.SQL("""
SELECT s.query, s.calls, s.rows,
       s.total_exec_time AS total, s.mean_exec_time AS mean, s.max_exec_time AS longest,
       s.shared_blks_hit AS hit, s.shared_blks_read AS read,
       s.temp_blks_written AS temp, s.wal_bytes::float8 AS wal,
       s.total_exec_time / nullif(sum(s.total_exec_time) OVER (), 0) AS share,
       coalesce(to_jsonb(s) ->> 'shared_blk_read_time', to_jsonb(s) ->> 'blk_read_time')::float8 AS read_time,
       count(*) OVER () AS statements, count(*) FILTER (WHERE s.query = {hidden}) OVER () AS hidden
  FROM {schema}.pg_stat_statements s
 WHERE s.dbid = (SELECT oid FROM pg_database WHERE datname = current_database())
   AND (s.query = {hidden}
        OR s.query !~* '^\\s*(begin|start|commit|rollback|set|reset|discard|show|deallocate)\\M')
 ORDER BY {order} DESC
 LIMIT {limit}""")


async def list_slow_queries(database: Database, order: Order = "total", limit: int = 10) -> Answer:
    """The statements of this database that cost most, by one measure.

    Raises:
        ExtensionMissing: If pg_stat_statements is not there or not loaded; says how to enable it.
    """
    async with database.reading() as connection:
        rows = await read_statements(connection, order, limit)
    if not rows:
        return Answer("No statement of this database was counted yet.", {"order": order, "queries": []})
    lines = [f"{place}. {_figures(row)}\n   {line(row['query'])}" for place, row in enumerate(rows, 1)]
    text = f"{len(rows)} of {rows[0]['statements']} statements, by {order}:\n" + frame(
        "\n".join(lines), "database"
    )
    if rows[0]["hidden"]:
        text += (
            f"\n{rows[0]['hidden']} statements of other roles are hidden from this role:"
            " GRANT pg_read_all_stats TO it to see them."
        )
    text += "\nNext: explain_query or lint_query on one (with values for $1, …); recommend_indexes() for all."
    figures = ("calls", "total", "mean", "rows", "share")
    structured = [{key: _rounded(row[key]) for key in figures} for row in rows]
    return Answer(text, {"order": order, "queries": structured, "hidden": rows[0]["hidden"]})


async def read_statements(connection: Connection, order: Order, limit: int) -> list[Row]:
    """The first `limit` statements by one measure, with their counts.

    Raises:
        ExtensionMissing: If pg_stat_statements is not there or not loaded.
    """
    schema = await statements_schema(connection)
    text = _TEXT.format(
        schema=sql.Identifier(schema),
        order=_COLUMNS[order],
        limit=sql.Literal(limit),
        hidden=sql.Literal(HIDDEN),
    )
    await connection.execute(NO_JIT)
    try:
        async with connection.cursor(row_factory=dict_row) as cursor:
            await cursor.execute(text)
            return await cursor.fetchall()
    except errors.ObjectNotInPrerequisiteState as error:
        raise not_loaded() from error


def _figures(row: Row) -> str:
    """A statement's counts in one line, and what they point to."""
    calls = row["calls"]
    pages = row["hit"] + row["read"]
    parts = [
        f"{number(calls)} calls",
        f"{row['total']:,.1f} ms in all ({row['share'] or 0:.0%})",
        f"{row['mean']:,.2f} ms a call, {row['longest']:,.1f} at most",
        f"{row['rows'] / max(calls, 1):,.1f} rows a call",
    ]
    if pages:
        parts.append(f"{number(pages / max(calls, 1))} pages a call, {row['hit'] / pages:.0%} from the cache")
    if row["read_time"]:
        parts.append(f"{row['read_time']:,.1f} ms reading")
    if row["temp"]:
        parts.append(f"{size(row['temp'] * 8192)} of temporary files: a sort or hash spilled")
    if row["wal"]:
        parts.append(f"{size(row['wal'])} of log")
    reads = row["query"].lstrip()[:6].lower() in ("select", "update", "delete")
    if reads and pages / max(calls, 1) > 100 * max(row["rows"] / max(calls, 1), 1):
        parts.append("many pages for few rows: an index may help")
    return "; ".join(parts)


def _rounded(value: Any) -> Any:
    return round(value, 3) if isinstance(value, float) else value
