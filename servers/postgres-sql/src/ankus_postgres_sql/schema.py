"""The database's tables as the reader role sees them, loaded from PostgreSQL's catalog."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from decimal import Decimal, InvalidOperation
from typing import Any

from pglast import keywords

from ankus_postgres_sql.named import query
from ankus_postgres_sql.values import (
    FEW_VALUES,
    MORE,
    SMALL_TABLE,
    Candidate,
    distinct_values,
    listable,
    read_values,
)
from ankus_shared.postgres import Connection

MAX_TABLES = 5_000
"""Tables that are looked at in one database."""
SAMPLES = 200
"""Texts at most that are kept as samples of a column."""
SAMPLE_WIDTH = 60
"""Characters of the longest text that is kept as a sample of a column."""
_KEYWORDS = keywords.RESERVED_KEYWORDS | keywords.TYPE_FUNC_NAME_KEYWORDS
_SHORT = {
    '"bit"': "bit",
    "integer": "int",
    "boolean": "bool",
    "double precision": "float8",
    "timestamp with time zone": "timestamptz",
    "timestamp without time zone": "timestamp",
    "time without time zone": "time",
    "time with time zone": "timetz",
    "character varying": "varchar",
    "character": "char",
}


@dataclass(frozen=True)
class Column:
    """One column."""

    name: str
    type: str
    required: bool
    default: str | None
    comment: str | None
    values: tuple[str, ...]
    """All values of an enum or of a column with few, `MORE` last if some are not known; else empty."""
    low: str | None
    high: str | None
    """Least and greatest date or number, as of the last ANALYZE."""
    category: str
    """PostgreSQL's typcategory: S string, E enum, D date or time, N number, …"""
    samples: tuple[str, ...] = ()
    """Short texts that ANALYZE saw in it, the most common first."""


@dataclass(frozen=True)
class ForeignKey:
    """`columns` of `table` point at `target_columns` of `target`; names as they are written in SQL."""

    table: str
    columns: tuple[str, ...]
    target: str
    target_columns: tuple[str, ...]

    def condition(self, aliases: Mapping[str, str] | None = None) -> str:
        """The join condition, such as `orders.customer_id = customers.id`, or with aliases of tables."""
        mine, theirs = ((aliases or {}).get(name, name) for name in (self.table, self.target))
        pairs = zip(self.columns, self.target_columns, strict=True)
        return " AND ".join(f"{mine}.{quoted(a)} = {theirs}.{quoted(b)}" for a, b in pairs)


@dataclass
class Table:
    """One table or view; `label` is its name as it is written in SQL here."""

    oid: int
    schema: str
    name: str
    label: str
    kind: str
    rows: int | None
    """Estimated rows; None for a view or before the first ANALYZE."""
    comment: str | None
    columns: list[Column] = field(default_factory=list)
    primary_key: tuple[str, ...] = ()
    unique_keys: list[tuple[str, ...]] = field(default_factory=list)
    foreign_keys: list[ForeignKey] = field(default_factory=list)
    referenced_by: list[ForeignKey] = field(default_factory=list)

    @property
    def links(self) -> list[ForeignKey]:
        """Foreign keys in both directions."""
        return [*self.foreign_keys, *self.referenced_by]

    def column(self, name: str) -> Column | None:
        """The column of that name."""
        return next((column for column in self.columns if column.name == name), None)


async def load_tables(
    connection: Connection, schema: str = "", *, oids: list[int] | None = None, details: bool = True
) -> list[Table]:
    """The tables of one schema, or of all; without `details` their names, kinds and sizes only."""
    rows = await query(connection, "tables", schema=schema, limit=MAX_TABLES)
    tables = {row["oid"]: _table(row) for row in rows if oids is None or row["oid"] in oids}
    if details and tables:
        wanted = list(tables)
        for row in await query(connection, "columns", oids=wanted):
            table = tables[row["oid"]]
            table.columns.append(_column(row, table.rows))
        for row in await query(connection, "keys", oids=wanted):
            _add_key(tables, row)
        await _complete_values(connection, list(tables.values()))
    return list(tables.values())


def quoted(name: str) -> str:
    """A name as it is written in SQL: in double quotes only where it needs them."""
    plain = name.isascii() and name.isidentifier() and name == name.lower()
    return name if plain and name not in _KEYWORDS else '"' + name.replace('"', '""') + '"'


def short_type(name: str) -> str:
    """A type's name in its short form: `character varying(20)` as `varchar(20)`."""
    base, bracket, rest = name.partition("(")
    if name.startswith("timestamp(") or name.startswith("time("):
        precision, _, zone = rest.partition(") ")
        return f"{base}{'tz' if zone.startswith('with ') else ''}({precision})"
    array = "[]" if base.endswith("[]") else ""
    return _SHORT.get(base.removesuffix("[]"), base.removesuffix("[]")) + array + bracket + rest


def label(schema: str, name: str, visible: bool) -> str:
    """A table's name as it is written in SQL, with its schema only where it is needed."""
    return quoted(name) if visible else f"{quoted(schema)}.{quoted(name)}"


def _table(row: dict[str, Any]) -> Table:
    written = label(row["schema"], row["name"], row["visible"])
    return Table(row["oid"], row["schema"], row["name"], written, row["kind"], row["rows"], row["comment"])


def _column(row: dict[str, Any], rows: int | None) -> Column:
    low, high = _range(row)
    return Column(
        name=row["name"],
        type=short_type(row["type"]),
        required=row["required"],
        default=row["default"],
        comment=row["comment"],
        values=_values(row, rows),
        low=low,
        high=high,
        category=row["category"],
        samples=_samples(row),
    )


def _values(row: dict[str, Any], rows: int | None) -> tuple[str, ...]:
    """The values of an enum, or what ANALYZE kept of a column of texts with few; `MORE` ends a part."""
    if row["labels"]:
        return tuple(row["labels"])
    common = tuple(row["common"] or ())
    distinct = distinct_values(row["n_distinct"], rows)
    if row["category"] != "S" or not 0 < distinct <= FEW_VALUES or distinct == rows:
        return ()
    if distinct > len(common):
        return (*common, MORE)
    return common if listable(common) else ()


def _samples(row: dict[str, Any]) -> tuple[str, ...]:
    """What ANALYZE kept of a column of texts: its most common values, and some that are rare."""
    if row["category"] != "S":
        return ()
    seen = dict.fromkeys([*(row["common"] or []), *(row["bounds"] or [])])
    return tuple(text for text in seen if 0 < len(text) <= SAMPLE_WIDTH)[:SAMPLES]


async def _complete_values(connection: Connection, tables: list[Table]) -> None:
    """Read what ANALYZE did not keep from tables that are small."""
    parts = [
        (table, place)
        for table in tables
        for place, column in enumerate(table.columns)
        if column.values[-1:] == (MORE,)
    ]
    wanted = [
        Candidate(table.schema, table.name, table.columns[place].name, table.rows or 0)
        for table, place in parts
    ]
    for (table, place), values in zip(parts, await read_values(connection, wanted), strict=True):
        column = table.columns[place]
        kept = column.values if (table.rows or 0) > SMALL_TABLE and listable(column.values) else ()
        table.columns[place] = replace(column, values=values or kept)


def _range(row: dict[str, Any]) -> tuple[str | None, str | None]:
    """Least and greatest of what ANALYZE saw: the bounds of its histogram and the most common values."""
    if row["category"] not in ("D", "N") or not row["bounds"]:
        return None, None
    seen = [*row["bounds"], *(row["common"] or [])]
    try:
        ordered = sorted(seen, key=Decimal if row["category"] == "N" else str)  # dates are in ISO's order
    except InvalidOperation:
        return None, None  # money, regclass
    return ordered[0], ordered[-1]


def _add_key(tables: dict[int, Table], row: dict[str, Any]) -> None:
    columns = tuple(row["columns"])
    owner = tables.get(row["oid"])
    if row["kind"] != "f":
        if owner and row["kind"] == "p":
            owner.primary_key = columns
        elif owner:
            owner.unique_keys.append(columns)
        return
    key = ForeignKey(
        table=label(row["schema"], row["name"], row["visible"]),
        columns=columns,
        target=label(row["target_schema"], row["target_name"], row["target_visible"]),
        target_columns=tuple(row["target_columns"]),
    )
    if owner:
        owner.foreign_keys.append(key)
    if row["target_oid"] in tables:
        tables[row["target_oid"]].referenced_by.append(key)
