"""The tool `list_locks`: who waits for whom, as trees whose roots are the sessions that wait for nobody."""

from collections.abc import Iterator
from typing import Any

from ankus_postgres_sql.database import Database
from ankus_postgres_sql.named import query
from ankus_postgres_sql.tuning.findings import NO_JIT, duration, line
from ankus_shared.answers import Answer
from ankus_shared.untrusted import frame

Row = dict[str, Any]
SHOWN = 200
"""Lines of all trees together."""
PREPARED = 0
"""What pg_blocking_pids gives for a prepared transaction."""


async def list_locks(database: Database) -> Answer:
    """The trees of sessions that wait for locks; blockers first, and what could end the wait."""
    async with database.reading() as connection:
        await connection.execute(NO_JIT)
        rows = await query(connection, "tuning/locks")
    waiting = [row for row in rows if row["blockers"] is not None]
    if not waiting:
        return Answer("No session waits for a lock.", {"waiting": 0, "blockers": []})
    nodes = {row["pid"]: row for row in rows}
    roots = [pid for pid, row in nodes.items() if row["blockers"] is None] or [waiting[0]["pid"]]
    lines = [text for root in roots for text in _tree(root, nodes, 0, frozenset())]
    longest = max(row["seconds"] for row in waiting)
    head = f"{len(waiting)} sessions wait; the longest for {duration(longest)}."
    if len(lines) > SHOWN:
        head += f" The first {SHOWN} of {len(lines)} lines are shown."
    advice = _advice(roots, nodes)
    text = "\n".join([head, frame("\n".join(lines[:SHOWN]), "database"), *advice])
    return Answer(text, {"waiting": len(waiting), "blockers": roots, "longest_seconds": round(longest, 3)})


def _tree(pid: int, nodes: dict[int, Row], depth: int, above: frozenset[int]) -> Iterator[str]:
    """A session and, indented, those that wait for it."""
    yield "  " * depth + _session(nodes[pid], depth)
    if pid in above:
        return  # a deadlock, which PostgreSQL is about to end
    for other, row in nodes.items():
        if row["blockers"] and pid in row["blockers"]:
            yield from _tree(other, nodes, depth + 1, above | {pid})


def _session(row: Row, depth: int) -> str:
    if row["pid"] == PREPARED:
        return "a prepared transaction (see pg_prepared_xacts)"
    parts = [f"pid {row['pid']} ({row['user'] or 'hidden'}, {line(row['application'] or 'no name', 60)})"]
    if row["blockers"] is not None:
        what = f"{row['mode']} on {row['relation'] or row['locktype']}"
        parts.append(f"waits {duration(row['seconds'])} for {what}")
    if row["transaction_seconds"] is not None:
        parts.append(f"{row['state']}, its transaction is {duration(row['transaction_seconds'])} old")
    if depth == 0 and row["holds"]:
        parts.append(f"holds {', '.join(row['holds'])}")
    if row["query"]:
        parts.append(("last: " if row["state"] != "active" else "runs: ") + line(row["query"], 200))
    return "; ".join(parts)


def _advice(roots: list[int], nodes: dict[int, Row]) -> list[str]:
    lines = []
    for pid in roots:
        if pid == PREPARED:
            lines.append("Next: COMMIT PREPARED or ROLLBACK PREPARED the prepared transaction.")
        elif (nodes[pid]["state"] or "").startswith("idle"):
            lines.append(
                f"Next: pid {pid} does nothing and holds its locks: SELECT pg_terminate_backend({pid});"
            )
        else:
            lines.append(f"Next: wait for pid {pid}, or SELECT pg_cancel_backend({pid});")
    if any(row["state"] is None for row in nodes.values()):
        lines.append("What sessions of other roles do is hidden: GRANT pg_read_all_stats TO this role.")
    return lines
