"""What a set of hints says, apart from how it is written.

One model for two languages: the comments of pg_hint_plan
(https://github.com/ossc-db/pg_hint_plan/blob/REL17_1_7_0/docs/hint_list.md) and the advice of PostgreSQL
19's pg_plan_advice (https://www.postgresql.org/docs/19/pgplanadvice.html). Each can say some things that
the other cannot; `translate` tells which.
"""

from dataclasses import dataclass
from enum import StrEnum


class Scan(StrEnum):
    """How a table is read."""

    SEQ = "sequential scan"
    TID = "TID scan"
    INDEX = "index scan"
    INDEX_ONLY = "index-only scan"
    BITMAP = "bitmap scan"


class Join(StrEnum):
    """How two sides are joined."""

    NESTED_LOOP = "nested loop"
    NESTED_LOOP_MATERIALIZE = "nested loop over a materialized side"
    NESTED_LOOP_MEMOIZE = "nested loop with memoize"
    HASH = "hash join"
    MERGE = "merge join"
    MERGE_MATERIALIZE = "merge join over a materialized side"


@dataclass(frozen=True, order=True)
class Relation:
    """One table of a query by its alias; the rest is pg_plan_advice's way to tell several of a name apart."""

    alias: str
    occurrence: int = 1
    partition_schema: str = ""
    partition: str = ""
    plan: str = ""


@dataclass(frozen=True)
class Index:
    """An index by name; the schema only in advice."""

    name: str
    schema: str = ""


@dataclass(frozen=True)
class ScanHint:
    """Read `relation` this way, or not this way; by one of `indexes` if any are named."""

    method: Scan
    relation: Relation
    indexes: tuple[Index, ...] = ()
    negated: bool = False
    pattern: bool = False
    """Whether the indexes are POSIX patterns of names."""


@dataclass(frozen=True)
class JoinHint:
    """Join exactly these `relations` in this way as the last step that brings them together."""

    method: Join
    relations: tuple[Relation, ...]
    negated: bool = False


@dataclass(frozen=True)
class InnerHint:
    """Let exactly these `relations` be the inner side of a join of this kind (advice)."""

    method: Join
    relations: tuple[Relation, ...]


@dataclass(frozen=True)
class MemoizeHint:
    """Allow or forbid that the join of these relations remembers its inner results."""

    relations: tuple[Relation, ...]
    negated: bool = False


@dataclass(frozen=True)
class Pair:
    """Outer and inner side of a join."""

    outer: "Order"
    inner: "Order"


@dataclass(frozen=True)
class AnyOrder:
    """Relations joined with each other first, in whatever order (advice)."""

    relations: tuple[Relation, ...]


Order = Relation | Pair | AnyOrder


@dataclass(frozen=True)
class OrderHint:
    """Join in this order; `directed` says which side is the inner one."""

    order: Order
    directed: bool = True


@dataclass(frozen=True)
class RowsHint:
    """Correct the estimate for the join of these relations."""

    relations: tuple[Relation, ...]
    correction: str
    """`#` absolute, `+`, `-` or `*`."""
    amount: str
    """The number as it is written."""


@dataclass(frozen=True)
class ParallelHint:
    """Read `relation` with so many workers; `hard` leaves no choice."""

    relation: Relation
    workers: int
    hard: bool = False


@dataclass(frozen=True)
class SettingHint:
    """Set a parameter while the query is planned."""

    name: str
    value: str


class Group(StrEnum):
    """What advice says of one group of relations."""

    GATHER = "GATHER"
    GATHER_MERGE = "GATHER_MERGE"
    NO_GATHER = "NO_GATHER"
    PARTITIONWISE = "PARTITIONWISE"
    SEMIJOIN_UNIQUE = "SEMIJOIN_UNIQUE"
    SEMIJOIN_NON_UNIQUE = "SEMIJOIN_NON_UNIQUE"
    FOREIGN_JOIN = "FOREIGN_JOIN"
    DO_NOT_SCAN = "DO_NOT_SCAN"


@dataclass(frozen=True)
class GroupHint:
    """One tag of advice on one group of relations (advice)."""

    kind: Group
    relations: tuple[Relation, ...]


Hint = (
    ScanHint
    | JoinHint
    | InnerHint
    | MemoizeHint
    | OrderHint
    | RowsHint
    | ParallelHint
    | SettingHint
    | GroupHint
)


def leaves(order: Order) -> tuple[Relation, ...]:
    """The relations of an order, from left to right."""
    match order:
        case Pair(outer, inner):
            return leaves(outer) + leaves(inner)
        case AnyOrder(relations):
            return relations
        case Relation():
            return (order,)


def relations(hint: Hint) -> tuple[Relation, ...]:
    """The relations that a hint names."""
    match hint:
        case ScanHint() | ParallelHint():
            return (hint.relation,)
        case OrderHint():
            return leaves(hint.order)
        case SettingHint():
            return ()
        case _:
            return hint.relations


def left_deep(items: tuple[Order, ...]) -> Order:
    """The order that joins the first two items, then each further one to the result."""
    order = items[0]
    for item in items[1:]:
        order = Pair(order, item)
    return order


def spine(order: Order) -> tuple[Order, ...]:
    """The items that `left_deep` would make this order of."""
    if isinstance(order, Pair):
        return (*spine(order.outer), order.inner)
    return (order,)
