"""What a query may be: one statement that reads, of functions and labels that exist.

The guard is the first of three walls; the transaction is read-only, and its role may not write.
"""

import difflib
from dataclasses import dataclass

from ankus_code_graph.cypher.tokens import Token, depths, place, read_tokens
from ankus_code_graph.errors import BadQuery
from ankus_code_graph.model import EDGE_LABELS, LABELS, VERTEX_LABELS

LONGEST_QUERY = 20_000
_NO = "CREATE MERGE SET DELETE REMOVE DETACH CALL YIELD LOAD FOREACH DROP EXPLAIN PROFILE ANALYZE COPY"
FORBIDDEN = frozenset(_NO.split())
CLAUSES = frozenset("MATCH OPTIONAL WHERE WITH UNWIND RETURN ORDER SKIP LIMIT UNION".split())
_KEYWORDS = """
ALL AND AS ASC ASCENDING BY CASE COALESCE CONTAINS COUNT DESC DESCENDING DISTINCT ELSE END ENDS EXISTS FALSE
IN IS LIMIT MATCH NOT NULL OPTIONAL OR ORDER RETURN SKIP STARTS THEN TRUE UNION UNWIND WHEN WHERE WITH XOR
"""
KEYWORDS = frozenset(_KEYWORDS.split()) | FORBIDDEN
BEFORE_BRACKET = KEYWORDS - {"COALESCE", "COUNT", "EXISTS", "END", "NULL", "TRUE", "FALSE"}
"""Words before a bracket that call no function."""
AGGREGATES = frozenset("count sum avg min max collect stdev stdevp percentilecont percentiledisc".split())
FUNCTIONS = AGGREGATES | frozenset(
    """
    id start_id end_id startnode endnode label labels type properties keys nodes relationships
    length size head last tail reverse range coalesce exists isempty tostring tointeger tofloat
    toboolean tostringlist tointegerlist tofloatlist tobooleanlist toupper tolower substring split
    replace trim ltrim rtrim left right abs ceil floor round sign sqrt log log10 exp e pi rand sin
    cos tan cot asin acos atan atan2 degrees radians timestamp
    all any none single
    """.split()
)
CASTS = frozenset("int integer float numeric bool boolean vertex edge path pg_float8 pg_bigint".split())


@dataclass(frozen=True)
class Query:
    """A query that may run."""

    text: str
    tokens: list[Token]
    depths: list[int]
    columns: list[str]
    """Names of what it returns."""
    parameters: frozenset[str]
    returns: int
    """Position in `tokens` of its last RETURN."""


def check_query(text: str, parameters: frozenset[str] = frozenset()) -> Query:
    """Read a query and refuse what must not run.

    Args:
        parameters: Names of the values that are given for it.

    Raises:
        BadQuery: Saying what is not accepted, where, and what to write instead.
    """
    if len(text) > LONGEST_QUERY:
        raise BadQuery(f"The query has {len(text)} characters; {LONGEST_QUERY} are accepted.")
    if "\0" in text or any("\ud800" <= char <= "\udfff" for char in text):
        raise BadQuery("The query holds a character that no text can hold.")
    tokens = _one_statement(text, read_tokens(text))
    for position, token in enumerate(tokens):
        _check_token(text, tokens, position, token)
    _check_parameters(tokens, parameters)
    levels = depths(tokens)
    returns = [_return_of(text, part) for part in _parts(tokens, levels)]
    columns = [_columns(text, tokens, levels, number) for number in returns]
    if any(len(names) != len(columns[0]) for names in columns):
        raise BadQuery("The parts of UNION return different numbers of columns.")
    used = frozenset(token.text[1:] for token in tokens if token.kind == "parameter")
    return Query(text, tokens, levels, columns[0], used, returns[-1])


def _parts(tokens: list[Token], levels: list[int]) -> list[list[tuple[int, Token]]]:
    """The clauses of each part of a UNION, as (position, first word)."""
    parts: list[list[tuple[int, Token]]] = [[]]
    for number, token in enumerate(tokens):
        if levels[number] == 0 and token.word in CLAUSES and (not number or tokens[number - 1].text != "."):
            if token.word == "UNION":
                parts.append([])
            elif token.word != "WITH" or tokens[number - 1].word not in ("STARTS", "ENDS"):
                parts[-1].append((number, token))
    return parts


def _return_of(text: str, part: list[tuple[int, Token]]) -> int:
    """The position of a part's RETURN, which stands at its end."""
    found = [number for number, token in part if token.word == "RETURN"]
    behind = [token for number, token in part if found and number > found[0]]
    wrong = [token for token in behind if token.word not in ("ORDER", "SKIP", "LIMIT")]
    if not found:
        raise BadQuery("The query returns nothing.", hint="End it with RETURN and what you want to know.")
    if wrong:
        where = place(text, wrong[0].start)
        raise BadQuery(f"{wrong[0].word} at {where} stands behind RETURN.", hint="RETURN comes last.")
    return found[0]


def _one_statement(text: str, tokens: list[Token]) -> list[Token]:
    while tokens and tokens[-1].text == ";":
        tokens = tokens[:-1]
    if not tokens:
        raise BadQuery("The query is empty.", hint="Write MATCH … RETURN ….")
    for token in tokens:
        if token.text == ";":
            raise BadQuery(
                f"A second statement begins behind {place(text, token.start)}.", hint="Send one at a time."
            )
    return tokens


def _check_token(text: str, tokens: list[Token], position: int, token: Token) -> None:
    before = tokens[position - 1] if position else None
    after = tokens[position + 1] if position + 1 < len(tokens) else None
    is_property = before is not None and before.text == "."
    if before is not None and before.text == ":":
        _check_label(text, tokens, position)
    if token.word in FORBIDDEN and not is_property:
        raise BadQuery(
            f"{token.word} at {place(text, token.start)} is not allowed: queries only read.",
            hint="Use MATCH, WHERE, WITH, UNWIND and RETURN; a name of that kind stands in backticks.",
        )
    if before is not None and before.text == "::" and token.value.lower() not in CASTS:
        raise BadQuery(
            f"There is no cast to {token.value} at {place(text, token.start)}.",
            hint=f"There are: {', '.join(sorted(CASTS))}.",
        )
    if after is not None and after.text == "(" and token.kind in ("name", "quoted"):
        _check_function(text, token, is_property)


def _check_function(text: str, token: Token, is_qualified: bool) -> None:
    if token.word in BEFORE_BRACKET and not is_qualified:
        return
    if is_qualified or token.value.lower() not in FUNCTIONS:
        near = difflib.get_close_matches(token.value.lower(), FUNCTIONS, n=3)
        raise BadQuery(
            f"There is no function {token.value} at {place(text, token.start)}.",
            hint=f"Nearest: {', '.join(near)}."
            if near
            else "The functions of openCypher without a prefix are there.",
        )


def _check_label(text: str, tokens: list[Token], position: int) -> None:
    """A label stands behind a colon in (a:Label) or [r:LABEL]; in {key: value} the colon follows a key."""
    known = {"(": VERTEX_LABELS, "[": EDGE_LABELS}.get(_opening(tokens, position), ())
    if known and tokens[position].kind in ("name", "quoted"):
        check_label(text, tokens[position], known)


def check_label(text: str, token: Token, known: tuple[str, ...]) -> None:
    """Refuse a label that no graph has: AGE would find nothing, and say nothing.

    Raises:
        BadQuery: Naming the nearest.
    """
    if token.value in known:
        return
    near = difflib.get_close_matches(token.value, known, n=1, cutoff=0.0)
    same = [label for label in LABELS if label.lower() == token.value.lower()]
    raise BadQuery(
        f"There is no label {token.value} at {place(text, token.start)}.",
        hint=f"Nearest: {(same or near)[0]}. There are: {', '.join(known)}.",
    )


def _opening(tokens: list[Token], position: int) -> str:
    """The bracket that the token stands in directly, or ""."""
    depth = 0
    for token in reversed(tokens[:position]):
        if token.kind != "symbol":
            continue
        if token.text in ")]}":
            depth += 1
        elif token.text in "([{":
            if depth == 0:
                return token.text
            depth -= 1
    return ""


def _check_parameters(tokens: list[Token], given: frozenset[str]) -> None:
    for token in tokens:
        if token.kind == "parameter" and token.text[1:] not in given:
            raise BadQuery(f"{token.text} has no value.", hint="Give it in parameters.")


def _columns(text: str, tokens: list[Token], levels: list[int], returns: int) -> list[str]:
    """The names of the columns of one RETURN: aliases, or else the text itself."""
    first = returns + 1
    if first < len(tokens) and tokens[first].word == "DISTINCT":
        first += 1
    items: list[list[Token]] = [[]]
    for token, level in zip(tokens[first:], levels[first:], strict=True):
        if level == 0 and token.word in CLAUSES and not (items[-1] and items[-1][-1].text == "."):
            break
        if level == 0 and token.text == ",":
            items.append([])
        else:
            items[-1].append(token)
    return [_column(text, item, tokens[returns]) for item in items]


def _column(text: str, item: list[Token], returns: Token) -> str:
    if not item:
        raise BadQuery(f"RETURN at {place(text, returns.start)} lacks a value.")
    if len(item) == 1 and item[0].text == "*":
        raise BadQuery(
            "RETURN * does not say which columns.", hint="Name what you want: RETURN a.name, b.name."
        )
    if len(item) > 2 and item[-2].word == "AS":
        return item[-1].value
    return " ".join(text[item[0].start : item[-1].end].split())
