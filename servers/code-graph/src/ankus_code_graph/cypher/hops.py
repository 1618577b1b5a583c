"""Patterns that AGE runs badly or not at all, as queries of fixed hops that mean the same.

-[:CALLS*1..3]->     seconds to minutes in AGE 1.7; here three queries, joined by UNION ALL
-[:READS|WRITES]->   a syntax error in AGE; here two
a.end                a syntax error too, as END is a keyword; here a.`end`
"""

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import product

from ankus_code_graph.cypher.guard import AGGREGATES, CLAUSES, KEYWORDS, Query, check_label
from ankus_code_graph.cypher.tokens import Token, place, without_comments
from ankus_code_graph.errors import BadQuery
from ankus_code_graph.model import EDGE_LABELS

MOST_HOPS = 3
MOST_VARIANTS = 9
TOOLS = "Transitive questions have fast tools: find_callers, find_callees, find_call_path, assess_impact."


@dataclass(frozen=True)
class Plan:
    """What AGE is asked."""

    queries: list[str]
    distinct: bool
    """The queries' rows are one set: UNION, not UNION ALL."""
    limit: int | None
    """The query's own LIMIT, where it has to count over all queries."""
    inserted: tuple[int, ...] = ()
    """Where one query got a pair of backticks, as offsets in the text that was given."""

    def given_offset(self, offset: int) -> int | None:
        """The offset in the text that was given; None where several queries were made of it."""
        if len(self.queries) > 1:
            return None
        for start in self.inserted:
            if offset > start:
                offset -= 1 if offset == start + 1 else 2
        return offset


@dataclass(frozen=True)
class Relation:
    """A [bracket] between two nodes that stands for several patterns."""

    start: int
    end: int
    name: str
    labels: list[str]
    hops: range
    properties: str
    left: str
    """`-` or `<-`."""
    right: str
    """`->` or `-`."""

    def variants(self) -> Iterator[str]:
        """The texts of fixed hops that it stands for."""
        for count in self.hops:
            for labels in product(self.labels or [""], repeat=count):
                colons = [f":{label}" if label else "" for label in labels]
                parts = [f"[{self.name}{colon}{self.properties}]" for colon in colons]
                yield f"{self.right}(){self.left}".join(parts)


def plan_query(query: Query) -> Plan:
    """Make what AGE runs of a query that passed the guard.

    Raises:
        BadQuery: If a pattern cannot be made of fixed hops; the hint names the tool to use instead.
    """
    relations = [relation for relation in _relations(query) if relation is not None]
    text = without_comments(query.text)[: query.tokens[-1].end]
    if not relations:
        edits = _keyword_edits(query)
        return Plan([_edited(text, edits)], False, None, tuple(start for start, _, _ in edits))
    distinct, limit, cut = _check_shape(query)
    variants = [list(relation.variants()) for relation in relations]
    queries = []
    for chosen in product(*variants):
        edits = [(r.start, r.end, new) for r, new in zip(relations, chosen, strict=True)]
        queries.append(_edited(text[:cut], [*_keyword_edits(query), *edits]))
    if len(queries) > MOST_VARIANTS:
        raise BadQuery(
            f"The patterns stand for {len(queries)} queries of fixed hops; {MOST_VARIANTS} are run.",
            hint=TOOLS,
        )
    return Plan(queries, distinct, limit)


def _keyword_edits(query: Query) -> list[tuple[int, int, str]]:
    """Names of properties and columns that AGE takes for keywords, put in backticks."""
    pairs = zip(query.tokens, query.tokens[1:], strict=False)
    return [
        (token.start, token.end, f"`{token.text}`")
        for before, token in pairs
        if (before.text == "." or before.word == "AS") and token.word in KEYWORDS
    ]


def _edited(text: str, edits: list[tuple[int, int, str]]) -> str:
    """The text with each (start, end, new) replaced; what lies behind its end is left out."""
    for start, end, new in sorted(edits, reverse=True):
        if end <= len(text):
            text = text[:start] + new + text[end:]
    return text


def _relations(query: Query) -> Iterator[Relation | None]:
    tokens = query.tokens
    for position, token in enumerate(tokens):
        if token.text == "[" and token.kind == "symbol" and position and tokens[position - 1].text == "-":
            yield _relation(query, position)


def _relation(query: Query, first: int) -> Relation | None:
    """The relation whose bracket opens at a position, or None where AGE runs it well."""
    tokens, levels = query.tokens, query.depths
    level = levels[first]
    last = next(n for n in range(first + 1, len(tokens)) if levels[n] == level and tokens[n].text == "]")
    inside = tokens[first + 1 : last]
    plain = [tokens[n] for n in range(first + 1, last) if levels[n] == level + 1]
    if last + 1 >= len(tokens) or tokens[last + 1].text != "-":
        return None  # a list behind a minus
    if not any(token.text in ("*", "|") for token in plain):
        return None
    where = place(query.text, tokens[first].start)
    if level != 0 or _clause_at(query, first) != "MATCH":
        raise BadQuery(f"A pattern with * or | is understood in MATCH only, not at {where}.", hint=TOOLS)
    is_left = first >= 2 and tokens[first - 2].text == "<"
    is_right = last + 2 < len(tokens) and tokens[last + 2].text == ">"
    name, labels, hops, properties = _Inside(query.text, plain, inside, where).read()
    return Relation(
        tokens[first].start, tokens[last].end, name, labels, hops, properties,
        "<-" if is_left else "-", "->" if is_right else "-",
    )  # fmt: skip


class _Inside:
    """What stands between the brackets of a relation: name :A|B *1..3 {…}."""

    def __init__(self, text: str, plain: list[Token], inside: list[Token], where: str) -> None:
        self._text, self._where = text, where
        braces = [token for token in plain if token.text == "{"]
        self._map = text[braces[0].start : inside[-1].end] if braces else ""
        if braces and inside[-1].text != "}":
            raise self._wrong("has something behind its properties")
        self._rest = [token for token in plain if token.text not in ("{", "}")]

    def read(self) -> tuple[str, list[str], range, str]:
        name, labels, hops = "", [], range(1, 2)
        if self._rest[0].kind in ("name", "quoted"):
            name = self._take().text
        if self._next(":"):
            labels.append(self._label())
            while self._next("|"):
                self._next(":")
                labels.append(self._label())
        if self._next("*"):
            hops = self._hops()
        if self._rest:
            raise self._wrong("is not understood")
        if name and hops != range(1, 2):
            raise self._wrong(f"names {name}, a list of unknown length")
        return name, labels, hops, f" {self._map}" if self._map else ""

    def _label(self) -> str:
        token = self._take()
        check_label(self._text, token, EDGE_LABELS)
        return token.text

    def _hops(self) -> range:
        least = int(self._take().text) if self._is_number() else None
        if not self._next(".."):
            if least is None:
                raise self._wrong("has no upper bound")
            most = least
        elif self._is_number():
            most = int(self._take().text)
        else:
            raise self._wrong("has no upper bound")
        least = 1 if least is None else least
        if least < 1 or most > MOST_HOPS or least > most:
            raise self._wrong(f"does not lie within 1 to {MOST_HOPS} hops")
        return range(least, most + 1)

    def _is_number(self) -> bool:
        return bool(self._rest) and self._rest[0].text.isascii() and self._rest[0].text.isdigit()

    def _next(self, symbol: str) -> bool:
        if self._rest and self._rest[0].text == symbol:
            self._rest.pop(0)
            return True
        return False

    def _take(self) -> Token:
        if not self._rest:
            raise self._wrong("ends too early")
        return self._rest.pop(0)

    def _wrong(self, what: str) -> BadQuery:
        return BadQuery(
            f"The pattern at {self._where} {what}.", hint=f"Write *1..{MOST_HOPS} or less. {TOOLS}"
        )


def _clause_at(query: Query, position: int) -> str:
    """The word that opened the clause which a token stands in."""
    for number in range(position, -1, -1):
        token = query.tokens[number]
        if query.depths[number] == 0 and token.word in CLAUSES:
            return token.word
    return ""


def _check_shape(query: Query) -> tuple[bool, int | None, int]:
    """(DISTINCT, own LIMIT, where the queries end) of a query whose patterns become several.

    Raises:
        BadQuery: If the rows of the single queries would not add up to the rows of the whole.
    """
    for number, token in enumerate(query.tokens):
        follows = query.tokens[number + 1].text if number + 1 < len(query.tokens) else ""
        if query.depths[number] == 0 and token.word in ("WITH", "OPTIONAL", "UNION", "SKIP", "ORDER"):
            if token.word != "WITH" or query.tokens[number - 1].word not in ("STARTS", "ENDS"):
                raise _not_joined(query, token)
        if follows == "(" and token.value.lower() in AGGREGATES and token.kind != "string":
            raise _not_joined(query, token)
    tail = query.tokens[query.returns + 1 :]
    distinct = bool(tail) and tail[0].word == "DISTINCT"
    limits = [n for n, token in enumerate(tail) if token.word == "LIMIT" and tail[n - 1].text != "."]
    if not limits:
        return distinct, None, query.tokens[-1].end
    count = tail[limits[0] + 1 :]
    if len(count) != 1 or not count[0].text.isdigit():
        raise _not_joined(query, tail[limits[0]])
    return distinct, int(count[0].text), tail[limits[0]].start


def _not_joined(query: Query, token: Token) -> BadQuery:
    return BadQuery(
        f"A pattern with * or | cannot stand beside {token.text} at {place(query.text, token.start)}.",
        hint=f"Write fixed hops, such as (a)-[:CALLS]->()-[:CALLS]->(b), or return plain rows. {TOOLS}",
    )
