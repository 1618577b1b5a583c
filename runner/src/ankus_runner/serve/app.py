"""The routes of `ankus serve`.

GET  /                                       the page (page.py)
GET  /v1/models                              the profiles
POST /v1/chat/completions                    a question; see wire.py and answers.py
GET  /v1/conversations                       the caller's own; GET, DELETE /v1/conversations/{id}
GET  /v1/conversations/{id}/events           what happens in its answer, as server-sent events
POST /v1/conversations/{id}/cancel           stop that answer
POST /v1/conversations/{id}/approvals/{id}   say whether a call may be made
GET  /v1/traces, /v1/traces/{id}             the caller's own runs
GET  /healthz, /readyz                       for probes, without a key
GET  /metrics                                for Prometheus
"""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field

from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from ankus_runner.conversation import History
from ankus_runner.serve import page
from ankus_runner.serve.answers import Answering
from ankus_runner.serve.desk import Desk
from ankus_runner.serve.door import Door, read_body
from ankus_runner.serve.errors import on_error
from ankus_runner.serve.keys import Key
from ankus_runner.serve.running import Asked
from ankus_runner.serve.talks import Talks
from ankus_runner.serve.tracing import Reader, Traces
from ankus_runner.serve.wire import read_request
from ankus_runner.traces.metrics import RunMetrics
from ankus_shared.access import AccessControl, allowed_names
from ankus_shared.errors import AnkusError
from ankus_shared.metrics import CONTENT_TYPE

Handler = Callable[[Request, Key], Awaitable[Response]]


@dataclass(frozen=True)
class Shown:
    """What is served besides answers."""

    host: str = "127.0.0.1"
    """The address that is listened on, whose names requests may carry in Host and Origin."""
    allowed_hosts: tuple[str, ...] = ()
    """Further names."""
    traces: Reader | None = None
    """Where they are read; None where none are kept."""
    metrics: RunMetrics = field(default_factory=RunMetrics)


def application(desk: Desk, door: Door, shown: Shown) -> Starlette:
    """The ASGI application of a desk."""
    api = Api(desk, shown.metrics)
    handlers: list[tuple[str, str, Handler]] = [
        ("GET", "/v1/models", api.models),
        ("POST", "/v1/chat/completions", api.chat),
        ("GET", "/metrics", api.metrics),
        *Talks(desk).handlers(),
        *Traces(shown.traces).handlers(),
    ]
    routes = [Route(path, _keyed(door, handler), methods=[method]) for method, path, handler in handlers]
    probes = [Route("/healthz", _healthz), Route("/readyz", api.readyz)]
    names = allowed_names(shown.host, shown.allowed_hosts)
    return Starlette(
        routes=[*routes, *probes, *page.routes()],
        exception_handlers={AnkusError: on_error},
        middleware=[
            Middleware(page.SafeHeaders),
            Middleware(AccessControl, names=names, token=None),
        ],
    )


class Api:
    """The routes that other OpenAI-compatible servers have, too."""

    def __init__(self, desk: Desk, metrics: RunMetrics) -> None:
        self._desk = desk
        self._metrics = metrics

    async def models(self, _: Request, key: Key) -> Response:
        """The profiles that the key reaches, as models."""
        models = [
            {
                "id": profile.name,
                "object": "model",
                "created": 0,
                "owned_by": "ankus",
                "description": profile.description,
            }
            for profile in self._desk.profiles(key)
        ]
        return JSONResponse({"object": "list", "data": models})

    async def chat(self, request: Request, key: Key) -> Response:
        """A question."""
        asked = read_request(await read_body(request), request.headers)
        conversation = asked.ankus.conversation
        history = History() if conversation else asked.history()
        watched = asked.stream and asked.ankus.events
        question = Asked(key, asked.model, asked.question(), conversation, history, watched)
        return Answering(self._desk, question, asked)

    async def metrics(self, _: Request, key: Key) -> Response:
        """What is counted of all runs."""
        return Response(self._metrics.render(), media_type=CONTENT_TYPE)

    async def readyz(self, _: Request) -> Response:
        """Whether new questions are taken."""
        if self._desk.draining:
            return JSONResponse({"status": "draining"}, status_code=503)
        return JSONResponse({"status": "ready"})


async def _healthz(_: Request) -> Response:
    return JSONResponse({"status": "ok"})


def _keyed(door: Door, handler: Handler) -> Callable[[Request], Awaitable[Response]]:
    async def keyed(request: Request) -> Response:
        return await handler(request, door.key(request))

    return keyed
