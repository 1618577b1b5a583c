"""What happens in a run, as it happens; a listener draws it, logs it or counts it."""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal

from ankus_runner.constraint import Plan
from ankus_runner.hosts import ToolResult
from ankus_runner.model import Completion, Message
from ankus_runner.outcome import Outcome
from ankus_runner.profile import Profile
from ankus_shared.errors import AnkusError


@dataclass(frozen=True)
class RunBegan:
    """A question of a user is being answered, by the first of these models that can."""

    question: str
    profile: Profile
    model: str
    run_id: str = ""
    user: str = ""
    conversation: str = ""


@dataclass(frozen=True)
class RunEnded:
    """There is an answer, an error, or neither, as the run was cancelled."""

    outcome: Outcome | None = None
    error: AnkusError | None = None


@dataclass(frozen=True)
class PromptChosen:
    """Which version of the profile's prompt this conversation sees, by name and content, and why."""

    version: str
    hash: str
    reason: str


@dataclass(frozen=True)
class PromptRead:
    """The model has evaluated `done` of `total` prompt tokens that were not cached."""

    done: int
    total: int


@dataclass(frozen=True)
class StepStarted:
    """The model begins step `number` (from 1)."""

    number: int


@dataclass(frozen=True)
class ModelAsked:
    """A request goes to a model."""

    model: str
    messages: Sequence[Message]
    max_tokens: int
    temperature: float


@dataclass(frozen=True)
class ModelAnswered:
    """What the model answered to it."""

    model: str
    completion: Completion


@dataclass(frozen=True)
class ModelFailed:
    """There is no answer to it."""

    model: str
    reason: str


@dataclass(frozen=True)
class TextArrived:
    """A piece of the step's text."""

    text: str


@dataclass(frozen=True)
class Sampling:
    """The step is written once more, as sample `number` (from 2), to see whether its result agrees."""

    number: int


@dataclass(frozen=True)
class StepDiscarded:
    """What has arrived of this step is void; the step starts anew or another follows."""

    reason: str


@dataclass(frozen=True)
class Guarded:
    """The run turns in a circle through these tools: the next step answers, or calls others."""

    kind: str
    tools: tuple[str, ...]
    reason: str


@dataclass(frozen=True)
class PlanMade:
    """A plan that can be carried out; `waits` names, for each step, those that it waits for."""

    plan: Plan
    waits: Mapping[str, Sequence[str]]


@dataclass(frozen=True)
class Paused:
    """The run waits before this call for a person to say go on; the runner's secrets are not in it."""

    tool: str
    arguments: dict[str, Any]


@dataclass(frozen=True)
class CallMade:
    """A validated call goes to its server."""

    tool: str
    arguments: dict[str, Any]
    step: str = ""
    """Its name in a plan; calls of a plan may run side by side."""


@dataclass(frozen=True)
class ResultSeen:
    """What the call answered."""

    tool: str
    result: ToolResult
    step: str = ""
    """The name of the call in a plan."""


@dataclass(frozen=True)
class OpeningMade:
    """The runner itself has made a call that every answer begins with."""

    tool: str
    arguments: dict[str, Any]
    result: ToolResult
    seconds: float


@dataclass(frozen=True)
class PromptReduced:
    """The prompt was too long: it had `before` tokens and has `after`, by these steps of the ladder."""

    before: int
    after: int
    by: tuple[str, ...]


@dataclass(frozen=True)
class ModelDecided:
    """What is done with a model of the chain, and why: it "is asked first", "is asked again", "is passed
    over for large", "is tried", "is taken", "does not think", "fails"."""

    model: str
    decision: str
    reason: str


@dataclass(frozen=True)
class ApprovalAsked:
    """A person is asked whether a call may be made; the runner's secrets are not in its arguments."""

    tool: str
    arguments: dict[str, Any]
    digest: str
    problem: str = ""
    """What was wrong with the arguments that the person wrote instead."""


@dataclass(frozen=True)
class Approved:
    """A person, or a rule, said whether a call may be made."""

    tool: str
    arguments: dict[str, Any]
    verdict: Literal["approved", "edited", "refused", "timed_out"]
    by: str


@dataclass(frozen=True)
class Remembered:
    """A fact about the user is kept, or one that was known is confirmed."""

    fact: int
    text: str
    source: str
    confidence: float
    confirmed: bool


@dataclass(frozen=True)
class Forgotten:
    """A fact is deleted: by the model, or as it has faded."""

    fact: int
    reason: str


@dataclass(frozen=True)
class Warned:
    """Something went wrong that the answer does not depend on."""

    reason: str


Event = (
    RunBegan
    | RunEnded
    | PromptChosen
    | PromptRead
    | StepStarted
    | ModelAsked
    | ModelAnswered
    | ModelFailed
    | TextArrived
    | Sampling
    | StepDiscarded
    | Guarded
    | PlanMade
    | Paused
    | CallMade
    | ResultSeen
    | OpeningMade
    | PromptReduced
    | ModelDecided
    | ApprovalAsked
    | Approved
    | Remembered
    | Forgotten
    | Warned
)
Listener = Callable[[Event], None]
MODEL_CALLS = (ModelAsked, ModelAnswered, ModelFailed)


def nobody(_: Event) -> None:
    """The listener that does nothing."""


def both(first: Listener, second: Listener) -> Listener:
    """A listener that tells two others."""

    def tell(event: Event) -> None:
        first(event)
        second(event)

    return tell


def only(listener: Listener, *kinds: type[Event]) -> Listener:
    """A listener that tells another of events of these kinds."""

    def tell(event: Event) -> None:
        if isinstance(event, kinds):
            listener(event)

    return tell


async def told(listener: Listener, began: RunBegan, answering: Awaitable[Outcome]) -> Outcome:
    """Await an answer, and tell the listener that the run began and how it ended."""
    listener(began)
    ended = RunEnded()
    try:
        outcome = await answering
        ended = RunEnded(outcome)
    except AnkusError as error:
        ended = RunEnded(error=error)
        raise
    finally:
        listener(ended)
    return outcome
