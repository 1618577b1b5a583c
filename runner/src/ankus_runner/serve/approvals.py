"""Calls and plans that wait for a person: each is shown as it would be made, and edited, let go or refused.

Who is asked are those who follow the answer's steps; where nobody does, such a tool is in no grammar. Which
calls need a word is for `ankus_runner.approvals` to say.
"""

import uuid
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, Generic, Literal, TypeVar

import anyio

from ankus_runner.catalogue import Tool, validate
from ankus_runner.constraint import Call, Plan, render_plan
from ankus_runner.hooks import Verdict
from ankus_runner.plan_approval import PlanApproved, PlanEdited, PlanRefused, PlanVerdict
from ankus_runner.run import Run
from ankus_runner.serve.errors import NoSuchThingError, RequestError
from ankus_runner.serve.feed import Feed

Given = dict[str, Any]
"""What a person said: `verdict` (approve or refuse), `arguments`, `text`, `reason`, `remember`."""
V = TypeVar("V", Verdict, PlanVerdict)
LATE = "Nobody approved this in time. Do not make it again."


@dataclass
class _Waiting(Generic[V]):
    read: Callable[[Given], V]
    verdict: V | None = None
    decided: anyio.Event = field(default_factory=anyio.Event)

    def decide(self, given: Given) -> None:
        self.verdict = self.read(given)
        self.decided.set()


class Approvals:
    """The approver of one run: it is asked about calls and plans that need a person's word.

    Args:
        feed: Who follows it is asked.
        watched: Whether anybody does.
        remembered: The tools that need not be asked about any more; grows.
        seconds: How long an answer is waited for.
    """

    def __init__(self, feed: Feed, watched: bool, remembered: set[str], seconds: float) -> None:
        self.feed = feed
        self.reachable = watched
        self._remembered = remembered
        self._seconds = seconds
        self._waiting: dict[str, _Waiting[Any]] = {}

    async def ask(self, run: Run, call: Call, tool: Tool) -> Verdict:
        """See `ankus_runner.hooks.Approver`."""
        user = run.hooks.user
        if tool.name in self._remembered:
            return Verdict(call, by=f"{user}, earlier")
        if not self.reachable:
            return Verdict(
                None, f"{call.name} needs a person's word, and nobody can be asked.", by="the runner"
            )
        shown = {"type": "approval", "tool": call.name, "arguments": call.arguments}
        name, verdict = await self._said(shown, lambda given: self._of_call(call, tool, given))
        self.feed.tell({"type": "approved", "id": name, "verdict": _word(call, verdict)})
        return replace(verdict, by=user) if verdict else Verdict(None, LATE, timed_out=True)

    async def judge(self, question: str, plan: Plan, problems: Sequence[str]) -> PlanVerdict:
        """See `ankus_runner.plan_approval.PlanApprover`."""
        if not self.reachable:
            return PlanRefused()
        shown = {
            "type": "plan_approval",
            "text": render_plan(replace(plan, thought="")),
            "problems": list(problems),
        }
        name, verdict = await self._said(shown, _of_plan)
        words = {PlanApproved: "approved", PlanEdited: "edited", PlanRefused: "refused"}
        word = "timed_out" if verdict is None else words[type(verdict)]
        self.feed.tell({"type": "approved", "id": name, "verdict": word})
        return verdict or PlanRefused()

    def decide(self, name: str, given: Given) -> None:
        """Take what a person said.

        Raises:
            NoSuchThingError: Nothing of that name waits.
            RequestError: That is no verdict, or the arguments do not fit the tool.
        """
        waiting = self._waiting.get(name)
        if waiting is None:
            raise NoSuchThingError("Nothing of that id waits for an approval.", hint="It may have timed out.")
        if given.get("verdict") not in ("approve", "refuse"):
            raise RequestError("The verdict is neither 'approve' nor 'refuse'.")
        waiting.decide(given)

    async def _said(self, shown: dict[str, Any], read: Callable[[Given], V]) -> tuple[str, V | None]:
        """Ask, and wait; the name under which it was asked, and the verdict, None where there was none."""
        name, waiting = uuid.uuid4().hex, _Waiting(read)
        self._waiting[name] = waiting
        self.feed.tell({**shown, "id": name, "seconds": self._seconds})
        try:
            with anyio.move_on_after(self._seconds):
                await waiting.decided.wait()
        finally:
            del self._waiting[name]
        return name, waiting.verdict

    def _of_call(self, call: Call, tool: Tool, given: Given) -> Verdict:
        if given["verdict"] == "refuse":
            return Verdict(None, "A person has refused this call. Do not make it again.")
        verdict = Verdict(_edited(call, tool, given.get("arguments")))
        if given.get("remember") is True:
            self._remembered.add(tool.name)
        return verdict


def _of_plan(given: Given) -> PlanVerdict:
    if given["verdict"] == "refuse":
        return PlanRefused(str(given.get("reason") or "")[:1_000])
    text = given.get("text")
    return PlanEdited(text) if isinstance(text, str) else PlanApproved()


def _word(call: Call, verdict: Verdict | None) -> Literal["approved", "edited", "refused", "timed_out"]:
    if verdict is None:
        return "timed_out"
    if verdict.call is None:
        return "refused"
    return "approved" if verdict.call == call else "edited"


def _edited(call: Call, tool: Tool, arguments: Any) -> Call:
    if arguments is None:
        return call
    if not isinstance(arguments, dict):
        raise RequestError("The arguments are no JSON object.")
    if problems := validate(tool, arguments):
        raise RequestError(f"The arguments are wrong: {'; '.join(problems)}.")
    return Call(call.name, arguments)
