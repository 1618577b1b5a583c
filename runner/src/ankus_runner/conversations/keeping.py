"""Keeps a run while it goes on: before each call goes out, and after each step.

What is kept last is where it goes on. A store that is down is said once; the answer does not depend on it.
"""

import time
from collections.abc import Callable
from typing import Protocol

import psycopg

from ankus_runner.constraint import Call
from ankus_runner.conversations.errors import BusyConversationError
from ankus_runner.conversations.state import Pending, State, unanswered
from ankus_runner.events import Warned
from ankus_runner.run import Run
from ankus_shared.errors import AnkusError
from ankus_shared.logs import without_secrets


class Saver(Protocol):
    """What keeps the states of one conversation, such as `Held`."""

    async def save(self, state: State) -> None:
        """Put a state in the place of the last one."""


class ConversationKeeper:
    """The keeper of one conversation, one question after the other.

    Args:
        saver: Where to.
        clock: Seconds that only grow.
    """

    def __init__(self, saver: Saver, clock: Callable[[], float] = time.monotonic) -> None:
        self.saved = False
        """Whether there is something to go on with."""
        self._saver = saver
        self._clock = clock
        self._pending: list[Pending] = []
        self._warned = False
        self._again = 0.0

    async def calling(self, run: Run, text: str, call: Call) -> None:
        """Keep the step and its call, which may go out but never come back.

        Raises:
            BusyConversationError: Another process has taken the conversation over.
        """
        self._pending.append(Pending(text, call, run.conversation.times(text)))
        await self._keep(run, State(run.conversation.history, unanswered(run, self._pending)))

    async def stepped(self, run: Run) -> None:
        """Keep what came of the step.

        Raises:
            BusyConversationError: Another process has taken the conversation over.
        """
        self._pending.clear()
        await self._keep(run, State(run.conversation.history, unanswered(run)))

    async def ended(self, run: Run) -> None:
        """Keep the conversation without the question, which is answered or given up."""
        self._pending.clear()
        self._again = 0.0
        await self._keep(run, State(run.conversation.history))

    async def _keep(self, run: Run, state: State) -> None:
        started = self._clock()
        if started < self._again:
            return
        try:
            await self._saver.save(state)
            self.saved = True
        except BusyConversationError:
            raise
        except (AnkusError, psycopg.Error, OSError) as error:
            now = self._clock()
            self._again = now + 2 * (now - started)  # what takes long to fail is not tried at every step
            self._warn(run, error)

    def _warn(self, run: Run, error: Exception) -> None:
        if not self._warned:
            reason = " ".join(without_secrets(str(error)).split())[:300]
            run.tell(Warned(f"this conversation cannot be resumed: {reason}"))
        self._warned = True
