"""Whose call it is, as far as the transport tells."""

import hashlib
from typing import Any

from mcp.server.mcpserver import Context
from starlette.requests import Request

from ankus_postgres_sql.results.store import LOCAL, Owner

SESSION_HEADER = "mcp-session-id"
"""Of Streamable HTTP (MCP specification 2025-11-25, Transports, Session Management)."""


def owner_of(context: Context[Any, Any]) -> Owner:
    """The owner of what the call makes: by session and by credential.

    A session's id is random and known to its client only, whether the header's or, with SSE, the query's.
    """
    request = context.request_context.request
    if not isinstance(request, Request):
        return LOCAL
    session = request.headers.get(SESSION_HEADER) or request.query_params.get("session_id")
    credential = request.headers.get("authorization", "")
    return Owner(hashlib.sha256(credential.encode()).hexdigest() if credential else "", session or None)
