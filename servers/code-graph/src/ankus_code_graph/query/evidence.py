"""How one function is known to lead to another: lines, macros, pointers, and how sure that is."""

import json
from collections.abc import Collection
from dataclasses import dataclass
from typing import Any

from ankus_code_graph.query.symbol import symbols_of
from ankus_code_graph.query.text import certainty, place, plain
from ankus_code_graph.query.view import View, array

POINTER_CONFIDENCE = 0.8
"""A call through a pointer reaches one of the functions stored there; which one, no source says."""
PER_FUNCTION = 20
"""Edges that are looked at for one function of a page."""


@dataclass(frozen=True, slots=True)
class Step:
    """An edge from one function to another, or from a function to a pointer and from there to another."""

    start: int
    end: int
    edge: dict[str, Any]
    """Properties of the CALLS, or of the DISPATCHES."""
    pointer: str = ""
    """Name of the field or variable that holds the pointer."""
    stored: dict[str, Any] | None = None
    """Properties of the POINTS."""

    @property
    def confidence(self) -> float:
        """From 0 to 1."""
        own = float(self.edge.get("confidence", 1.0))
        if self.stored is None:
            return own
        return own * float(self.stored.get("confidence", 1.0)) * POINTER_CONFIDENCE

    @property
    def place(self) -> str:
        """`file:lines` of the call."""
        return place(str(self.edge.get("file", "")), self.edge.get("lines") or [])

    def how(self) -> str:
        """The rule, the macros, the pointer and the confidence where it is not whole."""
        return f"{self._rule()}{certainty(self.confidence)}{_condition(self.edge)}"

    def _rule(self) -> str:
        if self.stored is not None:
            where = place(str(self.stored.get("file", "")), self.stored.get("lines") or [])
            return f"through pointer {plain(self.pointer)} (stored at {where})"
        via = " > ".join(plain(str(macro)) for macro in self.edge.get("via") or [])
        rule = plain(str(self.edge.get("rule", "direct")))
        return f"{rule} {via}".strip()


def _condition(edge: dict[str, Any]) -> str:
    condition = str(edge.get("condition") or "")
    return f" [#if {plain(condition, 80)}]" if condition else ""


async def steps(
    view: View, starts: Collection[int], ends: Collection[int], *, by: str, pointers: bool
) -> list[Step]:
    """The edges between two sets of functions, the surest first.

    Args:
        by: `start` where the starts are the page that is shown, `end` where the ends are; of each function
            of the page at most `PER_FUNCTION` edges are read.
    """
    if not starts or not ends:
        return []
    parameters = {"starts": array(starts), "ends": array(ends), "most": PER_FUNCTION, "by": by}
    rows = await view.rows(f"steps_by_{by}", **parameters)
    found = [Step(int(start), int(end), json.loads(edge)) for start, end, edge in rows]
    if pointers:
        found += await _through_pointers(view, parameters)
    return sorted(found, key=_rank)


async def _through_pointers(view: View, parameters: dict[str, Any]) -> list[Step]:
    rows = await view.rows("pointer_steps", **parameters)
    holders = await symbols_of(view, {int(holder) for _, _, holder, _, _ in rows})
    return [
        Step(int(start), int(end), json.loads(edge), holders[int(holder)].name, json.loads(stored))
        for start, end, holder, edge, stored in rows
    ]


def _rank(step: Step) -> tuple[float, bool, int, str]:
    return (-step.confidence, step.stored is not None, len(step.edge.get("via") or []), step.place)
