"""Running a model's SQL on the example database, as the reader and always rolled back."""

from collections.abc import Generator
from contextlib import contextmanager
from dataclasses import dataclass

import psycopg
from psycopg.adapt import Loader
from psycopg.pq import Format

from ankus_shared.postgres import embedded_server, ensure_reader

TIMEOUT_MS = 15_000
MOST_ROWS = 1_000
READER = "ankus_reader"


class _Text(Loader):
    """PostgreSQL's own text of a value, whatever its type."""

    format = Format.TEXT

    def load(self, data: bytes | bytearray | memoryview) -> str:
        return bytes(data).decode()


@dataclass(frozen=True)
class Result:
    """The columns and rows of one statement, values as PostgreSQL's text."""

    columns: tuple[str, ...]
    rows: tuple[tuple[str | None, ...], ...]


class Executor:
    """One connection of the reader to the example database."""

    def __init__(self, connection: psycopg.Connection[tuple[str | None, ...]]) -> None:
        self._connection = connection

    def run(self, sql: str) -> Result | None:
        """The result of one statement, or None where PostgreSQL refuses it."""
        try:
            with self._connection.cursor() as cursor:
                cursor.execute(sql.encode())
                if cursor.description is None:
                    return None
                columns = tuple(column.name for column in cursor.description)
                return Result(columns, tuple(cursor.fetchmany(MOST_ROWS)))
        except psycopg.Error:
            return None
        finally:
            self._connection.rollback()


@contextmanager
def shop_executor() -> Generator[Executor]:
    """Connect to the example database of the embedded server, which must be loaded."""
    options = f"-c default_transaction_read_only=on -c statement_timeout={TIMEOUT_MS}"
    with embedded_server() as server:
        with psycopg.connect(server.url("shop"), autocommit=True) as owner:
            ensure_reader(owner, role=READER)
        url = server.url("shop", user=READER)
        with psycopg.connect(url, options=options) as connection:
            connection.adapters.register_loader(0, _Text)
            for info in psycopg.adapters.types:
                connection.adapters.register_loader(info.oid, _Text)
            yield Executor(connection)
