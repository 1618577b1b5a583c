"""Tools of the runner itself, named `ankus__<verb>`: they are called as those of servers are."""

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, Protocol

from ankus_runner.catalogue import Tool
from ankus_runner.hosts import ToolResult

if TYPE_CHECKING:
    from ankus_runner.run import Run


class BuiltIn(Protocol):
    """One such tool."""

    @property
    def name(self) -> str:
        """Its name in steps."""

    @property
    def listed(self) -> Tool | None:
        """The tool as the system prompt lists it; None where something else tells of it."""

    def offered(self, run: "Run") -> Tool | None:
        """The tool as the next step may call it; None where it may not."""

    async def call(self, run: "Run", arguments: Mapping[str, Any]) -> ToolResult:
        """Make a validated call."""
