"""Every call passes here: who calls, whether it may, how often; and a record of it either way."""

import time
from collections.abc import Awaitable, Callable
from dataclasses import replace
from functools import partial
from typing import Any

import anyio
import anyio.to_thread
from mcp.types import CallToolResult

from ankus_postgres_sql.access.audit import AuditLog, statement_form
from ankus_postgres_sql.access.errors import NotAllowed
from ankus_postgres_sql.access.limiter import Limiter
from ankus_postgres_sql.access.matrix import Access, Identity, read_access
from ankus_postgres_sql.settings import Settings
from ankus_shared.access import Authenticator
from ankus_shared.errors import AnkusError, SettingsError
from ankus_shared.tools import ToolResult

NOBODY = "local"
"""The identity of every caller where there is no access file; it may do all that the server does."""
WRITES = frozenset({"apply_change"})
"""Tools of which a record is written before they begin, too."""


class Gate:
    """The server's `CallPolicy`.

    Args:
        access: The matrix; None where callers are not told apart.
        default: Identity of callers that the transport gives no name, if they have one.
        audit: Where calls are recorded, if they are.
    """

    def __init__(self, access: Access | None, default: str | None, audit: AuditLog | None) -> None:
        self._access, self._default, self._audit = access, default, audit
        identities = {NOBODY: Identity()} if access is None else access.identity
        self._limiters = {name: Limiter(identity) for name, identity in identities.items()}
        if access is not None and default is not None and default not in access.identity:
            raise SettingsError(
                f"The access file has no identity {default}.", hint=f"It has: {', '.join(access.identity)}."
            )

    @property
    def authenticate(self) -> Authenticator | None:
        """Whose token this is; None without an access file."""
        return None if self._access is None else self._access.authenticate

    @property
    def access(self) -> Access:
        """The matrix; an empty one where there is no file."""
        return self._access or Access()

    def identity(self, caller: str | None) -> tuple[str, Identity]:
        """Name and rights of a caller.

        Raises:
            NotAllowed: With code `identity_required`, if it has no name and there is no default.
        """
        if self._access is None:
            return self._default or NOBODY, Identity()
        name = caller or self._default
        if name is None:
            raise NotAllowed(
                "The server does not know who you are.",
                hint="Send a token of your own, or start the server with --identity.",
                code="identity_required",
            )
        return name, self._access.identity[name]

    def may_see(self, caller: str | None, tool: str) -> bool:
        """Whether a tool is in the caller's list."""
        try:
            return self.identity(caller)[1].may_call(tool)
        except NotAllowed:
            return False

    async def around(
        self,
        caller: str | None,
        tool: str,
        arguments: dict[str, Any],
        proceed: Callable[[], Awaitable[ToolResult]],
    ) -> ToolResult:
        """Make one call if it is allowed, and record it, refused or not, before it is answered."""
        started = time.monotonic()
        outcome, rows = "cancelled", 0
        if tool in WRITES:
            await self._record(caller, tool, arguments, outcome="begun", rows=0, ms=0)
        try:
            result, rows = await self._allowed(caller, tool, proceed)
            outcome = "ok" if isinstance(result, CallToolResult) else "input_required"
            return result
        except AnkusError as error:
            outcome = error.code
            raise
        except Exception:  # whatever it is, it is recorded, and raised again
            outcome = "protocol_error"
            raise
        finally:
            milliseconds = round((time.monotonic() - started) * 1000)
            await self._record(caller, tool, arguments, outcome=outcome, rows=rows, ms=milliseconds)

    async def _allowed(
        self, caller: str | None, tool: str, proceed: Callable[[], Awaitable[ToolResult]]
    ) -> tuple[ToolResult, int]:
        name, identity = self.identity(caller)
        if not identity.may_call(tool):
            raise NotAllowed(
                f"{name} may not call {tool[:80]}.", hint="Call one of the tools that tools/list shows."
            )
        limiter = self._limiters.get(name) or self._limiters[NOBODY]
        with limiter.call():
            result = await proceed()
        rows = _rows(result)
        limiter.spend_rows(rows)
        return result, rows

    async def _record(self, caller: str | None, tool: str, arguments: dict[str, Any], **found: Any) -> None:
        if self._audit is None:
            return
        name = caller or self._default or NOBODY
        known = self.access.identity.get(name, Identity())
        texts = [value for key, value in arguments.items() if "sql" in key and isinstance(value, str)]
        form = statement_form("; ".join(texts)) if texts else {}
        chosen = arguments.get("database")
        database = chosen if isinstance(chosen, str) and chosen.isidentifier() else ""
        fields = {"identity": name, "role": known.role or "", "tool": tool[:80], "database": database}
        with anyio.CancelScope(shield=True):
            await anyio.to_thread.run_sync(partial(self._audit.write, **fields, **form, **found))


def build_gate(settings: Settings) -> Gate:
    """The gate that the settings ask for.

    Raises:
        SettingsError: If the access file, the identity or the audit log's place is wrong.
    """
    access = None if settings.access is None else read_access(settings.access)
    audit = (
        None
        if settings.audit_log is None
        else AuditLog(settings.audit_log, sync=settings.audit_sync == "always")
    )
    return Gate(access, settings.identity, audit)


def settings_for(identity: Identity, settings: Settings) -> Settings:
    """The settings with an identity's own limits, which only make them smaller."""
    return replace(
        settings,
        row_limit=min(settings.row_limit, identity.row_limit or settings.row_limit),
        statement_timeout=min(
            settings.statement_timeout, identity.statement_timeout or settings.statement_timeout
        ),
    )


def _rows(result: ToolResult) -> int:
    found = result.structured_content if isinstance(result, CallToolResult) else None
    rows = found.get("row_count", 0) if isinstance(found, dict) else 0
    return rows if isinstance(rows, int) else 0
