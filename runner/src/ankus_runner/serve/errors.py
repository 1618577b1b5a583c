"""What the server refuses, and how any error of ours is told over HTTP, in OpenAI's shape.

RunnerError (ankus_runner.errors)
└── ServeError
    ├── RequestError              the request is no chat request, or asks for what is not there
    │   ├── TooLargeError         its body is too long
    │   ├── NoSuchModelError      no profile of that name, or not for this key
    │   └── NoSuchThingError      nothing of that id, or another's
    ├── UnauthorizedError         no key, or an unknown one
    ├── RateLimitError            the key's limit is reached
    ├── DrainingError             the server stops
    └── StoppedError              somebody stopped the answer
"""

import math
from typing import Any, ClassVar

from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from ankus_runner.conversations.errors import BusyConversationError, UnknownConversationError
from ankus_runner.errors import (
    ContextFullError,
    EndpointError,
    NotAnsweredError,
    QuestionError,
    RunnerError,
    ServerDownError,
)
from ankus_runner.traces.reading import TraceNotFoundError
from ankus_shared.errors import AnkusError, DependencyError


class ServeError(RunnerError):
    """Base of what the server itself refuses."""

    code = "serve_error"
    status: ClassVar[int] = 400


class RequestError(ServeError):
    """Raised when a request cannot be understood, or asks for what there is not."""

    code = "invalid_request"


class TooLargeError(RequestError):
    """Raised when a request's body is too long."""

    code = "request_too_large"
    status = 413


class NoSuchModelError(RequestError):
    """Raised when there is no profile of that name, or none for this key."""

    code = "model_not_found"
    status = 404


class NoSuchThingError(RequestError):
    """Raised when there is nothing of that id, or it is another's."""

    code = "not_found"
    status = 404


class UnauthorizedError(ServeError):
    """Raised when a request has no key, or one that is nobody's."""

    code = "unauthorized"
    status = 401


class RateLimitError(ServeError):
    """Raised when a key has reached one of its limits; `seconds` is when to come again."""

    code = "rate_limited"
    status = 429

    def __init__(self, message: str, *, seconds: float) -> None:
        super().__init__(message, hint=f"Try again in {math.ceil(seconds)} s.")
        self.seconds = seconds


class DrainingError(ServeError):
    """Raised when the server stops and takes, or finishes, no more."""

    code = "draining"
    status = 503
    seconds = 5.0


class StoppedError(ServeError):
    """Raised when an answer was stopped by who asked."""

    code = "cancelled"
    status = 422


_STATUS: tuple[tuple[type[AnkusError], int], ...] = (
    (QuestionError, 400),
    (ContextFullError, 400),
    (NotAnsweredError, 422),
    (EndpointError, 502),
    (ServerDownError, 502),
    (UnknownConversationError, 404),
    (BusyConversationError, 409),
    (TraceNotFoundError, 404),
    (DependencyError, 503),
)
_TYPES = {401: "authentication_error", 404: "not_found_error", 409: "conflict_error", 429: "rate_limit_error"}


def status_of(error: AnkusError) -> int:
    """The HTTP status of an error."""
    if isinstance(error, ServeError):
        return error.status
    return next((status for kind, status in _STATUS if isinstance(error, kind)), 500)


def described(error: AnkusError) -> dict[str, Any]:
    """An error as OpenAI's API has it, with our code."""
    status = status_of(error)
    kind = _TYPES.get(status, "server_error" if status >= 500 else "invalid_request_error")
    return {"error": {"message": str(error), "type": kind, "param": None, "code": error.code}}


def refusal(error: AnkusError) -> JSONResponse:
    """An error as a response."""
    headers = {}
    if (seconds := getattr(error, "seconds", None)) is not None:
        headers["Retry-After"] = str(math.ceil(seconds))
    if isinstance(error, UnauthorizedError):
        headers["WWW-Authenticate"] = "Bearer"
    return JSONResponse(described(error), status_code=status_of(error), headers=headers)


async def on_error(_: Request, error: Exception) -> Response:
    """The handler of an application for what its routes raise on purpose."""
    assert isinstance(error, AnkusError)
    return refusal(error)
