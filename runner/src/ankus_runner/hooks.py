"""What stands beside a run: who is told of it, who allows its calls, what keeps it, and whose it is."""

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Protocol

from ankus_runner.access import EVERYTHING, Allowed
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
    by: str = ""
    timed_out: bool = False
    """Whether nothing was said in time."""


class Approver(Protocol):
    """Says whether a call that needs a word may be made; see `ankus_runner.approvals`."""

    @property
    def reachable(self) -> bool:
        """Whether there is anyone to say so; where not, no tool that needs a word is in a grammar."""

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


class Ledger(Protocol):
    """Where what was said of calls is written down."""

    async def kept(self, seconds: float) -> bool:
        """Wait until all that was told is written, at most so long; whether it is."""


class AllowAll:
    """The approver of who asks nobody, and lets everything through."""

    reachable = True

    async def ask(self, run: "Run", call: Call, tool: Tool) -> Verdict:
        """The call, as it is."""
        return Verdict(call, by="no one was asked")


class AllowNone:
    """The approver where nobody can be asked."""

    reachable = False

    async def ask(self, run: "Run", call: Call, tool: Tool) -> Verdict:
        """A refusal."""
        return Verdict(None, f"{tool.name} needs a person's word, and nobody can be asked.", by="the runner")


class KeepNothing:
    """The keeper that does nothing."""

    async def calling(self, run: "Run", text: str, call: Call) -> None:
        """See `Keeper`."""

    async def stepped(self, run: "Run") -> None:
        """See `Keeper`."""

    async def ended(self, run: "Run") -> None:
        """See `Keeper`."""


class NoLedger:
    """The ledger of who keeps none."""

    async def kept(self, seconds: float) -> bool:
        """It is not."""
        return False


@dataclass(frozen=True)
class Hooks:
    """What stands beside a run."""

    tell: Listener = nobody
    approver: Approver = field(default_factory=AllowAll)
    keeper: Keeper = field(default_factory=KeepNothing)
    ledger: Ledger = field(default_factory=NoLedger)
    plan_approver: PlanApprover | None = None
    """Who agrees to plans; None where nobody can be asked."""
    user: str = LOCAL_USER
    allowed: Allowed = EVERYTHING
    """What this user may use, as `access.Access.of` says."""
    conversation: str = ""
    """Its id, where it is kept."""
