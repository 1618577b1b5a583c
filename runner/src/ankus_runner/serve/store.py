"""What the server asks of the store of conversations; and one in memory, for a single worker."""

import uuid
from collections.abc import AsyncGenerator
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Protocol

from ankus_runner.conversation import History
from ankus_runner.serve.errors import ConversationBusyError, ConversationMissingError

TITLE_CHARS = 80
MOST_KEPT = 1_000
"""Conversations in memory; the one that was used longest ago goes first."""


@dataclass
class Held:
    """A conversation that nobody else can answer meanwhile; its history is saved by `Conversations.save`."""

    id: str
    user: str
    profile: str
    title: str = ""
    used_at: datetime = field(default_factory=lambda: datetime.now(UTC))
    history: History = field(default_factory=History)


class Conversations(Protocol):
    """Conversations by user and id; nobody reaches another's."""

    async def create(self, user: str, profile: str, title: str) -> str:
        """A new conversation's id."""

    def held(self, user: str, conversation: str) -> AbstractAsyncContextManager[Held]:
        """Lock a conversation and load it.

        Raises:
            ConversationMissingError: There is none of that id and user.
            ConversationBusyError: It is being answered.
        """

    async def save(self, held: Held) -> None:
        """Keep what has become of a conversation that is held."""

    async def listed(self, user: str) -> list[Held]:
        """A user's conversations without their histories, the one used last first."""

    async def read(self, user: str, conversation: str) -> Held:
        """A conversation as it was saved last.

        Raises:
            ConversationMissingError: There is none of that id and user.
        """

    async def delete(self, user: str, conversation: str) -> None:
        """Forget a conversation.

        Raises:
            ConversationMissingError: There is none of that id and user.
            ConversationBusyError: It is being answered.
        """


class InMemory:
    """Conversations of one process, gone with it."""

    def __init__(self) -> None:
        self._kept: dict[str, Held] = {}
        self._busy: set[str] = set()

    async def create(self, user: str, profile: str, title: str) -> str:
        """See `Conversations`."""
        conversation = str(uuid.uuid4())
        self._kept[conversation] = Held(conversation, user, profile, title)
        for old in list(self._kept)[:-MOST_KEPT]:
            del self._kept[old]
        return conversation

    @asynccontextmanager
    async def held(self, user: str, conversation: str) -> AsyncGenerator[Held]:
        """See `Conversations`."""
        found = self._found(user, conversation)
        self._check_free(conversation)
        self._busy.add(conversation)
        try:
            yield found
        finally:
            self._busy.discard(conversation)

    async def save(self, held: Held) -> None:
        """See `Conversations`."""
        held.used_at = datetime.now(UTC)
        self._kept.pop(held.id, None)
        self._kept[held.id] = held

    async def listed(self, user: str) -> list[Held]:
        """See `Conversations`."""
        return [held for held in reversed(self._kept.values()) if held.user == user]

    async def read(self, user: str, conversation: str) -> Held:
        """See `Conversations`."""
        return self._found(user, conversation)

    async def delete(self, user: str, conversation: str) -> None:
        """See `Conversations`."""
        self._found(user, conversation)
        self._check_free(conversation)
        del self._kept[conversation]

    def _found(self, user: str, conversation: str) -> Held:
        found = self._kept.get(conversation)
        if found is None or found.user != user:
            raise ConversationMissingError(
                f"There is no conversation '{conversation[:60]}'.", hint="GET /v1/conversations lists yours."
            )
        return found

    def _check_free(self, conversation: str) -> None:
        if conversation in self._busy:
            raise ConversationBusyError(
                "This conversation is being answered.", hint="Wait for the answer, or stop it."
            )
