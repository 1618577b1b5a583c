"""What is kept: the spans of a run, the run as a whole, a prompt's text, and what a person approved."""

from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Literal

from ankus_runner.model import Usage

Kind = Literal["run", "step", "model", "tool", "decision", "approval"]
Status = Literal["running", "ok", "error", "cancelled"]


@dataclass(frozen=True)
class Span:
    """Something that took time, or a moment (of 0 seconds) in which something was decided."""

    trace_id: str
    span_id: str
    parent_id: str | None
    kind: Kind
    name: str
    started_at: datetime
    seconds: float
    status: Status = "ok"
    error: str = ""
    """An error's code."""
    step: int | None = None
    model: str = ""
    tool: str = ""
    usage: Usage | None = None
    first_token_seconds: float | None = None
    cost: float | None = None
    attributes: dict[str, Any] = field(default_factory=dict)
    """By the names of `ankus_runner.traces.names`."""
    input: Any = None
    output: Any = None
    """What went in and came out: kept apart, and not as long."""


@dataclass(frozen=True)
class Trace:
    """One run as a whole; written when it begins, and again when it ends."""

    trace_id: str
    started_at: datetime
    user: str
    conversation: str
    profile: str
    model: str
    prompt_hash: str = ""
    prompt_version: str = ""
    status: Status = "running"
    error: str = ""
    seconds: float | None = None
    steps: int = 0
    model_calls: int = 0
    tool_calls: int = 0
    usage: Usage = field(default_factory=Usage)
    first_token_seconds: float | None = None
    cost: float | None = None


@dataclass(frozen=True)
class PromptVersion:
    """A profile's system prompt, by the SHA-256 of its text."""

    prompt_hash: str
    profile: str
    text: str
    version: str = ""


@dataclass(frozen=True)
class Approval:
    """What a person, or a rule, said to one call; nothing of it is changed or deleted later."""

    trace_id: str
    decided_at: datetime
    tool: str
    arguments: dict[str, Any]
    verdict: str
    by: str


Record = Span | Trace | PromptVersion | Approval


def weight(record: Record) -> int:
    """About how many characters a record holds, for the queue's bound."""
    return 500 + (_size(record.input) + _size(record.output) if isinstance(record, Span) else 0)


def _size(value: Any) -> int:
    if isinstance(value, str):
        return len(value)
    if isinstance(value, dict):
        return sum(_size(part) for part in value.values())
    if isinstance(value, list | tuple):
        return sum(map(_size, value))
    return 8
