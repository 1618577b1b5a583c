"""Where the query begins in a text that may say EXPLAIN before it."""

from pglast import parser

_COMMENTS = frozenset({"C_COMMENT", "SQL_COMMENT"})
_QUERY_STARTS = frozenset({"SELECT", "WITH", "WITH_LA", "VALUES", "TABLE", "ASCII_40"})


def words(text: str) -> list[parser.Token]:
    """The words of a text, without comments."""
    return [token for token in parser.scan(text) if token.name not in _COMMENTS]


def first_word(tokens: list[parser.Token]) -> int:
    """The place among the words of the query's first, behind EXPLAIN and its options."""
    if tokens[0].name != "EXPLAIN":
        return 0
    place = 1
    if tokens[place].name == "ASCII_40" and tokens[place + 1].name not in _QUERY_STARTS:
        while tokens[place].name != "ASCII_41":
            place += 1
        place += 1
    while tokens[place].name in ("ANALYZE", "ANALYSE", "VERBOSE"):
        place += 1
    return place


def without_explain(text: str) -> str:
    """The text with blanks for EXPLAIN and its options."""
    tokens = words(text)
    start, kept = tokens[0].start, tokens[first_word(tokens)].start
    return text[:start] + " " * (kept - start) + text[kept:]
