"""check_health: each planted pathology is found with figures and a next step; a healthy database has none."""

import threading
from collections.abc import AsyncIterator, Iterator
from contextlib import ExitStack, contextmanager, suppress
from pathlib import Path
from typing import Any

import anyio
import psycopg
import pytest
from psycopg import sql

from ankus_postgres_sql.database import Database, open_database
from ankus_postgres_sql.settings import Settings
from ankus_postgres_sql.tuning.findings import duration, size
from ankus_postgres_sql.tuning.health import server as judge
from ankus_postgres_sql.tuning.health import storage
from ankus_postgres_sql.tuning.health.check import check_health
from ankus_shared.answers import Answer
from ankus_shared.postgres import ensure_reader
from ankus_shared.postgres.roles import READER
from tests.fixtures.db import Server, debian_server

HERE = Path(__file__).parent
MONITOR = "ankus_monitor"
FLUSH = "SELECT pg_stat_force_next_flush()"
TRIES = 2_000


@contextmanager
def made(server: Server, name: str, script: str) -> Iterator[str]:
    """A database made by a script, with a reader that may see all statistics."""
    with server.admin() as connection:
        connection.execute(sql.SQL("CREATE DATABASE {}").format(sql.Identifier(name)))
    try:
        with server.admin(name) as connection:
            connection.execute((HERE / script).read_text(encoding="utf-8").encode())
            for role in (READER, MONITOR):
                ensure_reader(connection, role=role, own_database=True)
            schemas = "public, shop" if script == "planted.sql" else "public"
            connection.execute(f"GRANT SELECT ON ALL SEQUENCES IN SCHEMA {schemas} TO {MONITOR}".encode())
            connection.execute(f"GRANT pg_monitor TO {MONITOR}".encode())
            connection.execute(FLUSH)
        yield name
    finally:
        with server.admin() as connection:
            connection.execute(sql.SQL("DROP DATABASE {} WITH (FORCE)").format(sql.Identifier(name)))


@pytest.fixture(scope="module")
def planted(server: Server) -> Iterator[str]:
    """The database of pathologies on each kind of server."""
    with made(server, "planted", "planted.sql") as name:
        with server.admin(name) as connection:
            with suppress(psycopg.errors.UniqueViolation):
                connection.execute("CREATE UNIQUE INDEX CONCURRENTLY broken ON keyless (a)")
            connection.execute("SET allow_system_table_mods = on")
            connection.execute(
                "UPDATE pg_class SET relfrozenxid = ((pg_current_xact_id()::text::int8 +"
                " 4294967296 - 1500000000)"
                " % 4294967296)::text::xid WHERE relname = 'keyless'"
            )
            connection.execute("SET work_mem = '64kB'")
            connection.execute(
                "SELECT count(*) FROM (SELECT g, repeat('x', 1000) FROM generate_series(1, 50000)"
                " g ORDER BY 2, 1) s"
            )
            connection.execute(FLUSH)
        deadlock(server, name)
        yield name


@pytest.fixture(scope="module")
def healthy(server: Server) -> Iterator[str]:
    """The healthy database on each kind of server."""
    with made(server, "healthy", "healthy.sql") as name:
        yield name


@pytest.fixture
async def monitor(server: Server, planted: str) -> AsyncIterator[Database]:
    """The planted database, as a reader that may see all statistics."""
    async with open_database(Settings(database_url=server.url(planted, MONITOR))) as database:
        yield database


def deadlock(server: Server, name: str) -> None:
    """Two sessions that lock two rows in opposite orders; PostgreSQL ends one."""
    with server.admin(name) as one, server.admin(name) as two:
        for connection in (one, two):
            connection.execute("SET deadlock_timeout = '10ms'")
            connection.execute("BEGIN")
        one.execute("SELECT FROM shop.customers WHERE id = 1 FOR UPDATE")
        two.execute("SELECT FROM shop.customers WHERE id = 2 FOR UPDATE")
        other = threading.Thread(target=_lock, args=(two, 1))
        other.start()
        _lock(one, 2)
        one.execute("ROLLBACK")
        other.join()
        for connection in (one, two):
            connection.execute("ROLLBACK")
            connection.execute(FLUSH)


def _lock(connection: psycopg.Connection[Any], number: int) -> None:
    with suppress(psycopg.errors.DeadlockDetected):
        connection.execute("SELECT FROM shop.customers WHERE id = %s FOR UPDATE", [number])


@contextmanager
def configured(server: Server, **values: str | None) -> Iterator[None]:
    """Settings of the whole server, as they were again afterwards."""
    before = {}
    with server.admin() as connection:
        for name in values:
            row = connection.execute("SELECT current_setting(%s)", [name]).fetchone()
            assert row is not None
            before[name] = row[0]
    try:
        _configure(server, values)
        yield
    finally:
        _configure(server, before)


def _configure(server: Server, values: Any) -> None:
    with server.admin() as connection:
        for name, value in values.items():
            text = sql.SQL("ALTER SYSTEM SET {} = {}").format(sql.Identifier(name), sql.Literal(value))
            connection.execute(text)
        connection.execute("SELECT pg_reload_conf()")
    for _ in range(TRIES):  # the postmaster reads its files in its own time
        with server.admin() as connection:
            rows = [connection.execute("SELECT current_setting(%s)", [name]).fetchone() for name in values]
        if [row[0] for row in rows if row] == list(values.values()):
            return
    raise AssertionError(f"the server never took {values}")


def found(answer: Answer) -> set[tuple[str, str]]:
    """The checks and subjects of an answer."""
    return {(each["check"], each["subject"]) for each in answer.structured["findings"]}


EXPECTED = {
    ("bloat", "table_bloat", "public.bloated"),
    ("bloat", "index_bloat", "public.bloated_note"),
    ("vacuum", "autovacuum_disabled", "public.bloated"),
    ("vacuum", "dead_rows", "public.bloated"),
    ("vacuum", "stale_statistics", "public.stale"),
    ("vacuum", "wraparound", "public.keyless"),
    ("indexes", "invalid_index", "public.broken"),
    ("indexes", "duplicate_index", "shop.orders_placed"),
    ("indexes", "redundant_index", "shop.orders_status"),
    ("indexes", "unused_index", "shop.orders_total"),
    ("indexes", "unused_index", "shop.orders_placed_again"),
    ("indexes", "unused_index", "shop.orders_status_placed"),
    ("keys", "unindexed_foreign_key", "shop.orders (customer_id)"),
    ("keys", "no_primary_key", "public.keyless"),
    ("cache", "deadlocks", "database planted"),
    ("cache", "temporary_files", "database planted"),
    ("sequences", "sequence_near_limit", "public.numbered_id_seq"),
}


async def test_each_planted_pathology_is_found_and_nothing_else(server: Server, monitor: Database) -> None:
    for area in sorted({area for area, _, _ in EXPECTED}):
        answer = await check_health(monitor, area)  # type: ignore[arg-type]
        wanted = {(check, subject) for place, check, subject in EXPECTED if place == area}
        extra = {("autovacuum_disabled", "public.stale")} if area == "vacuum" else set()
        assert found(answer) - extra == wanted, answer.text
        assert answer.text.count("\n  evidence: ") == answer.text.count("\n  next: ") == len(found(answer))
        assert answer.structured["not_checked"] == []


async def test_findings_carry_figures_and_sql_that_mends(monitor: Database) -> None:
    text = (await check_health(monitor)).text
    assert "shop.orders has 50,000 rows" in text
    assert "27,000 dead rows" in text
    assert "CREATE INDEX CONCURRENTLY ON shop.orders (customer_id);" in text
    assert "REINDEX INDEX CONCURRENTLY public.broken;" in text
    assert "at 2,000,000,000 of 2,147,483,647 (93%), fills public.numbered.id (integer)" in text
    assert "1,500,000," in text


async def test_the_sql_of_a_next_step_ends_the_finding(
    server: Server, planted: str, monitor: Database
) -> None:
    with server.admin(planted) as admin:
        admin.execute(
            "CREATE TABLE shop.spare (id int PRIMARY KEY, customer_id int REFERENCES shop.customers)"
        )
        admin.execute("INSERT INTO shop.spare SELECT g, 1 FROM generate_series(1, 5000) g")
        subject = ("unindexed_foreign_key", "shop.spare (customer_id)")
        answer = await check_health(monitor, "keys")
        assert subject in found(answer)
        mend = (
            answer.text.partition("shop.spare (customer_id)\n")[2].partition("  next: ")[2].partition("\n")[0]
        )
        admin.execute(mend.encode())
        assert subject not in found(await check_health(monitor, "keys"))
        admin.execute("DROP TABLE shop.spare")


async def test_nothing_is_found_on_a_healthy_database(server: Server, healthy: str) -> None:
    with configured(server, fsync="on"):
        async with open_database(Settings(database_url=server.url(healthy, MONITOR))) as database:
            answer = await check_health(database)
    assert answer.structured["count"] == 0, answer.text
    assert answer.text.startswith("Nothing was found")
    assert answer.structured["not_checked"] == []


async def test_a_plain_reader_is_told_what_it_cannot_see_and_the_grant(server: Server, planted: str) -> None:
    async with open_database(Settings(database_url=server.url(planted, READER))) as database:
        answer = await check_health(database)
    assert "GRANT pg_read_all_stats TO ankus_reader;" in answer.text
    assert "long_transaction, idle_in_transaction" in answer.structured["not_checked"]
    assert ("unindexed_foreign_key", "shop.orders (customer_id)") in found(answer)
    # the sequence itself is hidden, but the column that it fills is not
    assert ("sequence_near_limit", "public.numbered_id_seq") in found(answer)


async def test_dangerous_settings_are_found(server: Server, monitor: Database) -> None:
    with configured(server, fsync="off", full_page_writes="off", autovacuum="off", enable_hashjoin="off"):
        async with open_database(monitor.settings) as database:
            answer = await check_health(database, "settings")
    wanted = {("dangerous_setting", name) for name in ("fsync", "full_page_writes", "autovacuum")}
    assert found(answer) >= wanted | {("planner_switched_off", "enable_hashjoin")}


async def test_a_slot_that_nobody_reads_is_found(server: Server, monitor: Database) -> None:
    with server.admin() as admin:
        admin.execute("SELECT pg_create_physical_replication_slot('forgotten', true)")
        try:
            answer = await check_health(monitor, "replication")
        finally:
            admin.execute("SELECT pg_drop_replication_slot('forgotten')")
    assert found(answer) == {("inactive_slot", "replication slot forgotten")}
    assert "pg_drop_replication_slot('forgotten')" in answer.text


async def test_a_wait_behind_an_idle_transaction_is_found_at_once(
    server: Server, planted: str, monitor: Database
) -> None:
    with waiting(server, planted) as (blocker, waiter):
        answer = await check_health(monitor, "connections")
        assert ("blocked_session", f"pid {waiter}") in found(answer)
        assert f"behind pid {blocker} (idle in transaction)" in answer.text


@contextmanager
def waiting(server: Server, name: str) -> Iterator[tuple[int, int]]:
    """A session that waits for a row which an idle transaction changed; their process numbers."""
    change = "UPDATE shop.customers SET name = 'x' WHERE id = 3"
    with server.admin(name) as one, server.admin(name) as two, server.admin(name) as watch:
        one.execute("BEGIN")
        one.execute(change.encode())
        thread = threading.Thread(target=two.execute, args=(change.encode(),))
        thread.start()
        try:
            for _ in range(TRIES):
                pids = watch.execute("SELECT pid FROM pg_locks WHERE NOT granted").fetchall()
                if (two.info.backend_pid,) in pids:
                    break
            yield one.info.backend_pid, two.info.backend_pid
        finally:
            one.execute("ROLLBACK")
            thread.join()


async def test_connections_near_the_limit_are_found(embedded: Server) -> None:
    with ExitStack() as stack:
        for _ in range(80):
            stack.enter_context(embedded.admin("world"))
        async with open_database(Settings(database_url=embedded.url("world", READER))) as database:
            answer = await check_health(database, "connections")
    assert ("connections_near_limit", "the server") in found(answer)


@pytest.mark.parametrize(
    ("hit", "read", "expected"),
    [(50_000, 60_000, ["cache_hit_ratio"]), (900_000, 60_000, []), (10, 9_000, [])],
)
def test_a_cache_that_is_too_small_is_found_once_enough_was_read(
    hit: int, read: int, expected: list[str]
) -> None:
    row = {"name": "d", "current": True, "hit": hit, "read": read, "seconds": 3600.0}
    assert [each.check for each in storage.cache([row])] == expected


SESSION = {"pid": 7, "user": "u", "database": "d", "application": "a", "held": 5}


@pytest.mark.parametrize(
    ("state", "seconds", "expected"),
    [
        ("active", 10, []),
        ("active", 301, [("long_transaction", "warning")]),
        ("active", 4000, [("long_transaction", "critical")]),
        ("idle in transaction", 1, []),
        ("idle in transaction", 3, [("idle_in_transaction", "note")]),
        ("idle in transaction (aborted)", 120, [("idle_in_transaction", "warning")]),
        ("prepared", 4000, [("long_transaction", "critical")]),
        (None, None, []),
    ],
)
def test_long_and_idle_transactions_are_judged_by_their_age(
    state: str | None, seconds: float | None, expected: list[tuple[str, str]]
) -> None:
    row = {**SESSION, "state": state, "transaction_seconds": seconds, "state_seconds": seconds}
    assert [(each.check, each.severity) for each in judge.sessions([row])] == expected


@pytest.mark.parametrize(
    ("row", "expected"),
    [
        ({"what": "standby", "active": True, "bytes": 1000, "seconds": 0.1}, []),
        ({"what": "standby", "active": True, "bytes": 1000, "seconds": 90}, ["replication_lag"]),
        ({"what": "standby", "active": True, "bytes": 2**30, "seconds": 1}, ["replication_lag"]),
        ({"what": "recovery", "active": True, "bytes": 0, "seconds": 9000}, []),
        ({"what": "slot", "active": True, "bytes": 100, "seconds": None}, []),
        ({"what": "slot", "active": True, "bytes": 2**31, "seconds": None}, ["slot_behind"]),
    ],
)
def test_replication_is_judged_by_bytes_and_seconds(row: dict[str, Any], expected: list[str]) -> None:
    whole = {"name": "s", "status": "reserved", **row}
    assert [each.check for each in judge.replication([whole])] == expected


@pytest.mark.parametrize(
    ("requested", "timed", "wal", "expected"),
    [
        (100, 5, 100 * 2**30, True),
        (100, 5, 2**20, False),
        (3, 0, 3 * 2**30, False),
        (100, 500, 100 * 2**30, False),
    ],
)
def test_checkpoints_are_too_frequent_only_where_the_log_asks_for_them(
    requested: int, timed: int, wal: int, expected: bool
) -> None:
    row = {"requested": requested, "timed": timed, "wal_bytes": wal, "max_wal_size": 2**30, "seconds": 600}
    assert bool(list(judge.checkpoints([row]))) is expected


@pytest.mark.parametrize(
    ("age", "severity"),
    [(150_000_000, []), (220_000_000, []), (310_000_000, ["warning"]), (1_300_000_000, ["critical"])],
)
def test_the_age_of_a_database_is_judged_by_the_age_of_freezing(age: int, severity: list[str]) -> None:
    row = {
        "name": "d", "current": True, "age": age, "mxid_age": 0,
        "freeze_at": 200_000_000, "mxid_freeze_at": 400_000_000,
    }  # fmt: skip
    assert [each.severity for each in storage.wraparound([row], [])] == severity


def test_sizes_and_times_are_written_as_people_read_them() -> None:
    assert [size(count) for count in (0, 1023, 2048, 5 * 1024**2, 3 * 1024**4)] == [
        "0 bytes", "1023 bytes", "2 kB", "5.0 MB", "3.0 TB",
    ]  # fmt: skip
    assert [duration(seconds) for seconds in (0.5, 42, 300, 9000, 900_000)] == [
        "0.5 seconds", "42 seconds", "5 minutes", "2 hours", "10 days",
    ]  # fmt: skip


async def test_memory_that_sessions_together_may_exhaust_is_found(server: Server, monitor: Database) -> None:
    with configured(server, work_mem="2GB"):
        async with open_database(monitor.settings) as database:
            answer = await check_health(database, "settings")
    assert ("memory_overcommitted", "work_mem") in found(answer)


async def test_a_transaction_that_lasts_is_found_while_it_lasts(
    server: Server, planted: str, monitor: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(judge, "LONG_SECONDS", 0)
    with waiting(server, planted) as (_, waiter):
        answer = await check_health(monitor, "connections")
    assert any(
        check == "long_transaction" and subject.startswith(f"pid {waiter} (")
        for check, subject in found(answer)
    )


async def test_a_database_whose_transaction_numbers_run_out_is_found(server: Server) -> None:
    with made(server, "aged", "healthy.sql") as name:
        with server.admin(name) as admin:
            admin.execute("SET allow_system_table_mods = on")
            admin.execute(
                "UPDATE pg_database SET datfrozenxid = ((pg_current_xact_id()::text::int8 + 4294967296"
                " - 1500000000) % 4294967296)::text::xid WHERE datname = current_database()"
            )
        async with open_database(Settings(database_url=server.url(name, MONITOR))) as database:
            answer = await check_health(database, "vacuum")
    assert ("wraparound", f"database {name}") in found(answer)


async def test_an_archive_command_that_fails_is_found() -> None:
    with debian_server("archive_mode=on", "archive_command=false") as archiving, archiving.admin() as admin:
        ensure_reader(admin, role=MONITOR)
        admin.execute(f"GRANT pg_monitor TO {MONITOR}".encode())
        admin.execute("SELECT pg_switch_wal()")
        failed = "SELECT failed_count FROM pg_stat_archiver"
        while admin.execute(failed.encode()).fetchone() == (0,):
            await anyio.lowlevel.checkpoint()
        async with open_database(Settings(database_url=archiving.url("postgres", MONITOR))) as database:
            answer = await check_health(database, "replication")
    assert ("archiving_fails", "archive_command") in found(answer)
