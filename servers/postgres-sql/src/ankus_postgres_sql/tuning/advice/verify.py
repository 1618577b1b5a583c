"""The planner's judgement: what a query costs, without and with indexes that do not exist (hypopg).

hypopg keeps its indexes in the memory of one connection, beyond the transaction: they are dropped before
the connection serves another call.
"""

import contextlib
from collections.abc import AsyncIterator
from dataclasses import dataclass
from typing import Any

import anyio
import psycopg
from psycopg import sql

from ankus_postgres_sql.tuning.advice.candidates import Candidate
from ankus_shared.postgres import Connection

RESET_SECONDS = 3


@dataclass(frozen=True)
class Asked:
    """A query of the workload: how it is explained, and how often it runs."""

    text: str
    explain: sql.SQL | sql.Composed
    """What is sent to have its plan in JSON."""
    calls: float = 1.0


async def plan(connection: Connection, asked: Asked) -> dict[str, Any]:
    """The plan's root node.

    Raises:
        psycopg.Error: PostgreSQL's own error.
    """
    await connection.execute("DISCARD PLANS")  # a prepared query's plan knows no index made since
    row = await (await connection.execute(asked.explain)).fetchone()
    assert row is not None
    root: dict[str, Any] = row[0][0]["Plan"]
    return root


async def cost(connection: Connection, asked: Asked) -> float:
    """The planner's total cost of one run."""
    return float((await plan(connection, asked))["Total Cost"])


def nodes(root: dict[str, Any]) -> list[dict[str, Any]]:
    """Every node of a plan."""
    found, pending = [], [root]
    while pending:
        node = pending.pop()
        found.append(node)
        pending.extend(node.get("Plans", ()))
    return found


class Hypothetical:
    """Indexes of hypopg on one connection."""

    def __init__(self, connection: Connection, schema: str) -> None:
        self._connection = connection
        self._schema = sql.Identifier(schema)

    async def create(self, candidate: Candidate) -> int | None:
        """The number of a new hypothetical index; None where hypopg cannot make one of its kind."""
        text = candidate.statement(concurrently=False)
        try:
            async with self._connection.transaction():
                return int(await self._value("SELECT indexrelid FROM {}.hypopg_create_index(%s)", text))
        except psycopg.OperationalError:
            raise  # the connection, or a time limit
        except psycopg.DatabaseError:
            return None  # GIN, for example

    async def drop(self, number: int) -> None:
        """Forget one."""
        await self._value("SELECT {}.hypopg_drop_index(%s)", number)

    async def size(self, number: int) -> int:
        """About how many bytes it would take."""
        return int(await self._value("SELECT {}.hypopg_relation_size(%s)", number))

    async def _value(self, text: Any, parameter: object) -> Any:
        query = sql.SQL(text).format(self._schema)
        row = await (await self._connection.execute(query, [parameter])).fetchone()
        assert row is not None
        return row[0]


@contextlib.asynccontextmanager
async def hypothetical(connection: Connection, schema: str) -> AsyncIterator[Hypothetical]:
    """hypopg on `connection`; at the end the transaction is rolled back and its indexes are gone."""
    try:
        yield Hypothetical(connection, schema)
    finally:
        with anyio.CancelScope(shield=True):
            try:
                with anyio.fail_after(RESET_SECONDS):
                    await connection.execute("ROLLBACK")
                    await connection.execute(
                        sql.SQL("SELECT {}.hypopg_reset()").format(sql.Identifier(schema))
                    )
            except (psycopg.Error, TimeoutError):
                await connection.close()  # the pool replaces it
