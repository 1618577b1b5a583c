"""A session on a terminal or in a pipe: what `ankus ask` and `ankus chat` open, show and leave."""

import json
import os
import sys
from collections.abc import Awaitable, Callable
from functools import partial

import anyio
import stamina
from rich.console import Console

from ankus_runner.chat import Lines
from ankus_runner.choosing import endpoint_of
from ankus_runner.config import HostConfig, read_config
from ankus_runner.conversations.terminal import Resumable
from ankus_runner.display import Display, outcome_json, print_outcome
from ankus_runner.events import Listener, both
from ankus_runner.hooks import Hooks
from ankus_runner.memory.opening import open_memory
from ankus_runner.outcome import Outcome
from ankus_runner.pictures import save_pictures
from ankus_runner.plan_approval import TerminalPlanApprover
from ankus_runner.profile import Profile
from ankus_runner.session import Endpoint, Session, open_session
from ankus_runner.settings import AskSettings
from ankus_runner.traces.keeping import kept_traces, known_secrets

Show = Callable[[Outcome], None]
Say = Callable[[str], None]
Work = Callable[[Session, Show, Say, Lines], Awaitable[None]]
"""What is done in an open session, with what shows an outcome, what says why there is none, and the input."""


def run_in_terminal(
    work: Work, profile: Profile, settings: AskSettings, kept: Resumable, command: str
) -> None:
    """Open a session and work in it; what it shows goes to standard output.

    Args:
        command: The one that goes on with it.

    Raises:
        KeyboardInterrupt: With how to go on, where that is possible.
    """
    config = read_config(settings.mcp)
    endpoint = endpoint_of(settings, profile)
    # the display shows retries; the default hook logs to stdout
    stamina.instrumentation.set_on_retry_hooks([])
    secrets = known_secrets(dict(os.environ), config)
    with kept_traces(settings, secrets, _warn) as traces:
        terminal = _Terminal(settings, kept, traces, secrets)
        try:
            anyio.run(partial(terminal.work, work, endpoint, config, profile))
        except KeyboardInterrupt as interrupt:
            how = f"ankus {command} --conversation {kept.id} goes on" if kept.saved else ""
            raise KeyboardInterrupt(how) from interrupt


class _Terminal:
    """Where a person reads and writes."""

    def __init__(self, settings: AskSettings, kept: Resumable, traces: Listener, secrets: list[str]) -> None:
        self._settings = settings
        self._kept = kept
        self._traces = traces
        self._secrets = secrets
        self._out = Console(highlight=False)
        self._display = Display(Console(stderr=True) if settings.json else self._out)

    async def work(self, work: Work, endpoint: Endpoint, config: HostConfig, profile: Profile) -> None:
        """Open what a session needs, and work in it."""
        kept, lines = self._kept, Lines()
        try:
            approver = TerminalPlanApprover(self._say, lines.next)
            async with (
                kept.open(Hooks(both(self._display, self._traces), plan_approver=approver)) as hooks,
                open_memory(self._settings, self._secrets) as memory,
                open_session(endpoint, config, profile, hooks, memory) as session,
            ):
                session.earlier, session.unfinished = kept.state.history, kept.state.run
                self._display.prose = session.dialect != "json_schema"
                await work(session, self._show, self._complain, lines)
        finally:
            self._display.close()

    def _show(self, outcome: Outcome) -> None:
        self._display.close()
        pictures = save_pictures(outcome.images, self._settings.charts)
        if not self._settings.json:
            print_outcome(self._out, outcome, pictures)
            return
        conversation = self._kept.id if self._kept.saved else None
        found = {**outcome_json(outcome, pictures), "conversation": conversation}
        print(json.dumps(found, ensure_ascii=False), flush=True)

    def _complain(self, line: str) -> None:
        self._say(f"ankus: {line}")

    def _say(self, line: str) -> None:
        self._display.close()
        print(line, file=sys.stderr, flush=True)


def _warn(line: str) -> None:
    print(f"ankus: warning: {line}", file=sys.stderr, flush=True)
