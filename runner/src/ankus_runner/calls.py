"""The calls that a run makes: of the servers' tools, and of the runner's own."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from ankus_runner.catalogue import Catalogue
from ankus_runner.constraint import Call
from ankus_runner.context import Context
from ankus_runner.errors import CallTimeoutError, NotAnsweredError, ServerDownError
from ankus_runner.events import CallMade, Listener, ResultSeen
from ankus_runner.hosts import ToolResult
from ankus_runner.results import READ
from ankus_runner.run import Run
from ankus_runner.tool_calls import ToolCalls


@dataclass(frozen=True)
class Calls:
    """Every tool that is there, whatever a profile allows, and how it is called."""

    tools: ToolCalls
    catalogue: Catalogue
    context: Context
    listener: Listener

    async def make(self, run: Run, call: Call, step: str = "") -> ToolResult:
        """Make a validated call; one that its server did not answer has failed, like any other.

        Args:
            step: Its name in a plan.
        """
        self.listener(CallMade(call.name, call.arguments, step))
        if call.name == READ:
            result = self.context.read(run.conversation, call.arguments)
        else:
            result = await self._asked(run, call)
        self.listener(ResultSeen(call.name, result, step))
        return result

    async def needed(self, name: str, arguments: Mapping[str, Any]) -> str:
        """The text of a call that an answer cannot do without.

        Raises:
            ServerDownError: Its server is down.
            NotAnsweredError: It failed.
        """
        result = await self._call(name, arguments)
        if result.failed:
            raise NotAnsweredError(f"{name}, which every answer begins with, failed: {result.text}")
        return result.text

    async def _asked(self, run: Run, call: Call) -> ToolResult:
        try:
            return await self._call(call.name, call.arguments)
        except CallTimeoutError as error:
            return ToolResult(str(error), None, failed=True)
        except ServerDownError as error:
            run.guard.forget(call.name, call.arguments)  # made again, it is no repetition
            return ToolResult(str(error), None, failed=True)

    async def _call(self, name: str, arguments: Mapping[str, Any]) -> ToolResult:
        return await self.tools.call(self.catalogue.find(name), arguments)
