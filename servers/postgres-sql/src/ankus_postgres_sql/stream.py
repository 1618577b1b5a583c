"""Run one statement as it was written, and read no more of its result than wanted.

The text goes out in the extended protocol, which admits one statement only, and rows come back one by
one (single-row mode) as PostgreSQL's own text. Reading stops at a number of rows and of bytes; then the
query is cancelled, or, where the server is amid one huge value, the connection is closed.
"""

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Literal

import anyio
import psycopg
from psycopg import errors, pq

from ankus_postgres_sql.errors import RowTooLarge
from ankus_postgres_sql.valve import TooMuch, Valve, valve
from ankus_shared.postgres import Connection

ROW_BYTES = 2 * 1024 * 1024
"""Largest single row that is read."""
DRAIN_BYTES = 8 * 1024 * 1024
"""How much of a cancelled query's result is thrown away before the connection is closed instead."""
CANCEL_SECONDS = 5.0
EXTRA_SECONDS = 2.0
"""How long is waited for rows that are kept but not shown."""
_CANCELED = b"57014"  # query_canceled: the statement timeout

Row = tuple[bytes | None, ...]


@dataclass(frozen=True)
class Column:
    """One column of a result: its name, and its type as (oid, modifier)."""

    name: str
    type: tuple[int, int]


@dataclass
class Result:
    """What was read, and which limit stopped the reading, if one did."""

    columns: list[Column] = field(default_factory=list)
    rows: list[Row] = field(default_factory=list)
    stopped_by: Literal["", "rows", "bytes", "row_size", "time"] = ""


@dataclass(frozen=True, kw_only=True)
class Limits:
    """When reading stops: at a number of rows, at a sum of their costs, or once it takes long."""

    rows: int
    cost: int
    cost_of: Callable[[Row], int]
    patient_rows: int | None = None
    """Rows for which the statement timeout holds; for those after them `EXTRA_SECONDS`."""


async def run_statement(
    connection: Connection, text: str, limits: Limits, parameters: Sequence[bytes] = ()
) -> Result:
    """Run `text`, unchanged, and read its rows within `limits`.

    A caller that is cancelled cancels the query in PostgreSQL; the connection stays usable or is closed.

    Raises:
        psycopg.Error: PostgreSQL's own error.
        RowTooLarge: If the first row alone exceeds `ROW_BYTES`.
    """
    result = Result()
    with valve(connection.pgconn) as flow:
        try:
            await flow.send(text, parameters)
            await _read(flow, result, limits)
        finally:
            with anyio.CancelScope(shield=True):
                await _settle(connection, flow)
    if result.stopped_by == "row_size" and not result.rows:
        raise RowTooLarge(
            f"A row of the result is larger than {ROW_BYTES >> 20} MiB.",
            hint="Select fewer columns, or a part of the long one: left(column, 200), length(column).",
        )
    return result


async def _read(flow: Valve, result: Result, limits: Limits) -> None:
    """Add rows to `result` until it is complete or a limit is reached."""
    with anyio.CancelScope() as haste:
        await _read_rows(flow, result, limits, haste)
    if haste.cancelled_caught:
        result.stopped_by = "time"


async def _read_rows(flow: Valve, result: Result, limits: Limits, haste: anyio.CancelScope) -> None:
    spent = 0
    while (part := await _next_part(flow, result)) is not None:
        if part.status == pq.ExecStatus.FATAL_ERROR:
            if haste.deadline < math.inf and part.error_field(pq.DiagnosticField.SQLSTATE) == _CANCELED:
                result.stopped_by = "time"
                return
            raise errors.error_from_result(part, encoding="utf-8")
        result.columns = result.columns or _columns(part)
        for number in range(part.ntuples):
            if len(result.rows) >= limits.rows or spent >= limits.cost:
                result.stopped_by = "rows" if len(result.rows) >= limits.rows else "bytes"
                return
            row = tuple(part.get_value(number, column) for column in range(part.nfields))
            result.rows.append(row)
            spent += limits.cost_of(row)
            if len(result.rows) == limits.patient_rows:
                haste.deadline = anyio.current_time() + EXTRA_SECONDS


async def _next_part(flow: Valve, result: Result) -> pq.abc.PGresult | None:
    try:
        return await flow.next_result(ROW_BYTES)
    except TooMuch:
        result.stopped_by = "row_size"
        return None


def _columns(part: pq.abc.PGresult) -> list[Column]:
    return [
        Column((part.fname(i) or b"").decode(), (part.ftype(i), part.fmod(i))) for i in range(part.nfields)
    ]


async def _settle(connection: Connection, flow: Valve) -> None:
    """Leave the connection idle: cancel what still runs and drain it, or close the connection."""
    if not flow.is_active():
        return
    with anyio.move_on_after(CANCEL_SECONDS):
        try:
            await connection.cancel_safe(timeout=CANCEL_SECONDS)
            while await flow.next_result(DRAIN_BYTES) is not None:
                pass
        except (psycopg.Error, TooMuch):
            pass  # the server does not listen, or is amid a huge value: closed below
    if flow.is_active():
        connection.pgconn.finish()
