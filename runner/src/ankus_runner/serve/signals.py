"""What a person says of an answer that another worker makes: stop it, or make that call.

A balancer may bring such a request to any worker. PostgreSQL's NOTIFY passes it on to all workers of the same
store of conversations, and the one that makes the answer takes it.
"""

import json
from typing import Any, Protocol

import anyio
import psycopg
import structlog

from ankus_runner.conversations.errors import BusyConversationError
from ankus_runner.conversations.store import ConversationStore
from ankus_runner.serve.errors import NoSuchThingError, RequestError

CHANNEL = "ankus_serve"
MOST_BYTES = 7_900
"""PostgreSQL takes less than 8000 bytes."""
PAUSE_SECONDS = 2.0
"""Before a broken connection is opened again."""

_log = structlog.get_logger(__name__)


class Taker(Protocol):
    """Who takes what other workers pass on."""

    def take(self, user: str, conversation: str, said: dict[str, Any]) -> None:
        """Do it, if the answer is made here."""


async def pass_on(store: ConversationStore, user: str, conversation: str, said: dict[str, Any]) -> None:
    """Tell all workers what a user says of the answer of a conversation.

    Raises:
        UnknownConversationError: The user has no such conversation.
        NoSuchThingError: Nobody answers it now.
        RequestError: It is too long.
    """
    text = json.dumps({"user": user, "conversation": conversation, "said": said})
    if len(text.encode()) > MOST_BYTES:
        raise RequestError("The arguments are too long to be passed on to the worker that asked.")
    try:
        async with store.hold(user, conversation):  # who can have it shows that nobody else has
            raise NoSuchThingError("No answer of that conversation is being made.")
    except BusyConversationError:
        async with store.transaction() as connection:
            await connection.execute("SELECT pg_notify(%s, %s)", [CHANNEL, text])


async def listen_to_others(conninfo: str, taker: Taker) -> None:
    """Take what other workers pass on, until cancelled; a connection that breaks is opened again."""
    while True:
        try:
            async with await psycopg.AsyncConnection.connect(conninfo, autocommit=True) as connection:
                await connection.execute(f"LISTEN {CHANNEL}")
                async for notice in connection.notifies():
                    told = json.loads(notice.payload)
                    taker.take(told["user"], told["conversation"], told["said"])
        except psycopg.OperationalError:
            _log.warning("other workers are not heard for a while: the database does not answer")
        await anyio.sleep(PAUSE_SECONDS)
