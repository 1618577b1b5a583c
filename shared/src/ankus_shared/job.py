"""Long work as a process of its own, which can be stopped at any moment with all its children.

The process is a command of the package itself, and writes one line of JSON for each step:

    {"stage": "read", "done": 120, "total": 2463}
    {"report": {…}, "text": "…"}                     at its end
    {"error": {"code": …, "message": …, "hint": …}}  or this

`ankus_shared.progress` writes them.
"""

import json
import os
import signal
import sys
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping, Sequence
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field
from subprocess import DEVNULL, PIPE
from typing import Any

import anyio
from anyio.abc import Process
from anyio.streams.text import TextReceiveStream

from ankus_shared.errors import AnkusError, DependencyError

GRACE_SECONDS = 5.0
Report = Callable[[float, float | None, str | None], Awaitable[None]]
"""Told (how far, of how much, in words), as MCP reports progress."""


@dataclass
class Outcome:
    """What the process said at its end."""

    text: str = ""
    structured: dict[str, Any] = field(default_factory=dict)
    error: AnkusError | None = None


async def run_job(
    module: str, arguments: Sequence[str], variables: Mapping[str, str | None], report: Report
) -> Outcome:
    """Run `python -m MODULE ARGUMENTS` and pass its progress on; a cancellation ends it and its children.

    Args:
        variables: Of its environment, beside ours; None takes one away. Secrets belong here.

    Raises:
        AnkusError: As the process said it.
        DependencyError: If it ended without a word.
    """
    outcome, steps = Outcome(), _Steps(report)
    command = [sys.executable, "-m", module, *arguments]
    await report(0.0, None, "starting")  # nothing else may follow where nothing changed
    async with _started(command, _environment(variables)) as process:
        assert process.stdout is not None
        async for line in _lines(TextReceiveStream(process.stdout, errors="replace")):
            await _take(line, outcome, steps)
        await process.wait()
    if outcome.error is not None:
        raise outcome.error
    if process.returncode != 0:
        raise DependencyError(
            f"The process ended with status {process.returncode}.",
            hint="Everything is as it was; see the log.",
        )
    return outcome


class _Steps:
    """Stages of unknown number as one figure that only grows: the stage's number, and its part done."""

    def __init__(self, report: Report) -> None:
        self._report = report
        self._stages: list[str] = []
        self._last = 0.0

    async def tell(self, stage: str, done: int, total: int) -> None:
        if stage not in self._stages:
            self._stages.append(stage)
        part = min(done / total, 1.0) if total else 1.0
        self._last = max(self._last, self._stages.index(stage) + part)
        await self._report(self._last, None, f"{stage}: {done} of {total}")


def _environment(variables: Mapping[str, str | None]) -> dict[str, str]:
    kept = {name: value for name, value in os.environ.items() if name not in variables}
    return kept | {name: value for name, value in variables.items() if value is not None}


async def _take(line: str, outcome: Outcome, steps: _Steps) -> None:
    said = json.loads(line)
    if "stage" in said:
        await steps.tell(said["stage"], said["done"], said["total"])
    elif "error" in said:
        error = said["error"]
        outcome.error = AnkusError(error["message"], hint=error["hint"], code=error["code"])
    else:
        outcome.text, outcome.structured = said["text"], said["report"]


@asynccontextmanager
async def _started(command: list[str], environment: dict[str, str]) -> AsyncIterator[Process]:
    process = await anyio.open_process(
        command, stdin=DEVNULL, stdout=PIPE, stderr=None, env=environment, start_new_session=True
    )
    try:
        yield process
    finally:
        with anyio.CancelScope(shield=True):
            await _end(process)


async def _end(process: Process) -> None:
    """Stop what still runs, its worker processes with it."""
    for number in (signal.SIGTERM, signal.SIGKILL):
        if process.returncode is None:
            with suppress(ProcessLookupError):
                os.killpg(process.pid, number)
            with anyio.move_on_after(GRACE_SECONDS):
                await process.wait()
    await process.aclose()


async def _lines(stream: TextReceiveStream) -> AsyncIterator[str]:
    rest = ""
    async for chunk in stream:
        *whole, rest = (rest + chunk).split("\n")
        for line in whole:
            yield line
