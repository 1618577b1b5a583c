"""What the graph knows of places and ids: the symbol around a line, and where the symbol of an id stands."""

import json
from bisect import bisect_right
from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from psycopg import sql

from ankus_code_graph.model import label_of
from ankus_code_graph.query.view import array
from ankus_shared.postgres import Connection

SPANNING = ("Function", "Macro", "Struct", "Enum")
"""Labels whose things reach from a line to an end."""


@dataclass(frozen=True, slots=True)
class Symbol:
    """One vertex with its place."""

    id: int
    kind: str
    name: str
    file: str
    line: int
    end: int

    @property
    def place(self) -> str:
        """Its `file:line`."""
        return f"{self.file}:{self.line}"


class Spans:
    """The symbols of some files, by which lines they hold."""

    def __init__(self, symbols: Iterable[Symbol]) -> None:
        self._by_file = defaultdict[str, list[Symbol]](list)
        for symbol in sorted(symbols, key=lambda symbol: (symbol.line, -symbol.end)):
            self._by_file[symbol.file].append(symbol)

    def around(self, file: str, line: int) -> Symbol | None:
        """The innermost symbol that holds a line: the last that begins above it and does not end before."""
        symbols = self._by_file.get(file, [])
        for place in range(bisect_right(symbols, line, key=lambda symbol: symbol.line) - 1, -1, -1):
            if symbols[place].end >= line:
                return symbols[place]
        return None


async def spans(
    connection: Connection, graph: str, files: Sequence[str], labels: Sequence[str] = SPANNING
) -> Spans:
    """The symbols with an extent in those files."""
    statement = sql.SQL(
        "SELECT id::text, properties FROM {} WHERE agtype_access_operator(properties, '\"file\"'::agtype)"
        " = ANY (%s::agtype[])"
    )
    quoted = [json.dumps(file) for file in files]
    found = list[Symbol]()
    for label in labels:
        table = sql.Identifier(graph, label)
        cursor = await connection.execute(statement.format(table), [quoted])
        found += [_symbol(int(number), properties) for number, properties in await cursor.fetchall()]
    return Spans(found)


async def symbols_of(connection: Connection, graph: str, ids: Iterable[int]) -> dict[int, Symbol]:
    """The symbols of ids; those that are gone are left out."""
    by_label = defaultdict[str, list[int]](list)
    for number in ids:
        by_label[label_of(number)].append(number)
    found = dict[int, Symbol]()
    for label, numbers in by_label.items():
        statement = sql.SQL("SELECT id::text, properties FROM {} WHERE id = ANY (%s::graphid[])")
        cursor = await connection.execute(statement.format(sql.Identifier(graph, label)), [array(numbers)])
        found |= {int(number): _symbol(int(number), text) for number, text in await cursor.fetchall()}
    return found


def _symbol(number: int, text: str) -> Symbol:
    known: dict[str, Any] = json.loads(text)
    file, line = known.get("file", known.get("path", "")), known.get("line") or 1
    name = known.get("name") or file
    return Symbol(number, label_of(number), name, file, line, known.get("end") or line)
