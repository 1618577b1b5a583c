"""What happens in a run, as it happens; a listener draws it, logs it or counts it."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from ankus_runner.constraint import Plan
from ankus_runner.hosts import ToolResult


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
class PlanMade:
    """A plan that can be carried out; `waits` names, for each step, those that it waits for."""

    plan: Plan
    waits: Mapping[str, Sequence[str]]


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
class PromptReduced:
    """The prompt was too long: it had `before` tokens and has `after`, by these steps of the ladder."""

    before: int
    after: int
    by: tuple[str, ...]


@dataclass(frozen=True)
class Warned:
    """Something went wrong that the answer does not depend on."""

    reason: str


@dataclass(frozen=True)
class ModelDecided:
    """What is done with a model of the chain, and why: it "is asked again", "is passed over for large",
    "is tried", "is taken", "does not think", "fails"."""

    model: str
    decision: str
    reason: str


Event = (
    PromptRead
    | StepStarted
    | TextArrived
    | Sampling
    | StepDiscarded
    | PlanMade
    | CallMade
    | ResultSeen
    | PromptReduced
    | Warned
    | ModelDecided
)
Listener = Callable[[Event], None]


def nobody(_: Event) -> None:
    """The listener that does nothing."""
