"""The pool: clean sessions, clear failures, and recovery."""

import anyio
import pytest

from ankus_shared.postgres import DatabaseUnavailable, open_pool
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
