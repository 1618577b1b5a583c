"""No statement that a grammar makes changes anything: `ANKUS_FUZZ_STATEMENTS=20000` for the long run."""

import os
from collections import Counter
from itertools import islice

import pytest

from ankus_postgres_sql.query import run_query
from ankus_shared.errors import AnkusError
from tests.fixtures.db import Clone, fingerprint
from tests.postgres_sql.conftest import Open
from tests.postgres_sql.sql_grammar import statements
from tests.postgres_sql.test_safety import session

COUNT = int(os.environ.get("ANKUS_FUZZ_STATEMENTS", "500"))
BATCH = 500
SEED = int(os.environ.get("ANKUS_FUZZ_SEED", "3"))


def test_the_same_seed_gives_the_same_statements() -> None:
    assert list(islice(statements(7), 50)) == list(islice(statements(7), 50))
    assert len(set(islice(statements(7), 500))) > 350


@pytest.mark.timeout(3600)
async def test_no_statement_of_the_grammar_changes_anything(trapped: Clone, open_clone: Open) -> None:
    database = await open_clone(trapped, connections=1, statement_timeout=5)
    before, clean = fingerprint(trapped), await session(database)
    ends: Counter[str] = Counter()
    made = statements(SEED)
    for _ in range(0, COUNT, BATCH):
        batch = list(islice(made, BATCH))
        for text in batch:
            code = "ran"
            try:
                await run_query(database, text)
            except AnkusError as error:
                code = error.code
            # The guard leaves nothing to the transaction: no write comes to where PostgreSQL must stop it.
            assert code != "read_only_sql_transaction", text
            ends[code] += 1
        assert fingerprint(trapped) == before, batch
        assert await session(database) == clean, batch
    assert ends["ran"] > COUNT / 5
    assert ends["function_refused"] > COUNT / 20
