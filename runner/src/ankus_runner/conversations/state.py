"""What is kept of a conversation: what was asked and answered, and the question that is being answered.

A run that is resumed goes on with the messages, counters and sampling state that it had; the time that it has
taken before counts. The form has a number, `v`; a part that is added later has a default.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, fields
from typing import Any

from pydantic import TypeAdapter, ValidationError

from ankus_runner.constraint import Call
from ankus_runner.conversation import Conversation, History, Turn
from ankus_runner.conversations.errors import UnreadableConversationError
from ankus_runner.guard import RunGuard, Spent
from ankus_runner.hooks import Hooks
from ankus_runner.hosts import Image
from ankus_runner.outcome import Evidence
from ankus_runner.passages import Source
from ankus_runner.profile import Limits
from ankus_runner.run import Run

VERSION = 1


@dataclass(frozen=True)
class Pending:
    """A call that was about to go out: its step, and what is called with which arguments."""

    text: str
    call: Call
    before: int = 0
    """How many turns of the same step there were: one more, and what came of it is known."""


@dataclass(frozen=True)
class Unanswered:
    """A run as far as it has come; its fields are called as those of `Run` and `Conversation` are."""

    question: str
    system: str
    opening: str
    asked: str
    """The question as the prompt holds it, with what the profile's calls showed."""
    begun: bool
    turns: list[Turn]
    lessons: list[str]
    spent: Spent
    first_results: dict[str, str]
    evidence: Evidence | None
    doubtful: Evidence | None
    must_answer: bool
    temperature: float
    invalid_in_a_row: int
    failures: list[str]
    first_token_seconds: float
    images: list[Image]
    sources: tuple[Source, ...]
    models: tuple[str, ...] = ()
    left_out: set[str] = field(default_factory=set)
    unanswered: set[str] = field(default_factory=set)
    pending: list[Pending] = field(default_factory=list)
    """The calls of its last step that were on their way, in the order in which they went out."""


@dataclass(frozen=True)
class State:
    """A conversation."""

    history: History = field(default_factory=History)
    run: Unanswered | None = None
    v: int = VERSION


_OF_RUN = {field.name for field in fields(Unanswered)} & {field.name for field in fields(Run)}
_OF_CONVERSATION = ("system", "opening", "turns", "lessons")
_STATE = TypeAdapter(State)


def unanswered(run: Run, pending: Sequence[Pending] = ()) -> Unanswered:
    """A run as it is now."""
    values = {name: getattr(run, name) for name in _OF_RUN}
    values |= {name: getattr(run.conversation, name) for name in _OF_CONVERSATION}
    return Unanswered(
        **values, asked=run.conversation.question, spent=run.guard.spent(), pending=list(pending)
    )


def resumed(kept: Unanswered, history: History, limits: Limits, hooks: Hooks) -> Run:
    """A run that goes on where it was kept."""
    shown = {name: getattr(kept, name) for name in _OF_CONVERSATION}
    conversation = Conversation(question=kept.asked, history=history, **shown)
    values = {name: getattr(kept, name) for name in _OF_RUN}
    return Run(conversation=conversation, guard=RunGuard(limits, kept.spent), hooks=hooks, **values)


def plain(state: State) -> dict[str, Any]:
    """A state as dictionaries, lists, tuples and sets."""
    value: dict[str, Any] = _STATE.dump_python(state)
    return value


def state_of(value: Mapping[str, Any]) -> State:
    """The state that `plain` made this of.

    Raises:
        UnreadableConversationError: It was kept by a newer version, or is none.
    """
    version = value.get("v")
    if isinstance(version, int) and version > VERSION:
        raise UnreadableConversationError(
            f"The conversation was kept in form {version}; this version reads up to {VERSION}.",
            hint="Install the version that kept it.",
        )
    try:
        return _STATE.validate_python(value)
    except ValidationError as error:
        first = error.errors()[0]
        place = ".".join(map(str, first["loc"]))
        raise UnreadableConversationError(
            f"The conversation cannot be read: {place}: {first['msg']}."
        ) from error
