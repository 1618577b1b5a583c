"""The index of a database's schema, kept until the catalog changes."""

import time
from collections import OrderedDict
from dataclasses import dataclass, field

import anyio
import anyio.to_thread

from ankus_postgres_sql.linking.index import SchemaIndex
from ankus_postgres_sql.linking.samples import add_samples
from ankus_postgres_sql.named import query
from ankus_postgres_sql.schema import load_tables
from ankus_shared.postgres import Connection

SECONDS = 900
"""How long sample values may stand: they change without a change of the catalog."""
KEPT = 8
"""Indexes at most: one for each role and search path."""


@dataclass
class IndexCache:
    """Indexes by role and search path, each with the fingerprint of the catalog that it was made from."""

    _kept: OrderedDict[tuple[str, str], tuple[str, float, SchemaIndex]] = field(default_factory=OrderedDict)
    _making: anyio.Lock = field(default_factory=anyio.Lock)

    async def get(self, connection: Connection) -> SchemaIndex:
        """The index of what the connection's role may read; made anew where the catalog has changed."""
        async with self._making:  # who comes second finds it made
            return await self._get(connection)

    async def _get(self, connection: Connection) -> SchemaIndex:
        row = (await query(connection, "schema_fingerprint"))[0]
        who = (row.pop("role"), row.pop("path"))
        fingerprint = str(row)
        kept = self._kept.get(who)
        if kept is None or kept[0] != fingerprint or time.monotonic() - kept[1] > SECONDS:
            tables = await load_tables(connection)
            await add_samples(connection, tables)
            made = await anyio.to_thread.run_sync(SchemaIndex, tables, abandon_on_cancel=True)
            kept = (fingerprint, time.monotonic(), made)
            self._kept[who] = kept
        self._kept.move_to_end(who)
        while len(self._kept) > KEPT:
            self._kept.popitem(last=False)
        return kept[2]
