"""What one key may ask: requests a minute, answers at once, tokens a day. Each worker counts for itself."""

import time
from collections import defaultdict, deque
from collections.abc import Callable, Generator
from contextlib import contextmanager
from dataclasses import dataclass, field

from ankus_runner.model import Usage
from ankus_runner.serve.errors import RateLimitError
from ankus_runner.serve.keys import Key

MINUTE, DAY = 60.0, 86_400.0
BUSY_SECONDS = 2.0
"""When to come again where others of the key's answers are still on their way."""


@dataclass
class _Count:
    begun: deque[float] = field(default_factory=deque)
    running: int = 0
    spent: deque[tuple[float, int]] = field(default_factory=deque)

    def forget(self, now: float) -> None:
        while self.begun and self.begun[0] <= now - MINUTE:
            self.begun.popleft()
        while self.spent and self.spent[0][0] <= now - DAY:
            self.spent.popleft()


class KeyLimits:
    """Counts by key, over the last minute and the last 24 hours.

    Args:
        clock: Seconds that only grow.
    """

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._counts: defaultdict[str, _Count] = defaultdict(_Count)

    @contextmanager
    def slot(self, key: Key) -> Generator[None]:
        """Count one request for as long as the block takes.

        Raises:
            RateLimitError: The key has reached a limit; such a request does not count.
        """
        now, count = self._clock(), self._counts[key.name]
        count.forget(now)
        if key.requests_per_minute and len(count.begun) >= key.requests_per_minute:
            seconds = count.begun[0] + MINUTE - now
            raise RateLimitError(f"{key.requests_per_minute} requests a minute are reached.", seconds=seconds)
        if key.concurrent and count.running >= key.concurrent:
            raise RateLimitError(f"{key.concurrent} answers at once are reached.", seconds=BUSY_SECONDS)
        if key.tokens_per_day and sum(tokens for _, tokens in count.spent) >= key.tokens_per_day:
            seconds = count.spent[0][0] + DAY - now
            raise RateLimitError(f"{key.tokens_per_day} tokens a day are reached.", seconds=seconds)
        count.begun.append(now)
        count.running += 1
        try:
            yield
        finally:
            count.running -= 1

    def spend(self, key: Key, usage: Usage) -> None:
        """Count the tokens of a completion: those that were evaluated, and those that were written."""
        tokens = usage.prompt - usage.cached + usage.completion
        self._counts[key.name].spent.append((self._clock(), tokens))
