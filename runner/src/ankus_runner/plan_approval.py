"""A person looks at a plan before anything of it runs: yes, no, no for a reason, or another plan instead."""

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from typing import Protocol

from ankus_runner.constraint import Plan, render_plan

ASKED = "Run this plan? [y]es, [n]o, [e]dit, or what is wrong with it: "
EDITED = "Write the plan, a line a call, then an empty line:"


@dataclass(frozen=True)
class PlanApproved:
    """The plan may run as it is."""


@dataclass(frozen=True)
class PlanRefused:
    """The plan may not run; with a reason, another is made."""

    reason: str = ""


@dataclass(frozen=True)
class PlanEdited:
    """Another plan, in the text form, is to run instead."""

    text: str


PlanVerdict = PlanApproved | PlanRefused | PlanEdited


class PlanApprover(Protocol):
    """Whoever says whether a plan may run."""

    async def judge(self, question: str, plan: Plan, problems: Sequence[str]) -> PlanVerdict:
        """What is to be done with a plan.

        Args:
            question: What the plan is to answer.
            plan: The plan, which has been checked.
            problems: What is wrong with the plan that was written instead of it, which is asked for anew.
        """


Say = Callable[[str], None]
Line = Callable[[], Awaitable[str | None]]


@dataclass(frozen=True)
class TerminalPlanApprover:
    """Shows the plan on a terminal and reads the person's lines.

    Args:
        say: Shows a line.
        line: The person's next line, None at the end, which is a no.
    """

    say: Say
    line: Line

    async def judge(self, question: str, plan: Plan, problems: Sequence[str]) -> PlanVerdict:
        """See the protocol."""
        for problem in problems:
            self.say(f"That plan cannot run: {problem}")
        self.say(render_plan(plan))
        self.say(ASKED)
        answer = await self.line()
        if answer is None:
            return PlanRefused()
        match answer.strip():
            case "y" | "Y" | "yes" | "да":
                return PlanApproved()
            case "" | "n" | "N" | "no" | "нет":
                return PlanRefused()
            case "e" | "E" | "edit":
                return PlanEdited(await self._edited())
            case reason:
                return PlanRefused(reason)

    async def _edited(self) -> str:
        self.say(EDITED)
        lines = list[str]()
        while (line := await self.line()) is not None and line.strip():
            lines.append(line.rstrip())
        return "\n".join(lines)
