"""The tools of the set `write`: propose a change, and make it once a person has said yes."""

from typing import Annotated, Any

import anyio.to_thread
from mcp.server.elicitation import AcceptedElicitation, ElicitationResult
from mcp.server.mcpserver.resolve import Elicit, Resolve
from pydantic import BaseModel, Field

from ankus_postgres_sql.changes.errors import ChangeUnknown, NotApproved
from ankus_postgres_sql.changes.run import Effect, make_change, try_change, writer
from ankus_postgres_sql.changes.statement import Change, parse_change
from ankus_postgres_sql.changes.store import Proposal, Proposals
from ankus_postgres_sql.database import Database
from ankus_postgres_sql.settings import Settings, changes_folder
from ankus_postgres_sql.toolset import DatabaseContext, Toolset, database_of
from ankus_shared.answers import Answer
from ankus_shared.errors import SettingsError
from ankus_shared.settings import read_secret
from ankus_shared.tools import ADDITIVE, DESTRUCTIVE


class Approval(BaseModel):
    """What a person answers."""

    approve: Annotated[bool, Field(description="Run exactly this statement")]


async def ask(ankus_context: DatabaseContext, change_id: str) -> Elicit[Approval] | Approval:
    """Ask a person, unless one has said yes on the terminal."""
    database = await database_of(ankus_context)
    found = await anyio.to_thread.run_sync(_proposals(database.settings).get, change_id)
    if found.approved_by:
        return Approval(approve=True)
    capabilities = ankus_context.client_capabilities
    if capabilities is None or capabilities.elicitation is None:
        raise NotApproved(
            "This client cannot ask a person for approval.",
            hint=f"Let a person run 'ankus-postgres-sql approve {change_id}' on the server, then call again.",
        )
    place = f" in the database {found.database}" if found.database else ""
    return Elicit(f"Run this statement{place}? Reason given: {found.reason}\n\n{found.sql}", Approval)


def add_tools(toolset: Toolset) -> None:
    """Register them, where the set `write` is switched on."""
    tools = toolset.only("write")

    @tools.tool(ADDITIVE)
    async def propose_change(
        database: Database,
        sql: Annotated[str, Field(description="One DDL or DML statement", min_length=1)],
        reason: Annotated[str, Field(description="Why, for who approves it", min_length=1, max_length=500)],
    ) -> Answer:
        """Propose a change. It is tried and rolled back; apply_change makes it after approval."""
        return await propose(database, sql, reason)

    @tools.tool(DESTRUCTIVE)
    async def apply_change(
        database: Database,
        change_id: Annotated[str, Field(description="From propose_change")],
        approval: Annotated[ElicitationResult[Approval], Resolve(ask)],
    ) -> Answer:
        """Make a proposed change, once, after a person has approved it."""
        return await apply(database, change_id, approval)


async def propose(database: Database, sql: str, reason: str) -> Answer:
    """Keep a change as a proposal, and say what it would do.

    Raises:
        ChangeRefused: If it is of no kind that may be proposed.
        ChangeFailed: If PostgreSQL refuses it.
    """
    change = parse_change(sql)
    settings = database.settings
    async with writer(_url(settings), settings.statement_timeout) as connection:
        effect = await try_change(connection, change)
    seconds = settings.change_minutes * 60
    found = await anyio.to_thread.run_sync(
        _proposals(settings).add, sql, reason, database.caller, database.name, seconds
    )
    text = (
        f"Proposed as {found.id} ({change.kind}); expires in {settings.change_minutes} minutes."
        f" {_effect(change, effect)} Call apply_change with this change_id: a person is asked."
    )
    return Answer(
        text, {"change_id": found.id, "kind": change.kind, "sha256": found.sha256, **_figures(effect)}
    )


async def apply(database: Database, change_id: str, approval: Any) -> Answer:
    """Make an approved change.

    Raises:
        NotApproved: If a person declined.
        ChangeUnknown: If there is no such proposal of this caller and database, or no longer.
        ChangeFailed: If PostgreSQL refuses it; the proposal is used up.
    """
    proposals = _proposals(database.settings)
    found = await anyio.to_thread.run_sync(proposals.get, change_id)
    _check_owner(found, database)
    if not isinstance(approval, AcceptedElicitation) or not approval.data.approve:
        raise NotApproved(
            "The change was not approved.", hint="Ask what to do instead.", code="change_declined"
        )
    change = parse_change(found.sql)
    await anyio.to_thread.run_sync(proposals.take, found)
    async with writer(_url(database.settings), database.settings.statement_timeout) as connection:
        effect = await make_change(connection, change)
    text = f"Done: {change.kind}, {effect.rows} rows, {effect.milliseconds} ms."
    return Answer(text, {"change_id": change_id, "kind": change.kind, **_figures(effect)})


def approve(settings: Settings, change_id: str, person: str) -> Proposal:
    """Note a person's approval, given on the terminal.

    Raises:
        ChangeUnknown: If there is no such proposal, or no longer.
    """
    return _proposals(settings).approve(change_id, person)


def find(settings: Settings, change_id: str) -> Proposal:
    """A proposal, to be shown.

    Raises:
        ChangeUnknown: If there is no such proposal, or no longer.
    """
    return _proposals(settings).get(change_id)


def _check_owner(found: Proposal, database: Database) -> None:
    if (found.identity, found.database) != (database.caller, database.name):
        raise ChangeUnknown(
            f"The change {found.id} was proposed by another, or for another database.",
            hint="Propose it yourself, and name the same database.",
        )


def _proposals(settings: Settings) -> Proposals:
    return Proposals(changes_folder(settings))


def _url(settings: Settings) -> str:
    if settings.writer_url_file is None:
        raise SettingsError(
            "There is no role that may write.", hint="Start the server with --writer-url-file."
        )
    return read_secret(settings.writer_url_file, "the database URL")


def _effect(change: Change, effect: Effect | None) -> str:
    if effect is None:
        return f"{change.kind} runs outside of a transaction, so it was not tried."
    locks = f", locks {'; '.join(effect.locks)}" if effect.locks else ""
    return f"Tried and rolled back: {effect.rows} rows{locks}, {effect.milliseconds} ms."


def _figures(effect: Effect | None) -> dict[str, Any]:
    if effect is None:
        return {"tried": False}
    return {
        "tried": True,
        "rows": effect.rows,
        "locks": list(effect.locks),
        "milliseconds": effect.milliseconds,
    }
