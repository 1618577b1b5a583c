"""An MCP server that reads PostgreSQL: its tables, safe queries and plans.

`build_server(Settings())` makes the server; `ankus-postgres-sql` runs it.
"""

from ankus_postgres_sql.server import build_server
from ankus_postgres_sql.settings import Settings

__all__ = ["Settings", "build_server"]
