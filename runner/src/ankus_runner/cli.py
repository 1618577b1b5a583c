"""The command line: `ankus ask`, `chat`, `serve`, `models`, `config`, `traces`, `memory`, `conversations`."""

import json
import os
import signal
import sys
from collections.abc import Awaitable, Callable
from functools import partial
from importlib.metadata import version
from pathlib import Path
from typing import Annotated, Literal

import anyio
import stamina
from rich.console import Console

from ankus_runner.chat import Lines, converse
from ankus_runner.choosing import endpoint_of, with_limits
from ankus_runner.config import HostConfig, for_client, read_config
from ankus_runner.conversations.cli import conversations_app
from ankus_runner.conversations.terminal import Resumable, profile_of
from ankus_runner.display import Display, outcome_json, print_outcome
from ankus_runner.events import Listener, both
from ankus_runner.hooks import Hooks
from ankus_runner.memory.cli import memory_app
from ankus_runner.memory.opening import open_memory
from ankus_runner.models_cli import models_app
from ankus_runner.outcome import Outcome
from ankus_runner.pictures import save_pictures
from ankus_runner.plan_approval import TerminalPlanApprover
from ankus_runner.profile import Profile, load_profile, profile_names
from ankus_runner.run import check_question
from ankus_runner.serve.cli import serve_app
from ankus_runner.session import Endpoint, Session, open_session
from ankus_runner.settings import AskSettings, ChatSettings
from ankus_runner.traces.cli import traces_app
from ankus_runner.traces.keeping import kept_traces, known_secrets
from ankus_shared.settings import FLAT, command_line, option, run_command

Show = Callable[[Outcome], None]
Work = Callable[[Session, Show, Callable[[str], None], Lines], Awaitable[None]]
"""What is done in an open session, with what shows an outcome, what says why there is none, and the input."""

app = command_line(
    "ankus",
    version=version("ankus-runner"),
    help="Ask a database in words. A grammar-constrained agent explores it through MCP servers and answers "
    'with the SQL that it ran. Begin with: ankus ask "How many orders are there?"',
)
app.command(models_app)
app.command(serve_app)
app.command(traces_app)
app.command(conversations_app)
app.command(memory_app)


@app.command
def ask(question: str = "", *, settings: Annotated[AskSettings, FLAT] = AskSettings()) -> None:
    """Answer one question in words, with the SQL that was run.

    The steps stream as they come. The exit status is 0 with an answer, 1 without one, 2 for wrong
    settings, 130 after Ctrl-C.

    Parameters
    ----------
    question:
        In any language; quote it. With --conversation it may be left out, to finish what was interrupted.
    """
    name = _profile_name(settings)
    profile = with_limits(load_profile(name), settings)
    if question or not settings.conversation:
        check_question(question, profile.limits.question_chars)

    async def work(session: Session, show: Show, complain: Callable[[str], None], _: Lines) -> None:
        if session.unfinished is not None and question:
            complain(f"going on with: {session.unfinished.question}")
        if session.unfinished is not None or not question:
            show(await session.finish())
        if question:
            show(await session.say(question))

    _run(work, profile, settings, Resumable(settings, name), "ask")


@app.command
def chat(*, settings: Annotated[ChatSettings, FLAT] = ChatSettings()) -> None:
    """Talk with an agent: a line a question, which may refer to those before it ("the same by month").

    Questions come from the terminal or a pipe; /new forgets what was said, /exit or Ctrl-D ends. Charts are
    written as files. The exit status is 0 at the end of the input, 2 for wrong settings, 130 after Ctrl-C.
    """
    name = _profile_name(settings)
    profile = with_limits(load_profile(name), settings)
    _run(converse, profile, settings, Resumable(settings, name), "chat")


@app.command
def config(
    *,
    client: Literal["claude", "vscode", "cursor"],
    mcp: Annotated[Path, option("ANKUS_MCP_CONFIG")] = Path("mcp.json"),
) -> None:
    """Print the servers of mcp.json as JSON for a host's settings, with absolute paths.

    Claude Desktop reads it from claude_desktop_config.json, VS Code from .vscode/mcp.json, Cursor from
    .cursor/mcp.json.

    Parameters
    ----------
    client:
        The host whose form is wanted.
    mcp:
        The file that names the MCP servers.
    """
    print(json.dumps(for_client(read_config(mcp), client), indent=2, ensure_ascii=False))


def _run(work: Work, profile: Profile, settings: AskSettings, kept: Resumable, command: str) -> None:
    """Open a session and work in it; what it shows goes to standard output.

    Raises:
        KeyboardInterrupt: With how to go on, where that is possible.
    """
    config = read_config(settings.mcp)
    endpoint = endpoint_of(settings, profile)
    # the display shows retries; the default hook logs to stdout
    stamina.instrumentation.set_on_retry_hooks([])
    secrets = known_secrets(dict(os.environ), config)
    with kept_traces(settings, secrets, _warn) as traces:
        try:
            anyio.run(partial(_work, work, endpoint, config, profile, settings, traces, secrets, kept))
        except KeyboardInterrupt as interrupt:
            how = f"ankus {command} --conversation {kept.id} goes on" if kept.saved else ""
            raise KeyboardInterrupt(how) from interrupt


def _warn(line: str) -> None:
    print(f"ankus: warning: {line}", file=sys.stderr, flush=True)


async def _work(
    work: Work,
    endpoint: Endpoint,
    config: HostConfig,
    profile: Profile,
    settings: AskSettings,
    traces: Listener,
    secrets: list[str],
    kept: Resumable,
) -> None:
    out = Console(highlight=False)
    display = Display(Console(stderr=True) if settings.json else out)

    def show(outcome: Outcome) -> None:
        display.close()
        pictures = save_pictures(outcome.images, settings.charts)
        if settings.json:
            found = {**outcome_json(outcome, pictures), "conversation": kept.id if kept.saved else None}
            print(json.dumps(found, ensure_ascii=False), flush=True)
        else:
            print_outcome(out, outcome, pictures)

    def complain(line: str) -> None:
        display.close()
        print(f"ankus: {line}", file=sys.stderr, flush=True)

    def say(line: str) -> None:
        display.close()
        print(line, file=sys.stderr, flush=True)

    lines = Lines()
    hooks = Hooks(both(display, traces), plan_approver=TerminalPlanApprover(say, lines.next))
    try:
        async with (
            open_memory(settings, secrets) as memory,
            kept.open(hooks) as beside,
            open_session(endpoint, config, profile, beside, memory) as session,
        ):
            session.earlier, session.unfinished = kept.state.history, kept.state.run
            display.prose = session.dialect != "json_schema"
            await work(session, show, complain, lines)
    finally:
        display.close()


def _profile_name(settings: AskSettings) -> str:
    """The profile that is named, or that of the conversation that is gone on with; a folder from anywhere."""
    name = profile_of(settings) if settings.conversation else settings.profile
    return str(Path(name).absolute()) if name not in profile_names() and Path(name).is_dir() else name


def main() -> None:
    """The console script; SIGTERM ends it as Ctrl-C does, with everything that it started."""
    signal.signal(signal.SIGTERM, lambda *_: signal.raise_signal(signal.SIGINT))
    sys.exit(run_command(app))
