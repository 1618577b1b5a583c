"""Which functions a symbol is used by directly, whatever kind it is of."""

from psycopg import sql

from ankus_code_graph.model import LABEL_ID
from ankus_code_graph.query.entry import macros_around
from ankus_code_graph.query.symbol import Symbol
from ankus_code_graph.query.view import View, array

TOUCHING = {
    "Macro": ("EXPANDS",),
    "Struct": ("USES_TYPE", "READS", "WRITES", "ADDRESSES"),
    "Enum": ("USES_TYPE",),
    "Field": ("READS", "WRITES", "ADDRESSES", "DISPATCHES"),
    "GlobalVar": ("READS", "WRITES", "ADDRESSES", "DISPATCHES"),
}
"""Edges from the functions that a change of a symbol touches; of a struct those to its fields too."""


async def touched_by(view: View, symbol: Symbol) -> list[int]:
    """Ids of the functions that use a macro, type, field or variable; a function is itself.

    A macro is used through the macros that name it, a struct through its fields.
    """
    if symbol.label == "Function":
        return [symbol.id]
    targets = await _targets(view, symbol)
    parts = [
        sql.SQL(
            "SELECT start_id FROM {g}.{label} WHERE end_id = ANY((SELECT %(ids)s::graphid[])::graphid[])"
        ).format(g=view.schema, label=sql.Identifier(label))
        for label in TOUCHING[symbol.label]
    ]
    rows = await view.run(sql.SQL(" UNION ").join(parts), {"ids": array(targets)})
    label = LABEL_ID["Function"]
    return sorted(identity for identity in (int(row[0]) for row in rows) if identity >> 48 == label)


async def _targets(view: View, symbol: Symbol) -> list[int]:
    if symbol.label == "Macro":
        return await macros_around(view, symbol, "callers")
    if symbol.label == "Struct":
        rows = await view.rows("fields_of", id=str(symbol.id))
        return [symbol.id, *(int(row[0]) for row in rows)]
    return [symbol.id]
