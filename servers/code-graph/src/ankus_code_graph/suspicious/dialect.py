"""What is known of C as PostgreSQL writes it: which calls end a path, and how."""

import tomllib
from dataclasses import dataclass
from functools import cache
from importlib import resources

from tree_sitter import Node

from ankus_code_graph.suspicious.source import decoded


@dataclass(frozen=True)
class Dialect:
    """The lists of rules/dialect.toml."""

    never_return: frozenset[str]
    reporting: frozenset[str]
    fatal_levels: frozenset[str]
    return_prefixes: tuple[str, ...]
    plain_blocks: frozenset[str]


@cache
def dialect() -> Dialect:
    """PostgreSQL's dialect."""
    text = resources.files("ankus_code_graph").joinpath("rules", "dialect.toml").read_text("utf-8")
    lists = tomllib.loads(text)
    return Dialect(
        frozenset(lists["never_return"]),
        frozenset(lists["reporting"]),
        frozenset(lists["fatal_levels"]),
        tuple(lists["return_prefixes"]),
        frozenset(lists["plain_blocks"]),
    )


def called(statement: Node) -> tuple[str, Node | None]:
    """The name and the first argument of the call that an expression statement is, or "" and None."""
    call = statement.named_children[0] if statement.named_children else None
    if call is None or statement.type != "expression_statement" or call.type != "call_expression":
        return "", None
    function = call.child_by_field_name("function")
    arguments = call.child_by_field_name("arguments")
    first = arguments.named_children[0] if arguments is not None and arguments.named_children else None
    return ("" if function is None else decoded(function.text)), first


def never_returns(statement: Node) -> bool:
    """Whether control does not pass this statement: exit(…), ereport(ERROR, …)."""
    name, first = called(statement)
    if name in dialect().reporting:
        return first is not None and decoded(first.text) in dialect().fatal_levels
    return name in dialect().never_return


def returns(statement: Node) -> bool:
    """Whether a statement is a macro that returns: PG_RETURN_NULL()."""
    return called(statement)[0].startswith(dialect().return_prefixes)


def opens_loop(statement: Node) -> bool:
    """Whether a statement is a macro such as foreach(…), whose body stands behind it."""
    last = statement.children[-1] if statement.children else None
    name, _ = called(statement)
    return bool(name) and last is not None and last.is_missing and name not in dialect().plain_blocks
