"""The HTTP transports: Streamable HTTP at /mcp and SSE at /sse, with /healthz, /readyz and /metrics beside.

Everything that waits for a client runs under `Shutdown`, which ends it when the server stops: an open
event stream would otherwise hold the process up.
"""

import contextlib
import socket
import sys
from collections.abc import Iterator

import anyio
import uvicorn
from mcp.server.transport_security import TransportSecuritySettings
from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.requests import Request
from starlette.responses import JSONResponse, PlainTextResponse, Response
from starlette.routing import BaseRoute, Route
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from ankus_shared.access import AccessControl, allowed_names, read_token
from ankus_shared.errors import SettingsError
from ankus_shared.listening import place_of
from ankus_shared.metrics import CONTENT_TYPE
from ankus_shared.settings import ServeSettings
from ankus_shared.tools import AnkusServer

STREAMABLE_PATH = "/mcp"
SSE_PATH = "/sse"
_SHUTDOWN_SECONDS = 5  # for connections whose client does not read what it is sent
_ACCESS_IS_CHECKED = TransportSecuritySettings(enable_dns_rebinding_protection=False)  # by AccessControl


def open_listener(
    settings: ServeSettings, *, authenticated: bool = False
) -> tuple[socket.socket, str | None]:
    """Bind the socket that `settings` ask for, and read the token that guards it.

    Args:
        authenticated: The server itself tells its callers apart by their tokens.

    Raises:
        SettingsError: If the address is not loopback and there is no token, or it cannot be listened on.
    """
    token = read_token(settings.token_file)
    place = place_of(settings.host or "", settings.port)
    if token is None and not authenticated and not place.loopback:
        raise SettingsError(
            f"Refusing to listen on {settings.host} without a token: others could reach it.",
            hint="Set ANKUS_TOKEN or --token-file, or listen on 127.0.0.1.",
            code="token_required",
        )
    return place.listen(), token


async def serve_http(
    server: AnkusServer, settings: ServeSettings, listener: socket.socket, token: str | None
) -> None:
    """Serve clients that connect to `listener` until cancelled; then end what is open, and return."""
    shutdown = Shutdown()
    app = _application(server, settings, token, shutdown)
    config = uvicorn.Config(
        app,
        log_config=None,
        access_log=False,
        server_header=False,
        lifespan="off",
        ws="none",
        timeout_graceful_shutdown=_SHUTDOWN_SECONDS,
    )
    async with server.opened(), contextlib.AsyncExitStack() as stack:
        if settings.transport == "http":
            await stack.enter_async_context(server.session_manager.run())
        _announce(server, settings, listener)
        await _until_cancelled(_Uvicorn(config), listener, shutdown)


def _application(
    server: AnkusServer, settings: ServeSettings, token: str | None, shutdown: "Shutdown"
) -> ASGIApp:
    routes: list[BaseRoute] = [*_probes(server)]
    if settings.transport == "http":
        routes += server.streamable_http_app(
            streamable_http_path=STREAMABLE_PATH, transport_security=_ACCESS_IS_CHECKED
        ).routes
    routes += server.sse_app(sse_path=SSE_PATH, transport_security=_ACCESS_IS_CHECKED).routes
    names = allowed_names(settings.host, settings.allowed_host)
    authenticate = None if server.policy is None else server.policy.authenticate
    return Starlette(
        routes=routes,
        middleware=[
            Middleware(AccessControl, names=names, token=token, authenticate=authenticate),
            Middleware(shutdown.wrap),
        ],
    )


def _probes(server: AnkusServer) -> list[Route]:
    """/healthz: the process is alive. /readyz: it can do its work, or what fails. /metrics: see `metrics`."""

    async def healthz(_: Request) -> Response:
        return JSONResponse({"status": "ok"})

    async def readyz(_: Request) -> Response:
        failing = await server.failing_checks()
        status = "not ready" if failing else "ready"
        return JSONResponse({"status": status, "failing": failing}, status_code=503 if failing else 200)

    async def metrics(_: Request) -> Response:
        return PlainTextResponse(server.metrics.render(), media_type=CONTENT_TYPE)

    return [Route("/healthz", healthz), Route("/readyz", readyz), Route("/metrics", metrics)]


class Shutdown:
    """Ends the requests that are open when the server stops."""

    def __init__(self) -> None:
        self._open: set[anyio.CancelScope] = set()
        self._begun = False

    def begin(self) -> None:
        """Cancel what is open, and whatever still comes."""
        self._begun = True
        for scope in self._open:
            scope.cancel()

    def wrap(self, app: ASGIApp) -> ASGIApp:
        """ASGI middleware: run `app` so that `begin` ends it with a proper, if short, response."""

        async def guarded(scope: Scope, receive: Receive, send: Send) -> None:
            sent: list[str] = []

            async def noted_send(message: Message) -> None:
                await send(message)
                sent.append("end" if _is_last(message) else message["type"])

            with anyio.CancelScope() as cancel:
                self._open.add(cancel)
                try:
                    if self._begun:
                        cancel.cancel()
                    await app(scope, receive, noted_send)
                finally:
                    self._open.discard(cancel)
            if cancel.cancelled_caught and "end" not in sent:
                await _finish(sent, scope, receive, send)

        return guarded


async def _finish(sent: list[str], scope: Scope, receive: Receive, send: Send) -> None:
    """End a response that was cut short, or say that the server stops."""
    if sent:
        await send({"type": "http.response.body", "body": b"", "more_body": False})
    else:
        await PlainTextResponse("The server is stopping.", status_code=503)(scope, receive, send)


def _is_last(message: Message) -> bool:
    return message["type"] == "http.response.body" and not message.get("more_body", False)


class _Uvicorn(uvicorn.Server):
    """uvicorn that leaves signals to `ankus_shared.signals`."""

    @contextlib.contextmanager
    def capture_signals(self) -> Iterator[None]:
        """Capture none."""
        yield


async def _until_cancelled(web: uvicorn.Server, listener: socket.socket, shutdown: Shutdown) -> None:
    """Run `web`; when cancelled, close what is open and let it finish."""
    finished = anyio.Event()

    async def serving() -> None:
        with anyio.CancelScope(shield=True):
            await web.serve(sockets=[listener])
        finished.set()

    async with anyio.create_task_group() as tasks:
        tasks.start_soon(serving)
        try:
            await finished.wait()
        finally:
            web.should_exit = True
            shutdown.begin()


def _announce(server: AnkusServer, settings: ServeSettings, listener: socket.socket) -> None:
    """Say where the server listens, at every log level: with --port 0 nobody else knows."""
    host = f"[{settings.host}]" if ":" in settings.host else settings.host
    path = STREAMABLE_PATH if settings.transport == "http" else SSE_PATH
    url = f"http://{host}:{listener.getsockname()[1]}{path}"
    sys.stderr.write(f"ankus-{server.name}: listening on {url}\n")
    sys.stderr.flush()
