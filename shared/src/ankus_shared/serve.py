"""Serve an `AnkusServer` as its settings say: over stdio, or over HTTP (Streamable HTTP and SSE)."""

import signal
from functools import partial

import anyio

from ankus_shared import logs
from ankus_shared.http import open_listener, serve_http
from ankus_shared.settings import ServeSettings
from ankus_shared.signals import until_signalled
from ankus_shared.stdio import serve_stdio
from ankus_shared.tools import AnkusServer


def run(server: AnkusServer, settings: ServeSettings) -> None:
    """Serve until the client closes standard input (stdio), or until SIGINT or SIGTERM.

    Raises:
        SettingsError: Before anything is served, if the address, the port or the token is wrong.
        KeyboardInterrupt: After a clean stop by SIGINT.
    """
    logs.configure(settings.log_level)
    server.max_result_bytes = settings.max_result_kb * 1024
    if settings.transport == "stdio":
        main = partial(serve_stdio, server)
    else:
        authenticated = server.policy is not None and server.policy.authenticate is not None
        listener, token = open_listener(settings, authenticated=authenticated)
        main = partial(serve_http, server, settings, listener, token)
    if anyio.run(until_signalled, main) is signal.SIGINT:
        raise KeyboardInterrupt
