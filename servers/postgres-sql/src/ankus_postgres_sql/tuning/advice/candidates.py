"""Candidate indexes: equality before range before order; partial, covering and inverted ones."""

from collections.abc import Iterator
from dataclasses import dataclass, replace

from ankus_postgres_sql.schema import quoted
from ankus_postgres_sql.tuning.advice.terms import Term, Wanted
from ankus_postgres_sql.tuning.catalog import Index, Relation

MOST = 24
"""Candidates of one use of a table."""
KEYS = 4
PARTIAL_SHARE = 0.2
COVERED_COLUMNS, COVERED_WIDTH = 3, 64


@dataclass(frozen=True)
class Candidate:
    """An index that could be made."""

    relation: Relation
    keys: tuple[str, ...]
    method: str = "btree"
    included: tuple[str, ...] = ()
    predicate: str = ""
    share: float = 1.0
    """About which share of the table's rows its first keys leave to be read."""
    predicate_share: float = 1.0
    """About which share of the rows a partial one holds."""
    reason: str = ""
    columns: tuple[str, ...] = ()
    needs: str = ""
    """An extension that it stands on."""

    def identity(self) -> tuple[str, str, tuple[str, ...], tuple[str, ...], str]:
        """What makes two candidates one."""
        return self.relation.label, self.method, self.keys, self.included, self.predicate

    def statement(self, concurrently: bool = True) -> str:
        """CREATE INDEX; a partitioned table knows no CONCURRENTLY."""
        how = " CONCURRENTLY" if concurrently and self.relation.kind != "p" else ""
        method = "" if self.method == "btree" else f" USING {self.method}"
        include = f" INCLUDE ({', '.join(self.included)})" if self.included else ""
        where = f" WHERE {self.predicate}" if self.predicate else ""
        return f"CREATE INDEX{how} ON {self.relation.label}{method} ({', '.join(self.keys)}){include}{where}"


def candidates(wanted: Wanted) -> list[Candidate]:
    """The indexes that could serve one use of a table, most promising first."""
    found: dict[tuple[object, ...], Candidate] = {}
    for each in (*_inverted(wanted), *_ordered(wanted)):
        found.setdefault(each.identity(), each)
    return list(found.values())[:MOST]


def served_by(candidate: Candidate) -> Index | None:
    """An index that is there already and does what the candidate would do."""
    return next((index for index in candidate.relation.indexes if _serves(index, candidate)), None)


def replaced_by(candidate: Candidate) -> list[Index]:
    """Indexes that the candidate would make superfluous: it begins with their keys."""
    keys = _plain(candidate.keys)
    return [
        index
        for index in candidate.relation.indexes
        if index.method == candidate.method == "btree"
        and not index.unique
        and not candidate.predicate
        and not index.predicate
        and keys[: len(index.keys)] == _plain(index.keys)
        and {*index.included} <= {*candidate.keys, *candidate.included}
    ]


def _serves(index: Index, candidate: Candidate) -> bool:
    if index.method != candidate.method or (
        index.predicate and _flat(index.predicate) != _flat(candidate.predicate)
    ):
        return False
    keys, wanted = _plain(index.keys), _plain(candidate.keys)
    if any(key.endswith("_ops") for key in candidate.keys):
        classes = [key.rpartition(" ")[2] for key in candidate.keys]
        if list(index.classes[: len(classes)]) != classes:
            return False
    held = {*index.keys, *index.included}
    return keys[: len(wanted)] == wanted and set(candidate.included) <= held


def _plain(keys: tuple[str, ...]) -> list[str]:
    """Keys without operator classes and signs that PostgreSQL adds when it prints them."""
    return [_flat(key.split(" ")[0] if key.endswith("_ops") else key) for key in keys]


def _flat(text: str) -> str:
    for sign in ("::text", "::character varying", "(", ")", " ", "cast", "astext"):
        text = text.lower().replace(sign, "")
    return text


def _inverted(wanted: Wanted) -> Iterator[Candidate]:
    """GIN for documents, arrays, words and patterns."""
    for term in wanted.terms:
        key, column = term.key.text, term.key.columns[0]
        base = Candidate(wanted.use.relation, (key,), "gin", share=term.share, columns=(column.name,))
        if term.kind == "contains":
            ops = " jsonb_path_ops" if column.type == "jsonb" and term.operator == "@>" else ""
            yield replace(base, keys=(key + ops,), reason=f"{key} {term.operator} … looks into {column.type}")
        elif term.kind == "words":
            yield replace(base, reason=f"{key} @@ … is a full-text search")
        elif term.kind == "pattern":
            why = f"a pattern that may begin anywhere in {key}"
            yield replace(base, keys=(f"{key} gin_trgm_ops",), reason=why, needs="pg_trgm")


def _ordered(wanted: Wanted) -> Iterator[Candidate]:
    """B-trees; those with INCLUDE come last."""
    equal = sorted(_kind(wanted, "equal"), key=lambda term: term.share)
    joins, ranges = _kind(wanted, "join"), _kind(wanted, "range", "prefix")
    few = [term for term in wanted.terms if term.condition and term.share <= PARTIAL_SHARE]
    whole = list(_combinations(wanted, equal, joins, ranges))
    yield from whole
    for term in few:
        rest = [each for each in equal if each is not term]
        partial = list(_combinations(wanted, rest, joins, ranges)) or [_of(wanted, [term])]
        for each in partial[:6]:
            yield replace(
                each,
                predicate=term.condition,
                share=each.share * term.share,
                predicate_share=term.share,
                reason=f"{each.reason}; only {term.share:.1%} of the rows have {term.condition}",
            )
    for each in whole[:4]:
        if included := _covering(wanted, each):
            why = f"{each.reason}; with {', '.join(included)} the table itself need not be read"
            yield replace(each, included=included, reason=why)


def _combinations(
    wanted: Wanted, equal: list[Term], joins: list[Term], ranges: list[Term]
) -> Iterator[Candidate]:
    heads = [
        equal[:KEYS],
        *([join, *equal[: KEYS - 1]] for join in joins),
        *([*equal[: KEYS - 1], join] for join in joins),
    ]
    for head in heads:
        for tail in ranges[:3]:
            yield _of(wanted, [*head, tail])
        if wanted.order:
            yield _of(wanted, head, wanted.order)
        if head:
            yield _of(wanted, head)
    for term in (*equal[:KEYS], *joins[:KEYS], *ranges[:KEYS]):
        yield _of(wanted, [term])


def _of(wanted: Wanted, terms: list[Term], order: tuple[str, ...] = ()) -> Candidate:
    """A B-tree over the terms' keys and then the order's, each once."""
    share, reasons, columns = 1.0, list[str](), list[str]()
    keys: dict[str, None] = {}
    for term in terms:
        share *= term.share
        keys[term.key.text + (" text_pattern_ops" if term.kind == "prefix" else "")] = None
        columns += [column.name for column in term.key.columns]
        reasons.append(f"{term.kind} on {term.key.text}")
    for key in order:
        if key.removesuffix(" DESC") not in keys:
            keys[key] = None
    if order:
        reasons.append(f"order by {', '.join(order)}")
        share = min(share, 0.01) if wanted.limited else share
    return Candidate(
        wanted.use.relation,
        tuple(keys),
        share=share,
        reason=", ".join(reasons),
        columns=tuple(dict.fromkeys(columns)),
    )


def _covering(wanted: Wanted, candidate: Candidate) -> tuple[str, ...]:
    """The few narrow columns with which the index alone answers; none where there are more."""
    if wanted.columns is None or any(key.endswith("_ops") or "(" in key for key in candidate.keys):
        return ()
    held = {key.removesuffix(" DESC") for key in candidate.keys}
    asked = {*wanted.columns, *(column.name for term in wanted.terms for column in term.key.columns)}
    rest = sorted(each for each in asked if quoted(each) not in held)
    width = sum(wanted.use.relation.columns[each].width for each in rest)
    return tuple(map(quoted, rest)) if len(rest) <= COVERED_COLUMNS and width <= COVERED_WIDTH else ()


def _kind(wanted: Wanted, *kinds: str) -> list[Term]:
    """The terms of some kinds, one for each key."""
    found: dict[str, Term] = {}
    for term in wanted.terms:
        if term.kind in kinds:
            found.setdefault(term.key.text, term)
    return list(found.values())
