"""The answers that are being made: who may ask, which conversation is held, what is stopped, when all end."""

import uuid
from collections.abc import AsyncGenerator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Protocol

import anyio

from ankus_runner.conversation import History
from ankus_runner.errors import RunnerError
from ankus_runner.events import Event, Listener
from ankus_runner.profile import Profile
from ankus_runner.outcome import Outcome
from ankus_runner.run import check_question
from ankus_runner.serve.errors import (
    DrainingError,
    NoSuchModelError,
    NoSuchThingError,
    RequestError,
    ServeError,
    StoppedError,
)
from ankus_runner.serve.feed import Feed
from ankus_runner.serve.keys import Key
from ankus_runner.serve.limits import KeyLimits
from ankus_runner.serve.steps import answer_event, error_event, step_event
from ankus_runner.serve.store import TITLE_CHARS, Conversations, Held
from ankus_runner.serve.wire import NEW


class Answerer(Protocol):
    """One agent, which answers any number of conversations at once."""

    @property
    def profile(self) -> Profile:
        """What it is."""

    async def ask(self, question: str, *, earlier: History, listener: Listener) -> Outcome:
        """Answer; see `ankus_runner.loop.Agent.ask`."""


Answerers = Mapping[tuple[str, tuple[str, ...]], Answerer]
"""By profile, and by the tools that the caller's key allows."""


@dataclass(frozen=True)
class Asked:
    """A question, who asks it, and what was said before it."""

    key: Key
    profile: str
    question: str
    conversation: str = ""
    """Its id, "new", or "" where `history` is all."""
    history: History = field(default_factory=History)

    @property
    def title(self) -> str:
        """What a conversation that begins so is called."""
        return " ".join(self.question.split())[:TITLE_CHARS]


class Running:
    """One answer that is being made.

    Args:
        asked: The question.
        answerer: Who answers it.
        held: The conversation that it goes on with.
    """

    def __init__(self, asked: Asked, answerer: Answerer, held: Held) -> None:
        self.id = uuid.uuid4().hex
        self.asked = asked
        self.held = held
        self.feed = Feed()
        self.result: Outcome | RunnerError | None = None
        self._answerer = answerer
        self._scope = anyio.CancelScope()
        self._stopped: ServeError | None = None

    def stop(self, why: ServeError) -> None:
        """End it, with this error in the place of an answer."""
        self._stopped = self._stopped or why
        self._scope.cancel()

    async def work(self, saving: Conversations | None) -> None:
        """Make the answer; `result` and the feed's last event tell what came of it."""
        try:
            outcome = await self._answered(saving)
        except RunnerError as error:
            self.result = error
            self.feed.tell(error_event(error))
        else:
            self.result = outcome
            self.feed.tell(answer_event(outcome))
        finally:
            self.feed.close()

    async def _answered(self, saving: Conversations | None) -> Outcome:
        with self._scope:
            outcome = await self._answerer.ask(
                self.asked.question, earlier=self.held.history, listener=self._told
            )
            with anyio.CancelScope(shield=True):
                await self._save(saving)
            return outcome
        raise self._stopped or StoppedError("The answer was stopped.")

    async def _save(self, saving: Conversations | None) -> None:
        if saving is not None:
            await saving.save(self.held)

    def _told(self, event: Event) -> None:
        if (told := step_event(event)) is not None:
            self.feed.tell(told)


class Desk:
    """All answers of one worker.

    Args:
        answerers: The prepared agents.
        conversations: Where conversations are kept.
        limits: What each key may ask.
    """

    def __init__(self, answerers: Answerers, conversations: Conversations, limits: KeyLimits) -> None:
        self.conversations = conversations
        self.draining = False
        self._answerers = answerers
        self._limits = limits
        self._running: dict[str, Running] = {}
        self._idle = anyio.Event()

    def profiles(self, key: Key) -> list[Profile]:
        """The profiles that a key reaches, by name."""
        found = {
            name: answerer.profile
            for (name, tools), answerer in self._answerers.items()
            if tools == key.tools and key.may_ask(name)
        }
        return [found[name] for name in sorted(found)]

    @asynccontextmanager
    async def admitted(self, asked: Asked) -> AsyncGenerator[Running]:
        """An answer that may be made, with its conversation held for as long as the block takes.

        Raises:
            DrainingError: The server stops.
            NoSuchModelError: The key reaches no such profile.
            RateLimitError: The key has reached a limit.
            QuestionError: The question is empty or too long.
            RunnerError: The conversation is not there, or is being answered.
        """
        if self.draining:
            raise DrainingError("The server stops and takes no more questions.", hint="Ask another worker.")
        answerer = self._answerer(asked)
        check_question(asked.question, answerer.profile.limits.question_chars)
        with self._limits.slot(asked.key):
            async with self._held(asked) as held:
                running = Running(asked, answerer, held)
                self._running[running.id] = running
                try:
                    yield running
                finally:
                    self._left(running)

    async def work(self, running: Running) -> None:
        """Make an admitted answer, and count what it cost."""
        await running.work(self.conversations if running.asked.conversation else None)
        if isinstance(running.result, Outcome):
            self._limits.spend(running.asked.key, running.result.usage)

    def running(self, user: str, conversation: str) -> Running | None:
        """The answer that a user's conversation waits for here."""
        found = (each for each in self._running.values() if each.held.id == conversation)
        return next((each for each in found if each.held.user == user), None)

    def stop(self, user: str, conversation: str) -> None:
        """Stop the answer of a conversation.

        Raises:
            NoSuchThingError: None is being made here.
        """
        running = self.running(user, conversation)
        if running is None:
            raise NoSuchThingError("No answer of that conversation is being made here.")
        running.stop(StoppedError("The answer was stopped."))

    async def drain(self, seconds: float) -> None:
        """Take nothing new, wait for what is being answered, and stop what takes longer than `seconds`."""
        self.draining = True
        with anyio.move_on_after(seconds):
            await self._until_idle()
        for running in self._running.values():
            running.stop(DrainingError("The server stops; the conversation is kept.", hint="Ask again."))

    async def _until_idle(self) -> None:
        while self._running:
            self._idle = anyio.Event()
            await self._idle.wait()

    def _left(self, running: Running) -> None:
        del self._running[running.id]
        self._idle.set()

    def _answerer(self, asked: Asked) -> Answerer:
        found = self._answerers.get((asked.profile, asked.key.tools))
        if found is None or not asked.key.may_ask(asked.profile):
            raise NoSuchModelError(
                f"There is no model '{asked.profile[:60]}'.", hint="GET /v1/models lists them."
            )
        return found

    @asynccontextmanager
    async def _held(self, asked: Asked) -> AsyncGenerator[Held]:
        user, conversation = asked.key.user, asked.conversation
        if not conversation:
            yield Held("", user, asked.profile, history=asked.history)
            return
        if conversation == NEW:
            conversation = await self.conversations.create(user, asked.profile, asked.title)
        async with self.conversations.held(user, conversation) as held:
            if held.profile != asked.profile:
                raise RequestError(
                    f"This conversation is with '{held.profile}'.",
                    hint="Name that model, or begin a new one.",
                )
            yield held
