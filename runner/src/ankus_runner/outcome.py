"""What comes of a question: the answer, what it rests on, and what it cost."""

from dataclasses import dataclass
from typing import Any

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
