"""Who goes on with a conversation: one process at a time, which PostgreSQL's advisory locks decide.

All locks of a process are of one connection, whose end lets go of them, also where the process was killed.
After a broken connection they are taken again; what another process has taken meanwhile is lost, and the
store sees that by the number of the holder.
"""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import anyio
import psycopg
from psycopg import AsyncConnection

from ankus_runner.conversations.errors import BusyConversationError
from ankus_shared.postgres import Connection
from ankus_shared.postgres.pool import unavailable

_TAKE = "SELECT pg_try_advisory_lock(hashtextextended(%s, 1))"
_LET_GO = "SELECT pg_advisory_unlock(hashtextextended(%s, 1))"


class Locks:
    """The conversations that this process goes on with.

    Args:
        conninfo: The database, reached directly: a pooler between transactions would lose the locks.
    """

    def __init__(self, conninfo: str) -> None:
        self._conninfo = conninfo
        self._connection: Connection | None = None
        self._held: set[str] = set()
        self._alone = anyio.Lock()

    @asynccontextmanager
    async def taken(self, conversation: str) -> AsyncIterator[None]:
        """Hold a conversation for the length of the block.

        Raises:
            BusyConversationError: Somebody else, or this process, holds it already.
            DatabaseUnavailable: The database does not answer.
        """
        await self._take(conversation)
        try:
            yield
        finally:
            self._held.discard(conversation)
            with anyio.CancelScope(shield=True):
                await self._let_go(conversation)

    async def keep(self) -> None:
        """Take the locks again if their connection broke.

        Raises:
            DatabaseUnavailable: The database does not answer.
        """
        async with self._alone:
            await self._connected()

    async def aclose(self) -> None:
        """Let go of all."""
        if self._connection is not None:
            await self._connection.close()

    async def _take(self, conversation: str) -> None:
        if conversation in self._held:  # a session that holds a lock would be given it again
            raise _busy(conversation)
        self._held.add(conversation)
        try:
            async with self._alone:
                connection = await self._connected(without=conversation)
                row = await (await connection.execute(_TAKE, [conversation])).fetchone()
            if row != (True,):
                raise _busy(conversation)
        except BaseException:
            self._held.discard(conversation)
            raise

    async def _let_go(self, conversation: str) -> None:
        async with self._alone:
            if self._connection is None or self._connection.closed:
                return
            try:
                await self._connection.execute(_LET_GO, [conversation])
            except psycopg.OperationalError:
                await self._connection.close()  # which lets go of it too

    async def _connected(self, without: str = "") -> Connection:
        """The connection; a new one takes what is held."""
        if self._connection is not None and await _answers(self._connection):
            return self._connection
        try:
            self._connection = await AsyncConnection.connect(self._conninfo, autocommit=True)
            for conversation in self._held - {without}:
                await self._connection.execute(_TAKE, [conversation])
        except psycopg.OperationalError as error:
            raise unavailable(error, self._conninfo) from error
        return self._connection


async def _answers(connection: Connection) -> bool:
    try:
        await connection.execute("")
    except psycopg.OperationalError:
        await connection.close()
        return False
    return True


def _busy(conversation: str) -> BusyConversationError:
    return BusyConversationError(
        f"The conversation {conversation} is gone on with elsewhere.", hint="Wait until that has ended."
    )
