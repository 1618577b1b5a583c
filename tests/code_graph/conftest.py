"""A database with AGE of a test's own, and the store over it."""

from collections.abc import AsyncIterator, Iterator
from dataclasses import dataclass, field
from itertools import count
from pathlib import Path
from typing import Any

import psycopg
import pytest
from psycopg import sql

from ankus_code_graph.settings import Settings
from ankus_code_graph.store.graphs import Graphs, open_graphs
from ankus_code_graph.store.writer import Writer, open_writer
from tests.code_graph import heap
from tests.fixtures.db import Server

_numbers = count(1)


@dataclass(frozen=True)
class GraphDatabase:
    """A fresh database on a server that has AGE."""

    server: Server
    name: str
    url: str = field(repr=False)
    """As the superuser, who reads as pg_read_all_data."""

    def settings(self, **more: Any) -> Settings:
        """Of a server over this database."""
        return Settings(**{"database_url": self.url, **more})

    def admin(self) -> psycopg.Connection[Any]:
        """A superuser's connection in autocommit mode."""
        return self.server.admin(self.name)


@pytest.fixture
def graph_database(embedded: Server) -> Iterator[GraphDatabase]:
    """On the embedded server."""
    yield from _database(embedded)


@pytest.fixture(params=["embedded", "debian-17"])
def each_graph_database(request: pytest.FixtureRequest) -> Iterator[GraphDatabase]:
    """On each kind of server that has AGE."""
    yield from _database(request.getfixturevalue(request.param.replace("-", "_")))


@pytest.fixture
def writer(graph_database: GraphDatabase) -> Iterator[Writer]:
    """Writes into that database."""
    with open_writer(graph_database.settings()) as opened:
        yield opened


@pytest.fixture
async def graphs(graph_database: GraphDatabase) -> AsyncIterator[Graphs]:
    """Reads from that database."""
    async with open_graphs(graph_database.settings()) as opened:
        yield opened


@pytest.fixture
def stored(writer: Writer, tmp_path: Path) -> Path:
    """The small storage engine of `heap` as the only graph there; the folder of its text."""
    heap.write_tree(tmp_path)
    heap.draw().store(writer, tmp_path)
    return tmp_path


def _database(server: Server) -> Iterator[GraphDatabase]:
    name = f"code_{next(_numbers)}"
    with server.admin() as connection:
        connection.execute(sql.SQL("CREATE DATABASE {} TEMPLATE template0").format(sql.Identifier(name)))
    try:
        yield GraphDatabase(server, name, server.url(name, "postgres"))
    finally:
        with server.admin() as connection:
            connection.execute(sql.SQL("DROP DATABASE {} WITH (FORCE)").format(sql.Identifier(name)))
