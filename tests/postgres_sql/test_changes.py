"""Proposed changes: tried without a trace, made once after a person said yes, and never anything else."""

import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import anyio
import pytest
from mcp import Client
from mcp.types import ElicitResult

from ankus_postgres_sql.access.audit import verify
from ankus_postgres_sql.changes.errors import ChangeRefused, ChangeUnknown
from ankus_postgres_sql.changes.statement import parse_change
from ankus_postgres_sql.changes.store import Proposals
from tests.fixtures.db import Clone, fingerprint
from tests.fixtures.mcp import Program, connected, http_server

PROGRAM = str(Path(sys.executable).with_name("ankus-postgres-sql"))
REFUSED = """
DROP DATABASE shop
DROP TABLE orders
DROP INDEX orders_placed CASCADE
COPY orders TO PROGRAM 'id'
COPY orders FROM '/etc/passwd'
ALTER SYSTEM SET work_mem = '1GB'
CREATE ROLE eve SUPERUSER
ALTER ROLE postgres PASSWORD 'x'
GRANT ALL ON orders TO PUBLIC
CREATE FUNCTION f() RETURNS int LANGUAGE c AS 'x'
CREATE FUNCTION f() RETURNS int LANGUAGE plpython3u AS 'return 1'
DO $$ BEGIN END $$
CREATE EXTENSION dblink
CREATE TRIGGER t BEFORE INSERT ON orders EXECUTE FUNCTION f()
UPDATE orders SET status = 'x'
DELETE FROM orders
WITH gone AS (DELETE FROM orders RETURNING id) INSERT INTO marks SELECT id::text FROM gone
TRUNCATE orders
ALTER TABLE orders OWNER TO eve
ALTER TABLE orders DISABLE TRIGGER ALL
ALTER TABLE orders DISABLE ROW LEVEL SECURITY
ALTER TABLE orders SET TABLESPACE pg_default
CREATE TABLE x (a int) TABLESPACE pg_default
ALTER SCHEMA public RENAME TO other
SELECT 1
SET ROLE postgres
VACUUM orders; DROP TABLE orders
CREATE INDEX CONCURRENTLY ON orders (status)
"""
ALLOWED = [
    "CREATE INDEX i ON orders (status)",
    "CREATE INDEX CONCURRENTLY i ON orders (status)",
    "DROP INDEX CONCURRENTLY orders_placed",
    "ALTER TABLE orders ADD COLUMN note text",
    "ALTER TABLE orders RENAME COLUMN status TO state",
    "CREATE TABLE t (id int PRIMARY KEY)",
    "CREATE VIEW v AS SELECT 1",
    "UPDATE orders SET status = 'x' WHERE id = 1",
    "DELETE FROM orders WHERE id = 1",
    "INSERT INTO marks VALUES ('a'), ('100%')",
    "ANALYZE orders",
    "VACUUM orders",
    "COMMENT ON TABLE orders IS 'x'",
    "CREATE STATISTICS s ON id, status FROM orders",
]


@pytest.mark.parametrize("statement", REFUSED.strip().splitlines())
def test_what_is_not_on_the_list_is_refused(statement: str) -> None:
    with pytest.raises(ChangeRefused):
        parse_change(statement)


@pytest.mark.parametrize("statement", ALLOWED)
def test_what_is_on_the_list_may_be_proposed(statement: str) -> None:
    assert parse_change(statement).text == statement


def test_a_proposal_expires_is_taken_once_and_only_as_it_was(tmp_path: Path) -> None:
    now = [0.0]
    proposals = Proposals(tmp_path / "changes", lambda: now[0])
    first, second, third = (proposals.add("ANALYZE orders", "x", "anna", "", 60) for _ in range(3))
    proposals.take(first)
    with pytest.raises(ChangeUnknown, match="applied already"):
        proposals.take(first)
    path = tmp_path / "changes" / f"{second.id}.json"
    path.write_text(path.read_text().replace("ANALYZE", "VACUUM"))
    with pytest.raises(ChangeUnknown, match="not as it was proposed"):
        proposals.take(second)
    now[0] = 61
    with pytest.raises(ChangeUnknown, match="expired"):
        proposals.take(third)
    with pytest.raises(ChangeUnknown, match="no change_id"):
        proposals.get("../../etc/passwd")


@pytest.fixture
def program(clone: Clone, tmp_path: Path) -> Program:
    """The server with the tools of `write` on the embedded PostgreSQL."""
    return _program(clone, tmp_path)


def _program(server_clone: Clone, tmp_path: Path) -> Program:
    """The server with the tools of `write`, and a writer that owns `orders` and `marks`."""
    writer = f"writer_{server_clone.name}"
    with server_clone.admin() as admin:
        admin.execute(f"CREATE ROLE {writer} LOGIN".encode())
        admin.execute(f"GRANT CREATE ON SCHEMA public TO {writer}".encode())
        for table in ("orders", "marks", "order_items"):
            admin.execute(f"ALTER TABLE {table} OWNER TO {writer}".encode())
    (tmp_path / "writer").write_text(server_clone.server.url(server_clone.name, writer))
    options = {
        "--database-url": server_clone.reader_url,
        "--toolsets": "read,write",
        "--writer-url-file": str(tmp_path / "writer"),
        "--changes": str(tmp_path / "changes"),
        "--audit-log": str(tmp_path / "audit"),
    }
    return Program("postgres-sql", (PROGRAM, *(word for pair in options.items() for word in pair)))


class Person:
    """Answers what the server asks, and remembers it."""

    def __init__(self, approve: bool) -> None:
        self.approve = approve
        self.asked: list[str] = []

    async def __call__(self, context: Any, params: Any) -> ElicitResult:
        """The client's callback for elicitation."""
        self.asked.append(params.message)
        return ElicitResult(action="accept", content={"approve": self.approve})


@asynccontextmanager
async def _asked(program: Program, person: Person, transport: Any = "stdio") -> AsyncIterator[Client]:
    if transport == "stdio":
        async with connected(program, "stdio", elicitation_callback=person) as client:
            yield client
        return
    with http_server(program) as server:
        async with connected(program, transport, server, elicitation_callback=person) as client:
            yield client


async def _call(client: Client, tool: str, **arguments: str) -> dict[str, Any]:
    result = await client.call_tool(tool, arguments)
    assert result.structured_content is not None
    return dict(result.structured_content)


@pytest.mark.parametrize("transport", ["stdio", "http", "http-2025-11-25"])
async def test_a_change_is_tried_without_a_trace_and_made_once_as_it_was_shown(
    program: Program, clone: Clone, tmp_path: Path, transport: str
) -> None:
    person, text = Person(True), "UPDATE orders SET status = 'back' WHERE id < 11"
    before = fingerprint(clone)
    async with _asked(program, person, transport) as client:
        proposed = await _call(client, "propose_change", sql=text, reason="returns")
        assert (proposed["tried"], proposed["rows"]) == (True, 10)
        assert "orders RowExclusiveLock" in proposed["locks"]
        assert fingerprint(clone) == before
        done = await _call(client, "apply_change", change_id=proposed["change_id"])
        assert done["rows"] == 10
        again = await _call(client, "apply_change", change_id=proposed["change_id"])
        assert again["error"]["code"] == "change_applied"
    assert len(person.asked) == 1
    assert text in person.asked[0]
    with clone.admin() as admin:
        row = admin.execute("SELECT count(*) FROM orders WHERE status = 'back'").fetchone()
    assert row == (10,)
    assert verify(tmp_path / "audit").records >= 5
    assert "back" not in (tmp_path / "audit").read_text()


async def test_what_a_person_declines_or_cannot_be_asked_is_not_made(program: Program) -> None:
    text = "DELETE FROM marks WHERE what = 'x'"
    async with _asked(program, Person(False)) as client:
        found = await _call(client, "propose_change", sql=text, reason="r")
        declined = await _call(client, "apply_change", change_id=found["change_id"])
    assert declined["error"]["code"] == "change_declined"
    async with connected(program, "stdio") as client:
        unasked = await _call(client, "apply_change", change_id=found["change_id"])
        assert unasked["error"]["code"] == "approval_required"
        assert f"ankus-postgres-sql approve {found['change_id']}" in unasked["error"]["hint"]
        done = await anyio.run_process(
            [PROGRAM, "approve", found["change_id"], *program.command[1:]],
            input=f"{found['change_id']}\n".encode(),
        )
        assert text in done.stdout.decode()
        assert (await _call(client, "apply_change", change_id=found["change_id"]))["kind"] == "DELETE"


async def test_a_concurrent_index_that_fails_leaves_nothing_behind(
    server_clone: Clone, tmp_path: Path
) -> None:
    async with _asked(_program(server_clone, tmp_path), Person(True)) as client:
        for text, code in [
            ("CREATE UNIQUE INDEX CONCURRENTLY twice ON orders (status)", "unique_violation"),
            ("CREATE INDEX CONCURRENTLY good ON orders (status)", None),
        ]:
            found = await _call(client, "propose_change", sql=text, reason="r")
            assert found["tried"] is False
            done = await _call(client, "apply_change", change_id=found["change_id"])
            assert done.get("error", {}).get("code") == code
    with server_clone.admin() as admin:
        rows = admin.execute("SELECT relname FROM pg_class WHERE relname IN ('twice', 'good')").fetchall()
    assert rows == [("good",)]


async def test_a_change_that_fails_or_calls_what_does_more_is_refused_when_it_is_proposed(
    program: Program, clone: Clone
) -> None:
    before = fingerprint(clone)
    async with connected(program, "stdio") as client:
        for text, code in [
            ("UPDATE orders SET customer_id = -1 WHERE id = 1", "foreign_key_violation"),
            ("UPDATE orders SET status = leave_mark('x') WHERE id = 1", "function_refused"),
            ("DELETE FROM customers WHERE id = 1", "insufficient_privilege"),
            ("DROP TABLE orders", "change_refused"),
        ]:
            failed = await _call(client, "propose_change", sql=text, reason="r")
            assert failed["error"]["code"] == code
    assert fingerprint(clone) == before


async def test_the_tools_are_not_there_unless_they_are_switched_on(clone: Clone) -> None:
    program = Program("postgres-sql", (PROGRAM, "--database-url", clone.reader_url))
    async with connected(program, "stdio") as client:
        names = {tool.name for tool in (await client.list_tools()).tools}
        assert not names & {"propose_change", "apply_change"}
        assert (await _call(client, "propose_change", sql="x", reason="r"))["error"]["code"] == "unknown_tool"
