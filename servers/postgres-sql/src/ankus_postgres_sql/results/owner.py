"""Whose call it is, as far as the transport tells."""

import hashlib
from typing import Any

from mcp.server.mcpserver import Context
from starlette.requests import Request

from ankus_postgres_sql.results.store import LOCAL, Owner

SESSION_HEADER = "mcp-session-id"
"""Of Streamable HTTP (MCP specification 2025-11-25, Transports, Session Management)."""

WHOSE = "ankus/whose"
"""In the `_meta` of a call: for which of its users a client calls."""


def owner_of(context: Context[Any, Any]) -> Owner:
    """The owner of what the call makes: by session and by credential, and by what the client says of itself.

    A client that serves several users, as `ankus serve` does, names one in `_meta`; it parts its own results
    only, and reaches no others.

    A session's id is random and known to its client only, whether the header's or, with SSE, the query's.
    """
    whose = (context.request_context.meta or {}).get(WHOSE)
    owner = _caller(context.request_context.request)
    if owner.session is None or not isinstance(whose, str):
        return owner
    return owner._replace(session=f"{owner.session} {hashlib.sha256(whose.encode()).hexdigest()}")


def _caller(request: Any) -> Owner:
    if not isinstance(request, Request):
        return LOCAL
    session = request.headers.get(SESSION_HEADER) or request.query_params.get("session_id")
    credential = request.headers.get("authorization", "")
    return Owner(hashlib.sha256(credential.encode()).hexdigest() if credential else "", session or None)
