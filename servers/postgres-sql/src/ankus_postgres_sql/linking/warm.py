"""What the first call of `search_schema` needs, made ready in the background once the server serves.

The vocabulary and the Russian dictionary are the same for everybody; the index of the schema is made for the
caller without a token, if there is one. It is done in a worker thread, so that calls are answered meanwhile.
"""

from collections.abc import Awaitable, Callable

import anyio.to_thread
import psycopg
import structlog

from ankus_postgres_sql.database import Database
from ankus_postgres_sql.linking.lexicon import lexicon
from ankus_shared.errors import AnkusError

_log = structlog.get_logger("ankus.postgres_sql")


async def warm_up(first: Callable[[], Awaitable[Database]]) -> None:
    """Read the vocabulary and index the first database; what cannot be done is left to the first call."""
    await anyio.to_thread.run_sync(lexicon, abandon_on_cancel=True)
    try:
        database = await first()
        async with database.reading() as connection:
            await database.schema_indexes.get(connection)
    except (AnkusError, psycopg.Error) as error:
        _log.debug("schema not indexed before the first call", reason=str(error))
