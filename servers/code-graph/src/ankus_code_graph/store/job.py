"""Indexing as a process of its own, which can be stopped at any moment: the old graph stays.

The process is this package's own command, and writes one line of JSON for each step:

    {"stage": "read", "done": 120, "total": 2463}
    {"report": {…}, "text": "…"}                     at its end
    {"error": {"code": …, "message": …, "hint": …}}  or this
"""

import json
import os
import signal
import sys
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from subprocess import DEVNULL, PIPE
from typing import Any

import anyio
from anyio.abc import Process
from anyio.streams.text import TextReceiveStream

from ankus_code_graph.errors import BadSource
from ankus_code_graph.settings import StoreSettings
from ankus_shared.errors import AnkusError, DependencyError

GRACE_SECONDS = 5.0
Report = Callable[[float, float | None, str | None], Awaitable[None]]
"""Told (how far, of how much, in words), as MCP reports progress."""


@dataclass
class Outcome:
    """What an indexing process said at its end."""

    text: str = ""
    structured: dict[str, Any] = field(default_factory=dict)
    error: AnkusError | None = None


def allowed_root(path: str, roots: tuple[str, ...]) -> Path:
    """The folder that `path` means, if it lies below one of the roots.

    Args:
        roots: By default the working directory.

    Raises:
        BadSource: If it does not, or is no folder.
    """
    place = Path(path).expanduser().resolve()
    tops = [Path(root).expanduser().resolve() for root in roots or (".",)]
    if not any(place.is_relative_to(top) for top in tops):
        raise BadSource(
            f"{path} may not be indexed from here.",
            hint=f"The server's --source-root allows what lies below {', '.join(map(str, tops))}.",
            code="path_not_allowed",
        )
    if not place.is_dir():
        raise BadSource(f"{path} is no folder.", hint="Give the folder of a C source tree.")
    return place


async def index_in_process(settings: StoreSettings, arguments: list[str], report: Report) -> Outcome:
    """Run `ankus-code-graph index …` and pass its progress on; a cancellation ends it, and all its children.

    Raises:
        AnkusError: As the process said it.
    """
    outcome, steps = Outcome(), Steps(report)
    command = [sys.executable, "-m", "ankus_code_graph", "index", *arguments, "--progress", "lines"]
    async with _started(command, environment(settings)) as process:
        assert process.stdout is not None
        async for line in _lines(TextReceiveStream(process.stdout, errors="replace")):
            await _take(line, outcome, steps)
        await process.wait()
    if outcome.error is not None:
        raise outcome.error
    if process.returncode != 0:
        raise DependencyError(
            f"Indexing ended with status {process.returncode}.", hint="The graph is as it was; see the log."
        )
    return outcome


class Steps:
    """Stages of unknown number as one figure that only grows: the stage's number, and its part done."""

    def __init__(self, report: Report) -> None:
        self._report = report
        self._stages: list[str] = []
        self._last = 0.0

    async def tell(self, stage: str, done: int, total: int) -> None:
        """Report one step."""
        if stage not in self._stages:
            self._stages.append(stage)
        part = min(done / total, 1.0) if total else 1.0
        self._last = max(self._last, self._stages.index(stage) + part)
        await self._report(self._last, None, f"{stage}: {done} of {total}")


def environment(settings: StoreSettings) -> dict[str, str]:
    """The environment of a process that uses the same store; the URL is in no command line."""
    given = {
        "ANKUS_DATABASE_URL": settings.database_url,
        "ANKUS_DATABASE_URL_FILE": settings.database_url_file,
        "ANKUS_INDEX_URL_FILE": settings.index_url_file,
    }
    kept = {name: value for name, value in os.environ.items() if name not in given}
    return kept | {name: str(value) for name, value in given.items() if value is not None}


async def _take(line: str, outcome: Outcome, steps: Steps) -> None:
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
