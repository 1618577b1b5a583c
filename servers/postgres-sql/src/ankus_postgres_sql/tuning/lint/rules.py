"""What a rule is, and the list of all of them."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

from pglast.ast import Node

from ankus_postgres_sql.tuning.scope import Level, Levels


@dataclass(frozen=True)
class Look:
    """One SELECT under a rule."""

    levels: Levels
    level: Level

    @property
    def tree(self) -> Any:
        """The SELECT's own node."""
        return self.level.tree

    @property
    def outermost(self) -> bool:
        """Whether its rows are the query's own."""
        return self.level.number == 0


Judge = Callable[[Look], Iterator[tuple[Node | None, str]]]
"""Gives each place where the rule is broken: the node, and a few words of what is there."""


@dataclass(frozen=True)
class Rule:
    """One rule: why what it finds is a mistake, and how to write it instead."""

    id: str
    severity: str
    """wrong: the result may be wrong; slow: it costs; fragile: it breaks when data or tables change."""
    why: str
    repair: str
    judge: Judge


RULES: dict[str, Rule] = {}
"""Every rule by its id; filled by the modules of rules when they are imported."""


def rule(id: str, severity: str, why: str, repair: str) -> Callable[[Judge], Judge]:
    """Make a function the judge of a rule."""

    def add(judge: Judge) -> Judge:
        RULES[id] = Rule(id, severity, why, repair, judge)
        return judge

    return add
