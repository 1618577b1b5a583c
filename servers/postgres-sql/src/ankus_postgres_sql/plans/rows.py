"""Whether two queries give the same rows, told without fetching them."""

from collections.abc import Sequence
from dataclasses import dataclass

from pglast import parser

from ankus_postgres_sql.database import Database
from ankus_postgres_sql.query import run
from ankus_shared.postgres import Connection

_BEFORE = "SELECT count(*), coalesce(sum(hashtextextended(ankus_row::text, 0)), 0) FROM (\n"
_BEHIND = "\n) AS ankus_row"


@dataclass(frozen=True)
class Bag:
    """A result as a bag of rows: how many, and the sum of their hashes; the order counts for nothing."""

    count: int
    hash: int


async def bag_of(
    database: Database,
    connection: Connection,
    text: str,
    comment: str = "",
    parameters: Sequence[bytes] = (),
) -> Bag:
    """Run a query that is no EXPLAIN, inside `guarded`, and sum up its rows on the server.

    Args:
        comment: A hint comment, to be put before all.
    """
    wrapped = f"{comment}{_BEFORE}{_without_end(text)}{_BEHIND}"
    result = await run(database, connection, wrapped, 1, parameters)
    count, total = (int((value or b"0").decode()) for value in result.rows[0])
    return Bag(count, total)


def _without_end(text: str) -> str:
    """The text without a last semicolon, behind which nothing but blanks or comments may stand."""
    tokens = parser.scan(text)
    ends = [token for token in tokens if token.name == "ASCII_59"]
    return text[: ends[-1].start] + " " + text[ends[-1].end + 1 :] if ends else text
