"""Monstrous statements and results: a clear error or a cut answer, little memory, and a normal next call."""

import re
import sys
from pathlib import Path
from typing import Any

import pytest
from mcp import Client

from tests.fixtures.db import Clone
from tests.fixtures.mcp import Program, connected

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="only Linux tells a process's peak of memory")
LIMIT_MIB = 300
MONSTERS = {
    "one value of 200 MB": ("SELECT repeat('x', 200000000) AS huge", "row_too_large"),
    "a wide row of many values": (
        "SELECT " + ", ".join(["repeat('x', 200000)"] * 200),
        "row_too_large",
    ),
    "two million rows": ("SELECT g, md5(g::text) FROM generate_series(1, 2000000) g", ""),
    "two million rows of an array": ("SELECT ARRAY[g, g] FROM generate_series(1, 2000000) g ORDER BY g", ""),
    "5,000 columns": ("SELECT " + ", ".join(f"{n} AS c{n}" for n in range(5000)), "statement_too_long"),
    "5,000 columns by a star": (
        "WITH w AS (SELECT " + ", ".join(f"{n} AS c{n}" for n in range(1000)) + ")"
        " SELECT * FROM w a, w b, w c, w d, w e",
        "too_many_columns",
    ),
    "1,600 columns": ("SELECT " + ", ".join(map(str, range(1600))), ""),
    "a statement of 1 MB": ("SELECT '" + "x" * 1_000_000 + "'", "statement_too_long"),
    "10,000 parentheses": ("SELECT " + "(" * 10_000 + "1" + ")" * 10_000, "statement_too_long"),
    "4,900 parentheses": ("SELECT " + "(" * 4_900 + "1" + ")" * 4_900, ""),
    "9,000 times NOT": ("SELECT " + "NOT " * 9_000 + "true", None),
    "9,000 minus signs": ("SELECT " + "- " * 9_000 + "1", None),
    "1,500 subqueries": ("SELECT " + "(SELECT " * 1_500 + "1" + ")" * 1_500, None),
    "2,000 unions": ("SELECT 1" + " UNION ALL SELECT 1" * 2_000, None),
    "a JSON value in 3,000 arrays": ("SELECT '" + "[" * 3_000 + "]" * 3_000 + "'::jsonb", None),
}
"""What, the statement, and the error's code: "" for none, None where either is right."""


async def test_monsters_are_cut_or_refused_within_the_memory(clone: Clone) -> None:
    program = Program(
        "postgres-sql",
        (sys.executable, "-m", "ankus_postgres_sql"),
        {"ANKUS_DATABASE_URL": clone.reader_url},
    )
    children = set(child_processes())
    async with connected(program, "stdio") as client:
        for what, (sql, code) in MONSTERS.items():
            found = await run(client, sql)
            said = found.get("error", {}).get("code", "")
            assert code is None or said == code, f"{what}: {found}"
            normal = await run(client, "SELECT 41 + 1 AS answer")
            assert normal["row_count"] == 1, what
        [server] = set(child_processes()) - children
        peak = peak_mib(server)
    print(f"peak: {peak} MiB")
    assert peak < LIMIT_MIB


async def run(client: Client, sql: str) -> dict[str, Any]:
    """The structured part of an answer."""
    result = await client.call_tool("run_query", {"sql": sql})
    assert result.structured_content is not None
    return dict(result.structured_content)


def child_processes() -> list[int]:
    """The processes that this one started."""
    return [
        int(pid) for file in Path("/proc/self/task").glob("*/children") for pid in file.read_text().split()
    ]


def peak_mib(pid: int) -> int:
    """The greatest size that a process has had in memory."""
    found = re.search(r"VmHWM:\s+(\d+) kB", Path(f"/proc/{pid}/status").read_text())
    assert found is not None
    return int(found[1]) // 1024
