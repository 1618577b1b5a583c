"""What stands beside a run: who is told of it, who allows its calls, what keeps it, and whose it is."""

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Protocol

from ankus_runner.catalogue import Tool
from ankus_runner.constraint import Call
from ankus_runner.events import Listener, nobody
from ankus_runner.plan_approval import PlanApprover

if TYPE_CHECKING:
    from ankus_runner.run import Run

LOCAL_USER = "local"
"""Whose questions those of a terminal are."""


@dataclass(frozen=True)
class Verdict:
    """What was said of a call: the call to make, as it was or edited, or None and why not."""

    call: Call | None
    reason: str = ""


class Approver(Protocol):
    """Says whether a call may be made."""

    async def ask(self, run: "Run", call: Call, tool: Tool) -> Verdict:
        """Wait for what is said of a validated call."""


class Keeper(Protocol):
    """Keeps a run so that it can go on after a crash."""

    async def calling(self, run: "Run", text: str, call: Call) -> None:
        """Told before a call goes out that the step `text` makes."""

    async def stepped(self, run: "Run") -> None:
        """Told before the first step and after each, but the one that answers."""

    async def ended(self, run: "Run") -> None:
        """Told when the question is answered or given up."""


class AllowAll:
    """The approver of who asks nobody."""

    async def ask(self, run: "Run", call: Call, tool: Tool) -> Verdict:
        """The call, as it is."""
        return Verdict(call)


class KeepNothing:
    """The keeper that does nothing."""

    async def calling(self, run: "Run", text: str, call: Call) -> None:
        """See `Keeper`."""

    async def stepped(self, run: "Run") -> None:
        """See `Keeper`."""

    async def ended(self, run: "Run") -> None:
        """See `Keeper`."""


@dataclass(frozen=True)
class Hooks:
    """What stands beside a run."""

    tell: Listener = nobody
    approver: Approver = field(default_factory=AllowAll)
    keeper: Keeper = field(default_factory=KeepNothing)
    plan_approver: PlanApprover | None = None
    """Who agrees to plans; None where nobody can be asked."""
    user: str = LOCAL_USER
    conversation: str = ""
    """Its id, where it is kept."""
