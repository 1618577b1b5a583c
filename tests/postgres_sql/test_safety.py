"""Nothing but reads runs, and nothing is left behind, on every kind of server."""

import sys
import tomllib
from collections.abc import Awaitable
from pathlib import Path

import anyio
import psycopg
import pytest

from ankus_postgres_sql.database import Database
from ankus_postgres_sql.plans.explain import explain_query
from ankus_postgres_sql.query import run_query
from ankus_shared.answers import Answer
from ankus_shared.errors import AnkusError
from tests.fixtures.db import Clone, fingerprint
from tests.fixtures.mcp import Program, started
from tests.postgres_sql.conftest import Open

HERE = Path(__file__).parent
ATTACKS: dict[str, list[dict[str, str]]] = tomllib.loads((HERE / "attacks.toml").read_text(encoding="utf-8"))
READS: list[dict[str, str]] = tomllib.loads((HERE / "reads.toml").read_text(encoding="utf-8"))["reads"]
REFUSALS = {"statement_refused", "function_refused", "statement_too_long", "syntax_error"}
ABSENT = {"undefined_function", "undefined_table"}
"""How an attack ends by what only another version has."""
ENDLESS = "SELECT count(*) FROM generate_series(1, 1000000000000)"
RUNNING = "FROM pg_stat_activity WHERE state = 'active' AND query LIKE 'SELECT count(*) FROM gen%'"
SESSION = """
SELECT (SELECT jsonb_object_agg(name, setting) FROM pg_settings
         WHERE source = 'session' OR name IN ('search_path', 'work_mem', 'statement_timeout'))::text,
       (SELECT count(*) FROM pg_prepared_statements), (SELECT count(*) FROM pg_cursors),
       (SELECT count(*) FROM pg_locks WHERE pid = pg_backend_pid() AND locktype = 'advisory'),
       (SELECT count(*) FROM pg_listening_channels()), pg_my_temp_schema(), current_user::text"""


def test_the_lists_are_long_and_say_why() -> None:
    attacks = [case for cases in ATTACKS.values() for case in cases]
    assert len({case["sql"] for case in attacks}) == len(attacks) >= 200
    assert len({case["sql"] for case in READS}) == len(READS) >= 100
    assert all(case["why"] for case in attacks + READS)


@pytest.mark.parametrize("role", ["reader", "superuser"])
async def test_attacks_are_refused_and_change_nothing(trapped: Clone, open_clone: Open, role: str) -> None:
    database = await open_as(open_clone, trapped, role)
    clean = await session(database)
    wrong = []
    for kind, cases in ATTACKS.items():
        before = fingerprint(trapped)
        for case in cases:
            runs = (run_query, explain_query) if role == "reader" else (run_query,)
            wrong += [
                f"{case['sql']}: {fault}"
                for run in runs
                if (fault := await fault_of(run(database, case["sql"])))
            ]
        assert fingerprint(trapped) == before, kind
        assert await session(database) == clean, kind
    assert not wrong, "\n".join(wrong)


async def fault_of(running: Awaitable[Answer]) -> str:
    """What is wrong with how an attack ends: by no error, one of PostgreSQL's, or one without advice."""
    try:
        await running
    except AnkusError as error:
        return "" if error.code in REFUSALS | ABSENT and error.hint else f"{error.code}: {error}"
    return "it ran"


@pytest.mark.parametrize("role", ["reader", "superuser"])
async def test_reads_run_and_leave_the_session_as_it_was(trapped: Clone, open_clone: Open, role: str) -> None:
    alone = await open_as(open_clone, trapped, role)
    before = fingerprint(trapped)
    clean = await session(alone)
    refused = []
    for case in READS:
        try:
            assert (await run_query(alone, case["sql"])).text
        except AnkusError as error:
            if error.code != "feature_not_supported":  # XML, which the embedded server is built without
                refused.append(f"{case['sql']}: {error}")
        assert await session(alone) == clean, case["sql"]
    assert not refused, "\n".join(refused)
    assert fingerprint(trapped) == before


async def open_as(open_clone: Open, clone: Clone, role: str) -> Database:
    """The clone over one connection, as the reader or, where that is allowed, as a superuser."""
    if role == "reader":
        return await open_clone(clone, connections=1)
    return await open_clone(clone, connections=1, database_url=clone.admin_url, allow_strong_role=True)


async def test_a_superuser_is_refused_unless_it_is_allowed(clone: Clone, open_clone: Open) -> None:
    with pytest.raises(AnkusError) as caught:
        await open_clone(clone, database_url=clone.admin_url)
    assert caught.value.code == "role_too_strong"


def test_an_allowed_superuser_is_warned_of_on_standard_error(clone: Clone) -> None:
    command = (sys.executable, "-m", "ankus_postgres_sql", "--allow-strong-role")
    program = Program("postgres-sql", command, {"ANKUS_DATABASE_URL": clone.admin_url})
    with started(program, "--transport", "http", "--port", "0") as process:
        assert "it is a superuser" in process.line_with("MAY DO MORE THAN READ")


async def test_a_superuser_reads_tables_but_gives_its_power_up(clone: Clone, open_clone: Open) -> None:
    with clone.admin() as admin:
        admin.execute("REVOKE SELECT ON hidden FROM ankus_reader")
    strong = await open_as(open_clone, clone, "superuser")
    assert "nobody reads this" in (await run_query(strong, "SELECT * FROM hidden")).text
    assert "pg_read_all_data" in (await run_query(strong, "SELECT current_user")).text
    with pytest.raises(AnkusError) as caught:
        await run_query(strong, "SHOW data_directory")
    assert caught.value.code == "insufficient_privilege"


async def test_a_refused_and_a_failed_statement_leave_the_session_as_it_was(
    clone: Clone, open_clone: Open
) -> None:
    alone = await open_clone(clone, connections=1)
    clean = await session(alone)
    for text in ("SELECT leave_mark('x')", "SELECT 1 / 0", "SELECT * FROM nowhere", "SELECT 'x"):
        with pytest.raises(AnkusError):
            await run_query(alone, text)
        assert await session(alone) == clean, text


async def test_even_what_passes_the_guard_cannot_write(clone: Clone, database: Database) -> None:
    with clone.admin() as admin:
        admin.execute(
            "CREATE FUNCTION liar() RETURNS text LANGUAGE sql STABLE AS $$ SELECT leave_mark('liar') $$"
        )
    before = fingerprint(clone)
    async with database.reading() as connection:
        with pytest.raises(psycopg.errors.ReadOnlySqlTransaction):
            await connection.execute("SELECT liar()")
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


async def test_fifty_callers_are_undisturbed_by_the_attacks_of_others(
    server_clone: Clone, open_clone: Open
) -> None:
    database = await open_clone(server_clone, connections=4)
    attacks = iter([case["sql"] for cases in ATTACKS.values() for case in cases])

    async def attacker() -> None:
        for text in attacks:
            with pytest.raises(AnkusError):
                await run_query(database, text)

    async def caller(number: int) -> None:
        for turn in range(3):
            answer = await run_query(database, f"SELECT {number} * 100 + {turn} AS mine")
            assert f"\n{number * 100 + turn}\n" in answer.text

    async with anyio.create_task_group() as callers:
        for number in range(50):
            callers.start_soon(caller, number)
            if number % 10 == 0:
                callers.start_soon(attacker)


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


async def session(database: Database) -> psycopg.rows.TupleRow | None:
    """The state of the one session that the pool has."""
    async with database.pool.connection() as connection:
        return await (await connection.execute(SESSION)).fetchone()
