"""The command `ankus-postgres-sql`: serve, or make the reader role."""

import getpass
import hashlib
import secrets
import sys
from importlib import metadata
from pathlib import Path
from typing import Annotated

from ankus_postgres_sql.access.audit import verify
from ankus_postgres_sql.changes.errors import NotApproved
from ankus_postgres_sql.changes.tools import approve, find
from ankus_postgres_sql.server import build_server
from ankus_postgres_sql.settings import RoleSettings, Settings
from ankus_postgres_sql.setup_role import setup_role
from ankus_shared.serve import run
from ankus_shared.settings import FLAT, command_line, run_command

app = command_line(
    "ankus-postgres-sql",
    version=metadata.version("ankus-postgres-sql"),
    help="An MCP server that reads PostgreSQL.",
)
NO_SETTINGS = RoleSettings()
DEFAULTS = Settings()


@app.default
def serve(settings: Annotated[Settings, FLAT] = Settings()) -> None:
    """Serve MCP over stdio or HTTP."""
    run(build_server(settings), settings)


@app.command(name="setup-role")
def print_role(settings: Annotated[RoleSettings, FLAT] = NO_SETTINGS) -> None:
    """Print the SQL that makes the right reader role, or make it with --apply."""
    sys.stdout.write(setup_role(settings))


@app.command
def token() -> None:
    """Make a bearer token for an identity, and print it with the hash that goes into the access file."""
    made = secrets.token_urlsafe(32)
    digest = hashlib.sha256(made.encode()).hexdigest()
    sys.stdout.write(f'token: {made}\ntoken_sha256 = "{digest}"\n')


audit = command_line("audit", version=metadata.version("ankus-postgres-sql"), help="The audit log.")
app.command(audit)


@audit.command(name="verify")
def verify_log(file: Path) -> None:
    """Check every line of an audit log, and name the first that is not as it was written."""
    found = verify(file)
    sys.stdout.write(
        f"{found.records} records, whole; begins after {found.first_previous}, ends with {found.last}\n"
    )


@app.command(name="approve")
def approve_change(change_id: str, settings: Annotated[Settings, FLAT] = DEFAULTS) -> None:
    """Show a proposed change, and approve it by typing its id."""
    found = find(settings, change_id)
    sys.stdout.write(f"reason: {found.reason}\nby: {found.identity or 'the client'}\n\n{found.sql}\n\n")
    sys.stdout.write(f"Type {change_id} to approve: ")
    sys.stdout.flush()
    if sys.stdin.readline().strip() != change_id:
        raise NotApproved("Not approved.", code="change_declined")
    approve(settings, change_id, getpass.getuser())
    sys.stdout.write("Approved: call apply_change again.\n")


def main() -> None:
    """The console script."""
    sys.exit(run_command(app))


if __name__ == "__main__":
    main()
