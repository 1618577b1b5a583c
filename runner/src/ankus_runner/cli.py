"""The command line: `ankus ask`, `chat`, `serve`, and what there is to list, show and export."""

import json
import signal
import sys
from importlib.metadata import version
from pathlib import Path
from typing import Annotated, Literal

from ankus_runner.chat import Lines, converse
from ankus_runner.choosing import chosen_profile
from ankus_runner.config import for_client, read_config
from ankus_runner.conversations.cli import conversations_app
from ankus_runner.conversations.terminal import Resumable, profile_of
from ankus_runner.memory.cli import memory_app
from ankus_runner.models_cli import models_app
from ankus_runner.profile import Profile, profile_names, with_approval
from ankus_runner.prompts_cli import prompts_app
from ankus_runner.run import check_question
from ankus_runner.serve.cli import serve_app
from ankus_runner.session import Session
from ankus_runner.settings import AskSettings, ChatSettings
from ankus_runner.terminal import Say, Show, run_in_terminal
from ankus_runner.traces.cli import traces_app
from ankus_shared.settings import FLAT, command_line, option, run_command

app = command_line(
    "ankus",
    version=version("ankus-runner"),
    help="Ask a database in words. A grammar-constrained agent explores it through MCP servers and answers "
    'with the SQL that it ran. Begin with: ankus ask "How many orders are there?"',
)
app.command(models_app)
app.command(serve_app)
app.command(traces_app)
app.command(prompts_app)
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
    profile = _profile(name, settings)
    if question or not settings.conversation:
        check_question(question, profile.limits.question_chars)

    async def work(session: Session, show: Show, complain: Say, _: Lines) -> None:
        if session.unfinished is not None and question:
            complain(f"going on with: {session.unfinished.question}")
        if session.unfinished is not None or not question:
            show(await session.finish())
        if question:
            show(await session.say(question))

    run_in_terminal(work, profile, settings, Resumable(settings, name), "ask")


@app.command
def chat(*, settings: Annotated[ChatSettings, FLAT] = ChatSettings()) -> None:
    """Talk with an agent: a line a question, which may refer to those before it ("the same by month").

    Questions come from the terminal or a pipe; /new forgets what was said, /exit or Ctrl-D ends. Charts are
    written as files. The exit status is 0 at the end of the input, 2 for wrong settings, 130 after Ctrl-C.
    """
    name = _profile_name(settings)
    profile = _profile(name, settings)
    run_in_terminal(converse, profile, settings, Resumable(settings, name), "chat")


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


def _profile_name(settings: AskSettings) -> str:
    """The profile that is named, or that of the conversation that is gone on with; a folder from anywhere."""
    name = profile_of(settings) if settings.conversation else settings.profile
    return str(Path(name).absolute()) if name not in profile_names() and Path(name).is_dir() else name


def _profile(name: str, settings: AskSettings) -> Profile:
    profile = chosen_profile(name, settings)
    return with_approval(profile) if settings.approve_plan else profile


def main() -> None:
    """The console script; SIGTERM and a closed terminal end it as Ctrl-C does, with all that it started."""
    for number in (signal.SIGTERM, signal.SIGHUP):
        if signal.getsignal(number) != signal.SIG_IGN:  # as nohup has it
            signal.signal(number, lambda *_: signal.raise_signal(signal.SIGINT))
    sys.exit(run_command(app))
