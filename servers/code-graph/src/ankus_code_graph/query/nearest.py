"""Names that are like an unknown one, for the hint of an error.

PostgreSQL ranks all names by how many pieces of the unknown one they contain, which reads each once;
difflib, which is exact and slow, orders the best of them.
"""

import difflib
from collections.abc import Sequence

from psycopg import sql

from ankus_code_graph.named import named
from ankus_code_graph.query.view import View

SHOWN = 5
LEAST = 0.6
"""difflib's own default for close matches."""
PIECE = 3
MAX_PIECES = 8
SPARE = 6
"""Characters by which a name may be longer or shorter."""


async def nearest(view: View, name: str, labels: Sequence[str]) -> list[str]:
    """At most five names of these labels that `name` may be a slip of, the likeliest first."""
    wanted = name.lower()
    parts = {f"piece{number}": piece for number, piece in enumerate(pieces(wanted))}
    if not parts:
        return []
    score = sql.SQL(" + ").join(
        sql.SQL("(strpos(folded, {}) > 0)::int").format(sql.Placeholder(part)) for part in parts
    )
    query = view.names() + named("query/nearest", score=sql.SQL("({})").format(score))
    found = await view.run(query, parts | _parameters(name, labels, len(parts)))
    return _closest(wanted, [row[0] for row in found])


def pieces(name: str) -> list[str]:
    """Up to eight runs of three characters, side by side, so that one slip spoils at most two."""
    size = PIECE if len(name) > 2 * PIECE else 2
    runs = [name[start : start + size] for start in range(0, len(name) - size + 1, size)]
    return list(dict.fromkeys(runs))[:MAX_PIECES]


def _closest(wanted: str, candidates: list[str]) -> list[str]:
    by_lower = {candidate.lower(): candidate for candidate in reversed(candidates)}
    close = difflib.get_close_matches(wanted, by_lower, SHOWN, LEAST)
    return [by_lower[lower] for lower in close]


def _parameters(name: str, labels: Sequence[str], parts: int) -> dict[str, object]:
    return {
        "name": name,
        "labels": list(labels),
        "file": "",
        "dotted": "." in name,
        "slashed": "/" in name,
        "shortest": max(1, len(name) - SPARE),
        "longest": len(name) + SPARE,
        "least": max(1, parts // 2),
    }
