"""The trace store in PostgreSQL: batches by COPY, a partition a day, old days dropped."""

from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from datetime import UTC, date, datetime, timedelta
from typing import Any

import psycopg
from psycopg import sql

from ankus_runner.traces.redact import Redactor
from ankus_runner.traces.rows import COLUMNS, PAYLOAD, rows_of
from ankus_runner.traces.span import Record
from ankus_shared.postgres import Store, migrate

DATABASE = "ankus_traces"
SCHEMA = "ankus_trace"
TABLES = ("trace", "span", PAYLOAD)
"""The partitioned ones."""
_LOCK = 0x7472616365  # "trace"
Connection = psycopg.Connection[Any]

_ENDED = (
    "prompt_hash prompt_version status error seconds steps model_calls tool_calls prompt_tokens"
    " cached_tokens completion_tokens first_token_seconds cost"
)
"""What a trace's later records say anew."""


def _prepare(connection: Connection) -> None:
    migrate(connection, "ankus_runner.traces")


STORE = Store(
    application="ankus-traces",
    database=DATABASE,
    reader="ankus_traces_reader",
    schemas=(SCHEMA,),
    prepare=_prepare,
)


@contextmanager
def connected(url: str | None) -> Iterator[Connection]:
    """A connection to the prepared store, in autocommit mode.

    Args:
        url: The database; None is the embedded server's own.

    Raises:
        DatabaseUnavailable, EmbeddedServerError: In one line, without the password.
        MigrationError: The database was made by another version.
    """
    with ExitStack() as stack:
        if url is None:
            place = stack.enter_context(STORE.embedded()).url(DATABASE)  # prepared by it
            yield stack.enter_context(STORE.connect(place))
            return
        connection = stack.enter_context(STORE.connect(url))
        _prepare(connection)
        yield connection


class TraceStore:
    """Writes records; each batch is one transaction, and the same record twice does no harm."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection
        self._days: set[date] = set()

    def write(self, records: list[Record], redactor: Redactor) -> None:
        """Write all of them without secrets, or none.

        Raises:
            psycopg.Error: The server is gone, or refuses.
        """
        rows = rows_of(records, redactor)
        with self._connection.transaction():
            self._make_days(rows)
            for table, of_table in rows.items():
                self._copy(table, of_table)

    def _make_days(self, rows: dict[str, list[tuple[Any, ...]]]) -> None:
        """Make the partitions of a batch; its days are those of its records, whatever the clock says now."""
        days = {
            row[COLUMNS[table].split().index("started_at")].date()
            for table in TABLES
            for row in rows.get(table, ())
        }
        for day in sorted(days - self._days):
            make_day(self._connection, day)
        self._days |= days

    def _copy(self, table: str, rows: list[tuple[Any, ...]]) -> None:
        """COPY into a temporary table, and on from there, so that a repeated batch changes nothing."""
        names = {"target": sql.Identifier(SCHEMA, table), "new": sql.Identifier(f"new_{table}")}
        columns = sql.SQL(", ").join(map(sql.Identifier, COLUMNS[table].split()))
        self._connection.execute(
            sql.SQL(
                "CREATE TEMPORARY TABLE IF NOT EXISTS {new} ON COMMIT DELETE ROWS"
                " AS SELECT {columns} FROM {target} WITH NO DATA"
            ).format(**names, columns=columns)
        )
        with (
            self._connection.cursor() as cursor,
            cursor.copy(sql.SQL("COPY {new} FROM STDIN").format(**names)) as copy,
        ):
            for row in rows:
                copy.write_row(row)
        self._connection.execute(
            sql.SQL("INSERT INTO {target} ({columns}) SELECT {columns} FROM {new} ON CONFLICT {way}").format(
                **names, columns=columns, way=_ON_CONFLICT.get(table, sql.SQL("DO NOTHING"))
            )
        )


_ON_CONFLICT = {
    "trace": sql.SQL("(trace_id, started_at) DO UPDATE SET {}").format(
        sql.SQL(", ").join(
            sql.SQL("{0} = EXCLUDED.{0}").format(sql.Identifier(name)) for name in _ENDED.split()
        )
    )
}


@contextmanager
def opened_store(url: str | None, days: int, payload_days: int) -> Iterator[TraceStore]:
    """A store to write to; what is older than it is kept has been dropped."""
    with connected(url) as connection:
        purge(connection, days, payload_days)
        yield TraceStore(connection)


def make_day(connection: Connection, day: date) -> None:
    """Make the partitions of a day (UTC), if they are not there."""
    connection.execute("SELECT pg_advisory_xact_lock(%s)", [_LOCK])
    start, end = _bounds(day)
    for table in TABLES:
        connection.execute(
            sql.SQL(
                "CREATE TABLE IF NOT EXISTS {part} PARTITION OF {whole} FOR VALUES FROM ({start}) TO ({end})"
            ).format(
                part=sql.Identifier(SCHEMA, f"{table}_{day:%Y%m%d}"),
                whole=sql.Identifier(SCHEMA, table),
                start=sql.Literal(start.isoformat()),
                end=sql.Literal(end.isoformat()),
            )
        )


def purge(connection: Connection, days: int, payload_days: int, *, today: date | None = None) -> list[str]:
    """Drop the partitions of what is older than `days`, and of payloads older than `payload_days`.

    Approvals stay. What other parts of the store say of dropped runs goes too.

    Args:
        days: Whole days before today (UTC) that are kept; 0 keeps nothing of today either.

    Returns:
        The names of the dropped partitions.
    """
    now = today or datetime.now(UTC).date()
    kept = {"trace": days, "span": days, PAYLOAD: min(days, payload_days)}
    with connection.transaction():
        connection.execute("SELECT pg_advisory_xact_lock(%s)", [_LOCK])
        old = [
            name
            for name, table, day in partitions(connection)
            if kept[table] == 0 or day < now - timedelta(days=kept[table])
        ]
        for name in old:
            connection.execute(sql.SQL("DROP TABLE {}").format(sql.Identifier(SCHEMA, name)))
        if any(name.startswith("trace_") for name in old):
            connection.execute(
                "DELETE FROM ankus_trace.score s WHERE NOT EXISTS"
                " (SELECT FROM ankus_trace.trace t WHERE t.trace_id = s.trace_id)"
            )
    return old


def partitions(connection: Connection) -> list[tuple[str, str, date]]:
    """Name, table and day of each partition, the oldest first."""
    rows = connection.execute(
        "SELECT c.relname, p.relname FROM pg_inherits i JOIN pg_class c ON c.oid = i.inhrelid"
        " JOIN pg_class p ON p.oid = i.inhparent JOIN pg_namespace n ON n.oid = p.relnamespace"
        " WHERE n.nspname = %s AND p.relkind = 'p'",
        [SCHEMA],
    ).fetchall()
    found = [(name, table, datetime.strptime(name[-8:], "%Y%m%d").date()) for name, table in rows]
    return sorted(found, key=lambda part: (part[2], part[0]))


def _bounds(day: date) -> tuple[datetime, datetime]:
    start = datetime(day.year, day.month, day.day, tzinfo=UTC)
    return start, start + timedelta(days=1)
