"""Runs that turn in a circle though no call is made twice: seen in what was called and what was answered.

same result   so many calls in a row, each another one, are answered alike
cycle         the last calls go round and round, A-B-A-B or A-B-C-A-B-C, by what they are or by their results
no news       so many results in a row bring no word and no number that was not seen before

Only results of tools that only read count: what writes is progress, however short its answer is.
"""

import hashlib
import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from ankus_runner.profile import Limits

PERIODS = (2, 3)
READ_CHARS = 200_000
"""Of one result, where it is looked for news."""
_WORD = re.compile(r"\w+")

Seen = tuple[str, str]
"""A tool, and a call of it or the digest of its result."""


@dataclass(frozen=True)
class Circle:
    """A circle in which a run turns, and the tools that it goes through."""

    kind: Literal["same call", "same result", "cycle", "no news"]
    tools: frozenset[str]
    reason: str


class CircleWatch:
    """Watches the calls and results of one run."""

    def __init__(self, limits: Limits) -> None:
        self._limits = limits
        self._calls: list[Seen] = []
        self._results: list[Seen] = []
        self._words: set[str] = set()
        self._stale: list[str] = []
        """The tools of the newest results that brought nothing new."""

    def know(self, text: str) -> None:
        """Take note of a text whose words are no news, such as the question."""
        self._words |= _words(text)

    def called(self, tool: str, call: str) -> None:
        """Take note of a call, whether it is made or was made before."""
        self._calls.append((tool, call))

    def around(self, tool: str) -> Circle:
        """The circle that a repeated call of a tool, the newest, is a part of."""
        reason = f"{tool} was called like this before"
        return self._cycle(self._calls) or Circle("same call", frozenset({tool}), reason)

    def wrote(self) -> None:
        """Take note of a call that may have changed something."""
        self._results.clear()
        self._stale.clear()

    def answered(self, tool: str, text: str) -> Circle | None:
        """Take note of a result; the circle that it closes, if it does."""
        self._results.append((tool, hashlib.sha256(text.encode("utf-8", "replace")).hexdigest()))
        words = _words(text)
        self._stale = [] if words - self._words else [*self._stale, tool]
        self._words |= words
        return self._same_result() or self._cycle(self._results) or self._no_news()

    def _same_result(self) -> Circle | None:
        most = self._limits.same_result
        last = self._results[-most:]
        if len(last) < most or len(set(last)) > 1:
            return None
        tool = last[0][0]
        self._results.clear()
        return Circle(
            "same result", frozenset({tool}), f"{most} calls of {tool} in a row were answered alike"
        )

    def _cycle(self, seen: list[Seen]) -> Circle | None:
        for period in PERIODS:
            around = seen[-period * self._limits.cycles :]
            if len(set(around[:period])) > 1 and _goes_round(around, period, self._limits.cycles):
                seen.clear()
                tools = frozenset(tool for tool, _ in around)
                return Circle(
                    "cycle", tools, f"the last {len(around)} calls went round {' and '.join(sorted(tools))}"
                )
        return None

    def _no_news(self) -> Circle | None:
        if len(self._stale) < self._limits.no_news:
            return None
        tools, count = frozenset(self._stale), len(self._stale)
        self._stale = []
        return Circle("no news", tools, f"the last {count} results brought nothing new")


def _goes_round(around: Sequence[Seen], period: int, rounds: int) -> bool:
    return len(around) == period * rounds and all(around[i] == around[i % period] for i in range(len(around)))


def _words(text: str) -> set[str]:
    return {word.casefold() for word in _WORD.findall(text[:READ_CHARS])}
