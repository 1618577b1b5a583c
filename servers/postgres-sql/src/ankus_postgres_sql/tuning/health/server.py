"""Sessions, locks, replication, sequences and settings."""

from collections.abc import Iterator
from typing import Any

from ankus_postgres_sql.tuning.findings import Finding, Severity, duration, line, name, number, size

Row = dict[str, Any]

IDLE_SECONDS = 2
LONG_SECONDS = 300
VERY_LONG_SECONDS = 3_600
WAIT_SECONDS = 1
SLOT_BYTES = 1024**3
LAG_SECONDS = 60
LAG_BYTES = 256 * 1024**2
RATHER_FULL, ALMOST_FULL = 0.8, 0.95
NEAR_LIMIT, AT_LIMIT = 0.7, 0.9

SETTINGS = (
    "fsync full_page_writes autovacuum track_counts track_activities zero_damaged_pages"
    " ignore_checksum_failure"
    " work_mem shared_buffers effective_cache_size max_connections superuser_reserved_connections"
).split()
_DANGEROUS: dict[str, tuple[str, Severity, str]] = {
    "fsync": ("off", "critical", "A crash of the machine can destroy the whole database."),
    "full_page_writes": (
        "off",
        "critical",
        "A crash amid a write leaves torn pages that recovery cannot mend.",
    ),
    "autovacuum": ("off", "critical", "Dead rows pile up, statistics age, transaction numbers run out."),
    "track_counts": ("off", "critical", "Autovacuum cannot work without these counts."),
    "track_activities": ("off", "warning", "Nobody can see what sessions do."),
    "zero_damaged_pages": (
        "on",
        "critical",
        "Damaged pages are replaced by empty ones: rows vanish silently.",
    ),
    "ignore_checksum_failure": ("on", "critical", "Damaged pages are read as if they were whole."),
}


def sessions(rows: list[Row]) -> Iterator[Finding]:
    """Transactions that last, above all those that do nothing."""
    for row in rows:
        seconds = row["transaction_seconds"]
        idle = (row["state"] or "").startswith("idle in transaction")
        if seconds is None or seconds < (IDLE_SECONDS if idle else LONG_SECONDS):
            continue
        check = "idle_in_transaction" if idle else "long_transaction"
        severity: Severity = "critical" if seconds >= VERY_LONG_SECONDS else "warning"
        if idle and row["state_seconds"] < 60 and severity != "critical":
            severity = "note"
        if row["state"] == "prepared":
            subject, step = (
                f"prepared transaction {line(row['application'])}",
                "COMMIT PREPARED or ROLLBACK PREPARED it.",
            )
        else:
            subject = f"pid {row['pid']} ({row['user']}, {line(row['application'], 60) or 'no name'})"
            step = f"SELECT pg_terminate_backend({row['pid']}); later: idle_in_transaction_session_timeout."
        held = f"; it holds back vacuum by {number(row['held'])} transactions" if row["held"] else ""
        yield Finding(
            check,
            severity,
            subject,
            f"its transaction in database {row['database']} is {duration(seconds)} old,"
            f" {row['state']} for {duration(row['state_seconds'])}{held}",
            "It keeps its locks, and vacuum may not remove what died since it began.",
            step,
        )


def connections(rows: list[Row], settings: dict[str, Row]) -> Iterator[Finding]:
    """How many of the connections are taken."""
    reserved = int(settings["superuser_reserved_connections"]["value"])
    places = max(int(settings["max_connections"]["value"]) - reserved, 1)
    taken = sum(row["pid"] is not None for row in rows) + 1
    if taken >= RATHER_FULL * places:
        idle = sum(row["state"] == "idle" for row in rows)
        yield Finding(
            "connections_near_limit",
            "critical" if taken >= ALMOST_FULL * places else "warning",
            "the server",
            f"{taken} of {places} connections are taken; {idle} of them are seen to be idle",
            "At the limit new clients are refused: 'sorry, too many clients already'.",
            "Close idle clients, put a pooler (PgBouncer) before the server; then raise max_connections.",
        )


def blocked(rows: list[Row], states: dict[int, str | None]) -> Iterator[Finding]:
    """Sessions that wait for a lock longer than a moment, or for a session that does nothing.

    Args:
        states: The state of each session by pid, as far as it may be seen.
    """
    for row in rows:
        stuck = any((states.get(pid) or "").startswith("idle in transaction") for pid in row["blockers"])
        if row["seconds"] < WAIT_SECONDS and not stuck:
            continue
        by = ", ".join(str(pid) for pid in row["blockers"]) or "an unknown session"
        yield Finding(
            "blocked_session",
            "critical" if row["seconds"] >= LONG_SECONDS else "warning",
            f"pid {row['pid']}",
            f"waits {duration(row['seconds'])} for {row['mode']} on {row['relation'] or row['locktype']},"
            f" behind pid {by}{' (idle in transaction)' if stuck else ''}",
            "It and all that wait behind it stand still until the other transaction ends.",
            f"list_locks() shows the tree; SELECT pg_terminate_backend({row['blockers'][0]});"
            if row["blockers"]
            else "list_locks() shows the tree.",
        )


def replication(rows: list[Row]) -> Iterator[Finding]:
    """Slots that nobody reads, and standbys that are behind."""
    for row in rows:
        behind = row["bytes"] or 0
        if row["what"] == "slot":
            if row["active"] and behind < SLOT_BYTES and row["status"] != "lost":
                continue
            grave = behind >= SLOT_BYTES or row["status"] in ("unreserved", "lost")
            yield Finding(
                "inactive_slot" if not row["active"] else "slot_behind",
                "critical" if grave else "warning",
                f"replication slot {name(row['name'])}",
                f"{'active' if row['active'] else 'inactive'}, holds back {size(behind)} of the"
                " write-ahead log"
                f" (wal_status {row['status'] or 'unknown'})",
                "The log is kept until the slot is read: the disk fills, and vacuum may be held back.",
                f"Start its reader again, or: SELECT pg_drop_replication_slot('{row['name']}');"
                " a guard for later: max_slot_wal_keep_size.",
            )
        elif behind >= LAG_BYTES or (behind and (row["seconds"] or 0) >= LAG_SECONDS):
            yield Finding(
                "replication_lag",
                "warning" if (row["seconds"] or 0) < VERY_LONG_SECONDS else "critical",
                line(row["name"]),
                f"{size(behind)} behind, {duration(row['seconds'] or 0)}",
                "Reads there are old, and a failover would lose or wait for that much.",
                "Look for long queries on the standby, its disk and the network: SELECT * FROM"
                " pg_stat_replication;",
            )


def sequences(rows: list[Row]) -> Iterator[Finding]:
    """Sequences that near the end of their range or of their column's type."""
    for row in rows:
        limit = min(row["limit"], row["column_limit"] or row["limit"])
        if row["last"] is None or row["last"] < NEAR_LIMIT * limit:
            continue
        full = name(row["schema"], row["name"])
        owner = name(row["table_schema"], row["table"]) if row["table"] else None
        step = f"ALTER SEQUENCE {full} AS bigint;"
        if owner and row["column_limit"]:
            change = f"ALTER TABLE {owner} ALTER COLUMN {name(row['column'])} TYPE bigint;"
            step = f"{change} (rewrites the table) {step}"
        yield Finding(
            "sequence_near_limit",
            "critical" if row["last"] >= AT_LIMIT * limit else "warning",
            full,
            f"at {number(row['last'])} of {number(limit)} ({row['last'] / limit:.0%})"
            + (f", fills {owner}.{name(row['column'])} ({row['type']})" if owner else ""),
            "At the limit every insert fails.",
            step,
        )


def settings(rows: dict[str, Row], database_bytes: int) -> Iterator[Finding]:
    """Settings that endanger the data or starve the server."""
    for key, row in rows.items():
        bad = _DANGEROUS.get(key)
        if bad and row["value"] == bad[0]:
            yield Finding(
                "dangerous_setting",
                bad[1],
                key,
                f"{key} = {row['value']} (from {row['source']})",
                bad[2],
                f"ALTER SYSTEM RESET {key}; SELECT pg_reload_conf();",
            )
        elif key.startswith("enable_"):
            yield Finding(
                "planner_switched_off",
                "warning",
                key,
                f"{key} = {row['value']} (from {row['source']}) for every query",
                "The planner lacks a way that some queries need.",
                f"ALTER SYSTEM RESET {key}; SELECT pg_reload_conf(); or the same for the role or"
                " the database.",
            )
        if row["pending_restart"]:
            yield Finding(
                "restart_pending",
                "note",
                key,
                f"{key} was changed in the configuration and still is {row['value']}",
                "The change waits for a restart.",
                "Restart the server at a quiet time.",
            )
    yield from _memory(rows, database_bytes)


def _memory(rows: dict[str, Row], database_bytes: int) -> Iterator[Finding]:
    """Memory settings against each other: SQL does not show the machine's memory."""
    buffers = int(rows["shared_buffers"]["value"]) * 8192
    assumed = int(rows["effective_cache_size"]["value"]) * 8192
    work_mem, most = int(rows["work_mem"]["value"]) * 1024, int(rows["max_connections"]["value"])
    if work_mem * most > 2 * assumed:
        yield Finding(
            "memory_overcommitted",
            "warning",
            "work_mem",
            f"work_mem {size(work_mem)} × max_connections {most} = {size(work_mem * most)};"
            f" effective_cache_size says that about {size(assumed)} of memory are there",
            "Busy sessions together may exhaust the memory, and the kernel then kills the server.",
            "Lower work_mem and set it higher for single sessions, or lower max_connections behind a pooler.",
        )
    if buffers < 16 * 1024**2 or (buffers <= 128 * 1024**2 and database_bytes > 16 * buffers):
        yield Finding(
            "small_shared_buffers",
            "warning",
            "shared_buffers",
            f"shared_buffers {size(buffers)}, while this database has {size(database_bytes)}",
            "Pages in use are read from outside again and again.",
            "ALTER SYSTEM SET shared_buffers to about a quarter of the machine's memory, and restart.",
        )


def checkpoints(rows: list[Row]) -> Iterator[Finding]:
    """Checkpoints that come because the log is full and not because it is time."""
    for row in rows:
        requested = row["requested"]
        # A checkpoint of a command (CREATE DATABASE, a backup) counts too, but comes after little log.
        full = requested and row["wal_bytes"] / requested >= 0.3 * row["max_wal_size"]
        if full and requested >= 10 and requested > row["timed"]:
            yield Finding(
                "frequent_checkpoints",
                "warning",
                "max_wal_size",
                f"{requested} checkpoints were requested and {row['timed']} came by time in"
                f" {duration(row['seconds'])}; {size(row['wal_bytes'] / requested)} of log each,"
                f" max_wal_size {size(row['max_wal_size'])}",
                "Each checkpoint writes all changed pages and makes the next writes of each page whole ones.",
                f"ALTER SYSTEM SET max_wal_size = '{row['max_wal_size'] * 4 // 1024**2}MB'; SELECT"
                " pg_reload_conf();",
            )


def archiver(rows: list[Row]) -> Iterator[Finding]:
    """An archive of the log that fails."""
    for row in rows:
        if row["stuck"]:
            yield Finding(
                "archiving_fails",
                "critical",
                "archive_command",
                f"{row['failed']} failures, the last with {row['wal']} at {row['failed_at']}, none"
                " succeeded since",
                "The log is kept until it is archived: the disk fills, and backups have a gap.",
                "Run archive_command by hand as the server's user and read its error; see pg_stat_archiver.",
            )
