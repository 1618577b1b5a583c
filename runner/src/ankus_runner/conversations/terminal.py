"""The conversation of `ankus ask` and `ankus chat`: a kept one, or a new one whose store opens beside it."""

from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import replace
from typing import TypeVar

import anyio
import psycopg

from ankus_runner.conversations.keeping import ConversationKeeper, Saver
from ankus_runner.conversations.settings import ConversationPlace, ConversationSettings
from ankus_runner.conversations.state import State
from ankus_runner.conversations.store import ConversationStore, Held, new_id, open_store
from ankus_runner.hooks import Hooks
from ankus_runner.tasks import single_error
from ankus_shared.errors import AnkusError, DependencyError, SettingsError

T = TypeVar("T")
OPEN_SECONDS = 20.0
"""What the first save waits for the store: a first start makes a database."""


class Late:
    """A new conversation: its store is opened beside the answer, and it is made with its first state."""

    def __init__(self, settings: ConversationSettings, profile: str) -> None:
        self.id = new_id()
        self._url = settings.conversations_url()
        self._days = settings.conversations_days
        self._user = settings.user
        self._profile = profile
        self._held: Held | None = None
        self._error: Exception | None = None
        self._wanted = anyio.Event()
        self._ready = anyio.Event()
        self._leave = anyio.Event()
        self._left = anyio.Event()

    async def save(self, state: State) -> None:
        """See `Held.save`; waits for the store.

        Raises:
            DependencyError: It cannot be had.
        """
        self._wanted.set()
        with anyio.move_on_after(OPEN_SECONDS):
            await self._ready.wait()
        if self._held is None:
            raise DependencyError(str(self._error or f"The store was not there in {OPEN_SECONDS:g} s."))
        await self._held.save(state)

    async def keep_open(self) -> None:
        """Open the store, drop what is too old, and hold the conversation until it is left."""
        try:
            async with open_store(self._url, connections=1) as store:
                await store.purge(self._days, self._user)
                await self._wanted.wait()
                await store.open(self._user, self._profile, conversation=self.id)
                async with store.hold(self._user, self.id) as self._held:
                    self._ready.set()
                    await self._leave.wait()
        except (AnkusError, psycopg.Error, OSError) as error:
            self._error = error
            self._ready.set()
        finally:
            self._left.set()

    async def leave(self) -> None:
        """Leave the store."""
        self._leave.set()
        if self._held is not None:
            with anyio.CancelScope(shield=True):
                await self._left.wait()


class Resumable:
    """The conversation that the settings name, or a new one by a profile.

    Attributes:
        id: "" where nothing is kept.
        state: What there is of it.
    """

    def __init__(self, settings: ConversationSettings, profile: str) -> None:
        self._settings = settings
        self._profile = profile
        self._keeper: ConversationKeeper | None = None
        self.id = settings.conversation
        self.state = State()

    @property
    def saved(self) -> bool:
        """Whether it can be gone on with."""
        return bool(self._settings.conversation) or (self._keeper is not None and self._keeper.saved)

    @asynccontextmanager
    async def open(self, hooks: Hooks) -> AsyncIterator[Hooks]:
        """Hold it for the length of the block, where these hooks keep it too; a new one's store opens beside.

        Raises:
            ConversationError: The one that is named is not there, is gone on with elsewhere or is damaged.
            DatabaseUnavailable, EmbeddedServerError: Its store is down.
            SettingsError: The file with the URL cannot be read.
        """
        if self._settings.no_conversations:
            yield hooks
        elif self._settings.conversation:
            async with (
                open_store(self._settings.conversations_url(), connections=1) as store,
                store.hold(self._settings.user, self.id) as held,
            ):
                self.state = held.loaded.state
                yield self._kept_by(held, hooks)
        else:
            async with _beside(Late(self._settings, self._profile)) as late:
                self.id = late.id
                yield self._kept_by(late, hooks)

    def _kept_by(self, saver: Saver, hooks: Hooks) -> Hooks:
        self._keeper = ConversationKeeper(saver)
        return replace(hooks, keeper=self._keeper, conversation=self.id)


@asynccontextmanager
async def _beside(late: Late) -> AsyncIterator[Late]:
    with single_error():
        async with anyio.create_task_group() as group:
            group.start_soon(late.keep_open)
            try:
                yield late
            finally:
                await late.leave()
                group.cancel_scope.cancel()


async def with_store(place: ConversationPlace, work: Callable[[ConversationStore], Awaitable[T]]) -> T:
    """What some work in the store comes to.

    Raises:
        DatabaseUnavailable, EmbeddedServerError: The store is down.
    """
    async with open_store(place.conversations_url(), connections=1) as store:
        return await work(store)


def profile_of(settings: ConversationSettings) -> str:
    """The profile by which the conversation that the settings name began.

    Raises:
        UnknownConversationError: There is none of that id.
        SettingsError: Conversations are not kept.
        DatabaseUnavailable, EmbeddedServerError: The store is down.
    """
    if settings.no_conversations:
        raise SettingsError("--conversation and --no-conversations exclude each other.")

    async def work(store: ConversationStore) -> str:
        return (await store.load(settings.user, settings.conversation)).profile

    return anyio.run(with_store, settings, work)
