"""All answers of one worker: who may ask, which conversation is held, what is stopped, when all end."""

from collections.abc import AsyncGenerator, Callable, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any

import anyio

from ankus_runner.conversations.store import ConversationStore, Held
from ankus_runner.events import Event, Listener, ModelAnswered, both, nobody
from ankus_runner.hooks import Ledger, NoLedger
from ankus_runner.profile import Profile
from ankus_runner.serve.approvals import Approvals
from ankus_runner.serve.errors import (
    DrainingError,
    NoSuchModelError,
    RequestError,
    ServeError,
    StoppedError,
)
from ankus_runner.serve.feed import Feed
from ankus_runner.serve.keys import Key
from ankus_runner.serve.limits import KeyLimits
from ankus_runner.serve.running import Asked, Beside, Prepared, Running
from ankus_runner.serve.signals import pass_on
from ankus_runner.serve.wire import NEW

Agents = Mapping[str, Prepared]
"""By profile."""

MOST_REMEMBERED = 10_000
"""Conversations of which it is known which tools need no approval any more."""


@dataclass(frozen=True)
class Rules:
    """What holds for every answer."""

    limits: KeyLimits
    approval_seconds: float = 300.0
    recorder: Callable[[], Listener] = lambda: nobody
    """Makes what is told of the events of one run, to keep a trace of it."""
    ledger: Ledger = field(default_factory=NoLedger)
    """Where what was said of calls is written down."""


class Desk:
    """All answers of one worker.

    Args:
        agents: The prepared agents.
        store: Where conversations are kept.
        rules: What holds for every answer.
    """

    def __init__(self, agents: Agents, store: ConversationStore, rules: Rules) -> None:
        self.store = store
        self.draining = False
        self._agents = agents
        self._rules = rules
        self._running: set[Running] = set()
        self._remembered: dict[str, set[str]] = {}
        self._idle = anyio.Event()

    def profiles(self, key: Key) -> list[Profile]:
        """The profiles that a key reaches, by name."""
        return [agent.profile for _, agent in sorted(self._agents.items()) if agent.admits(key)]

    @asynccontextmanager
    async def admitted(self, asked: Asked) -> AsyncGenerator[Running]:
        """An answer that may be made, with its conversation held for as long as the block takes.

        Raises:
            DrainingError: The server stops.
            NoSuchModelError: The key reaches no such profile.
            RateLimitError: The key has reached a limit.
            QuestionError: The question is empty or too long.
            AnkusError: The conversation is not there, is being answered, or cannot be reached.
        """
        if self.draining:
            raise DrainingError("The server stops and takes no more questions.", hint="Ask another worker.")
        prepared = self._agent(asked)
        with self._rules.limits.slot(asked.key):
            async with self._held(asked) as held:
                running = self._begun(asked, prepared, held)
                self._running.add(running)
                try:
                    yield running
                finally:
                    self._running.discard(running)
                    self._idle.set()

    def running(self, user: str, conversation: str) -> Running | None:
        """The answer that a user's conversation waits for here."""
        mine = (each for each in self._running if each.asked.key.user == user)
        return next((each for each in mine if each.conversation == conversation), None)

    async def say(self, user: str, conversation: str, said: dict[str, Any]) -> None:
        """Do what a user says of an answer, or pass it on to the worker that makes it: `{"do": "stop"}`, or
        `{"do": "decide", "approval": ID, "verdict": …}` (see `Approvals.decide`).

        Raises:
            UnknownConversationError: The user has no such conversation.
            NoSuchThingError: It is not being answered, or no such call waits.
            RequestError: That is no verdict.
        """
        if running := self.running(user, conversation):
            _do(running, said)
        else:
            await pass_on(self.store, user, conversation, said)

    def take(self, user: str, conversation: str, said: dict[str, Any]) -> None:
        """See `signals.Taker`; what cannot be done is told to those who follow the answer."""
        if running := self.running(user, conversation):
            try:
                _do(running, said)
            except ServeError as error:
                running.feed.tell({"type": "problem", "id": said.get("approval"), "message": str(error)})

    async def drain(self, seconds: float) -> None:
        """Take nothing new, wait for what is being answered, and stop what takes longer than `seconds`."""
        self.draining = True
        with anyio.move_on_after(seconds):
            await self._until_idle()
        for running in self._running:
            running.stop(DrainingError("The server stops.", hint="Asked again, it goes on."))
        await self._until_idle()

    async def _until_idle(self) -> None:
        while self._running:
            self._idle = anyio.Event()
            await self._idle.wait()

    def _agent(self, asked: Asked) -> Prepared:
        found = self._agents.get(asked.profile)
        if found is None or not found.admits(asked.key):
            raise NoSuchModelError(
                f"There is no model '{asked.profile[:60]}'.", hint="GET /v1/models lists them."
            )
        return found

    def _begun(self, asked: Asked, prepared: Prepared, held: Held | None) -> Running:
        remembered = self._remembered.setdefault(held.id, set()) if held else set()
        for old in list(self._remembered)[:-MOST_REMEMBERED]:
            del self._remembered[old]
        watched = asked.watched and held is not None
        approvals = Approvals(Feed(), watched, remembered, self._rules.approval_seconds)

        def spend(event: Event) -> None:
            if isinstance(event, ModelAnswered):
                self._rules.limits.spend(asked.key, event.completion.usage)

        beside = Beside(both(spend, self._rules.recorder()), self._rules.ledger)
        return Running(asked, prepared, held, approvals, beside)

    @asynccontextmanager
    async def _held(self, asked: Asked) -> AsyncGenerator[Held | None]:
        user, conversation = asked.key.user, asked.conversation
        if not conversation:
            yield None
            return
        if conversation == NEW:
            conversation = await self.store.open(user, asked.profile, asked.question)
        async with self.store.hold(user, conversation) as held:
            profile = held.loaded.profile
            if profile != asked.profile:
                raise RequestError(
                    f"This conversation is with '{profile}'.", hint="Name it, or begin a new one."
                )
            yield held


def _do(running: Running, said: dict[str, Any]) -> None:
    if said["do"] == "stop":
        running.stop(StoppedError("The answer was stopped.", hint="Asked again, it goes on."))
    else:
        running.approvals.decide(said["approval"], said)
