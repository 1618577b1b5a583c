"""Limits and loop detection: what a run may cost, and when it turns in a circle."""

import json
import time
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from ankus_runner.circles import CircleWatch
from ankus_runner.errors import NotAnsweredError
from ankus_runner.model import Usage
from ankus_runner.profile import Limits


@dataclass(frozen=True)
class Spent:
    """What a run has cost so far, for one that is resumed to go on counting."""

    steps: int = 0
    usage: Usage = field(default_factory=Usage)
    seconds: float = 0.0
    calls: list[tuple[str, int]] = field(default_factory=list)


class RunGuard:
    """Counts what one question costs, and how often the same call is made."""

    def __init__(self, limits: Limits, spent: Spent | None = None) -> None:
        before = spent or Spent()
        self.limits = limits
        self.steps = before.steps
        self.usage = before.usage
        self._started = time.monotonic() - before.seconds
        self._calls: Counter[str] = Counter(dict(before.calls))
        self.watch = CircleWatch(limits)

    def spent(self) -> Spent:
        """All counters as they are now."""
        return Spent(self.steps, self.usage, self.seconds, list(self._calls.items()))

    @property
    def seconds(self) -> float:
        """Wall time since the run began."""
        return time.monotonic() - self._started

    @property
    def last_step(self) -> bool:
        """Whether the step that now runs is the last that the limit allows."""
        return self.steps >= self.limits.steps

    def begin_step(self) -> None:
        """Count a step.

        Raises:
            NotAnsweredError: The steps, tokens, cost or seconds are used up.
        """
        limits, spent = self.limits, self.usage.prompt - self.usage.cached + self.usage.completion
        if self.steps >= limits.steps:
            raise self._used_up(f"{limits.steps} steps", "--max-steps")
        if spent >= limits.tokens:
            raise self._used_up(f"{limits.tokens} tokens", "a profile with a higher limit")
        if limits.cost is not None and self.usage.cost >= limits.cost:
            raise self._used_up(f"a cost of {limits.cost:g}", "--max-cost")
        if self.seconds >= limits.seconds:
            raise self._used_up(f"{limits.seconds:g} seconds", "--max-seconds")
        self.steps += 1

    def made(self, tool: str, arguments: Mapping[str, Any]) -> bool:
        """Whether this very call was made before."""
        return self._calls[_key(tool, arguments)] > 0

    def repeats(self, tool: str, arguments: Mapping[str, Any]) -> int:
        """How often this very call was made before; counts it.

        Raises:
            NotAnsweredError: It was made as often as the limit allows.
        """
        key = _key(tool, arguments)
        before = self._calls[key]
        if before >= self.limits.same_call:
            raise NotAnsweredError(
                f"The model made the same call of {tool} {before + 1} times without an answer.",
                hint="Ask in other words, or use a larger model.",
            )
        self._calls[key] += 1
        self.watch.called(tool, key)
        return before

    def forget(self, tool: str, arguments: Mapping[str, Any]) -> None:
        """Take a call back that did not reach its tool."""
        self._calls[_key(tool, arguments)] -= 1

    def _used_up(self, what: str, remedy: str) -> NotAnsweredError:
        return NotAnsweredError(f"There was no answer within {what}.", hint=f"Raise the limit with {remedy}.")


def _key(tool: str, arguments: Mapping[str, Any]) -> str:
    return f"{tool} {json.dumps(arguments, sort_keys=True, ensure_ascii=False)}"
