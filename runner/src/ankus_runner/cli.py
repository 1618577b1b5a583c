"""The command line: `ankus ask`, `ankus models`, `ankus config`."""

import json
import signal
import sys
from functools import partial
from importlib.metadata import version
from pathlib import Path
from typing import Annotated, Literal

import anyio
import stamina
from rich.console import Console

from ankus_runner.binding import Dialect
from ankus_runner.config import HostConfig, for_client, read_config
from ankus_runner.display import Display, outcome_json, print_outcome
from ankus_runner.models import DEFAULT_MODEL, ensure
from ankus_runner.models_cli import models_app, progress_bar
from ankus_runner.profile import Profile, load_profile
from ankus_runner.run import check_question
from ankus_runner.session import Endpoint, open_session
from ankus_runner.settings import AskSettings, api_key
from ankus_shared.settings import FLAT, command_line, option, run_command

app = command_line(
    "ankus",
    version=version("ankus-runner"),
    help="Ask a database in words. A grammar-constrained agent explores it through MCP servers and answers "
    'with the SQL that it ran. Begin with: ankus ask "How many orders are there?"',
)
app.command(models_app)


@app.command
def ask(question: str, *, settings: Annotated[AskSettings, FLAT] = AskSettings()) -> None:
    """Answer one question in words, with the SQL that was run.

    The steps stream as they come. The exit status is 0 with an answer, 1 without one, 2 for wrong
    settings, 130 after Ctrl-C.

    Parameters
    ----------
    question:
        In any language; quote it.
    """
    profile = _with_limits(load_profile(settings.profile), settings)
    check_question(question, profile.limits.question_chars)
    config = read_config(settings.mcp)
    endpoint = _endpoint(settings)
    stamina.instrumentation.set_on_retry_hooks(
        []
    )  # the display shows retries; the default hook logs to stdout
    anyio.run(partial(_ask, question, endpoint, config, profile, as_json=settings.json))


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


async def _ask(
    question: str, endpoint: Endpoint, config: HostConfig, profile: Profile, *, as_json: bool
) -> None:
    out = Console(highlight=False)
    display = Display(Console(stderr=True) if as_json else out)
    try:
        async with open_session(endpoint, config, profile, display) as session:
            display.prose = session.dialect != "json_schema"
            outcome = await session.ask(question)
    finally:
        display.close()
    if as_json:
        print(json.dumps(outcome_json(outcome), ensure_ascii=False))
    else:
        print_outcome(out, outcome)


def _with_limits(profile: Profile, settings: AskSettings) -> Profile:
    """The profile with the limits that the command line overrides."""
    named = {"steps": settings.max_steps, "seconds": settings.max_seconds}
    changed = {key: value for key, value in named.items() if value is not None}
    return profile.model_copy(update={"limits": profile.limits.model_copy(update=changed)})


def _endpoint(settings: AskSettings) -> Endpoint:
    dialect: Dialect | None = None if settings.dialect == "auto" else settings.dialect
    if settings.base_url:
        return Endpoint(settings.base_url, settings.model, api_key(), None, dialect, settings.unguarded)
    with progress_bar() as progress:
        gguf = ensure(settings.model or DEFAULT_MODEL, progress)
    return Endpoint(gguf=gguf, dialect=dialect, unguarded=settings.unguarded)


def main() -> None:
    """The console script; SIGTERM ends it as Ctrl-C does, with everything that it started."""
    signal.signal(signal.SIGTERM, lambda *_: signal.raise_signal(signal.SIGINT))
    sys.exit(run_command(app))
