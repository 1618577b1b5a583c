"""One question: its state while it is being answered, and what comes of it."""

from dataclasses import dataclass, field
from typing import Any

from ankus_runner.conversation import Conversation
from ankus_runner.errors import QuestionError
from ankus_runner.events import Listener, nobody
from ankus_runner.guard import RunGuard
from ankus_runner.hosts import Image, ToolResult
from ankus_runner.model import Usage
from ankus_runner.passages import Source


@dataclass(frozen=True)
class Evidence:
    """The call that an answer rests on, and its result."""

    tool: str
    arguments: dict[str, Any]
    result: ToolResult


@dataclass(frozen=True)
class Outcome:
    """An answered question."""

    answer: str
    evidence: Evidence | None
    steps: int
    usage: Usage
    seconds: float
    first_token_seconds: float
    images: tuple[Image, ...] = ()
    """What the tools drew, in the order of the calls."""
    sources: tuple[Source, ...] = ()
    """The passages that the answer cites by number."""


@dataclass
class Run:
    """The state of one question while it is being answered."""

    question: str
    conversation: Conversation
    guard: RunGuard
    first_results: dict[str, str] = field(default_factory=dict)
    """What the calls that are made for each question answered, by tool."""
    evidence: Evidence | None = None
    doubtful: Evidence | None = None
    """A result with advice on what to correct, which an answer rests on only where nothing better comes."""
    must_answer: bool = False
    temperature: float = 0.0
    invalid_in_a_row: int = 0
    failures: list[str] = field(default_factory=list)
    """The errors of the calls that failed in a row."""
    first_token_seconds: float = 0.0
    images: list[Image] = field(default_factory=list)
    sources: tuple[Source, ...] = ()
    tell: Listener = nobody

    def outcome(self, answer: str) -> Outcome:
        """What has come of the question, with the answer to it."""
        return Outcome(
            answer,
            self.evidence,
            self.guard.steps,
            self.guard.usage,
            self.guard.seconds,
            self.first_token_seconds,
            tuple(self.images),
            self.sources,
        )


def check_question(question: str, limit: int) -> str:
    """The question without surrounding white space.

    Raises:
        QuestionError: It is empty, or longer than `limit` characters.
    """
    text = question.strip()
    if not text:
        raise QuestionError("The question is empty.", hint='Ask one: ankus ask "How many orders are there?"')
    if len(text) > limit:
        raise QuestionError(f"The question has {len(text)} characters; at most {limit} are read.")
    return text
