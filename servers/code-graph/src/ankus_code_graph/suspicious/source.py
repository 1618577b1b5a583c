"""A C file as the rules see it: its tree, its functions, and the matches of queries in it."""

from bisect import bisect_right
from functools import cached_property

import tree_sitter_c
from tree_sitter import Language, Node, Parser, Query, QueryCursor

LANGUAGE = Language(tree_sitter_c.language())
MATCH_LIMIT = 4096
"""Matches in progress that one query may hold: a query with many wildcards cannot take all memory."""
Captures = dict[str, Node]
_FUNCTIONS = Query(LANGUAGE, "(function_definition body: (compound_statement)) @function")
_BROKEN = Query(LANGUAGE, "(ERROR) @error")


class Source:
    """One parsed file.

    Args:
        path: The file's path, relative to the root.
        data: Its bytes.
    """

    def __init__(self, path: str, data: bytes) -> None:
        self.path, self.data = path, data
        self.root = Parser(LANGUAGE).parse(data).root_node
        self.cache: dict[object, object] = {}

    def matches(self, query: Query, node: Node) -> list[Captures]:
        """Every match of a query in a node: the first node of each capture."""
        cursor = QueryCursor(query, match_limit=MATCH_LIMIT)
        # no progress callback: with one, tree-sitter 0.26.1 crashes now and then
        found = cursor.matches(node)
        return [{name: nodes[0] for name, nodes in captures.items() if nodes} for _, captures in found]

    def matches_once(self, query: Query, node: Node) -> list[Captures]:
        """The same for a node that many hits ask about, found once: a function, or the file."""
        key = (query, node.id)
        if key not in self.cache:
            self.cache[key] = self.matches(query, node)
        return self.cache[key]  # type: ignore[return-value]

    @cached_property
    def functions(self) -> list[Node]:
        """Function definitions in the order of the text."""
        found = [captures["function"] for captures in self.matches(_FUNCTIONS, self.root)]
        return sorted(found, key=lambda node: node.start_byte)

    @cached_property
    def _starts(self) -> list[int]:
        return [node.start_byte for node in self.functions]

    def function_of(self, node: Node) -> Node | None:
        """The function definition around a node."""
        place = bisect_right(self._starts, node.start_byte) - 1
        if place >= 0 and self.functions[place].end_byte >= node.end_byte:
            return self.functions[place]
        return None

    def is_broken(self, function: Node) -> bool:
        """Whether the parser gave up on a part of the function, so that paths through it are not known."""
        return bool(self.matches(_BROKEN, function))

    def column(self, node: Node) -> int:
        """The column that a node begins in, from 1, in characters: the tree counts bytes."""
        return len(decoded(self.data[self._line_begin(node) : node.start_byte])) + 1

    def line(self, node: Node) -> str:
        """The line that a node begins on, without white space around."""
        begin = self._line_begin(node)
        end = self.data.find(b"\n", node.start_byte)
        return decoded(self.data[begin : end if end >= 0 else None]).strip()

    def _line_begin(self, node: Node) -> int:
        return self.data.rfind(b"\n", 0, node.start_byte) + 1


def decoded(text: bytes | None) -> str:
    """Source text as a string, whatever its encoding."""
    return (text or b"").decode("utf-8", "replace")


def text_of(node: Node) -> str:
    """A node's text with white space made single, so that texts can be compared."""
    return " ".join(decoded(node.text).split())


def name_of(function: Node | None) -> str:
    """The name of a function definition, "" for none."""
    node = None if function is None else function.child_by_field_name("declarator")
    while node is not None and node.type != "identifier":
        node = node.child_by_field_name("declarator") or next(
            (child for child in node.named_children if child.type.endswith("declarator")), None
        )
    return decoded(node.text) if node is not None else ""
