"""What the loop asks of the model and of the servers, with the listener told before and after."""

import time
from collections.abc import Mapping
from typing import Any

from ankus_runner.catalogue import Tool
from ankus_runner.events import (
    Listener,
    ModelAnswered,
    ModelAsked,
    OpeningMade,
    PromptRead,
    StepDiscarded,
    TextArrived,
)
from ankus_runner.hosts import Hosts, ToolResult
from ankus_runner.model import ChatModel, Completion, Message


async def completed(
    model: ChatModel,
    listener: Listener,
    messages: list[Message],
    *,
    max_tokens: int,
    temperature: float,
    constraint: Mapping[str, Any],
) -> Completion:
    """One completion; see `ChatModel.complete`."""
    listener(ModelAsked(messages, max_tokens, temperature))
    completion = await model.complete(
        messages,
        max_tokens=max_tokens,
        temperature=temperature,
        constraint=constraint,
        on_text=lambda text: listener(TextArrived(text)),
        on_prompt=lambda done, total: listener(PromptRead(done, total)),
        on_retry=lambda error: listener(StepDiscarded(str(error))),
    )
    listener(ModelAnswered(completion))
    return completion


async def opening_made(
    hosts: Hosts, listener: Listener, tool: Tool, arguments: Mapping[str, Any], *, seconds: float
) -> ToolResult:
    """A call that the runner makes by itself before the first step; see `Hosts.call`."""
    started = time.monotonic()
    result = await hosts.call(tool.server, tool.tool, arguments, seconds=seconds)
    listener(OpeningMade(tool.name, dict(arguments), result, time.monotonic() - started))
    return result
