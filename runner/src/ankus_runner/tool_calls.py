"""Calls of tools; what only reads may be answered from what it answered a short while ago.

The key of a result is the user, the tool and its arguments in canonical JSON. The cache belongs to one agent,
and in it to one user, so that nothing of it reaches another session; a call that may write empties it. A
profile switches it on, tool by tool, since whether an older result will do is for a person to say.
"""

import json
import math
import time
from collections.abc import Callable, Collection, Mapping
from dataclasses import replace
from typing import Any

from ankus_runner.catalogue import Tool
from ankus_runner.hosts import Hosts, ToolResult, whose

MOST_KEPT = 256
"""Results; the oldest goes first."""

REHEARSED_SECONDS = 60.0
"""Between the check of a step and the call that it makes lies a second sample at most."""


class ToolCalls:
    """Calls tools for one agent.

    Args:
        hosts: The running servers.
        call_seconds: What a call may take.
        cached: The tools whose results are kept; of these, only such as read only.
        cache_seconds: How long a result is good for; 0 keeps none.
        clock: Seconds that only grow.
    """

    def __init__(
        self,
        hosts: Hosts,
        call_seconds: float,
        cached: Collection[str] = (),
        cache_seconds: float = 0.0,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._hosts = hosts
        self._call_seconds = call_seconds
        self._cached = frozenset(cached) if cache_seconds else frozenset()
        self._cache_seconds = cache_seconds
        self._clock = clock
        self._kept: dict[str, tuple[float, ToolResult]] = {}
        self._rehearsed: dict[str, tuple[float, ToolResult]] = {}

    async def call(self, tool: Tool, arguments: Mapping[str, Any]) -> ToolResult:
        """What the tool answers, `cached` where it has answered so before.

        Raises:
            CallTimeoutError: There was no answer in time.
            ServerDownError: The server is down, or died during the call.
        """
        key = _key(tool, arguments)
        until, result = self._rehearsed.pop(key, (-math.inf, None))
        self._rehearsed.clear()  # the others were of steps that are not taken
        if result is not None and self._clock() < until:
            return self._keep(tool, key, result)
        until, result = self._kept.get(key, (-math.inf, None))
        if result is not None and self._clock() < until:
            return replace(result, cached=True)
        if not tool.read_only:
            self._kept.clear()
        return self._keep(tool, key, await self._made(tool, arguments))

    async def rehearse(self, tool: Tool, arguments: Mapping[str, Any]) -> ToolResult:
        """The same for a tool that only reads, to see what a call brings; made soon, it is not made again.

        Raises:
            CallTimeoutError: There was no answer in time.
            ServerDownError: The server is down, or died during the call.
        """
        key = _key(tool, arguments)
        until, result = self._rehearsed.get(key, (-math.inf, None))
        if result is None or self._clock() >= until:
            result = await self._made(tool, arguments)
            self._rehearsed[key] = (self._clock() + REHEARSED_SECONDS, result)
        return result

    async def _made(self, tool: Tool, arguments: Mapping[str, Any]) -> ToolResult:
        return await self._hosts.call(tool.server, tool.tool, arguments, seconds=self._call_seconds)

    def _keep(self, tool: Tool, key: str, result: ToolResult) -> ToolResult:
        if tool.name in self._cached and tool.read_only and not result.failed:
            self._kept.pop(key, None)
            self._kept[key] = (self._clock() + self._cache_seconds, result)
            if len(self._kept) > MOST_KEPT:
                del self._kept[next(iter(self._kept))]
        return result


def _key(tool: Tool, arguments: Mapping[str, Any]) -> str:
    written = json.dumps(arguments, sort_keys=True, ensure_ascii=False, separators=(",", ":"))
    return f"{whose.get()} {tool.name} {written}"
