"""Which functions reach others over calls, level by level.

Each level is one statement per kind of edge. The set of what was seen is kept here, so that no level
costs more than the edges of the functions that it added, whatever the depth. Where most functions are
seen, the few that are left are asked instead: on a hub of PostgreSQL's graph that halves the last levels.
"""

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from typing import Literal

from ankus_code_graph.query.view import View, array

Direction = Literal["callers", "callees"]
LARGE_LEVEL = 4_000
"""Functions in a level from which it pays to know how many functions are not seen yet."""
SURE = 0.9
"""Confidence from which on an edge counts as certain."""


@dataclass(frozen=True)
class Over:
    """Which edges lead on.

    Args:
        pointers: Also calls through a pointer in which the function is stored.
        least: Lowest confidence of a call; 0 for all.
    """

    pointers: bool = True
    least: float = 0.0


@dataclass(frozen=True)
class Reached:
    """Ids by depth: the start at 0, then what each further step adds, in order of ids."""

    levels: list[list[int]]
    complete: bool
    """Whether nothing lies beyond the last level."""

    @property
    def found(self) -> list[int]:
        """All but the start."""
        return [identity for level in self.levels[1:] for identity in level]


async def reach(
    view: View, start: Iterable[int], direction: Direction, depth: int, over: Over = Over()
) -> Reached:
    """Everything within `depth` steps of the start.

    Args:
        start: Ids of functions, which themselves are not among what is found.
    """
    wave = Wave(view, start, direction, over)
    while wave.frontier and len(wave.levels) <= depth:
        await wave.step()
    return wave.reached()


class Wave:
    """A search in one direction, which its owner moves on step by step."""

    def __init__(self, view: View, start: Iterable[int], direction: Direction, over: Over) -> None:
        self._view = view
        self._direction = direction
        self._over = over
        self._all: frozenset[int] | None = None
        self.levels: list[list[int]] = [sorted(set(start))]
        self.seen: set[int] = set(self.levels[0])

    @property
    def frontier(self) -> list[int]:
        """What the last step added."""
        return self.levels[-1]

    def reached(self) -> Reached:
        """What was found so far."""
        complete = not self.frontier
        return Reached(self.levels[:-1] if complete else self.levels, complete)

    async def step(self) -> list[int]:
        """Add the next level, which is empty at the end."""
        found = await self._over_calls()
        if self._over.pointers:
            found |= await self._ids(f"pointer_{self._direction}_of", self.frontier)
        level = sorted(found - self.seen)
        self.seen.update(level)
        self.levels.append(level)
        return level

    async def _over_calls(self) -> set[int]:
        left = await self._left()
        if left is not None and len(left) < len(self.frontier) and not self._over.least:
            return await self._of_rest(left)
        return await self._ids(f"{self._direction}_of", self.frontier, least=self._over.least)

    async def _left(self) -> Collection[int] | None:
        """Functions that are not seen yet; None where that is not worth the question."""
        if len(self.frontier) < LARGE_LEVEL:
            return None
        if self._all is None:
            self._all = frozenset(await self._ids("functions", []))
        return self._all - self.seen

    async def _of_rest(self, left: Collection[int]) -> set[int]:
        """Those of `left` that have an edge to what is seen; it can only go to the last level."""
        name = "rest_calls_by" if self._direction == "callers" else "rest_calls_to"
        rows = await self._view.rows(name, ids=array(left))
        seen = {str(identity) for identity in self.seen}
        return {int(this) for this, other in rows if other in seen}

    async def _ids(self, name: str, ids: Collection[int], **parameters: float) -> set[int]:
        rows = await self._view.rows(name, ids=array(ids), **parameters)
        return {int(row[0]) for row in rows}
