"""What is counted over a source's passages, kept by the difference that each change makes."""

from typing import Any, LiteralString

from psycopg import Connection, sql

from ankus_docs_rag.named import named
from ankus_docs_rag.store.rows import Means

DRIFT = 0.2
"""How far the mean length may be from the stored one before all weights are made anew."""
_SPACES = (("w", "word_ids"), ("t", "token_ids"))
_TOTALS: LiteralString = "SELECT sum(passages), sum(word_length), sum(token_length) FROM page"
_SET: LiteralString = """
INSERT INTO length (space, mean) VALUES ('w', %s), ('t', %s)
    ON CONFLICT (space) DO UPDATE SET mean = excluded.mean"""


def count_in(connection: Connection[Any], source: int, by: str, ids: list[int]) -> None:
    """Count the terms of passages; `by` is "id" for their own ids, "page_id" for those of their pages."""
    for space, column in _SPACES:
        _run(connection, "store/count_in", source, (space, column, by), ids)


def count_out(connection: Connection[Any], source: int, by: str, ids: list[int]) -> None:
    """The same, taken away."""
    for space, column in _SPACES:
        _run(connection, "store/count_out", source, (space, column, by), ids)
    connection.execute("DELETE FROM frequency WHERE source_id = %s AND passages <= 0", [source])


def names_in(connection: Connection[Any], source: int, pages: list[int]) -> None:
    """Count the exact spellings of these pages."""
    connection.execute(named("store/names_in"), {"source": source, "ids": pages})


def names_out(connection: Connection[Any], source: int, pages: list[int]) -> None:
    """The same, taken away."""
    connection.execute(named("store/names_out"), {"source": source, "ids": pages})
    connection.execute("DELETE FROM identifier WHERE source_id = %s AND passages <= 0", [source])


def means(connection: Connection[Any]) -> Means | None:
    """The mean lengths that the stored weights were made with; None before the first ingest."""
    found = dict(connection.execute("SELECT space::text, mean FROM length").fetchall())
    return Means(found["w"], found["t"]) if found else None


def set_means(connection: Connection[Any], lengths: Means) -> None:
    """Keep the mean lengths that weights are made with."""
    connection.execute(_SET, [lengths.words, lengths.tokens])


def actual_means(connection: Connection[Any]) -> Means | None:
    """The mean lengths of what is stored; None where nothing is."""
    row = connection.execute(_TOTALS).fetchone()
    return None if row is None or not row[0] else Means(row[1] / row[0], row[2] / row[0])


def has_drifted(stored: Means, actual: Means) -> bool:
    """Whether the stored mean lengths are too far from what they are now."""
    pairs = ((stored.words, actual.words), (stored.tokens, actual.tokens))
    return any(abs(now - then) > DRIFT * then for then, now in pairs)


def _run(
    connection: Connection[Any], query: str, source: int, names: tuple[str, str, str], ids: list[int]
) -> None:
    space, column, by = names
    parts = {"space": sql.Literal(space), "ids": sql.Identifier(column), "by": sql.Identifier(by)}
    connection.execute(named(query, **parts), {"source": source, "which": ids})
