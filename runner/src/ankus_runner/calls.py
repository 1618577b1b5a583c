"""The calls that a run makes: of the servers' tools, and of the runner's own."""

import time
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from ankus_runner.approvals import Gate
from ankus_runner.builtin import BuiltIn
from ankus_runner.catalogue import Catalogue
from ankus_runner.constraint import (
    Call,
    MalformedStep,
    Step,
    parse_json_step,
    parse_step,
    render_json_step,
    render_step,
)
from ankus_runner.errors import CallTimeoutError, NotAnsweredError, ServerDownError
from ankus_runner.events import CallMade, Listener, OpeningMade, ResultSeen
from ankus_runner.hosts import ToolResult
from ankus_runner.run import Run
from ankus_runner.tool_calls import ToolCalls

EDITED = "(A person changed the arguments of this call.)"


@dataclass(frozen=True)
class Made:
    """A step that called: its text, the call as it was made, and what that answered."""

    text: str
    call: Call
    result: ToolResult


@dataclass(frozen=True)
class Calls:
    """Every tool that is there, whatever a profile allows, and how it is called."""

    tools: ToolCalls
    catalogue: Catalogue
    built_ins: Mapping[str, BuiltIn]
    gate: Gate

    async def make(self, run: Run, text: str, call: Call, name: str = "") -> Made:
        """Make a validated call, if it may be made; one that its server did not answer has failed.

        Args:
            text: The step that makes it.
            name: Its name in a plan.

        Raises:
            NotAllowedError: The user may not make it.
        """
        if call.name not in self.built_ins:
            tool = self.catalogue.find(call.name)
            run.hooks.allowed.check(run.hooks.user, tool)
            verdict = await self.gate.word(run, call, tool)
            if verdict.call is None:
                return Made(text, call, ToolResult(verdict.reason, None, failed=True))
            text, call = (text, call) if verdict.call == call else (_edited(text, verdict.call), verdict.call)
        await run.hooks.keeper.calling(run, text, call)
        run.tell(CallMade(call.name, call.arguments, name))
        result = await self._answered(run, call)
        run.tell(ResultSeen(call.name, result, name))
        return Made(text, call, result)

    async def needed(self, name: str, arguments: Mapping[str, Any], tell: Listener) -> str:
        """The text of a call that an answer cannot do without.

        Raises:
            ServerDownError: Its server is down.
            NotAnsweredError: It failed.
        """
        started = time.monotonic()
        result = await self.tools.call(self.catalogue.find(name), arguments)
        tell(OpeningMade(name, dict(arguments), result, time.monotonic() - started))
        if result.failed:
            raise NotAnsweredError(f"{name}, which every answer begins with, failed: {result.text}")
        return result.text

    async def _answered(self, run: Run, call: Call) -> ToolResult:
        if (built_in := self.built_ins.get(call.name)) is not None:
            return await built_in.call(run, call.arguments)
        try:
            return await self.tools.call(self.catalogue.find(call.name), call.arguments)
        except CallTimeoutError as error:
            return ToolResult(str(error), None, failed=True)
        except ServerDownError as error:
            run.guard.forget(call.name, call.arguments)  # made again, it is no repetition
            return ToolResult(str(error), None, failed=True)


def _edited(text: str, call: Call) -> str:
    """A step with the call that a person wrote instead, and that it was one; a plan stays as it is."""
    in_json = text.lstrip().startswith("{")
    read, render = (parse_json_step, render_json_step) if in_json else (parse_step, render_step)
    try:
        thought = read(text).thought
    except MalformedStep:
        return text
    return render(Step(f"{thought} {EDITED}".strip(), call))
