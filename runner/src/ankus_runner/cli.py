"""The command line: `ankus ask`, `ankus chat`, `ankus models`, `ankus config`, `ankus prompts`,
`ankus traces`."""

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

from ankus_runner.binding import Dialect
from ankus_runner.chat import converse
from ankus_runner.config import HostConfig, for_client, read_config
from ankus_runner.display import Display, outcome_json, print_outcome
from ankus_runner.endpoints import Models, check_limits, read_models, read_price, single
from ankus_runner.errors import ConfigError
from ankus_runner.events import Listener, both
from ankus_runner.models import DEFAULT_MODEL, ensure
from ankus_runner.models_cli import models_app, progress_bar
from ankus_runner.outcome import Outcome
from ankus_runner.pictures import save_pictures
from ankus_runner.profile import Profile, load_profile
from ankus_runner.prompts_cli import prompts_app
from ankus_runner.run import check_question
from ankus_runner.session import Endpoint, Session, open_session
from ankus_runner.settings import AskSettings, ChatSettings, api_key
from ankus_runner.traces.cli import traces_app
from ankus_runner.traces.keeping import kept_traces, known_secrets
from ankus_shared.settings import FLAT, command_line, option, run_command

Show = Callable[[Outcome], None]
Work = Callable[[Session, Show, Callable[[str], None]], Awaitable[None]]
"""What is done in an open session, with what shows an outcome and what says why there is none."""

app = command_line(
    "ankus",
    version=version("ankus-runner"),
    help="Ask a database in words. A grammar-constrained agent explores it through MCP servers and answers "
    'with the SQL that it ran. Begin with: ankus ask "How many orders are there?"',
)
app.command(models_app)
app.command(traces_app)
app.command(prompts_app)


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

    async def work(session: Session, show: Show, _: Callable[[str], None]) -> None:
        show(await session.ask(question))

    _run(work, profile, settings)


@app.command
def chat(*, settings: Annotated[ChatSettings, FLAT] = ChatSettings()) -> None:
    """Talk with an agent: a line a question, which may refer to those before it ("the same by month").

    Questions come from the terminal or a pipe; /new forgets what was said, /exit or Ctrl-D ends. Charts are
    written as files. The exit status is 0 at the end of the input, 2 for wrong settings, 130 after Ctrl-C.
    """
    _run(converse, _with_limits(load_profile(settings.profile), settings), settings)


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


def _run(work: Work, profile: Profile, settings: AskSettings) -> None:
    """Open a session and work in it; what it shows goes to standard output."""
    config = read_config(settings.mcp)
    endpoint = _endpoint(settings, profile)
    # the display shows retries; the default hook logs to stdout
    stamina.instrumentation.set_on_retry_hooks([])
    with kept_traces(settings, known_secrets(dict(os.environ), config), _warn) as traces:
        anyio.run(partial(_work, work, endpoint, config, profile, settings, traces))


def _warn(line: str) -> None:
    print(f"ankus: warning: {line}", file=sys.stderr, flush=True)


async def _work(
    work: Work,
    endpoint: Endpoint,
    config: HostConfig,
    profile: Profile,
    settings: AskSettings,
    traces: Listener,
) -> None:
    out = Console(highlight=False)
    display = Display(Console(stderr=True) if settings.json else out)

    def show(outcome: Outcome) -> None:
        display.close()
        pictures = save_pictures(outcome.images, settings.charts)
        if settings.json:
            print(json.dumps(outcome_json(outcome, pictures), ensure_ascii=False), flush=True)
        else:
            print_outcome(out, outcome, pictures)

    def complain(line: str) -> None:
        display.close()
        print(f"ankus: {line}", file=sys.stderr, flush=True)

    try:
        async with open_session(endpoint, config, profile, both(display, traces)) as session:
            display.prose = session.dialect != "json_schema"
            await work(session, show, complain)
    finally:
        display.close()


def _with_limits(profile: Profile, settings: AskSettings) -> Profile:
    """The profile with the limits, and the version of the prompt, that the command line overrides."""
    named = {"steps": settings.max_steps, "seconds": settings.max_seconds}
    changed = {key: value for key, value in named.items() if value is not None}
    limited = profile.model_copy(update={"limits": profile.limits.model_copy(update=changed)})
    return limited.with_prompt(settings.prompt_version)


def _endpoint(settings: AskSettings, profile: Profile) -> Endpoint:
    dialect: Dialect | None = None if settings.dialect == "auto" else settings.dialect
    if settings.models or profile.models:
        return Endpoint(models=_models(settings, profile))
    price = read_price(settings.price)
    if settings.base_url:
        single(settings.base_url)  # a wrong address is told before anything starts
        place = (settings.base_url, settings.model, api_key(), None)
        return Endpoint(*place, dialect, settings.unguarded, price)
    with progress_bar() as progress:
        gguf = ensure(settings.model or DEFAULT_MODEL, progress)
    return Endpoint(gguf=gguf, dialect=dialect, unguarded=settings.unguarded, price=price)


def _models(settings: AskSettings, profile: Profile) -> Models:
    """The models of --models, in the order that the profile or the file says."""
    if settings.models is None:
        raise ConfigError(
            f"The profile '{profile.name}' names models.", hint="Name their file with --models."
        )
    if settings.base_url:
        raise ConfigError("--models and --base-url exclude each other.", hint="Take one of them.")
    models = read_models(settings.models).chosen(profile.models, settings.model)
    check_limits(models.models, profile.limits)
    return models


def main() -> None:
    """The console script; SIGTERM and a closed terminal end it as Ctrl-C does, with all that it started."""
    for number in (signal.SIGTERM, signal.SIGHUP):
        if signal.getsignal(number) != signal.SIG_IGN:  # as nohup has it
            signal.signal(number, lambda *_: signal.raise_signal(signal.SIGINT))
    sys.exit(run_command(app))
