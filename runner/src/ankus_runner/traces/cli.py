"""`ankus traces`: what the agent did, from the store that `ankus ask` and `ankus chat` write to."""

import sys
from collections.abc import Iterable
from pathlib import Path
from typing import Annotated, Literal

import cyclopts
from cyclopts import Parameter
from rich.console import Console

from ankus_runner.traces import otlp, reading, show
from ankus_runner.traces.compare.cli import compare
from ankus_runner.traces.export import as_json, exported, write_lines
from ankus_runner.traces.parameters import EMBEDDED, Days, Json, Limit, Place, User
from ankus_runner.traces.reading import Row, Wanted
from ankus_runner.traces.store import connected, purge
from ankus_shared.errors import SettingsError
from ankus_shared.settings import option

Status = Literal["running", "ok", "error", "cancelled"]
EVERYTHING = 1_000_000

traces_app = cyclopts.App(
    name="traces", help="List, show, sum up, compare, export and purge what the agent did."
)
traces_app.command(compare)


@traces_app.command(name="list")
def list_traces(
    *,
    limit: Limit = 20,
    days: Days = None,
    status: Status | None = None,
    profile: str | None = None,
    user: User = None,
    json: Json = False,
    place: Place = EMBEDDED,
) -> None:
    """Show the newest runs: when, by which profile, how it ended, what it cost, and the question.

    Tokens are read/of these from the cache/written. A run that is still "running" after hours was killed.

    Parameters
    ----------
    limit:
        How many.
    days:
        Only those that began in the last so many days.
    status:
        Only those that are running, ok, error (without an answer) or cancelled.
    profile:
        Only those of one profile.
    user:
        Only those of one user; questions of a terminal are those of "local".
    json:
        Print a JSON object a run.
    """
    with connected(place.traces_url()) as connection:
        found = reading.list_traces(connection, Wanted(days, status, profile, limit, user))
    if json:
        _print_json(found)
    else:
        show.print_list(Console(), found)


@traces_app.command(name="show")
def show_trace(
    trace: str,
    /,
    *,
    payloads: Annotated[bool, Parameter(negative=())] = False,
    user: User = None,
    json: Json = False,
    place: Place = EMBEDDED,
) -> None:
    """Show one run as a timeline: its steps, model calls, tool calls and decisions.

    Parameters
    ----------
    trace
        Its id, or the beginning of it.
    payloads:
        Print the prompts, arguments, results and answers too. Of a prompt that grew only what is new is
        printed: `kept` is the number of messages that it has from the one before.
    user:
        Only if it is of this user.
    json:
        Print one JSON object, which holds all of that.
    """
    with connected(place.traces_url()) as connection:
        found = reading.find_trace(connection, trace, user)
        spans = reading.spans_of(connection, found["trace_id"], user)
        approvals = reading.approvals_of(connection, found["trace_id"], user)
    if json:
        _print_json([{**found, "spans": spans, "approvals": approvals}])
    else:
        show.print_trace(Console(), found, spans, payloads=payloads)


@traces_app.command
def stats(*, days: Days = None, user: User = None, json: Json = False, place: Place = EMBEDDED) -> None:
    """Sum up the runs by profile and model, and the tool calls by tool.

    Parameters
    ----------
    days:
        Only those of the last so many days.
    user:
        Only those of one user.
    json:
        Print one JSON object.
    """
    with connected(place.traces_url()) as connection:
        found = reading.sums(connection, days, user)
    if json:
        print(as_json(found))
    else:
        show.print_sums(Console(), found)


@traces_app.command
def export(
    *,
    to: str = "-",
    form: Annotated[Literal["jsonl", "otlp"], Parameter(name="--format")] = "jsonl",
    limit: Limit = EVERYTHING,
    days: Days = None,
    status: Status | None = None,
    profile: str | None = None,
    user: User = None,
    place: Place = EMBEDDED,
) -> None:
    """Write runs with all of their spans as JSON lines, or send them to an OpenTelemetry collector.

    Parameters
    ----------
    to:
        A file, or - for standard output; with --format otlp a collector's address, such as
        http://localhost:4318/v1/traces (its headers are the variable OTEL_EXPORTER_OTLP_HEADERS).
    form:
        jsonl, or otlp (OTLP over HTTP; needs the extra: pip install 'ankus-runner[otlp]').
    limit:
        How many runs at most, the newest first.
    days:
        Only those that began in the last so many days.
    status:
        Only those that ended so.
    profile:
        Only those of one profile.
    user:
        Only those of one user.
    """
    if form == "otlp" and not to.startswith(("http://", "https://")):
        raise SettingsError("--format otlp needs --to with a collector's address.")
    with connected(place.traces_url()) as connection:
        traces = exported(connection, Wanted(days, status, profile, limit, user))
        if form == "otlp":
            count = otlp.send(traces, to)
            print(f"{count} spans were sent to {to}.", file=sys.stderr)
        elif to == "-":
            write_lines(traces, sys.stdout)
        else:
            print(f"{_write_file(Path(to), traces)} runs were written to {to}.", file=sys.stderr)


@traces_app.command(name="purge")
def purge_traces(
    *,
    days: Annotated[int, option("ANKUS_TRACES_DAYS", at_least=0)] = 30,
    payload_days: Annotated[int, option("ANKUS_TRACES_PAYLOAD_DAYS", at_least=0)] = 7,
    place: Place = EMBEDDED,
) -> None:
    """Drop the days that are too old; `ankus ask` does so by itself when it first writes.

    The log of approvals stays.

    Parameters
    ----------
    days:
        Whole days that are kept; 0 drops everything.
    payload_days:
        Whole days that prompts, arguments, results and answers are kept; 0 drops all of those.
    """
    with connected(place.traces_url()) as connection:
        dropped = purge(connection, days, payload_days)
    for name in dropped:
        print(f"dropped {name}")
    if not dropped:
        print("Nothing is that old.")


def _write_file(path: Path, traces: Iterable[Row]) -> int:
    try:
        with path.open("w", encoding="utf-8") as file:
            return write_lines(traces, file)
    except (FileNotFoundError, PermissionError, IsADirectoryError) as error:
        raise SettingsError(f"Cannot write {path}: {error.strerror}.") from error


def _print_json(rows: list[Row]) -> None:
    for row in rows:
        print(as_json(row))
