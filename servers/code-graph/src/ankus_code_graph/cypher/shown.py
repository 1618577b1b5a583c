"""Rows of a Cypher query as text for a model: things by name and place, values as JSON, one row a line."""

import json
from collections.abc import Iterable
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from ankus_code_graph.cypher.agtype import Edge, Path, Vertex

CELL_LIMIT = 500
"""Characters of one value."""


@dataclass
class Table:
    """Rows as they were written, within a limit of characters."""

    columns: list[str]
    lines: list[str]
    cut_cells: int = 0
    is_full: bool = False
    """Further rows were left out for their size."""

    @property
    def text(self) -> str:
        """Header, rule and rows."""
        rule = "|".join("-" for _ in self.columns)
        return "\n".join(["|".join(map(_escaped, self.columns)), rule, *self.lines])


def write_table(columns: list[str], rows: Iterable[tuple[Any, ...]], limit: int) -> Table:
    """Write rows until `limit` characters are full; the first row is always written."""
    table, size = Table(columns, []), 0
    for row in rows:
        cells = [value_text(value) for value in row]
        table.cut_cells += sum(len(cell) > CELL_LIMIT for cell in cells)
        line = "|".join(_escaped(_cut(cell)) for cell in cells)
        size += len(line) + 1
        if size > limit and table.lines:
            table.is_full = True
            break
        table.lines.append(line)
    return table


def value_text(value: Any) -> str:
    """One value."""
    if value is None:
        return "NULL"
    if isinstance(value, str | Decimal):
        return str(value)
    if isinstance(value, Vertex):
        return _vertex_text(value)
    if isinstance(value, Edge):
        return _edge_text(value)
    if isinstance(value, Path):
        return _path_text(value)
    return json.dumps(value, ensure_ascii=False, default=value_text, separators=(", ", ": "))


def _vertex_text(vertex: Vertex) -> str:
    """(Function parse parse.c:12)."""
    found = vertex.properties
    name = found.get("name") or found.get("path") or vertex.id
    place = f" {found['file']}:{found.get('line')}" if "file" in found else ""
    return f"({vertex.label} {name}{place})"


def _edge_text(edge: Edge) -> str:
    """[CALLS parse.c:5,7 macro 0.9 via CHECK]."""
    found = edge.properties
    lines = ",".join(map(str, found.get("lines") or []))
    parts = [edge.label, f"{found.get('file', '')}:{lines}", found.get("rule", "")]
    if found.get("confidence", 1.0) != 1.0:
        parts.append(str(found["confidence"]))
    if found.get("via"):
        parts.append("via " + " > ".join(map(str, found["via"])))
    return f"[{' '.join(part for part in parts if part)}]"


def _path_text(path: Path) -> str:
    """(a)-[r]->(b); an edge that is walked against its direction is <-[r]-."""
    text, before = "", None
    for part in path.parts:
        if isinstance(part, Vertex):
            text, before = text + _vertex_text(part), part
        else:
            is_along = before is not None and part.start == before.id
            text += f"-{_edge_text(part)}->" if is_along else f"<-{_edge_text(part)}-"
    return text


def _cut(cell: str) -> str:
    return cell if len(cell) <= CELL_LIMIT else f"{cell[: CELL_LIMIT - 1]}…"


def _escaped(cell: str) -> str:
    return cell.replace("\\", "\\\\").replace("|", "\\|").replace("\n", "\\n").replace("\r", "\\r")
