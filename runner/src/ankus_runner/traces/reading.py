"""What is asked of the store: which runs there were, one run whole, and sums.

Whoever asks for a user is told of that user's runs only: those of others are as if they were not there.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any, LiteralString

from psycopg.rows import dict_row

from ankus_runner.errors import RunnerError
from ankus_runner.traces.store import Connection

Row = dict[str, Any]


class TraceNotFoundError(RunnerError):
    """Raised when no trace, or more than one, begins with what was given."""

    code = "trace_not_found"


@dataclass(frozen=True)
class Wanted:
    """Which runs."""

    days: int | None = None
    status: str | None = None
    profile: str | None = None
    limit: int = 20
    user: str | None = None
    model: str | None = None

    @property
    def since(self) -> datetime:
        """The oldest beginning."""
        return (
            datetime.now(UTC) - timedelta(days=self.days) if self.days else datetime.min.replace(tzinfo=UTC)
        )


_LIST: LiteralString = """
SELECT t.*, p.input #>> '{}' AS question
  FROM ankus_trace.trace t
  LEFT JOIN ankus_trace.span s
    ON s.trace_id = t.trace_id AND s.kind = 'run' AND s.started_at = t.started_at
  LEFT JOIN ankus_trace.span_payload p
    ON p.trace_id = s.trace_id AND p.span_id = s.span_id AND p.started_at = s.started_at
 WHERE t.started_at >= %(since)s
   AND (%(status)s::text IS NULL OR t.status = %(status)s)
   AND (%(profile)s::text IS NULL OR t.profile = %(profile)s)
   AND (%(user)s::text IS NULL OR t.user_name = %(user)s)
   AND (%(model)s::text IS NULL OR t.model = %(model)s)
 ORDER BY t.started_at DESC LIMIT %(limit)s"""
_SPANS: LiteralString = """
SELECT s.*, p.input, p.output
  FROM ankus_trace.span s LEFT JOIN ankus_trace.span_payload p USING (trace_id, span_id, started_at)
 WHERE s.trace_id = %(trace)s
   AND (%(user)s::text IS NULL
        OR EXISTS (SELECT FROM ankus_trace.trace t WHERE t.trace_id = s.trace_id AND t.user_name = %(user)s))
 ORDER BY s.kind = 'run' DESC, s.started_at, s.seconds DESC, s.span_id"""
_SUMS: LiteralString = """
SELECT profile, model, count(*) AS runs,
       count(*) FILTER (WHERE status = 'ok') AS answered,
       count(*) FILTER (WHERE status = 'error') AS failed,
       sum(prompt_tokens)::bigint AS prompt_tokens, sum(cached_tokens)::bigint AS cached_tokens,
       sum(completion_tokens)::bigint AS completion_tokens, sum(cost) AS cost,
       avg(steps)::float8 AS steps,
       percentile_cont(0.5) WITHIN GROUP (ORDER BY seconds) AS seconds_median,
       percentile_cont(0.95) WITHIN GROUP (ORDER BY seconds) AS seconds_p95,
       percentile_cont(0.5) WITHIN GROUP (ORDER BY first_token_seconds) AS first_token_median
  FROM ankus_trace.trace
 WHERE started_at >= %(since)s AND (%(user)s::text IS NULL OR user_name = %(user)s)
 GROUP BY profile, model ORDER BY runs DESC, profile, model"""
_TOOLS: LiteralString = """
SELECT tool, count(*) AS calls, count(*) FILTER (WHERE status <> 'ok') AS failed,
       percentile_cont(0.5) WITHIN GROUP (ORDER BY seconds) AS seconds_median,
       percentile_cont(0.95) WITHIN GROUP (ORDER BY seconds) AS seconds_p95
  FROM ankus_trace.span s
 WHERE kind = 'tool' AND started_at >= %(since)s
   AND (%(user)s::text IS NULL
        OR EXISTS (SELECT FROM ankus_trace.trace t WHERE t.trace_id = s.trace_id AND t.user_name = %(user)s))
 GROUP BY tool ORDER BY calls DESC, tool"""


def list_traces(connection: Connection, wanted: Wanted) -> list[Row]:
    """The runs that are wanted, the newest first, with their questions while those are kept."""
    parameters = {
        "since": wanted.since,
        "status": wanted.status,
        "profile": wanted.profile,
        "limit": wanted.limit,
        "user": wanted.user,
        "model": wanted.model,
    }
    return rows(connection, _LIST, parameters)


def find_trace(connection: Connection, beginning: str, user: str | None = None) -> Row:
    """The run whose id begins so.

    Raises:
        TraceNotFoundError: There is none, or more than one.
    """
    query: LiteralString = (
        "SELECT * FROM ankus_trace.trace WHERE starts_with(trace_id, %(id)s)"
        " AND (%(user)s::text IS NULL OR user_name = %(user)s) ORDER BY started_at DESC LIMIT 2"
    )
    found = rows(connection, query, {"id": beginning.strip().lower(), "user": user})
    if len(found) == 1 and beginning.strip():
        return found[0]
    what = "More than one trace begins" if found else "There is no trace that begins"
    raise TraceNotFoundError(f"{what} with '{beginning}'.", hint="See 'ankus traces list'.")


def spans_of(connection: Connection, trace_id: str, user: str | None = None) -> list[Row]:
    """The run, then its spans in the order of their beginnings, with their payloads while those are kept."""
    return rows(connection, _SPANS, {"trace": trace_id, "user": user})


def approvals_of(connection: Connection, trace_id: str, user: str | None = None) -> list[Row]:
    """What was said to calls of a run."""
    query: LiteralString = """
SELECT a.* FROM ankus_trace.approval a
 WHERE a.trace_id = %(trace)s
   AND (%(user)s::text IS NULL
        OR EXISTS (SELECT FROM ankus_trace.trace t WHERE t.trace_id = a.trace_id AND t.user_name = %(user)s))
 ORDER BY a.decided_at"""
    return rows(connection, query, {"trace": trace_id, "user": user})


def sums(connection: Connection, days: int | None, user: str | None = None) -> dict[str, list[Row]]:
    """Sums by profile and model, and by tool."""
    since = {"since": Wanted(days=days).since, "user": user}
    return {"runs": rows(connection, _SUMS, since), "tools": rows(connection, _TOOLS, since)}


def rows(connection: Connection, query: LiteralString, parameters: Mapping[str, Any]) -> list[Row]:
    """What a query answers, by the names of its columns."""
    with connection.cursor(row_factory=dict_row) as cursor:
        return cursor.execute(query, parameters).fetchall()


def depths(spans: Sequence[Row]) -> dict[str, int]:
    """How deep each span lies below the run; one whose parent is missing lies at 1."""
    parents = {span["span_id"]: span["parent_id"] for span in spans}
    found: dict[str, int] = {}
    for span_id in parents:
        depth, above = 0, parents[span_id]
        while above is not None and depth < len(parents):
            depth, above = depth + 1, parents.get(above)
        found[span_id] = depth
    return found
