"""A session on a terminal or in a pipe: what `ankus ask` and `ankus chat` open, show and leave."""

import json
import os
import sys
from collections.abc import Awaitable, Callable
from dataclasses import replace
from functools import partial

import anyio
import stamina
from rich.console import Console

from ankus_runner.chat import Lines
from ankus_runner.choosing import endpoint_of
from ankus_runner.config import HostConfig, read_config
from ankus_runner.control import attended, check_control, keyboard_of, open_hooks
from ankus_runner.conversations.terminal import Resumable
from ankus_runner.display import Display, outcome_json, print_outcome
from ankus_runner.events import both
from ankus_runner.hooks import Hooks
from ankus_runner.memory.opening import open_memory
from ankus_runner.outcome import Outcome
from ankus_runner.pictures import save_pictures
from ankus_runner.plan_approval import TerminalPlanApprover
from ankus_runner.profile import Profile
from ankus_runner.session import Endpoint, Session, open_session
from ankus_runner.settings import AskSettings
from ankus_runner.stepping import StepByStep
from ankus_runner.traces.keeping import Kept, kept_traces, known_secrets

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
    out = Console(highlight=False)
    asked = out if attended(out) and not settings.json else None
    check_control(settings, profile, traced=not settings.no_traces, console=asked)
    endpoint = endpoint_of(settings, profile)
    # the display shows retries; the default hook logs to stdout
    stamina.instrumentation.set_on_retry_hooks([])
    secrets = known_secrets(dict(os.environ), config)
    with kept_traces(settings, secrets, _warn) as traces:
        terminal = _Terminal(settings, kept, traces, secrets, out, asked)
        try:
            anyio.run(partial(terminal.work, work, endpoint, config, profile))
        except KeyboardInterrupt as interrupt:
            how = f"ankus {command} --conversation {kept.id} goes on" if kept.saved else ""
            raise KeyboardInterrupt(how) from interrupt


class _Terminal:
    """Where a person reads and writes."""

    def __init__(
        self,
        settings: AskSettings,
        kept: Resumable,
        traces: Kept,
        secrets: list[str],
        out: Console,
        asked: Console | None,
    ) -> None:
        self._settings = settings
        self._kept = kept
        self._traces = traces
        self._secrets = secrets
        self._out = out
        self._display = Display(Console(stderr=True) if settings.json else self._out)
        self._asked = asked
        """Where a person can be asked."""

    async def work(self, work: Work, endpoint: Endpoint, config: HostConfig, profile: Profile) -> None:
        """Open what a session needs, and work in it."""
        kept, lines = self._kept, Lines()
        try:
            approver = TerminalPlanApprover(self._say, lines.next)
            ledger, told = self._traces.ledger, both(self._display, self._traces)
            async with (
                open_hooks(self._settings, profile, ledger, self._secrets, self._asked) as control,
                kept.open(replace(control, tell=told, plan_approver=approver)) as beside,
                open_memory(self._settings, self._secrets) as memory,
                open_session(endpoint, config, profile, self._stepping(beside), memory) as session,
            ):
                session.earlier, session.unfinished = kept.state.history, kept.state.run
                self._display.prose = session.dialect != "json_schema"
                await work(session, self._show, self._complain, lines)
        finally:
            self._display.close()

    def _stepping(self, hooks: Hooks) -> Hooks:
        if not self._settings.step or self._asked is None:
            return hooks
        return replace(hooks, keeper=StepByStep(hooks.keeper, keyboard_of(self._asked), self._secrets))

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
