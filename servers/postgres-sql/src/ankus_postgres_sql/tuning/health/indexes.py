"""Indexes that cost and do not serve, and keys that are missing."""

from collections.abc import Iterator
from itertools import groupby
from typing import Any

from ankus_postgres_sql.schema import quoted
from ankus_postgres_sql.tuning.findings import Finding, duration, name, number, size

Row = dict[str, Any]

UNUSED_BYTES = 1024**2
TABLE_READS = 20
"""How often a table was read before an index that never was is called unused."""
LONG_ENOUGH = 7 * 86_400
KEY_BYTES = 64 * 1024
"""Tables smaller than this are scanned anyway."""


def unused(rows: list[Row], known: set[str]) -> Iterator[Finding]:
    """Indexes that no query read, though the table is read, and that enforce no rule.

    Args:
        known: Subjects that were found already for another reason.
    """
    for row in rows:
        if name(row["schema"], row["name"]) in known:
            continue
        if row["unique"] or row["keeps_rule"] or row["serves_foreign_key"] or not row["valid"]:
            continue
        if row["scans"] or row["bytes"] < UNUSED_BYTES or row["table_reads"] < TABLE_READS:
            continue
        young = row["age"] < LONG_ENOUGH
        full = name(row["schema"], row["name"])
        yield Finding(
            "unused_index",
            "note" if young else "warning",
            full,
            f"0 scans in {duration(row['age'])} of statistics, while"
            f" {name(row['schema'], row['table'])} was read"
            f" {number(row['table_reads'])} times and written {number(row['writes'])} times;"
            f" {size(row['bytes'])}",
            "Every write pays for it, and no query here used it. Standbys count for themselves."
            + (" The statistics are young: look again after a whole business cycle." if young else ""),
            f"DROP INDEX CONCURRENTLY {full};",
        )


def redundant(rows: list[Row]) -> Iterator[Finding]:
    """Indexes that another index of the same table can stand for."""
    usable = [row for row in rows if row["valid"] and not row["building"]]
    for _, group in groupby(usable, key=lambda row: (row["schema"], row["table"])):
        indexes = list(group)
        gone: set[str] = set()
        for row in sorted(indexes, key=_worth):
            other = next((o for o in indexes if o["name"] not in gone and _stands_for(o, row)), None)
            if other is not None:
                gone.add(row["name"])
                yield _redundant(row, other)


def _worth(row: Row) -> tuple[bool, bool, int, str]:
    """The order in which indexes are given up: those that enforce nothing, and are short, first."""
    return row["keeps_rule"], row["unique"], len(row["keys"]), row["name"]


def _stands_for(other: Row, row: Row) -> bool:
    """Whether every query and every rule that `row` serves is served by `other`."""
    if other is row or row["method"] != other["method"] or row["predicate"] != other["predicate"]:
        return False
    if row["keeps_rule"] and not (other["keeps_rule"] and row["keys"] == other["keys"]):
        return False
    if row["unique"] and not (other["unique"] and row["keys"] == other["keys"]):
        return False
    held = {*other["columns"], *other["included"]}
    prefix = other["keys"][: len(row["keys"])] == row["keys"]
    if row["method"] != "btree":
        prefix = other["keys"] == row["keys"]
    return prefix and set(row["included"]) <= held


def _redundant(row: Row, other: Row) -> Finding:
    full, by = name(row["schema"], row["name"]), name(other["schema"], other["name"])
    same = row["keys"] == other["keys"]
    where = f" WHERE {row['predicate']}" if row["predicate"] else ""
    return Finding(
        "duplicate_index" if same else "redundant_index",
        "warning" if same else "note",
        full,
        f"{name(row['schema'], row['table'])} ({', '.join(row['columns'])}){where}, {size(row['bytes'])}:"
        f" {'the same columns as' if same else 'the first columns of'} {by} ({', '.join(other['columns'])})",
        f"{by} serves every query that this one serves; each write pays for both.",
        f"ALTER TABLE {name(row['schema'], row['table'])} DROP CONSTRAINT …; if it backs a constraint"
        if row["keeps_rule"]
        else f"DROP INDEX CONCURRENTLY {full};",
    )


def invalid(rows: list[Row]) -> Iterator[Finding]:
    """Indexes whose building failed; those that are being built are left out."""
    for row in rows:
        if row["valid"] or row["building"]:
            continue
        full = name(row["schema"], row["name"])
        yield Finding(
            "invalid_index",
            "warning",
            full,
            f"indisvalid is false, on {name(row['schema'], row['table'])} ({', '.join(row['columns'])});"
            f" {size(row['bytes'])}",
            "Some partition lacks its part of the index."
            if row["parent"]
            else "A CREATE INDEX CONCURRENTLY failed: no query uses it, and every write still pays for it.",
            f"ALTER INDEX {full} ATTACH PARTITION …; for each partition."
            if row["parent"]
            else f"REINDEX INDEX CONCURRENTLY {full}; or DROP INDEX CONCURRENTLY {full};",
        )


def foreign_keys(rows: list[Row]) -> Iterator[Finding]:
    """Foreign keys that no index serves, on tables of some size."""
    for row in rows:
        if row["bytes"] < KEY_BYTES:
            continue
        full, target = name(row["schema"], row["table"]), name(row["target_schema"], row["target"])
        columns = ", ".join(quoted(column) for column in row["columns"])
        concurrently = "" if row["partitioned"] else " CONCURRENTLY"
        yield Finding(
            "unindexed_foreign_key",
            "warning",
            f"{full} ({columns})",
            f"{row['name']} points at {target}; {full} has {number(max(row['rows'], 0))} rows"
            f" ({size(row['bytes'])}); {target} had {number(row['target_changes'])} updates and deletes",
            f"Each delete in {target} (and each change of its key) scans all of {full}, and joins"
            " from there do.",
            f"CREATE INDEX{concurrently} ON {full} ({columns});",
        )


def primary_keys(rows: list[Row]) -> Iterator[Finding]:
    """Tables with rows that have no primary key."""
    for row in rows:
        if (
            row["has_key"]
            or row["partition"]
            or row["kind"] == "m"
            or not (row["bytes"] or row["kind"] == "p")
        ):
            continue
        full = name(row["schema"], row["name"])
        unique = row["has_unique"]
        yield Finding(
            "no_primary_key",
            "note" if unique or row["live"] < 1_000 else "warning",
            full,
            f"{number(row['rows'] if row['rows'] >= 0 else row['live'])} rows and no primary key"
            + (
                ", though a unique index on required columns"
                if unique
                else " nor a unique one on required columns"
            ),
            "Rows cannot be told apart: duplicates stay unseen, and logical replication cannot"
            " update or delete.",
            f"ALTER TABLE {full} ADD PRIMARY KEY "
            + (
                "USING INDEX …;"
                if unique
                else "(…); or ADD COLUMN id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY;"
            ),
        )
