"""recommend_indexes, list_slow_queries and list_locks."""

from collections.abc import AsyncIterator, Iterator

import pytest

from ankus_postgres_sql.database import Database, open_database
from ankus_postgres_sql.errors import StatementFailed, StatementRefused, UnknownName
from ankus_postgres_sql.settings import Settings
from ankus_postgres_sql.tuning.advice.advise import recommend_indexes
from ankus_postgres_sql.tuning.advice.writes import as_read
from ankus_postgres_sql.tuning.errors import ExtensionMissing, NothingToAdvise
from ankus_postgres_sql.tuning.locks import list_locks
from ankus_postgres_sql.tuning.slow import list_slow_queries
from ankus_shared.answers import Answer
from ankus_shared.postgres import ensure_reader
from ankus_shared.postgres.roles import READER
from tests.fixtures.db import Clone, Server
from tests.postgres_sql.conftest import Open
from tests.postgres_sql.test_health import FLUSH, HERE, MONITOR, waiting


@pytest.fixture(scope="module")
def tuned(server: Server) -> Iterator[Server]:
    """The database of `tuned.sql` on each kind of server, with what extensions it has."""
    with server.admin() as admin:
        admin.execute("CREATE DATABASE tuned")
    with server.admin("tuned") as admin:
        for statement in (HERE / "tuned.sql").read_text(encoding="utf-8").split(";\n"):
            if statement.strip():
                admin.execute(statement.encode())
        admin.execute("CREATE SCHEMA tools")
        for name in ("hypopg", "pg_trgm", "pg_stat_statements"):
            if admin.execute("SELECT 1 FROM pg_available_extensions WHERE name = %s", [name]).fetchone():
                admin.execute(f"CREATE EXTENSION {name} SCHEMA tools".encode())
        for role in (READER, MONITOR):
            ensure_reader(admin, role=role, own_database=True)
        admin.execute(f"GRANT pg_monitor TO {MONITOR}".encode())
    yield server
    with server.admin() as admin:
        admin.execute("DROP DATABASE tuned WITH (FORCE)")


@pytest.fixture
async def database(tuned: Server) -> AsyncIterator[Database]:
    """It, as a reader that may see all statistics."""
    async with open_database(Settings(database_url=tuned.url("tuned", MONITOR), connections=1)) as opened:
        yield opened


def has_hypopg(server: Server) -> bool:
    """Whether the database got the extension."""
    with server.admin("tuned") as admin:
        return admin.execute("SELECT FROM pg_extension WHERE extname = 'hypopg'").fetchone() is not None


def statements(answer: Answer) -> list[str]:
    """The CREATE INDEX statements of an answer."""
    return [each["sql"] for each in answer.structured["indexes"]]


ORDERS = "CREATE INDEX CONCURRENTLY ON depot.orders"


@pytest.mark.parametrize(
    ("query", "index"),
    [
        ("SELECT id, note FROM depot.orders WHERE customer_id = 7", f"{ORDERS} (customer_id)"),
        (
            "SELECT o.note FROM depot.orders o WHERE o.customer_id = 7 AND o.total > 500 AND o.note <> 'x'",
            f"{ORDERS} (customer_id",
        ),
        (
            "SELECT note FROM depot.orders WHERE total = 5 AND customer_id > 19000 ORDER BY id LIMIT 10",
            f"{ORDERS} (total, customer_id)",
        ),
        ("SELECT name FROM customers WHERE lower(email) = '7@x.org'", "ON public.customers (lower(email))"),
        (
            "SELECT id, note FROM depot.orders WHERE state = 'lost' AND total > 990",
            "(state, total)|WHERE state = 'lost'",
        ),
        (
            "SELECT note FROM depot.orders WHERE date_trunc('day', placed_at) = '2024-03-01'",
            "(date_trunc('day', placed_at))",
        ),
        ("SELECT note FROM depot.orders WHERE about ->> 'kind' = '7'", "((about ->> 'kind'))"),
        ("SELECT name FROM customers WHERE name LIKE 'Name 77%'", "(name text_pattern_ops)"),
        (
            "WITH o AS (SELECT * FROM depot.orders) SELECT count(note) FROM o WHERE customer_id = 3",
            "(customer_id)",
        ),
        ("SELECT id FROM customer_orders WHERE who = 3", "(customer_id"),
        ("SELECT note FROM depot.orders WHERE about @> '{\"kind\": 7}'", "USING gin (about jsonb_path_ops)"),
    ],
)
async def test_the_index_that_a_query_wants_is_proposed(
    tuned: Server, database: Database, query: str, index: str
) -> None:
    answer = await recommend_indexes(database, query)
    assert any(form in each for each in statements(answer) for form in index.split("|")), answer.text
    verified = has_hypopg(tuned) and "gin" not in index
    for each in answer.structured["indexes"]:
        assert each["verified"] is verified
        assert each["bytes"] > 0
        if verified:
            assert each["cost_after"] < 0.9 * each["cost_before"]
    assert ("verified with a hypothetical index" in answer.text) is verified
    assert ("Not verified, as hypopg is not here" in answer.text) is not has_hypopg(tuned)
    assert "inserts" in answer.text


async def test_what_is_proposed_is_used_when_it_is_made(tuned: Server, database: Database) -> None:
    query = "SELECT note FROM depot.orders WHERE customer_id = 7 AND state = 'sent'"
    before = await recommend_indexes(database, query)
    with tuned.admin("tuned") as admin:
        admin.execute(
            (statements(before)[0].replace("INDEX CONCURRENTLY", "INDEX CONCURRENTLY proposed")).encode()
        )
        try:
            plan = "\n".join(row[0] for row in admin.execute(f"EXPLAIN {query}".encode()))
            after = await recommend_indexes(database, query)
        finally:
            admin.execute("DROP INDEX depot.proposed")
    assert "proposed" in plan
    assert statements(after) == []
    assert "by depot.proposed" in after.text


async def test_no_index_is_proposed_where_one_serves_or_the_table_is_small(database: Database) -> None:
    served = await recommend_indexes(database, "SELECT note FROM depot.orders WHERE placed_at = '2024-01-05'")
    assert statements(served) == []
    assert "served already: depot.orders (placed_at) by depot.orders_placed" in served.text
    small = await recommend_indexes(database, "SELECT id FROM small WHERE a = 3")
    assert statements(small) == []


async def test_hypothetical_indexes_are_gone_after_the_call(tuned: Server, database: Database) -> None:
    if not has_hypopg(tuned):
        pytest.skip("this server has no hypopg")
    await recommend_indexes(database, "SELECT note FROM depot.orders WHERE customer_id = 7")
    async with database.reading() as connection:  # the only connection of the pool
        row = await (await connection.execute("SELECT count(*) FROM tools.hypopg()")).fetchone()
    assert row == (0,)


async def test_advice_can_be_kept_to_one_table(database: Database) -> None:
    query = (
        "SELECT o.note FROM depot.orders o JOIN customers c ON c.id = o.customer_id"
        " WHERE c.email = '5@x.org' AND o.total = 6"
    )
    answer = await recommend_indexes(database, query, "customers")
    assert statements(answer)
    assert all("public.customers" in each for each in statements(answer))
    with pytest.raises(UnknownName):
        await recommend_indexes(database, query, "nothing")


@pytest.mark.parametrize(
    ("query", "error"),
    [
        ("DELETE FROM depot.orders", StatementRefused),
        ("SELECT nextval('x')", StatementRefused),
        ("SELECT nothing FROM depot.orders", StatementFailed),
        ("SHOW work_mem", NothingToAdvise),
    ],
)
async def test_what_is_no_query_is_refused(database: Database, query: str, error: type[Exception]) -> None:
    with pytest.raises(error):
        await recommend_indexes(database, query)


async def test_the_workload_is_what_pg_stat_statements_counted(tuned: Server, database: Database) -> None:
    if tuned.name != "debian-17":
        with pytest.raises(ExtensionMissing) as caught:
            await recommend_indexes(database)
        missing = tuned.name == "embedded"
        assert caught.value.code == ("extension_missing" if missing else "extension_not_loaded")
        assert "shared_preload_libraries" in caught.value.hint
        with pytest.raises(ExtensionMissing):
            await list_slow_queries(database)
        return
    with tuned.admin("tuned") as admin:
        for number in range(1, 40):
            admin.execute(f"SELECT note FROM depot.orders WHERE customer_id = {number}".encode())
        admin.execute(FLUSH)
    slow = await list_slow_queries(database, "calls", 50)
    assert "SELECT note FROM depot.orders WHERE customer_id = $1" in slow.text
    assert any(each["calls"] == 39 for each in slow.structured["queries"])
    advice = await recommend_indexes(database)
    assert f"{ORDERS} (customer_id)" in statements(advice)
    async with open_database(Settings(database_url=tuned.url("tuned", READER))) as plain:
        hidden = await list_slow_queries(plain)
    assert hidden.structured["hidden"] > 0
    assert "GRANT pg_read_all_stats" in hidden.text


async def test_who_waits_for_whom_is_a_tree(tuned: Server, server_clone: Clone, open_clone: Open) -> None:
    with server_clone.admin() as admin:
        admin.execute("CREATE SCHEMA shop CREATE TABLE customers (id int PRIMARY KEY, name text)")
        admin.execute("INSERT INTO shop.customers VALUES (3, 'c')")
    quiet = await list_locks(await open_clone(server_clone))
    assert quiet.text == "No session waits for a lock."
    watcher = await open_clone(server_clone, database_url=tuned.url(server_clone.name, MONITOR))
    with waiting(tuned, server_clone.name) as (blocker, waiter):
        seen = await list_locks(watcher)
        plain = await list_locks(await open_clone(server_clone))
    assert seen.structured["blockers"] == [blocker]
    first, second = seen.text.split("\n")[2:4]
    assert first.startswith(f"pid {blocker} (postgres")
    assert "idle in transaction" in first
    assert "RowExclusiveLock on shop.customers" in first
    assert second.startswith(f"  pid {waiter}")
    assert f"SELECT pg_terminate_backend({blocker});" in seen.text
    assert plain.structured["waiting"] == 1
    assert "GRANT pg_read_all_stats" in plain.text


@pytest.mark.parametrize(
    ("text", "read"),
    [
        ("UPDATE t SET a = 1 WHERE b = 2", "SELECT 1 FROM t WHERE b = 2"),
        ("DELETE FROM s.t USING u WHERE t.id = u.id RETURNING *", "SELECT * FROM s.t, u WHERE t.id = u.id"),
        (
            "UPDATE t x SET (a, b) = (SELECT c, d FROM u), e = DEFAULT, f = (SELECT 2) FROM v WHERE x.i = 1",
            "SELECT EXISTS (SELECT c, d FROM u), (SELECT 2) FROM t AS x, v WHERE x.i = 1",
        ),
        ("SELECT 1", "SELECT 1"),
        ("UPDATE t SET", "UPDATE t SET"),
    ],
)
def test_what_writes_becomes_the_select_that_finds_its_rows(text: str, read: str) -> None:
    assert as_read(text) == read


async def test_an_update_and_a_delete_get_the_index_of_their_where_and_do_not_run(
    database: Database, tuned: Server
) -> None:
    with tuned.admin("tuned") as admin:
        before = admin.execute("SELECT count(*), sum(customer_id) FROM depot.orders").fetchone()
        for text in (
            "UPDATE depot.orders SET note = 'x' WHERE customer_id = 7",
            "DELETE FROM depot.orders WHERE customer_id = 7",
        ):
            assert statements(await recommend_indexes(database, text)) == [f"{ORDERS} (customer_id)"]
        assert admin.execute("SELECT count(*), sum(customer_id) FROM depot.orders").fetchone() == before


@pytest.mark.parametrize(
    ("text", "error"),
    [
        ("UPDATE depot.orders SET id = 1", StatementRefused),
        ("DELETE FROM depot.orders WHERE id = pg_sleep(1)::text::int", StatementRefused),
        (
            "WITH x AS (DELETE FROM depot.orders RETURNING 1) UPDATE depot.orders SET id = 1 WHERE id = 2",
            StatementRefused,
        ),
        ("UPDATE depot.orders SET note = pg_read_file('x') WHERE id = 2", StatementRefused),
    ],
)
async def test_what_writes_is_judged_by_the_guard_as_a_read(
    database: Database, text: str, error: type[Exception]
) -> None:
    with pytest.raises(error):
        await recommend_indexes(database, text)
