"""Calls that wait for a person: each is shown exactly as it would be made, and edited, let go or refused.

Who is asked are those who follow the answer's steps; where nobody does, such a call is refused at once.
"""

import uuid
from dataclasses import dataclass, field
from typing import Any, Literal

import anyio

from ankus_runner.catalogue import Tool, validate
from ankus_runner.constraint import Call
from ankus_runner.events import Approved
from ankus_runner.hooks import Verdict
from ankus_runner.run import Run
from ankus_runner.serve.errors import NoSuchThingError, RequestError
from ankus_runner.serve.feed import Feed


@dataclass
class _Waiting:
    call: Call
    tool: Tool
    verdict: Verdict | None = None
    decided: anyio.Event = field(default_factory=anyio.Event)


class Approvals:
    """The approver of one run: destructive calls are asked about.

    Args:
        feed: Who follows it is asked.
        watched: Whether anybody does.
        remembered: The tools that need not be asked about any more; grows.
        seconds: How long an answer is waited for.
    """

    def __init__(self, feed: Feed, watched: bool, remembered: set[str], seconds: float) -> None:
        self.feed = feed
        self._watched = watched
        self._remembered = remembered
        self._seconds = seconds
        self._waiting: dict[str, _Waiting] = {}

    async def ask(self, run: Run, call: Call, tool: Tool) -> Verdict:
        """See `ankus_runner.hooks.Approver`."""
        if not tool.destructive or tool.name in self._remembered:
            return Verdict(call)
        if not self._watched:
            run.tell(Approved(call.name, call.arguments, "refused", "nobody to ask"))
            return Verdict(None, f"{call.name} needs a person's approval, and nobody can be asked here.")
        name, waiting = uuid.uuid4().hex, _Waiting(call, tool)
        self._waiting[name] = waiting
        asked = {"type": "approval", "id": name, "tool": call.name, "arguments": call.arguments}
        self.feed.tell({**asked, "seconds": self._seconds})
        try:
            with anyio.move_on_after(self._seconds):
                await waiting.decided.wait()
        finally:
            del self._waiting[name]
        return self._said(run, name, waiting)

    def decide(self, name: str, given: dict[str, Any]) -> None:
        """Take what a person said: `verdict` (approve or refuse), `arguments` and `remember`.

        Raises:
            NoSuchThingError: No call of that name waits.
            RequestError: That is no verdict, or the arguments do not fit the tool.
        """
        waiting = self._waiting.get(name)
        if waiting is None:
            raise NoSuchThingError("No such call waits for an approval.", hint="It may have timed out.")
        if given.get("verdict") not in ("approve", "refuse"):
            raise RequestError("The verdict is neither 'approve' nor 'refuse'.")
        if given["verdict"] == "refuse":
            waiting.verdict = Verdict(None, "A person has refused this call. Do not make it again.")
        else:
            waiting.verdict = Verdict(_edited(waiting, given.get("arguments")))
            if given.get("remember") is True:
                self._remembered.add(waiting.tool.name)
        waiting.decided.set()

    def _said(self, run: Run, name: str, waiting: _Waiting) -> Verdict:
        word: Literal["approved", "edited", "refused", "timed_out"]
        late = Verdict(None, "Nobody approved this call in time. Do not make it again.")
        verdict = waiting.verdict or late
        if verdict.call is None:
            word = "refused" if waiting.verdict else "timed_out"
        else:
            word = "approved" if verdict.call == waiting.call else "edited"
        self.feed.tell({"type": "approved", "id": name, "verdict": word})
        made = verdict.call or waiting.call
        run.tell(Approved(made.name, made.arguments, word, run.hooks.user))
        return verdict


def _edited(waiting: _Waiting, arguments: Any) -> Call:
    if arguments is None:
        return waiting.call
    if not isinstance(arguments, dict):
        raise RequestError("The arguments are no JSON object.")
    if problems := validate(waiting.tool, arguments):
        raise RequestError(f"The arguments are wrong: {'; '.join(problems)}.")
    return Call(waiting.call.name, arguments)
