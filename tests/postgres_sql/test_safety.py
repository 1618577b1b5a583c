"""Nothing but reads runs, and nothing is left behind, on every kind of server."""

import tomllib
from pathlib import Path

import anyio
import psycopg
import pytest

from ankus_postgres_sql.database import Database
from ankus_postgres_sql.query import explain_query, run_query
from ankus_shared.errors import AnkusError
from tests.fixtures.db import Clone, fingerprint
from tests.postgres_sql.conftest import Open

HERE = Path(__file__).parent
ATTACKS: dict[str, list[str]] = tomllib.loads((HERE / "attacks.toml").read_text(encoding="utf-8"))
READS: list[str] = tomllib.loads((HERE / "reads.toml").read_text(encoding="utf-8"))["reads"]
REFUSALS = {"statement_refused", "function_refused", "statement_too_long"}
ENDLESS = "SELECT count(*) FROM generate_series(1, 1000000000000)"
RUNNING = "FROM pg_stat_activity WHERE state = 'active' AND query LIKE 'SELECT count(*) FROM gen%'"
SESSION = """
SELECT (SELECT jsonb_object_agg(name, setting) FROM pg_settings
         WHERE source = 'session' OR name IN ('search_path', 'work_mem', 'statement_timeout'))::text,
       (SELECT count(*) FROM pg_prepared_statements), (SELECT count(*) FROM pg_cursors),
       (SELECT count(*) FROM pg_locks WHERE pid = pg_backend_pid() AND locktype = 'advisory'),
       (SELECT count(*) FROM pg_listening_channels()), pg_my_temp_schema(), current_user::text"""


def test_the_lists_are_long_enough() -> None:
    assert sum(map(len, ATTACKS.values())) >= 100
    assert len(READS) >= 40


@pytest.mark.parametrize("kind", ATTACKS)
async def test_attacks_are_refused_and_change_nothing(
    server_clone: Clone, each_database: Database, kind: str
) -> None:
    before = fingerprint(server_clone)
    for text in ATTACKS[kind]:
        for run in (run_query, explain_query):
            with pytest.raises(AnkusError) as caught:
                await run(each_database, text)
            assert caught.value.code in REFUSALS, f"{text}: {caught.value}"
            assert caught.value.hint, text
    assert fingerprint(server_clone) == before


async def test_reads_run_and_leave_the_session_as_it_was(
    server_clone: Clone, each_database: Database, open_clone: Open
) -> None:
    alone = await open_clone(server_clone, connections=1)
    with server_clone.admin() as connection:
        version = connection.info.server_version
    before = fingerprint(server_clone)
    clean = await _session(alone)
    for text in READS:
        answer = await run_query(alone, text)
        assert answer.text, text
        assert await _session(alone) == clean, text
    assert fingerprint(server_clone) == before
    assert version >= 150000


async def test_a_refused_and_a_failed_statement_leave_the_session_as_it_was(
    clone: Clone, open_clone: Open
) -> None:
    alone = await open_clone(clone, connections=1)
    clean = await _session(alone)
    for text in ("SELECT leave_mark('x')", "SELECT 1 / 0", "SELECT * FROM nowhere", "SELECT 'x"):
        with pytest.raises(AnkusError):
            await run_query(alone, text)
        assert await _session(alone) == clean, text


async def test_even_an_allowed_function_cannot_write(clone: Clone, database: Database) -> None:
    with clone.admin() as admin:
        admin.execute(
            "CREATE FUNCTION liar() RETURNS text LANGUAGE sql STABLE AS $$ SELECT leave_mark('liar') $$"
        )
    before = fingerprint(clone)
    with pytest.raises(AnkusError) as caught:
        await run_query(database, "SELECT liar()")
    assert caught.value.code == "read_only_sql_transaction"
    assert fingerprint(clone) == before


async def test_a_table_without_select_for_the_reader_stays_closed(clone: Clone, database: Database) -> None:
    with clone.admin() as admin:
        admin.execute("REVOKE SELECT ON hidden FROM ankus_reader")
    with pytest.raises(AnkusError) as caught:
        await run_query(database, "SELECT * FROM hidden")
    assert caught.value.code == "insufficient_privilege"
    assert "reader role" in caught.value.hint


async def test_a_column_named_like_a_volatile_function_is_read(clone: Clone, database: Database) -> None:
    with clone.admin() as admin:
        admin.execute("CREATE TABLE odd (leave_mark int, pg_sleep int); GRANT SELECT ON odd TO ankus_reader")
    answer = await run_query(database, "SELECT o.leave_mark, o.pg_sleep, odd.pg_sleep FROM odd o, odd")
    assert answer.structured["row_count"] == 0


async def test_a_builtin_function_that_is_overloaded_can_be_named(database: Database) -> None:
    with pytest.raises(AnkusError) as caught:
        await run_query(database, "SELECT reverse('abc')")
    assert caught.value.hint == "Write pg_catalog.reverse(…) if PostgreSQL's own is meant."
    assert "\ncba\n" in (await run_query(database, "SELECT pg_catalog.reverse('abc')")).text


async def test_twenty_callers_are_undisturbed_by_the_errors_of_others(database: Database) -> None:
    async def caller(number: int) -> None:
        for turn in range(5):
            if (number + turn) % 3 == 0:
                with pytest.raises(AnkusError):
                    await run_query(database, "SELECT 1 / (SELECT 0)")
            else:
                answer = await run_query(database, f"SELECT {number} * 100 + {turn} AS mine")
                assert f"\n{number * 100 + turn}\n" in answer.text

    async with anyio.create_task_group() as callers:
        for number in range(20):
            callers.start_soon(caller, number)


async def test_a_cancelled_call_stops_the_query_in_postgresql(clone: Clone, open_clone: Open) -> None:
    alone = await open_clone(clone, connections=1)
    running = f"SELECT count(*) {RUNNING}"
    with clone.admin() as admin:
        async with anyio.create_task_group() as tasks:
            tasks.start_soon(run_query, alone, ENDLESS)
            while admin.execute(running.encode()).fetchone() != (1,):
                await anyio.lowlevel.checkpoint()
            tasks.cancel_scope.cancel()
        assert admin.execute(running.encode()).fetchone() == (0,)
    assert "\n1\n" in (await run_query(alone, "SELECT 1 AS one")).text


async def test_a_slow_query_is_stopped_by_the_timeout(clone: Clone, open_clone: Open) -> None:
    impatient = await open_clone(clone, statement_timeout=1)
    with pytest.raises(AnkusError) as caught:
        await run_query(impatient, ENDLESS)
    assert caught.value.code == "statement_timeout"
    assert "1 seconds" in caught.value.message


async def test_a_database_that_goes_down_is_said_and_its_return_is_noticed(
    clone: Clone, database: Database
) -> None:
    assert (await run_query(database, "SELECT 1")).structured["row_count"] == 1
    with clone.server.admin() as admin:
        admin.execute(f'ALTER DATABASE "{clone.name}" ALLOW_CONNECTIONS false'.encode())
        admin.execute(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = %s", [clone.name]
        )
        with pytest.raises(AnkusError) as caught:
            await run_query(database, "SELECT 1")
        assert caught.value.code == "database_unavailable"
        admin.execute(f'ALTER DATABASE "{clone.name}" ALLOW_CONNECTIONS true'.encode())
    assert (await run_query(database, "SELECT 1")).structured["row_count"] == 1


async def test_a_session_that_is_killed_amid_a_query_is_a_typed_error(
    clone: Clone, database: Database
) -> None:
    running = f"SELECT pid {RUNNING}"
    codes: list[str] = []

    async def query() -> None:
        with pytest.raises(AnkusError) as caught:
            await run_query(database, ENDLESS)
        codes.append(caught.value.code)

    with clone.admin() as admin:
        async with anyio.create_task_group() as tasks:
            tasks.start_soon(query)
            while (row := admin.execute(running.encode()).fetchone()) is None:
                await anyio.lowlevel.checkpoint()
            admin.execute("SELECT pg_terminate_backend(%s)", row)
    assert codes == ["database_unavailable"]
    assert (await run_query(database, "SELECT 1")).structured["row_count"] == 1


async def _session(database: Database) -> psycopg.rows.TupleRow | None:
    """The state of the one session that the pool has."""
    async with database.pool.connection() as connection:
        return await (await connection.execute(SESSION)).fetchone()
