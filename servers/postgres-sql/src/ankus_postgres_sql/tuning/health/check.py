"""The tool `check_health`: reads what an area needs, judges it, and says what could not be seen."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from typing import Any, Literal

from psycopg import sql
from psycopg.rows import dict_row

from ankus_postgres_sql.database import Database
from ankus_postgres_sql.named import query
from ankus_postgres_sql.tuning.findings import NO_JIT, Finding, Unchecked, name, report
from ankus_postgres_sql.tuning.health import indexes, server, storage
from ankus_shared.answers import Answer
from ankus_shared.postgres import Connection

Area = Literal[
    "all",
    "bloat",
    "vacuum",
    "indexes",
    "keys",
    "cache",
    "replication",
    "connections",
    "sequences",
    "settings",
]
MEASURED = 5
"""Tables and indexes that pgstattuple reads at most."""
MEASURED_BYTES = 512 * 1024**2
"""The largest of them: it reads them whole."""
Row = dict[str, Any]


@dataclass
class Look:
    """One look at the database: the connection, what the role may see, and what was found so far."""

    connection: Connection
    access: Row
    findings: list[Finding] = field(default_factory=list)
    unchecked: list[Unchecked] = field(default_factory=list)

    async def read(self, what: str, **parameters: Any) -> list[Row]:
        """The rows of `sql/health/<what>.sql`."""
        return await query(self.connection, f"health/{what}", **parameters)

    async def settings(self) -> dict[str, Row]:
        """The settings that are judged, and those that were changed and matter, by name."""
        return {row["name"]: row for row in await self.read("settings", names=server.SETTINGS)}

    def not_seen(self, check: str, why: str, remedy: str) -> None:
        """Note a check that could not be made."""
        self.unchecked.append(Unchecked(check, why, remedy))


async def check_health(database: Database, area: Area = "all") -> Answer:
    """What is wrong with the database in one area, or in all: findings with figures and a next step.

    Raises:
        DatabaseUnavailable: If the database is down.
    """
    async with database.reading() as connection:
        await connection.execute(NO_JIT)
        look = Look(connection, (await query(connection, "health/access"))[0])
        for key, check in _AREAS.items():
            if area in ("all", key):
                await check(look)
    looked = ", ".join(_AREAS) if area == "all" else area
    text, structured = report(look.findings, look.unchecked, f"Nothing was found (looked at: {looked}).")
    return Answer(text, {"area": area, **structured})


async def _bloat(look: Look) -> None:
    rows = await look.read("bloat", least=storage.BLOAT_BYTES)
    suspects = list(storage.bloat(rows))
    if suspects and look.access["pgstattuple"]:
        await _measure(look, rows)
        suspects = list(storage.bloat(rows))
    look.findings += suspects
    unseen = await look.read("unreadable_tables")
    if unseen:
        names = ", ".join(row["name"] for row in unseen)
        look.not_seen(
            "bloat",
            f"the statistics of {unseen[0]['total']} tables are hidden from {look.access['role']}: {names}",
            f"GRANT SELECT ON {unseen[0]['name']} TO {name(look.access['role'])};",
        )


async def _measure(look: Look, rows: list[Row]) -> None:
    """Replace the estimate of the worst by what pgstattuple counts."""
    schema = sql.Identifier(look.access["pgstattuple"])
    text = {
        "table": "SELECT (dead_tuple_len + approx_free_space)::float8"
        " FROM {}.pgstattuple_approx(%s::oid::regclass)",
        "index": "SELECT (index_size * greatest(90 - avg_leaf_density, 0) / 90)::float8"
        " FROM {}.pgstatindex(%s::oid::regclass)",
    }
    for row in [row for row in rows if row["bytes"] <= MEASURED_BYTES][:MEASURED]:
        async with look.connection.transaction(), look.connection.cursor() as cursor:
            await cursor.execute(sql.SQL(text[row["what"]]).format(schema), [row["oid"]])
            found = await cursor.fetchone()
        row["measured"] = found[0] if found else None


async def _vacuum(look: Look) -> None:
    tables = await look.read("tables")
    look.findings += storage.vacuum(tables)
    look.findings += storage.statistics(tables)
    look.findings += storage.wraparound(await look.read("databases"), tables)


async def _indexes(look: Look) -> None:
    rows = await look.read("indexes")
    worse = [*indexes.invalid(rows), *indexes.redundant(rows)]
    look.findings += [*worse, *indexes.unused(rows, {found.subject for found in worse})]


async def _keys(look: Look) -> None:
    look.findings += indexes.foreign_keys(await look.read("foreign_keys"))
    look.findings += indexes.primary_keys(await look.read("tables"))


async def _cache(look: Look) -> None:
    databases = await look.read("databases")
    look.findings += [*storage.cache(databases), *storage.counters(databases)]


async def _replication(look: Look) -> None:
    look.findings += server.replication(await look.read("replication"))
    look.findings += server.archiver(await look.read("archiver"))
    if not look.access["all_stats"]:
        look.not_seen("replication_lag", "the standbys' positions are hidden", _grant(look))


async def _connections(look: Look) -> None:
    rows = await look.read("sessions")
    look.findings += server.sessions(rows)
    look.findings += server.connections(rows, await look.settings())
    states = {row["pid"]: row["state"] for row in rows if row["pid"] is not None}
    look.findings += server.blocked(await look.read("waiting"), states)
    if not look.access["all_stats"]:
        why = "what sessions of other roles do is hidden"
        look.not_seen("long_transaction, idle_in_transaction", why, _grant(look))


async def _sequences(look: Look) -> None:
    rows = await look.read("sequences")
    hidden = [row for row in rows if not row["readable"]]
    for row in hidden:
        if row["indexed"]:
            row["last"] = await _greatest(look.connection, row)
    look.findings += server.sequences(rows)
    if hidden:
        first = hidden[0]
        schemas = sorted({row["schema"] for row in hidden})
        seen = sum(row["indexed"] for row in hidden)
        look.not_seen(
            "sequence_near_limit",
            f"{len(hidden)} sequences may not be read, such as {name(first['schema'], first['name'])}"
            f" ({seen} of them were judged by the greatest value of their column)",
            f"GRANT SELECT ON ALL SEQUENCES IN SCHEMA {', '.join(map(name, schemas))}"
            f" TO {name(look.access['role'])};",
        )


async def _greatest(connection: Connection, row: Row) -> int | None:
    """The greatest value of a sequence's column, which an index gives at once."""
    column = sql.Identifier(row["column"])
    text = sql.SQL("SELECT max({c})::int8 AS last FROM {t}").format(
        c=column, t=sql.Identifier(row["table_schema"], row["table"])
    )
    async with connection.cursor(row_factory=dict_row) as cursor:
        await cursor.execute(text)
        found = await cursor.fetchone()
    return found["last"] if found else None


async def _settings(look: Look) -> None:
    databases = await look.read("databases")
    bytes_ = next((row["bytes"] for row in databases if row["current"]), 0)
    look.findings += server.settings(await look.settings(), bytes_)
    late = look.access["version"] >= 170_000
    look.findings += server.checkpoints(await look.read("checkpoints_17" if late else "checkpoints"))


def _grant(look: Look) -> str:
    return f"GRANT pg_read_all_stats TO {name(look.access['role'])};"


_AREAS: dict[str, Callable[[Look], Awaitable[None]]] = {
    "bloat": _bloat,
    "vacuum": _vacuum,
    "indexes": _indexes,
    "keys": _keys,
    "cache": _cache,
    "replication": _replication,
    "connections": _connections,
    "sequences": _sequences,
    "settings": _settings,
}
