"""Who may speak to a server over HTTP: the Host and Origin headers, and the bearer token.

One token admits everybody who has it; a server that tells callers apart has an `Authenticator`, and the
name that it gives stands in the request's scope as `user`, to which the SDK binds its sessions.

A web page can make a browser send requests to 127.0.0.1 under a name that its author controls (DNS
rebinding). Such requests carry that name in Host and the page's address in Origin, so both are checked on
every address that we listen on (MCP specification 2025-11-25, Transports, Security Warning).
"""

import hmac
import ipaddress
import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

from mcp.server.auth.middleware.bearer_auth import AuthenticatedUser
from mcp.server.auth.provider import AccessToken
from mcp.server.transport_security import TransportSecurityMiddleware, TransportSecuritySettings
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.types import ASGIApp, Receive, Scope, Send

from ankus_shared.errors import SettingsError

TOKEN_VARIABLE = "ANKUS_TOKEN"  # noqa: S105 - the variable's name
OPEN_PATHS = frozenset({"/healthz", "/readyz"})
"""Paths that never need the token: probes have none, and the answers tell nothing else."""

Authenticator = Callable[[bytes], str | None]
"""The caller's name for a token; None for a token that is nobody's. It compares in constant time."""

_LOOPBACK = ("127.0.0.1", "localhost", "[::1]")


def read_token(token_file: Path | None) -> str | None:
    """The bearer token from `token_file`, else from ANKUS_TOKEN, else None.

    Raises:
        SettingsError: If the file cannot be read, or the token is empty or not printable ASCII.
    """
    if token_file is None:
        token, origin = os.environ.get(TOKEN_VARIABLE), TOKEN_VARIABLE
        if token is None:
            return None
    else:
        token, origin = _read(token_file), f"The token file {token_file}"
    token = token.strip()
    if not token or not (token.isascii() and token.isprintable()) or " " in token:
        raise SettingsError(
            f"{origin} holds no usable token.", hint="A token is one word of printable ASCII characters."
        )
    return token


def _read(token_file: Path) -> str:
    try:
        return token_file.read_text("utf-8")
    except (OSError, UnicodeDecodeError) as error:
        reason = error.strerror if isinstance(error, OSError) else "not text"
        raise SettingsError(
            f"The token file {token_file} cannot be read: {reason}.", hint="Name a readable file."
        ) from error


def allowed_names(host: str, extra: tuple[str, ...]) -> TransportSecuritySettings:
    """The Host headers to accept: loopback, the address listened on, and `extra` (`name` or `name:port`)."""
    own = (f"[{host}]" if ":" in host else host,)
    hosts = [pattern for name in (*_LOOPBACK, *own) for pattern in (name, f"{name}:*")] + list(extra)
    origins = [f"{scheme}://{name}" for scheme in ("http", "https") for name in hosts]
    return TransportSecuritySettings(allowed_hosts=hosts, allowed_origins=origins)


def caller_of(request: Any) -> str | None:
    """The name of who sent a request; None over stdio, or where callers are not told apart."""
    user = getattr(request, "scope", {}).get("user")
    return user.username if isinstance(user, AuthenticatedUser) else None


class AccessControl:
    """ASGI middleware that answers 421 to a foreign Host, 403 to a foreign Origin, 401 without a token.

    Args:
        token: The one token that admits a caller without a name.
        authenticate: Who a token belongs to; None where callers are not told apart.
    """

    def __init__(
        self,
        app: ASGIApp,
        names: TransportSecuritySettings,
        token: str | None,
        authenticate: Authenticator | None = None,
    ) -> None:
        self._app = app
        self._names = names
        self._token = None if token is None else token.encode()
        self._authenticate = authenticate

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass an HTTP request on, or answer why not."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        refusal = await self._refusal(Request(scope))
        await (refusal or self._app)(scope, receive, send)

    async def _refusal(self, request: Request) -> Response | None:
        names = self._names
        if _names_its_address(request):
            names = names.model_copy(
                update={"allowed_hosts": [*names.allowed_hosts, request.headers["host"]]}
            )
        refused = await TransportSecurityMiddleware(names).validate_request(request)
        if refused is not None or request.url.path in OPEN_PATHS or self._is_authorized(request):
            return refused
        return JSONResponse(
            {"error": "unauthorized", "message": "Send the header 'Authorization: Bearer <token>'."},
            status_code=401,
            headers={"WWW-Authenticate": "Bearer"},
        )

    def _is_authorized(self, request: Request) -> bool:
        """Whether the request may pass; it is marked with its caller's name where there is one."""
        if self._token is None and self._authenticate is None:
            return True
        scheme, _, given = request.headers.get("authorization", "").partition(" ")
        if scheme.lower() != "bearer":
            return False
        token = given.strip().encode("utf-8", "surrogateescape")
        caller = None if self._authenticate is None else self._authenticate(token)
        if caller is not None:
            request.scope["user"] = AuthenticatedUser(AccessToken(token="", client_id=caller, scopes=[]))
            return True
        # compared as bytes and in constant time, so that timing tells nothing about the token
        return self._token is not None and hmac.compare_digest(token, self._token)


def _names_its_address(request: Request) -> bool:
    """Whether Host is the IP address that the connection came in on, which rebinding cannot achieve."""
    server = request.scope.get("server")
    host = request.headers.get("host", "")
    name = host.rpartition(":")[0] or host
    try:
        return server is not None and ipaddress.ip_address(name.strip("[]")) == ipaddress.ip_address(
            server[0]
        )
    except ValueError:
        return False
