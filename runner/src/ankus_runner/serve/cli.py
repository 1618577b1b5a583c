"""`ankus serve`, and `ankus serve keys new`."""

import json
import os
import sys
from contextlib import AsyncExitStack, closing
from typing import Annotated

import anyio
import stamina
from cyclopts import App

from ankus_runner.choosing import chosen_profile, endpoint_of
from ankus_runner.config import HostConfig, read_config
from ankus_runner.conversations.store import open_store
from ankus_runner.hooks import NoLedger
from ankus_runner.memory.opening import open_memory
from ankus_runner.profile import Profile
from ankus_runner.serve.agents import open_agents
from ankus_runner.serve.app import Shown, application
from ankus_runner.serve.desk import Desk, Rules
from ankus_runner.serve.door import Door
from ankus_runner.serve.keys import Keys, new_key, read_keys
from ankus_runner.serve.limits import KeyLimits
from ankus_runner.serve.serving import listen, serve
from ankus_runner.serve.settings import ServerSettings
from ankus_runner.serve.tracing import TraceReader, recorders
from ankus_runner.session import Endpoint
from ankus_runner.traces.keeping import known_secrets, trace_writer
from ankus_runner.traces.metrics import RunMetrics
from ankus_runner.traces.writer import Writer
from ankus_shared import logs
from ankus_shared.settings import FLAT

serve_app = App(name="serve", help_format="plaintext")
keys_app = App(name="keys", help="The keys of --keys-file.", help_format="plaintext")
serve_app.command(keys_app)


@serve_app.default
def run(*, settings: Annotated[ServerSettings, FLAT] = ServerSettings()) -> None:
    """Serve agents over HTTP: an OpenAI-compatible API whose models are profiles, and a web page at /.

    SIGTERM ends it: new questions are refused, those that are being answered have --drain-seconds to end.
    """
    keys = read_keys(settings.keys_file) if settings.keys_file else None
    profiles = [chosen_profile(name, settings) for name in dict.fromkeys(settings.profile)]
    config = read_config(settings.mcp)
    endpoints = {profile.name: endpoint_of(settings, profile) for profile in profiles}
    logs.configure(settings.log_level)
    stamina.instrumentation.set_on_retry_hooks([])
    secrets = known_secrets(dict(os.environ), config)
    with trace_writer(settings, secrets, _warn) as writer:
        anyio.run(_serve, settings, config, profiles, endpoints, keys, writer, secrets)


@keys_app.command
def new(*, user: str, name: str = "") -> None:
    """Make a key: it is printed once, with the entry of the file that lets it in.

    Parameters
    ----------
    user:
        Whose conversations and traces it reaches.
    name:
        How the key is called, the user's name by default.
    """
    key, digest = new_key()
    print(f"# The key, which is not shown again: {key}")
    print(f"[[keys]]\nname = {_quoted(name or user)}\nuser = {_quoted(user)}\nhash = {_quoted(digest)}")


def _warn(line: str) -> None:
    print(f"ankus serve: warning: {line}", file=sys.stderr, flush=True)


def _quoted(text: str) -> str:
    """A text as TOML's basic string, whose escapes JSON shares but for DEL."""
    return json.dumps(text, ensure_ascii=False).replace("\x7f", "\\u007f")


async def _serve(
    settings: ServerSettings,
    config: HostConfig,
    profiles: list[Profile],
    endpoints: dict[str, Endpoint],
    keys: Keys | None,
    writer: Writer | None,
    secrets: list[str],
) -> None:
    metrics = RunMetrics(lambda: writer.dropped if writer else 0)
    async with AsyncExitStack() as stack:
        listener = stack.enter_context(listen(settings, keys))
        store = await stack.enter_async_context(open_store(settings.conversations_url(), connections=8))
        await store.purge(settings.conversations_days)
        memory = await stack.enter_async_context(open_memory(settings, secrets))
        opened = open_agents(endpoints, config, profiles, memory)
        agents = await stack.enter_async_context(opened)
        ledger = writer or NoLedger()
        rules = Rules(KeyLimits(), settings.approval_seconds, recorders(writer, metrics), ledger)
        traces = stack.enter_context(closing(TraceReader(settings.traces_url()))) if writer else None
        desk = Desk(agents, store, rules)
        app = application(desk, Door(keys), Shown(settings.host, settings.allowed_host, traces, metrics))
        await serve(app, desk, listener, settings)
