"""Parts of one read-only transaction, each under settings of its own."""

import contextlib
from collections.abc import AsyncIterator, Mapping

from ankus_postgres_sql.plans.explain import set_local
from ankus_shared.postgres import Connection


@contextlib.asynccontextmanager
async def under_settings(connection: Connection, settings: Mapping[str, str]) -> AsyncIterator[None]:
    """Set parameters for a block; afterwards all is as before, also after an error in it."""
    await connection.execute("SAVEPOINT ankus")
    try:
        for name, value in settings.items():
            await connection.execute(set_local(name, value))
        yield
    finally:
        if not connection.closed:
            await connection.execute("ROLLBACK TO SAVEPOINT ankus")
