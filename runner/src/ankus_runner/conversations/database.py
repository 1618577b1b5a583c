"""The database of the conversations: of the embedded server, or by its URL; made on first use."""

from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from typing import Any

import anyio.to_thread
import psycopg

from ankus_runner.conversations.locks import Locks
from ankus_shared.postgres import Pool, Store, migrate, open_pool
from ankus_shared.postgres.pool import complete_conninfo
from ankus_shared.postgres.store import SESSION

DATABASE = "ankus_conversations"
APPLICATION = "ankus-conversations"


def _prepare(connection: psycopg.Connection[Any]) -> None:
    migrate(connection, "ankus_runner.conversations")


STORE = Store(
    application=APPLICATION,
    database=DATABASE,
    reader="ankus_conversations_reader",
    schemas=(),
    prepare=_prepare,
)


@asynccontextmanager
async def open_database(url: str | None, connections: int) -> AsyncIterator[tuple[Pool, Locks]]:
    """A pool of so many connections to the prepared database, and the locks beside it.

    Raises:
        DatabaseUnavailable, EmbeddedServerError: In one line, without the password.
        MigrationError: The database was made by another version.
    """
    async with AsyncExitStack() as stack:
        place = url or await _embedded(stack)
        if url is not None:
            await anyio.to_thread.run_sync(_make, url)
        locks = Locks(complete_conninfo(place, application_name=f"{APPLICATION}-locks", session=SESSION))
        stack.push_async_callback(locks.aclose)
        pool = open_pool(place, application_name=APPLICATION, session=SESSION, max_size=connections)
        yield await stack.enter_async_context(pool), locks


async def _embedded(stack: AsyncExitStack) -> str:
    """The database of the embedded server, which runs for as long as the stack is open."""
    context = STORE.embedded()
    server = await anyio.to_thread.run_sync(context.__enter__)
    stack.push(context.__exit__)
    return server.url(DATABASE)


def _make(url: str) -> None:
    with STORE.connect(url) as connection:
        _prepare(connection)
