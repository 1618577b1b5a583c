"""What the linker gathers: edges with their evidence, and what a macro does whatever its arguments are."""

from dataclasses import dataclass, field
from typing import Any

from ankus_code_graph.extract import facts
from ankus_code_graph.extract.describe import PASTE
from ankus_code_graph.extract.facts import Event
from ankus_code_graph.resolve.index import MacroDefinition


@dataclass(slots=True)
class Link:
    """One edge from the function, as evidence is gathered."""

    rule: str
    confidence: float
    via: tuple[str, ...]
    lines: set[int] = field(default_factory=set)


Key = tuple[str, int, bool]
"""Label, id of the end (or of the start, for POINTS the field's), whether it comes out of macros."""


@dataclass(slots=True)
class Links:
    """What was found for one function."""

    edges: dict[Key, Link] = field(default_factory=dict)
    points: dict[tuple[int, int], Link] = field(default_factory=dict)
    """From a field or a variable to a function."""
    indirect: list[str] = field(default_factory=list)
    external: set[str] = field(default_factory=set)
    unbound: int = 0
    """Uses of fields whose struct is not known."""


@dataclass(slots=True)
class Effects:
    """What a macro does whatever its arguments are, and the events that need them."""

    closed: list[tuple[Key, str, float, tuple[str, ...]]]
    points: list[tuple[int, int, float, tuple[str, ...]]]
    external: set[str]
    indirect: list[str]
    open: list[tuple[Event, tuple[str, ...], float]]


def alias_of(macro: MacroDefinition) -> str | None:
    """The name that a macro without parentheses stands for, where it is no more than that."""
    if macro.params is None and macro.text.isidentifier():
        return macro.text
    return None


def needs_arguments(event: Event, macro: MacroDefinition) -> bool:
    """Whether the meaning of a macro's event depends on what the macro is given."""
    if event[0] in (facts.PCALL, facts.PREF, facts.DECLARE):
        return True
    return macro.params is not None and any(_has_param(part) for part in event[2:])


def _has_param(part: Any) -> bool:
    if isinstance(part, str):
        return PASTE in part
    if not isinstance(part, list) or not part:
        return False
    if part[0] in (facts.PARAM, facts.PARAM_TYPE) and isinstance(part[0], int) and len(part) == 2:
        return True
    return any(_has_param(one) for one in part)
