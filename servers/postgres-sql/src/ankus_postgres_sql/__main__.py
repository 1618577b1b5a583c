"""The command `ankus-postgres-sql`: serve, or make the reader role."""

import sys
from importlib import metadata
from typing import Annotated

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


@app.default
def serve(settings: Annotated[Settings, FLAT] = Settings()) -> None:
    """Serve MCP over stdio or HTTP."""
    run(build_server(settings), settings)


@app.command(name="setup-role")
def print_role(settings: Annotated[RoleSettings, FLAT] = NO_SETTINGS) -> None:
    """Print the SQL that makes the right reader role, or make it with --apply."""
    sys.stdout.write(setup_role(settings))


def main() -> None:
    """The console script."""
    sys.exit(run_command(app))


if __name__ == "__main__":
    main()
