"""find_references: where a symbol is read, written, called, or its address or type is used."""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Literal

from psycopg import sql

from ankus_code_graph.prose import counted
from ankus_code_graph.query.evidence import Step
from ankus_code_graph.query.symbol import Symbol, symbols_of
from ankus_code_graph.query.symbols import resolve
from ankus_code_graph.query.text import few, joined, pages, plain, title
from ankus_code_graph.query.view import View, array
from ankus_shared.answers import Answer

Access = Literal["any", "read", "write", "address", "call", "type"]
REFERRED = ("GlobalVar", "Field", "Function", "Macro", "Struct", "Enum", "File")
_LABELS: dict[str, tuple[str, ...]] = {
    "read": ("READS",),
    "write": ("WRITES",),
    "address": ("ADDRESSES", "POINTS"),
    "call": ("CALLS", "DISPATCHES", "EXPANDS", "MACRO_CALLS"),
    "type": ("USES_TYPE",),
    "include": ("INCLUDES",),
}
WORDS = {
    "READS": "read",
    "WRITES": "written",
    "ADDRESSES": "address taken",
    "POINTS": "stored in",
    "CALLS": "called",
    "DISPATCHES": "called through",
    "EXPANDS": "expanded",
    "MACRO_CALLS": "named in macro",
    "USES_TYPE": "type used",
    "INCLUDES": "included",
}


@dataclass(frozen=True)
class Use:
    """An edge that ends at the symbol."""

    label: str
    other: int
    edge: dict[str, Any]


async def find_references(view: View, text: str, access: Access, limit: int, offset: int) -> Answer:
    """Uses of a symbol in functions and macros, by file; of a pointer also what is stored there.

    Raises:
        UnknownSymbol: If there is no such symbol.
        AmbiguousSymbol: If there are several.
    """
    resolved = await resolve(view, text, REFERRED)
    symbol = resolved.symbol
    labels = [label for kind, of in _LABELS.items() if access in ("any", kind) for label in of]
    uses, counts = await _uses(view, symbol, labels, limit, offset)
    symbols = await symbols_of(view, {use.other for use in uses})
    total = sum(counts.values())
    told = ", ".join(f"{many:,} {WORDS[label]}" for label, many in counts.items())
    answer = joined(
        f"{title(symbol)}: {counted(total, 'reference')}{f' ({told})' if told else ''}",
        resolved.note(),
        *(_line(use, symbols[use.other]) for use in uses),
        pages(offset, len(uses), total) if total else "",
        await _stored(view, symbol) if access in ("any", "address", "write") else "",
        _limits(symbol),
    )
    by_label = {WORDS[label]: many for label, many in counts.items()}
    return Answer(answer, {"total": total, "by_access": by_label, "offset": offset, "shown": len(uses)})


async def _uses(
    view: View, symbol: Symbol, labels: Sequence[str], limit: int, offset: int
) -> tuple[list[Use], dict[str, int]]:
    parts = [
        sql.SQL(
            "SELECT {name} AS label, start_id, id, properties FROM {g}.{label} WHERE end_id = %(id)s::graphid"
        ).format(name=sql.Literal(label), g=view.schema, label=sql.Identifier(label))
        for label in labels
    ]
    edges = sql.SQL(" UNION ALL ").join(parts)
    counted = sql.SQL("SELECT label, count(*) FROM ({}) e GROUP BY label ORDER BY 2 DESC, 1").format(edges)
    paged = sql.SQL(
        "SELECT label, start_id, properties FROM ({}) e "
        "ORDER BY agtype_object_field_text(properties, 'file'::text) COLLATE \"C\", start_id, label, id "
        "LIMIT %(limit)s::bigint OFFSET %(offset)s::bigint"
    ).format(edges)
    counts = await view.run(counted, {"id": str(symbol.id)})
    rows = await view.run(paged, {"id": str(symbol.id), "limit": limit, "offset": offset})
    uses = [Use(label, int(other), json.loads(edge)) for label, other, edge in rows]
    return uses, {label: int(many) for label, many in counts}


def _line(use: Use, other: Symbol) -> str:
    """`heapam.c:20,31  written  in heap_insert  direct`."""
    step, name = Step(use.other, 0, use.edge), plain(other.name)
    where = {"INCLUDES": "", "POINTS": f" {name}", "MACRO_CALLS": f" {name}"}.get(use.label, f" in {name}")
    return f"{step.place}  {WORDS[use.label]}{where}  {step.how()}"


async def _stored(view: View, symbol: Symbol) -> str:
    """Functions that a field or variable holds."""
    if symbol.label not in ("Field", "GlobalVar"):
        return ""
    rows = await view.rows("stored_functions", ids=array([symbol.id]))
    names = [json.loads(known)["name"] for (known,) in rows]
    return f"Functions stored in it: {few(names, 12)}." if names else ""


def _limits(symbol: Symbol) -> str:
    """What the graph does not hold of references to such a symbol."""
    match symbol.label:
        case "Function":
            return "Calls through pointers are find_callers'."
        case "GlobalVar" | "Field":
            return "Not resolved: uses through a pointer to it, and copies of the whole struct."
        case "Struct" | "Enum":
            return "Uses are those in functions; fields have references of their own (Struct.field)."
        case _:
            return ""
