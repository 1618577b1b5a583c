"""The example shop in an embedded server of its own, loaded by the command that people run."""

import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import psycopg
import pytest
from psycopg.rows import TupleRow

from ankus_shared.postgres import embedded_server

Query = Callable[[str], list[TupleRow]]
Load = Callable[..., subprocess.CompletedProcess[str]]
REPOSITORY = Path(__file__).parents[2]


@dataclass(frozen=True)
class Shop:
    """The loaded shop, and what its first and second load said."""

    data: Path
    url: str
    """Of the embedded server, as its superuser, with `{}` for the name of the database."""
    first: subprocess.CompletedProcess[str]
    second: subprocess.CompletedProcess[str]
    started_by_second: bool


def load_command(data: Path) -> tuple[list[str], dict[str, str]]:
    """The command of the loader, and its environment with the data in `data`."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("ANKUS_", "PG"))}
    return [sys.executable, "-m", "examples.shop.load"], {**kept, "ANKUS_DATA_DIR": str(data)}


def run_load(data: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    """Run the loader to its end."""
    command, environment = load_command(data)
    return subprocess.run(
        [*command, *arguments], env=environment, cwd=REPOSITORY, capture_output=True, text=True, check=False
    )


@pytest.fixture(scope="session")
def shop(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Shop]:
    data = tmp_path_factory.mktemp("ankus")
    first = run_load(data)
    assert first.returncode == 0, first.stderr
    log = data / "postgres" / "server.log"
    before = log.stat()
    second = run_load(data)
    started = log.stat().st_mtime_ns != before.st_mtime_ns
    with embedded_server(data / "postgres") as server:
        yield Shop(data, server.url("DATABASE").replace("DATABASE", "{}"), first, second, started)


@pytest.fixture(scope="session")
def query(shop: Shop) -> Iterator[Query]:
    """Run one statement on the shop in a read-only transaction; its rows as PostgreSQL's text values."""
    with psycopg.connect(shop.url.format("shop"), autocommit=True) as connection:
        connection.read_only = True

        def run(statement: str) -> list[TupleRow]:
            with connection.transaction(), connection.cursor() as cursor:
                cursor.execute(statement.encode(), prepare=False)
                return text_rows(cursor)

        yield run


def text_rows(cursor: psycopg.Cursor[Any]) -> list[TupleRow]:
    """The rows of the cursor's result as text, NULL as None."""
    result = cursor.pgresult
    assert result is not None
    values = [
        [result.get_value(row, column) for column in range(result.nfields)] for row in range(result.ntuples)
    ]
    return [tuple(None if value is None else value.decode() for value in row) for row in values]
