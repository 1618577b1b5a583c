"""What the catalog and ANALYZE know of the relations that a query names, and of those below its views."""

from dataclasses import dataclass, field
from typing import Any

from ankus_postgres_sql.named import query
from ankus_postgres_sql.statement import Name, expression_reached
from ankus_postgres_sql.tuning.findings import NO_JIT, name
from ankus_shared.postgres import Connection

VIEW_DEPTH = 8


@dataclass(frozen=True)
class Column:
    """One column with ANALYZE's figures, where there are any."""

    name: str
    type: str
    category: str
    """PostgreSQL's typcategory: S string, D date or time, N number, …"""
    required: bool
    distinct: float | None
    """n_distinct: a count, or, below zero, minus the share of the rows."""
    nulls: float
    width: int
    shares: dict[str, float]
    """The most common values, with the share of rows that each has."""

    def distinct_in(self, rows: float) -> float:
        """How many values there are, at least 1."""
        if self.distinct is None:
            return max(min(200.0, rows), 1.0)  # PostgreSQL's own guess
        return max(self.distinct if self.distinct > 0 else -self.distinct * rows, 1.0)

    def share(self, value: str | None, rows: float) -> float:
        """The share of rows with one value; with any value, where it is not known (None)."""
        if value is not None and value in self.shares:
            return self.shares[value]
        left = max(1 - sum(self.shares.values()) - self.nulls, 0.0)
        others = self.distinct_in(rows) - len(self.shares)
        if value is None or others < 1:
            return (1 - self.nulls) / self.distinct_in(rows)
        return left / others


@dataclass(frozen=True)
class Index:
    """One valid index; keys as PostgreSQL prints them."""

    name: str
    method: str
    unique: bool
    keys: tuple[str, ...]
    classes: tuple[str, ...]
    included: tuple[str, ...]
    predicate: str | None


@dataclass(frozen=True)
class Relation:
    """A table or a view."""

    schema: str
    name: str
    kind: str
    rows: float
    bytes: int
    definition: str | None
    inserts: int
    updates: int
    hot: int
    deletes: int
    columns: dict[str, Column]
    indexes: tuple[Index, ...]

    @property
    def label(self) -> str:
        """Its full name as it is written in SQL."""
        return name(self.schema, self.name)


@dataclass
class Catalog:
    """Relations by their names."""

    relations: dict[Name, Relation] = field(default_factory=dict)

    def find(self, schema: str | None, relation: str) -> Relation | None:
        """The relation that a name in SQL means."""
        return self.relations.get((schema, relation))


async def load(connection: Connection, names: set[Name]) -> Catalog:
    """The catalog's knowledge of `names` and of what the views among them stand on."""
    await connection.execute(NO_JIT)
    catalog = Catalog()
    wanted = names
    for _ in range(VIEW_DEPTH):
        rows = await query(connection, "tuning/relations", names=sorted({each for _, each in wanted}))
        found = [_relation(row) for row in rows]
        for row, relation in zip(rows, found, strict=True):
            catalog.relations[relation.schema, relation.name] = relation
            if row["visible"]:
                catalog.relations.setdefault((None, relation.name), relation)
        below: set[Name] = set()
        for relation in found:
            if relation.definition:
                below |= expression_reached(relation.definition).relations
        wanted = {each for each in below if each not in catalog.relations}
        if not wanted:
            break
    return catalog


def _relation(row: dict[str, Any]) -> Relation:
    return Relation(
        schema=row["schema"],
        name=row["name"],
        kind=row["kind"],
        rows=max(row["rows"] or 0, 0),
        bytes=row["bytes"] or 0,
        definition=row["definition"],
        inserts=row["inserts"],
        updates=row["updates"],
        hot=row["hot"],
        deletes=row["deletes"],
        columns={each["name"]: _column(each) for each in row["columns"]},
        indexes=tuple(_index(each) for each in row["indexes"]),
    )


def _column(row: dict[str, Any]) -> Column:
    return Column(
        name=row["name"],
        type=row["type"],
        category=row["category"],
        required=row["required"],
        distinct=row["distinct"] or None,
        nulls=row["nulls"] or 0.0,
        width=row["width"] or 8,
        shares=dict(zip(row["common"] or (), row["shares"] or (), strict=False)),
    )


def _index(row: dict[str, Any]) -> Index:
    return Index(
        name=row["name"],
        method=row["method"],
        unique=row["unique"],
        keys=tuple(row["keys"]),
        classes=tuple(row["classes"]),
        included=tuple(row["included"]),
        predicate=row["predicate"],
    )
