"""The server's domain over a test's own database."""

from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AsyncExitStack

import pytest

from ankus_postgres_sql.database import Database, open_database
from ankus_postgres_sql.settings import Settings
from tests.fixtures.db import Clone

Open = Callable[..., Awaitable[Database]]


@pytest.fixture
async def open_clone() -> AsyncIterator[Open]:
    """Opens a clone with settings; closed at the end of the test."""
    async with AsyncExitStack() as stack:

        async def opened(clone: Clone, **settings: object) -> Database:
            wanted = Settings(**{"database_url": clone.reader_url, **settings})  # type: ignore[arg-type]
            return await stack.enter_async_context(open_database(wanted))

        yield opened


@pytest.fixture
async def database(clone: Clone, open_clone: Open) -> Database:
    """The reader's database on the embedded server."""
    return await open_clone(clone)


@pytest.fixture
async def each_database(server_clone: Clone, open_clone: Open) -> Database:
    """The reader's database on each kind of server."""
    return await open_clone(server_clone)
