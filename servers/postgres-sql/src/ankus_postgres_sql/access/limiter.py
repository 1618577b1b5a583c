"""How often, how much at once, and how many rows an identity may ask for; kept in memory."""

import math
from collections import deque
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from time import monotonic

from ankus_postgres_sql.access.errors import RateExceeded
from ankus_postgres_sql.access.matrix import Identity

MINUTE = 60.0
HOUR = 3600.0


class Window:
    """A sliding window: at most `limit` within `seconds`."""

    def __init__(self, limit: int, seconds: float, clock: Callable[[], float]) -> None:
        self._limit, self._seconds, self._clock = limit, seconds, clock
        self._spent: deque[tuple[float, int]] = deque()

    def wait(self) -> float:
        """Seconds until there is room for one more; 0 where there is."""
        now, left = self._clock(), 0.0
        while self._spent and self._spent[0][0] <= now - self._seconds:
            self._spent.popleft()
        used = sum(amount for _, amount in self._spent)
        for then, amount in self._spent:
            if used < self._limit:
                break
            used -= amount
            left = then + self._seconds - now
        return left

    def spend(self, amount: int) -> None:
        """Count `amount` from now on."""
        if amount:
            self._spent.append((self._clock(), amount))


class Limiter:
    """The limits of one identity."""

    def __init__(self, identity: Identity, clock: Callable[[], float] = monotonic) -> None:
        self._calls = _window(identity.calls_per_minute, MINUTE, clock)
        self._rows = _window(identity.rows_per_hour, HOUR, clock)
        self._at_once = identity.concurrent_calls
        self._running = 0

    @contextmanager
    def call(self) -> Iterator[None]:
        """Room for one call, for the length of the block.

        Raises:
            RateExceeded: With the seconds to wait; a refused call counts for nothing.
        """
        for window, what in ((self._calls, "calls"), (self._rows, "rows")):
            if window is not None and (seconds := window.wait()) > 0:
                raise RateExceeded(what, math.ceil(seconds))
        if self._at_once is not None and self._running >= self._at_once:
            raise RateExceeded("calls at once", 1)
        if self._calls is not None:
            self._calls.spend(1)
        self._running += 1
        try:
            yield
        finally:
            self._running -= 1

    def spend_rows(self, rows: int) -> None:
        """Count the rows of an answer."""
        if self._rows is not None:
            self._rows.spend(rows)


def _window(limit: int | None, seconds: float, clock: Callable[[], float]) -> Window | None:
    return None if limit is None else Window(limit, seconds, clock)
