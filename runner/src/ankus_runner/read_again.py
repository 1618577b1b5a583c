"""The built-in tool that reads results again, or on, which the prompt does not hold whole."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from ankus_runner.catalogue import Tool
from ankus_runner.context import Context
from ankus_runner.hosts import ToolResult
from ankus_runner.results import READ, read_tool
from ankus_runner.run import Run


@dataclass(frozen=True)
class ReadAgain:
    """It is in the grammar only while the prompt names such a result; see `ankus_runner.results`."""

    context: Context
    name: str = READ
    listed: None = None
    """The text of a result that was cut tells of it."""

    def offered(self, run: Run) -> Tool | None:
        """The tool, bound to the results that it can read."""
        handles = run.conversation.handles() if self.context.read_again else []
        return read_tool(handles) if handles else None

    async def call(self, run: Run, arguments: Mapping[str, Any]) -> ToolResult:
        """A kept result from a character on."""
        handle, offset = arguments["handle"], arguments["offset"]
        text = run.conversation.history.results.texts[handle]
        if offset and offset >= len(text):
            none = f"{handle} has {len(text)} characters: none from {offset} on."
            return ToolResult(none, None, failed=True)
        return ToolResult(self.context.cut(text, handle, offset), None, failed=False)
