"""The web page: files of the package, and the headers that keep a browser from running anything else."""

from importlib import resources
from importlib.resources.abc import Traversable

from starlette.datastructures import MutableHeaders
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route
from starlette.types import ASGIApp, Message, Receive, Scope, Send

_TYPES = {
    "html": "text/html; charset=utf-8",
    "css": "text/css; charset=utf-8",
    "js": "text/javascript; charset=utf-8",
    "json": "application/json",
    "svg": "image/svg+xml",
}
_POLICY = (
    "default-src 'self'; img-src 'self' data:; object-src 'none'; base-uri 'none'; form-action 'none'; "
    "frame-ancestors 'none'"
)
_HEADERS = {
    "Content-Security-Policy": _POLICY,
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
    "Cross-Origin-Resource-Policy": "same-origin",
}


def routes() -> list[Route]:
    """A route for each file of the page; / is its index."""
    folder = resources.files("ankus_runner.serve") / "static"
    files = {f"/page/{file.name}": file for file in folder.iterdir() if _ending(file) in _TYPES}
    index = files.pop("/page/index.html")
    return [_route(path, file) for path, file in {"/": index, **files}.items()]


def _route(path: str, file: Traversable) -> Route:
    content, media_type = file.read_bytes(), _TYPES[_ending(file)]

    async def send(_: Request) -> Response:
        return Response(content, media_type=media_type, headers={"Cache-Control": "no-cache"})

    return Route(path, send)


def _ending(file: Traversable) -> str:
    return file.name.rpartition(".")[2]


class SafeHeaders:
    """ASGI middleware: headers that every response carries."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Add them as the response begins."""

        async def with_headers(message: Message) -> None:
            if message["type"] == "http.response.start":
                headers = MutableHeaders(scope=message)
                for name, value in _HEADERS.items():
                    headers.setdefault(name, value)
            await send(message)

        await self._app(scope, receive, with_headers)
