"""Bloat, vacuum, statistics and the age of transaction numbers."""

from collections.abc import Iterator
from typing import Any

from ankus_postgres_sql.tuning.findings import Finding, Severity, duration, name, number, size

Row = dict[str, Any]

BLOAT_BYTES = 4 * 1024**2
"""What is wasted below this is not worth a word."""
BLOAT_SHARE = 0.4
GREAT_BLOAT_BYTES = 1024**3
DEAD_ROWS = 1_000
CHANGED_ROWS = 1_000
UNANALYZED_BYTES = 256 * 1024
CRITICAL_AGE = 1_200_000_000
"""Transaction numbers last for 2^31; PostgreSQL stops to write 3 million before that."""
_WRAPAROUND = "https://www.postgresql.org/docs/current/routine-vacuuming.html#VACUUM-FOR-WRAPAROUND"


def bloat(rows: list[Row]) -> Iterator[Finding]:
    """Tables and indexes that are much larger than their rows need."""
    for row in rows:
        wasted = row["bytes"] - row["needed"] if row["measured"] is None else row["measured"]
        if wasted < BLOAT_BYTES or wasted < BLOAT_SHARE * row["bytes"]:
            continue
        full = name(row["schema"], row["name"])
        how = "estimated from ANALYZE's widths" if row["measured"] is None else "measured by pgstattuple"
        table = row["what"] == "table"
        yield Finding(
            f"{row['what']}_bloat",
            "warning" if wasted >= 25 * BLOAT_BYTES else "note",
            full,
            f"{size(row['bytes'])}, of which {size(wasted)} ({wasted / row['bytes']:.0%}) are free"
            f" or dead, {how};"
            f" {number(row['rows'])} rows",
            "Every scan and every backup reads the empty space too, and it pushes useful pages out"
            " of the cache.",
            f"VACUUM (VERBOSE) {full}; if it stays so large: VACUUM FULL {full} (locks it while it is written"
            " anew), or pg_repack."
            if table
            else f"REINDEX INDEX CONCURRENTLY {full};",
        )


def vacuum(rows: list[Row]) -> Iterator[Finding]:
    """Tables whose dead rows are not cleared, and those that autovacuum was told to leave alone."""
    for row in rows:
        full = name(row["schema"], row["name"])
        if not row["autovacuum"]:
            yield Finding(
                "autovacuum_disabled",
                "warning",
                full,
                f"autovacuum_enabled = false; {number(row['dead'])} dead rows beside"
                f" {number(row['live'])} live ones;"
                f" last vacuum: {row['vacuumed'] or 'never'}",
                "Nothing clears dead rows or renews the planner's statistics of this table.",
                f"ALTER TABLE {full} RESET (autovacuum_enabled);",
            )
        if row["dead"] >= DEAD_ROWS and row["dead"] > 1.5 * row["vacuum_at"]:
            yield Finding(
                "dead_rows",
                "warning" if row["dead"] > row["live"] / 2 else "note",
                full,
                f"{number(row['dead'])} dead rows beside {number(row['live'])} live ones;"
                " autovacuum is due at"
                f" {number(row['vacuum_at'])}; last vacuum: {row['vacuumed'] or 'never'}",
                "Vacuum does not keep up, is switched off, or an old transaction or slot holds it back.",
                f"VACUUM (VERBOSE, ANALYZE) {full}; then check_health('connections') for what holds it back.",
            )


def statistics(rows: list[Row]) -> Iterator[Finding]:
    """Tables that changed much since ANALYZE, or that were never analyzed."""
    for row in rows:
        full = name(row["schema"], row["name"])
        never = row["rows"] < 0 and row["bytes"] >= UNANALYZED_BYTES
        stale = row["modified"] >= CHANGED_ROWS and row["modified"] > 2 * row["analyze_at"]
        # A session that loads, then analyzes, reports its inserts late: the file's size tells.
        stale = stale and row["bytes"] != row["analyzed_bytes"]
        if row["kind"] == "p" or not (never or stale):
            continue
        yield Finding(
            "stale_statistics",
            "warning" if row["analyzed"] is None or row["modified"] > row["live"] / 2 else "note",
            full,
            f"{number(row['modified'])} rows changed since the last ANALYZE ({row['analyzed'] or 'never'});"
            f" it has {number(row['live'])}; autovacuum analyzes at {number(row['analyze_at'])}",
            "The planner guesses by figures that are no longer true, and may choose slow plans.",
            f"ANALYZE {full};",
        )


def wraparound(databases: list[Row], tables: list[Row]) -> Iterator[Finding]:
    """Databases and tables whose oldest transaction number is far past the age of freezing."""
    for row in databases:
        for age, limit, kind in (
            (row["age"], row["freeze_at"], "transaction"),
            (row["mxid_age"], row["mxid_freeze_at"], "multixact"),
        ):
            if severity := _age_severity(age, limit):
                yield _aged(f"database {name(row['name'])}", age, limit, kind, severity, "VACUUM (FREEZE);")
    limits = next(((row["freeze_at"], row["mxid_freeze_at"]) for row in databases if row["current"]), None)
    for row in tables if limits else []:
        assert limits is not None
        full = name(row["schema"], row["name"])
        for age, limit, kind in (
            (row["age"], limits[0], "transaction"),
            (row["mxid_age"], limits[1], "multixact"),
        ):
            if row["kind"] != "p" and (severity := _age_severity(age, limit)):
                yield _aged(full, age, limit, kind, severity, f"VACUUM (FREEZE, VERBOSE) {full};")


def _age_severity(age: int, limit: int) -> Severity | None:
    """How bad an age is; a little past the limit is ordinary, as autovacuum takes its time."""
    if not 0 < age < 2**31 - 1:  # what has no number, such as a partitioned table, is 2^31 - 1 old
        return None
    if age >= CRITICAL_AGE:
        return "critical"
    return "warning" if age > 1.5 * limit else None


def _aged(subject: str, age: int, limit: int, kind: str, severity: Severity, step: str) -> Finding:
    return Finding(
        "wraparound",
        severity,
        subject,
        f"its oldest {kind} number is {number(age)} old ({age / 2**31:.0%} of what is possible);"
        f" autovacuum freezes from {number(limit)}",
        f"Freezing does not keep up; at 100% PostgreSQL stops to write. {_WRAPAROUND}",
        f"{step} First end what holds it back: check_health('connections'), check_health('replication').",
    )


def cache(databases: list[Row]) -> Iterator[Finding]:
    """A database that reads much more from outside its cache than a warm one does."""
    for row in databases:
        total = (row["hit"] or 0) + (row["read"] or 0)
        if row["current"] and row["read"] >= 50_000 and row["hit"] < 0.9 * total:
            yield Finding(
                "cache_hit_ratio",
                "warning",
                f"database {name(row['name'])}",
                f"{row['hit'] / total:.1%} of {number(total)} page requests were served from"
                " shared_buffers in"
                f" {duration(row['seconds'])}; {number(row['read'])} pages came from outside",
                "The pages that are in use do not fit, or large tables are scanned whole again and again.",
                "Find the scans first: list_slow_queries(order='reads'), recommend_indexes();"
                " then ALTER SYSTEM SET shared_buffers to about a quarter of the memory, and restart.",
            )


def counters(databases: list[Row]) -> Iterator[Finding]:
    """Deadlocks, spilled sorts and broken pages of this database since its statistics began."""
    for row in databases:
        if not row["current"]:
            continue
        subject, span = f"database {name(row['name'])}", duration(row["seconds"])
        days = max(row["seconds"] / 86_400, 1)
        if row["checksum_failures"]:
            yield Finding(
                "checksum_failures",
                "critical",
                subject,
                f"{row['checksum_failures']} pages failed their checksum in {span}",
                "Storage returned something else than was written: data is damaged.",
                "Stop writing, keep the files, find the page in the server log, restore from a backup.",
            )
        if row["deadlocks"]:
            yield Finding(
                "deadlocks",
                "warning" if row["deadlocks"] / days >= 1 and row["deadlocks"] >= 10 else "note",
                subject,
                f"{row['deadlocks']} deadlocks in {span}",
                "Transactions lock the same rows in different orders; PostgreSQL ended one of each pair.",
                "Read the statements in the server log ('deadlock detected'), and lock rows in one order,"
                " such as by primary key.",
            )
        if row["temp_bytes"] >= 32 * 1024**2:
            yield Finding(
                "temporary_files",
                "warning" if row["temp_bytes"] / days >= 5 * GREAT_BLOAT_BYTES else "note",
                subject,
                f"{number(row['temp_files'])} temporary files with {size(row['temp_bytes'])} in {span}",
                "Sorts, hashes or index builds did not fit into work_mem and went to disk.",
                "list_slow_queries(order='temp') names the queries; sort less, add an index that gives the"
                " order, or SET work_mem higher for them alone.",
            )
