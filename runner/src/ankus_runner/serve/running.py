"""One answer that is being made: its run, who follows it, how it is stopped, and what is kept of it."""

import hashlib
from collections.abc import Callable
from dataclasses import dataclass, field

import anyio

from ankus_runner.conversation import History
from ankus_runner.conversations.keeping import ConversationKeeper
from ankus_runner.conversations.resuming import answered
from ankus_runner.conversations.state import State, resumed
from ankus_runner.conversations.store import Held
from ankus_runner.errors import NotAllowedError
from ankus_runner.events import Event, Listener, RunBegan, both, nobody, told
from ankus_runner.hooks import Hooks, KeepNothing, Ledger, NoLedger
from ankus_runner.hosts import whose
from ankus_runner.loop import Agent
from ankus_runner.outcome import Outcome
from ankus_runner.profile import Profile
from ankus_runner.run import Run
from ankus_runner.serve.approvals import Approvals
from ankus_runner.serve.errors import ServeError, StoppedError
from ankus_runner.serve.keys import Key
from ankus_runner.serve.steps import answer_event, error_event, step_event
from ankus_shared.errors import AnkusError


@dataclass(frozen=True)
class Prepared:
    """An agent that is ready."""

    agent: Agent
    model: str
    """The name of the model that is asked first."""

    @property
    def profile(self) -> Profile:
        """What it is."""
        return self.agent.profile

    def admits(self, key: Key) -> bool:
        """Whether a key reaches it, and may call what it needs."""
        try:
            self.agent.parts.policy.admit(Hooks(user=key.user, allowed=key.allowed))
        except NotAllowedError:
            return False
        return True


@dataclass(frozen=True)
class Asked:
    """A question, who asks it, and what was said before it."""

    key: Key
    profile: str
    question: str
    conversation: str = ""
    """Its id, "new", or "" where `history` is all."""
    history: History = field(default_factory=History)
    watched: bool = False
    """Whether somebody follows the steps, and so can be asked to approve a call."""


@dataclass(frozen=True)
class Beside:
    """What stands beside a run: who is told of it, and where approvals are written down."""

    tell: Listener = nobody
    ledger: Ledger = field(default_factory=NoLedger)


class Running:
    """One answer.

    A question that was interrupted and is asked again goes on where it was; another takes its place.

    Args:
        asked: The question.
        prepared: Who answers it.
        held: Its conversation, where it has one.
        approvals: Who is asked about calls.
        beside: Is told of every event, and has what was said of calls written down.

    Raises:
        QuestionError: The question is empty or too long.
    """

    def __init__(
        self, asked: Asked, prepared: Prepared, held: Held | None, approvals: Approvals, beside: Beside
    ) -> None:
        self.asked = asked
        self.conversation = held.id if held else ""
        self.feed = approvals.feed
        self.approvals = approvals
        self.result: Outcome | AnkusError | None = None
        self._prepared = prepared
        self._ledger = beside.ledger
        self._scope = anyio.CancelScope()
        self._stopped: ServeError | None = None
        state = held.loaded.state if held else State(asked.history)
        self._pending = state.run.pending if state.run else []
        self.run = self._run(state, held, both(self._told, beside.tell))

    def _run(self, state: State, held: Held | None, tell: Listener) -> Run:
        keeper = ConversationKeeper(held) if held else KeepNothing()
        key = self.asked.key
        hooks = Hooks(
            tell,
            self.approvals,
            keeper,
            self._ledger,
            plan_approver=self.approvals,
            user=key.user,
            allowed=key.allowed,
            conversation=self.conversation,
        )
        agent = self._prepared.agent
        if state.run is not None and state.run.question == self.asked.question.strip():
            return resumed(state.run, state.history, agent.profile.limits, hooks)
        self._pending = []
        return agent.begin(self.asked.question, state.history, hooks)

    def stop(self, why: ServeError) -> None:
        """End it, with this error in the place of an answer."""
        self._stopped = self._stopped or why
        self._scope.cancel()

    async def work(self) -> None:
        """Make the answer; `result` and the feed's last event tell what came of it."""
        try:
            self.result = await self._answered()
        except AnkusError as error:
            self.result = error
            self.feed.tell(error_event(error))
        else:
            self.feed.tell({**answer_event(self.result), "trace": self.run.run_id})
        finally:
            self.feed.close()

    async def _answered(self) -> Outcome:
        run, hooks = self.run, self.run.hooks
        names = (run.run_id, hooks.user, hooks.conversation)
        began = RunBegan(run.question, self._prepared.profile, self._prepared.model, *names)
        whose.set(hashlib.sha256(hooks.user.encode()).hexdigest()[:32])
        with self._scope:
            return await told(hooks.tell, began, answered(self._prepared.agent, run, self._pending))
        raise self._stopped or StoppedError("The answer was stopped.", hint="Asked again, it goes on.")

    def _told(self, event: Event) -> None:
        if (shown := step_event(event)) is not None:
            self.feed.tell(shown)


Begin = Callable[[Asked, Held | None], Running]
