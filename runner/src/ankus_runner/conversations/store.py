"""The store of conversations in PostgreSQL: one small row each, and the long texts, which are written once.

async with open_store(None) as store:
    conversation = await store.open("ann", "analyst")
    async with store.hold("ann", conversation) as held:    # nobody else goes on with it meanwhile
        await held.save(State(history))
"""

import re
import secrets
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import datetime
from typing import Any, LiteralString

import anyio
import psycopg

from ankus_runner.conversations.database import open_database
from ankus_runner.conversations.errors import (
    BusyConversationError,
    ConversationError,
    UnreadableConversationError,
    unknown,
)
from ankus_runner.conversations.locks import Locks
from ankus_runner.conversations.parcel import Packer, Parcel, unpack
from ankus_runner.conversations.state import State, plain, state_of
from ankus_shared.postgres import Connection, DatabaseUnavailable, Pool

TITLE_CHARS = 80
SAVE_SECONDS = 10.0
"""What a save may take, reconnecting included."""
_ID = re.compile(r"[0-9a-f]{16}")


@dataclass(frozen=True)
class Listed:
    """A conversation as a list shows it."""

    id: str
    profile: str
    title: str
    created_at: datetime
    updated_at: datetime
    unfinished: bool
    """Whether its last question is still to be answered."""


@dataclass(frozen=True)
class Loaded:
    """A conversation as it was when it was read."""

    profile: str
    title: str
    updated_at: datetime
    state: State


_LOADED: LiteralString = "profile, title, updated_at, state::text, holder"
_LISTED: LiteralString = "id, profile, title, created_at, updated_at, unfinished"
_OF: LiteralString = " FROM ankus_conversation.conversation WHERE user_name = %s"
_ONE: LiteralString = " WHERE user_name = %s AND id = %s"
_CHANGE: LiteralString = "UPDATE ankus_conversation.conversation SET "
_OPEN: LiteralString = (
    "INSERT INTO ankus_conversation.conversation (id, user_name, profile, title) VALUES (%s, %s, %s, %s)"
)
_SAVE: LiteralString = (
    _CHANGE + "state = %s::json, unfinished = %s, updated_at = now(),"
    " title = coalesce(nullif(title, ''), %s) WHERE id = %s AND holder = %s"
)
_BODY: LiteralString = (
    "INSERT INTO ankus_conversation.body (conversation, key, body) VALUES (%s, %s, %s) ON CONFLICT DO NOTHING"
)
_DROP: LiteralString = "DELETE FROM ankus_conversation.body WHERE conversation = %s AND key = ANY(%s)"


class ConversationStore:
    """The conversations of all users; each method is told whose, and finds no other's.

    Every method raises DatabaseUnavailable if the database does not answer.
    """

    def __init__(self, pool: Pool, locks: Locks) -> None:
        self._pool = pool
        self._locks = locks

    async def open(self, user: str, profile: str, title: str = "", *, conversation: str = "") -> str:
        """Begin a conversation; its id, which may be given as one that `new_id` made."""
        conversation = conversation or new_id()
        async with self.transaction() as connection:
            await connection.execute(_OPEN, [conversation, user, profile, title_of(title)])
        return conversation

    async def load(self, user: str, conversation: str) -> Loaded:
        """A conversation as it is, also while somebody holds it.

        Raises:
            UnknownConversationError: The user has none of that id.
            UnreadableConversationError: A newer version kept it.
        """
        query: LiteralString = "SELECT " + _LOADED + _OF + " AND id = %s"
        async with self.transaction() as connection:
            # one snapshot: who holds it may save meanwhile
            await connection.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ")
            row = await _found(connection, query, user, conversation)
            bodies = await _bodies(connection, conversation)
        return _loaded(row, bodies)

    @asynccontextmanager
    async def hold(self, user: str, conversation: str) -> AsyncIterator["Held"]:
        """Go on with a conversation, which nobody else can for the length of the block.

        Raises:
            UnknownConversationError: The user has none of that id.
            BusyConversationError: Somebody else goes on with it.
            UnreadableConversationError: A newer version kept it.
        """
        await self._exists(user, conversation)  # or another's would be told to be busy
        query: LiteralString = _CHANGE + "holder = holder + 1" + _ONE + " RETURNING " + _LOADED
        async with self._locks.taken(conversation):
            async with self.transaction() as connection:
                row = await _found(connection, query, user, conversation)
                bodies = await _bodies(connection, conversation)
            yield Held(self, conversation, _loaded(row, bodies), row[-1], set(bodies))

    async def list_of(self, user: str, limit: int = 20) -> list[Listed]:
        """The user's conversations, the newest first."""
        query: LiteralString = "SELECT " + _LISTED + _OF + " ORDER BY updated_at DESC, id LIMIT %s"
        async with self.transaction() as connection:
            rows = await (await connection.execute(query, [user, limit])).fetchall()
        return [Listed(*row) for row in rows]

    async def rename(self, user: str, conversation: str, title: str) -> None:
        """Give a conversation another title.

        Raises:
            UnknownConversationError: The user has none of that id.
        """
        query: LiteralString = _CHANGE + "title = %s" + _ONE
        await self._change(query, [title_of(title), user, conversation], conversation)

    async def delete(self, user: str, conversation: str) -> None:
        """Delete a conversation with all that it holds; whoever goes on with it cannot save it any more.

        Raises:
            UnknownConversationError: The user has none of that id.
        """
        query: LiteralString = "DELETE" + _OF + " AND id = %s"
        await self._change(query, [user, conversation], conversation)

    async def purge(self, days: int, user: str | None = None) -> int:
        """Delete what nobody has gone on with for so many days, of one user or of all; how many they were."""
        query = (
            "DELETE FROM ankus_conversation.conversation"
            " WHERE updated_at <= now() - make_interval(days => %s) AND (%s::text IS NULL OR user_name = %s)"
        )
        async with self.transaction() as connection:
            return (await connection.execute(query, [days, user, user])).rowcount

    @asynccontextmanager
    async def transaction(self) -> AsyncIterator[Connection]:
        """A connection in a transaction; a failure of the server is one of its own kind.

        Raises:
            DatabaseUnavailable: The database is down, or went down meanwhile.
        """
        async with self._pool.connection() as connection:
            try:
                async with connection.transaction():
                    yield connection
            except psycopg.OperationalError as error:
                reason = " ".join(str(error).split())[:200]
                raise DatabaseUnavailable(
                    f"The database of conversations failed: {reason}", hint="Try again in a moment."
                ) from error

    async def write(self, conversation: str, holder: int, state: State, parcel: Parcel) -> None:
        """Write a packed state, all of it or nothing; see `Held.save`."""
        await self._locks.keep()
        bodies = [(conversation, key, body) for key, body in parcel.bodies.items()]
        title = title_of(_first_question(state))
        values = [parcel.json, state.run is not None, title, conversation, holder]
        async with self.transaction() as connection:
            if (await connection.execute(_SAVE, values)).rowcount != 1:
                raise await self._lost(connection, conversation)
            async with connection.cursor() as cursor:
                await cursor.executemany(_BODY, bodies)
            if parcel.dropped:
                await connection.execute(_DROP, [conversation, list(parcel.dropped)])

    async def _exists(self, user: str, conversation: str) -> None:
        async with self.transaction() as connection:
            await _found(connection, "SELECT 1" + _OF + " AND id = %s", user, conversation)

    async def _change(self, query: LiteralString, values: list[str], conversation: str) -> None:
        if not _ID.fullmatch(conversation):
            raise unknown(conversation)
        async with self.transaction() as connection:
            if (await connection.execute(query, values)).rowcount != 1:
                raise unknown(conversation)

    async def _lost(self, connection: Connection, conversation: str) -> ConversationError:
        """Why a conversation cannot be written to any more."""
        query = "SELECT 1 FROM ankus_conversation.conversation WHERE id = %s"
        if await (await connection.execute(query, [conversation])).fetchone() is None:
            return unknown(conversation)
        return BusyConversationError(
            f"The conversation {conversation} has been taken over elsewhere.", hint="Go on with it there."
        )


class Held:
    """A conversation that this process goes on with.

    Args:
        loaded: As it was when it was taken.
        holder: The number under which it was taken.
        kept: The hashes of the texts that the store has of it.
    """

    def __init__(
        self, store: ConversationStore, conversation: str, loaded: Loaded, holder: int, kept: set[str]
    ) -> None:
        self.id = conversation
        self.loaded = loaded
        self._store = store
        self._holder = holder
        self._packer = Packer()
        self._packer.kept = kept
        self._one = anyio.Lock()  # calls may go out side by side: the later state stays

    async def save(self, state: State) -> None:
        """Put a state in the place of the last one, whole or not at all; only what is new of it is sent.

        Raises:
            BusyConversationError: Another process has taken the conversation over.
            UnknownConversationError: It has been deleted.
            UnreadableConversationError: The state is nested too deep.
            DatabaseUnavailable: The database does not answer.
        """
        try:
            with anyio.fail_after(SAVE_SECONDS, shield=True):  # what is interrupted then is kept too
                async with self._one:
                    await self._write(state)
        except TimeoutError as error:
            raise DatabaseUnavailable("The database of conversations did not answer in time.") from error

    async def _write(self, state: State) -> None:
        parcel = self._packer.pack(plain(state))
        try:
            await self._store.write(self.id, self._holder, state, parcel)
        except DatabaseUnavailable:  # it may have been restarted just now
            await self._store.write(self.id, self._holder, state, parcel)
        self._packer.kept = parcel.keys


@asynccontextmanager
async def open_store(url: str | None, *, connections: int = 4) -> AsyncIterator[ConversationStore]:
    """Open the store, made on first use.

    Args:
        url: The database; None is the embedded server's own.
        connections: How many the pool has at most; one more holds the locks.

    Raises:
        DatabaseUnavailable, EmbeddedServerError: In one line, without the password.
        MigrationError: The database was made by another version.
    """
    async with open_database(url, connections) as (pool, locks):
        yield ConversationStore(pool, locks)


def new_id() -> str:
    """An id that nobody can guess."""
    return secrets.token_hex(8)


def title_of(text: str) -> str:
    """The beginning of a text, as a title."""
    printable = "".join(char if char.isprintable() else " " for char in text[: 4 * TITLE_CHARS])
    return " ".join(printable.split())[:TITLE_CHARS]


def _first_question(state: State) -> str:
    if state.history.exchanges:
        return state.history.exchanges[0].question.removeprefix("Question: ")
    return state.run.question if state.run is not None else ""


def _loaded(row: tuple[Any, ...], bodies: dict[str, bytes]) -> Loaded:
    profile, title, updated_at, text, _ = row
    if text is None:
        return Loaded(profile, title, updated_at, State())
    try:
        return Loaded(profile, title, updated_at, state_of(unpack(text, bodies)))
    except (KeyError, ValueError, RecursionError) as error:
        raise UnreadableConversationError(f"The conversation is damaged: {error!r}") from error


async def _found(
    connection: Connection, query: LiteralString, user: str, conversation: str
) -> tuple[Any, ...]:
    row = None
    if _ID.fullmatch(conversation):
        row = await (await connection.execute(query, [user, conversation])).fetchone()
    if row is None:
        raise unknown(conversation)
    return row


async def _bodies(connection: Connection, conversation: str) -> dict[str, bytes]:
    query = "SELECT key, body FROM ankus_conversation.body WHERE conversation = %s"
    rows = await (await connection.execute(query, [conversation], binary=True)).fetchall()
    return {key: bytes(body) for key, body in rows}
