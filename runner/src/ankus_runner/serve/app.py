"""The routes of `ankus serve`.

GET  /                                       the page (page.py)
GET  /v1/models                              the profiles
POST /v1/chat/completions                    a question; see wire.py and answers.py
GET  /v1/conversations                       the caller's own; GET, DELETE /v1/conversations/{id}
GET  /v1/conversations/{id}/events           what happens in its answer, as server-sent events
POST /v1/conversations/{id}/cancel           stop that answer
GET  /healthz, /readyz                       for probes, without a key
"""

from collections.abc import Awaitable, Callable

from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from ankus_runner.conversation import History
from ankus_runner.serve import page, talks
from ankus_runner.serve.answers import Answering
from ankus_runner.serve.desk import Asked, Desk
from ankus_runner.serve.door import Door, read_body
from ankus_runner.serve.errors import on_error
from ankus_runner.serve.keys import Key
from ankus_runner.serve.wire import read_request
from ankus_shared.access import AccessControl, allowed_names
from ankus_shared.errors import AnkusError

Handler = Callable[[Request, Key], Awaitable[Response]]


def application(desk: Desk, door: Door, host: str, allowed_hosts: tuple[str, ...] = ()) -> Starlette:
    """The ASGI application of a desk.

    Args:
        host: The address that is listened on, whose names requests may carry in Host and Origin.
        allowed_hosts: Further ones.
    """
    api = Api(desk)
    conversations = talks.Talks(desk)
    handlers: list[tuple[str, str, Handler]] = [
        ("GET", "/v1/models", api.models),
        ("POST", "/v1/chat/completions", api.chat),
        *conversations.handlers(),
    ]
    routes = [Route(path, _keyed(door, handler), methods=[method]) for method, path, handler in handlers]
    probes = [Route("/healthz", _healthz), Route("/readyz", api.readyz)]
    return Starlette(
        routes=[*routes, *probes, *page.routes()],
        exception_handlers={AnkusError: on_error},
        middleware=[
            Middleware(page.SafeHeaders),
            Middleware(AccessControl, names=allowed_names(host, allowed_hosts), token=None),
        ],
    )


class Api:
    """The routes that other OpenAI-compatible servers have, too."""

    def __init__(self, desk: Desk) -> None:
        self._desk = desk

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
        question = Asked(key, asked.model, asked.question(), conversation, history)
        return Answering(self._desk, question, asked)

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
