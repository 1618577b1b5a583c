"""What is inside the functions that people wrote in SQL and PL/pgSQL, for the guard to look into.

A function may be declared STABLE and call what is not; a body that is seen to do more than read is refused
whatever the declaration says.
"""

import json
import re
from collections.abc import Iterator
from typing import Any

from pglast import ast, parser

from ankus_postgres_sql.errors import StatementRefused
from ankus_postgres_sql.statement import Reached, note, walk

# PL/pgSQL's parse modes (src/include/parser/parser.h): 0 a statement, 2 an expression, 3 to 5 assignments.
_STATEMENT, _EXPRESSION = 0, 2
_ASSIGNMENT = re.compile(r"(.*?):?=(.*)", re.DOTALL)
_RUNS_TEXT = {"PLpgSQL_stmt_dynexecute", "PLpgSQL_stmt_dynfors", "dynquery"}
_READS = (ast.SelectStmt, ast.ReturnStmt)


class Opaque(Exception):
    """Raised with the reason why a body cannot be, or is not, a read."""


def body_reached(definition: str, language: str, anywhere: bool = False) -> Reached:
    """What the body of a function reaches.

    Args:
        definition: CREATE FUNCTION as `pg_get_functiondef` prints it.
        language: sql or plpgsql.
        anywhere: Whether its caller has a search_path of its own.

    Raises:
        Opaque: If it changes data, runs text as SQL, or is not understood.
    """
    try:
        reached = Reached(anywhere=anywhere or _has_own_path(definition))
        statements = list(_plpgsql(definition) if language == "plpgsql" else _sql(definition))
        if language == "plpgsql":
            reached.types |= {(None, word) for word in _words(definition)}
    except parser.ParseError as error:
        raise Opaque("has a body that is not understood") from error
    for statement in statements:
        if not isinstance(statement, _READS):
            raise Opaque("does more than read")
        for node in walk(statement):
            if isinstance(node, ast.InsertStmt | ast.UpdateStmt | ast.DeleteStmt | ast.MergeStmt):
                raise Opaque("changes data")
            try:
                note(node, reached)
            except StatementRefused as error:
                raise Opaque("reaches more than can be known") from error
    return reached


def _sql(definition: str) -> Iterator[Any]:
    """The statements of a function in SQL: BEGIN ATOMIC, RETURN, or a text."""
    create = _created(definition)
    if create.sql_body is not None:
        yield from _flat(create.sql_body)
        return
    for text in _texts(create):
        yield from (raw.stmt for raw in parser.parse_sql(text))


def _created(definition: str) -> ast.CreateFunctionStmt:
    create = parser.parse_sql(definition)[0].stmt
    assert isinstance(create, ast.CreateFunctionStmt)
    return create


def _has_own_path(definition: str) -> bool:
    sets = [option.arg for option in _created(definition).options or () if option.defname == "set"]
    return any(found.name == "search_path" for found in sets)


def _texts(create: ast.CreateFunctionStmt) -> Iterator[str]:
    """The body, where it is a text."""
    for option in create.options or ():
        if option.defname == "as":
            yield option.arg[0].sval if isinstance(option.arg, tuple) else option.arg.sval


def _flat(body: Any) -> Iterator[Any]:
    if isinstance(body, tuple | list):
        for part in body:
            yield from _flat(part)
    elif body is not None:
        yield body


def _plpgsql(definition: str) -> Iterator[Any]:
    """The statements and expressions of a function in PL/pgSQL."""
    for text in _queries(json.loads(parser.parse_plpgsql_json(definition))):
        yield from (raw.stmt for raw in parser.parse_sql(text))


def _words(definition: str) -> Iterator[str]:
    """All names in the body: the types of its variables are among them, which the parser does not tell."""
    for text in _texts(_created(definition)):
        for token in parser.scan(text):
            word = text[token.start : token.end + 1]
            yield word[1:-1].replace('""', '"') if word.startswith('"') else word.lower()


def _queries(tree: Any) -> Iterator[str]:
    pending = [tree]
    while pending:
        item = pending.pop()
        if isinstance(item, list):
            pending.extend(item)
        elif isinstance(item, dict):
            if _RUNS_TEXT & item.keys():
                raise Opaque("runs SQL that it makes as text")
            pending.extend(item.values())
            if "query" in item and isinstance(item["query"], str):
                yield from _as_selects(item["query"], item.get("parseMode", _EXPRESSION))


def _as_selects(text: str, mode: int) -> Iterator[str]:
    """An expression, or both sides of an assignment, as something to parse."""
    if mode == _STATEMENT:
        yield text
    elif mode == _EXPRESSION:
        yield f"SELECT {text}"
    elif match := _ASSIGNMENT.fullmatch(text):
        yield f"SELECT {match[1]}"
        yield f"SELECT {match[2]}"
    else:
        raise Opaque("has a body that is not understood")
