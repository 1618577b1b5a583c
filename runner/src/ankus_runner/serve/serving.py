"""Listening, signals and the end: a server that is told to stop first finishes what it is answering."""

import contextlib
import signal
import socket
import sys
from collections.abc import Iterator
from functools import partial

import anyio
import uvicorn
from starlette.types import ASGIApp

from ankus_runner.serve.desk import Desk
from ankus_runner.serve.keys import Keys
from ankus_runner.serve.settings import ServerSettings
from ankus_runner.serve.signals import listen_to_others
from ankus_shared.errors import SettingsError
from ankus_shared.listening import place_of
from ankus_shared.signals import until_signalled

CLOSING_SECONDS = 5
"""For connections whose client does not read what it is sent."""


def listen(settings: ServerSettings, keys: Keys | None) -> socket.socket:
    """Bind the socket; without keys only on loopback.

    Raises:
        SettingsError: Others could reach it, or it cannot be listened on.
    """
    place = place_of(settings.host, settings.port)
    if keys is None and not place.loopback:
        raise SettingsError(
            f"Refusing to listen on {settings.host} without keys: others could reach it.",
            hint="Name a file with --keys-file, or listen on 127.0.0.1.",
            code="keys_required",
        )
    return place.listen()


async def serve(app: ASGIApp, desk: Desk, listener: socket.socket, settings: ServerSettings) -> None:
    """Serve until SIGINT or SIGTERM; what is being answered then has `drain_seconds` to end.

    Raises:
        KeyboardInterrupt: After a clean stop by SIGINT.
    """
    host = f"[{settings.host}]" if ":" in settings.host else settings.host
    sys.stderr.write(f"ankus serve: listening on http://{host}:{listener.getsockname()[1]}/\n")
    sys.stderr.flush()
    main = partial(until_cancelled, app, desk, listener, settings.drain_seconds)
    if await until_signalled(main) is signal.SIGINT:
        raise KeyboardInterrupt


async def until_cancelled(app: ASGIApp, desk: Desk, listener: socket.socket, drain_seconds: float) -> None:
    """Serve until cancelled; then drain the desk, while probes are still answered, and return.

    What other workers pass on is taken until the end.
    """
    web = _Uvicorn(
        uvicorn.Config(
            app,
            log_config=None,
            access_log=False,
            server_header=False,
            lifespan="off",
            ws="none",
            timeout_graceful_shutdown=CLOSING_SECONDS,
        )
    )
    hearing = anyio.CancelScope(shield=True)
    async with anyio.create_task_group() as tasks:
        tasks.start_soon(_shielded, web, listener)
        tasks.start_soon(_hear, hearing, desk)
        try:
            await anyio.sleep_forever()
        finally:
            with anyio.CancelScope(shield=True):
                await desk.drain(drain_seconds)
            hearing.cancel()
            web.should_exit = True


async def _hear(hearing: anyio.CancelScope, desk: Desk) -> None:
    with hearing:
        await listen_to_others(desk.store.conninfo, desk)


async def _shielded(web: uvicorn.Server, listener: socket.socket) -> None:
    with anyio.CancelScope(shield=True):
        await web.serve(sockets=[listener])


class _Uvicorn(uvicorn.Server):
    """uvicorn that leaves signals to `ankus_shared.signals`."""

    @contextlib.contextmanager
    def capture_signals(self) -> Iterator[None]:
        """Capture none."""
        yield
