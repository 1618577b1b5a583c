"""The pool: clean sessions, clear failures, and recovery."""

import anyio
import psycopg
import pytest

from ankus_shared.postgres import DatabaseUnavailable, begin_reading, open_pool
from tests.fixtures.db import Clone


async def test_a_session_comes_back_as_it_was(clone: Clone) -> None:
    async with open_pool(
        clone.reader_url, application_name="test", session={"work_mem": "7MB"}, max_size=1
    ) as pool:
        async with pool.connection() as connection:
            await connection.execute("SET work_mem = '1MB'; SET search_path = sales; LISTEN x")
            await connection.execute("SELECT pg_advisory_lock(1)")
        async with pool.connection() as connection:
            row = await (
                await connection.execute(
                    "SELECT current_setting('work_mem'), current_setting('search_path'),"
                    " current_setting('application_name'),"
                    " (SELECT count(*) FROM pg_locks WHERE locktype = 'advisory'),"
                    " (SELECT count(*) FROM pg_listening_channels())"
                )
            ).fetchone()
        assert row == ("7MB", '"$user", public', "test", 0, 0)


async def test_what_is_done_while_reading_is_limited_and_leaves_nothing(clone: Clone) -> None:
    limits = "SELECT current_setting('statement_timeout'), current_setting('work_mem'), count(*) FROM orders"
    begin = begin_reading(seconds=5, idle_seconds=9, work_mem="7MB")
    async with open_pool(clone.admin_url, application_name="test", max_size=1) as pool:
        async with pool.reading(begin) as connection:
            found = await (await connection.execute(limits)).fetchone()
            with pytest.raises(psycopg.errors.ReadOnlySqlTransaction):
                await connection.execute("DELETE FROM orders")
        async with pool.connection() as connection:
            after = await (await connection.execute(limits)).fetchone()
    assert found is not None
    assert found[:2] == ("5s", "7MB")
    assert after == ("0", "4MB", found[2])


async def test_a_connection_that_breaks_while_reading_is_said_and_replaced(clone: Clone) -> None:
    begin = begin_reading(seconds=5, idle_seconds=9, work_mem="7MB")
    async with open_pool(clone.reader_url, application_name="test", max_size=1) as pool:

        async def read(*, breaks: bool) -> None:
            async with pool.reading(begin) as connection:
                if breaks:
                    with clone.admin() as admin:
                        admin.execute("SELECT pg_terminate_backend(%s)", [connection.info.backend_pid])
                await connection.execute("SELECT 1")

        with pytest.raises(DatabaseUnavailable, match="broke"):
            await read(breaks=True)
        await read(breaks=False)


async def test_a_busy_pool_says_so_and_goes_on(clone: Clone) -> None:
    async with open_pool(clone.reader_url, application_name="test", max_size=1, wait_seconds=0.2) as pool:
        async with pool.connection():
            with pytest.raises(DatabaseUnavailable) as caught:
                async with pool.connection():
                    pass
        assert caught.value.code == "database_busy"
        async with pool.connection() as connection:
            await connection.execute("SELECT 1")


async def test_many_callers_share_few_connections(clone: Clone) -> None:
    served: list[int] = []
    async with open_pool(clone.reader_url, application_name="test", max_size=2) as pool:

        async def caller(number: int) -> None:
            async with pool.connection() as connection:
                row = await (await connection.execute("SELECT %s::int", [number])).fetchone()
                assert row is not None
                served.append(row[0])

        async with anyio.create_task_group() as tasks:
            for number in range(20):
                tasks.start_soon(caller, number)
    assert sorted(served) == list(range(20))


@pytest.mark.parametrize(
    "url", ["postgresql://u:hunter2@127.0.0.1:1/d", "host=127.0.0.1 port=1 password=hunter2"]
)
async def test_a_database_that_is_down_is_one_line_without_the_password(url: str) -> None:
    with pytest.raises(DatabaseUnavailable) as caught:
        async with open_pool(url, application_name="test"):
            pass
    assert "127.0.0.1:1" in caught.value.message
    assert "hunter2" not in str(caught.value)
    assert "\n" not in str(caught.value)
