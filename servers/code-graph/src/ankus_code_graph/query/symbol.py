"""A vertex as an answer shows it."""

import json
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from psycopg import sql

from ankus_code_graph.model import label_of
from ankus_code_graph.query.view import View, array

KINDS = {
    "function": "Function",
    "macro": "Macro",
    "struct": "Struct",
    "field": "Field",
    "global": "GlobalVar",
    "enum": "Enum",
    "sql_function": "SqlFunction",
    "file": "File",
}
"""What a person calls a kind, and its label."""
WORDS = {label: word.replace("_", " ") for word, label in KINDS.items()}


@dataclass(frozen=True, slots=True)
class Symbol:
    """A vertex with what it is; two are equal where their ids are."""

    id: int
    properties: dict[str, Any]

    @property
    def label(self) -> str:
        """Such as Function."""
        return label_of(self.id)

    @property
    def name(self) -> str:
        """How to write it as an argument: a field with its struct, a file by its path."""
        if self.label in ("File", "Directory"):
            return str(self.properties["path"])
        name = str(self.properties["name"])
        return f"{self.properties['struct']}.{name}" if self.label == "Field" else name

    @property
    def file(self) -> str:
        """The path of the file that it stands in, from the graph's root."""
        return str(self.properties.get("file") or self.properties.get("path", ""))

    @property
    def line(self) -> int:
        """Where it begins; 1 for a file."""
        return int(self.properties.get("line") or 1)

    @property
    def end(self) -> int:
        """Its last line."""
        return int(self.properties.get("end") or self.properties.get("lines") or self.line)

    @property
    def condition(self) -> str:
        """The #if condition that it stands under, or ""."""
        return str(self.properties.get("condition") or "")

    @property
    def place(self) -> str:
        """`file:line`; of a file its path alone."""
        return self.file if self.label == "File" else f"{self.file}:{self.line}"


def read_symbol(identity: str, properties: str) -> Symbol:
    """A row (id graphid, properties agtype) in text; an agtype map of plain values is JSON."""
    return Symbol(int(identity), json.loads(properties))


async def symbols_of(view: View, ids: Iterable[int]) -> dict[int, Symbol]:
    """The vertices of these ids, whatever their labels."""
    by_label: dict[str, list[int]] = {}
    for identity in ids:
        by_label.setdefault(label_of(identity), []).append(identity)
    if not by_label:
        return {}
    parts = [
        sql.SQL("SELECT id, properties FROM {}.{} WHERE id = ANY({}::ag_catalog.graphid[])").format(
            view.schema, sql.Identifier(label), sql.Literal(array(members))
        )
        for label, members in by_label.items()
    ]
    rows = await view.run(sql.SQL(" UNION ALL ").join(parts), {})
    return {symbol.id: symbol for symbol in (read_symbol(*row) for row in rows)}
