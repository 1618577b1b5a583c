"""Chance that replays: every draw comes from `random.Random(...).random()`.

That method alone is promised to give the same sequence in every version of Python for the same seed
(the `random` module's "Notes on Reproducibility"); weights are integers, so no rounding decides a draw.
"""

import random
from bisect import bisect_right
from collections.abc import Sequence
from datetime import date, timedelta
from itertools import accumulate
from typing import Generic, TypeVar

T = TypeVar("T")


class Urn(Generic[T]):
    """Items with integer weights, prepared once so that each draw is a binary search."""

    def __init__(self, items: Sequence[T], weights: Sequence[int]) -> None:
        self._items = items
        self._ends = list(accumulate(weights))

    def draw(self, dice: "Dice") -> T:
        """One item, as often as its weight says."""
        return self._items[bisect_right(self._ends, dice.below(self._ends[-1]))]

    def draw_between(self, dice: "Dice", first: int, last: int) -> T:
        """One item whose position lies in first..last, as often as its weight says."""
        start = self._ends[first - 1] if first else 0
        return self._items[bisect_right(self._ends, start + dice.below(self._ends[last] - start))]


class Dice:
    """One seeded stream of draws; each table has its own, so that a change to one leaves the others."""

    def __init__(self, seed: str) -> None:
        self._random = random.Random(seed).random

    def below(self, end: int) -> int:
        """An integer in 0..end-1."""
        return int(self._random() * end)

    def between(self, low: int, high: int) -> int:
        """An integer in low..high, both included."""
        return low + self.below(high - low + 1)

    def chance(self, percent: float) -> bool:
        """True in `percent` of a hundred throws."""
        return self._random() * 100 < percent

    def pick(self, items: Sequence[T]) -> T:
        """One of the items, each as likely as the others."""
        return items[self.below(len(items))]

    def day(self, first: date, last: date) -> date:
        """A day in first..last, both included."""
        return first + timedelta(days=self.below((last - first).days + 1))

    def shuffled(self, items: Sequence[T]) -> list[T]:
        """The items in a random order (Fisher and Yates)."""
        mixed = list(items)
        for end in range(len(mixed) - 1, 0, -1):
            other = self.below(end + 1)
            mixed[end], mixed[other] = mixed[other], mixed[end]
        return mixed
