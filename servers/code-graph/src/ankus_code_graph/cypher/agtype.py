"""AGE's agtype as Python values; psycopg 3 gets it as text.

{"id": 1, "label": "Function", "properties": {…}}::vertex        -> Vertex
{"id": 2, "label": "CALLS", "end_id": …, "start_id": …, …}::edge -> Edge
[vertex, edge, vertex]::path                                     -> Path
1.50::numeric                                                    -> Decimal
everything else                                                  -> as JSON, NaN and Infinity too
"""

import json
import re
from collections.abc import Callable
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation
from typing import Any


@dataclass(frozen=True)
class Vertex:
    """A vertex as a query returned it."""

    id: int
    label: str
    properties: dict[str, Any]


@dataclass(frozen=True)
class Edge:
    """An edge as a query returned it."""

    id: int
    label: str
    start: int
    end: int
    properties: dict[str, Any]


@dataclass(frozen=True)
class Path:
    """Vertices and edges in turn."""

    parts: tuple[Vertex | Edge, ...]


_decode = json.JSONDecoder().raw_decode
_WORDS = {"null": None, "true": True, "false": False, "NaN": float("nan"), "Infinity": float("inf")}
_WORD = re.compile(r"null|true|false|NaN|-?Infinity")
_NUMBER = re.compile(r"-?\d+(\.\d+)?([eE][+-]?\d+)?")
_BLANK = re.compile(r"[ \t\r\n]*")
_TYPE = re.compile(r"::([a-z]+)")


def read_agtype(text: str) -> Any:
    """The value of an agtype's text.

    Raises:
        ValueError: If it is none.
    """
    if "::" not in text:
        return json.loads(text)
    reader = _Reader(text)
    value = reader.value()
    if reader.position != len(text):
        raise ValueError(f"unexpected text in agtype at {reader.position}")
    return value


class _Reader:
    def __init__(self, text: str) -> None:
        self._text = text
        self.position = 0

    def value(self) -> Any:
        """The value at the position, which moves behind it and the blanks that follow."""
        self._skip()
        first = self._text[self.position : self.position + 1]
        start = self.position
        value = self._read(first)
        plain = self._text[start : self.position]
        if annotation := _TYPE.match(self._text, self.position):
            self.position = annotation.end()
            value = _typed(annotation[1], value, plain)
        self._skip()
        return value

    def _read(self, first: str) -> Any:
        if first == '"':
            value, self.position = _decode(self._text, self.position)
            return value
        if first == "{":
            return dict(self._items("}", self._pair))
        if first == "[":
            return self._items("]", self.value)
        if word := _WORD.match(self._text, self.position):
            self.position = word.end()
            return -_WORDS["Infinity"] if word[0] == "-Infinity" else _WORDS[word[0]]  # type: ignore[operator]
        if number := _NUMBER.match(self._text, self.position):
            self.position = number.end()
            return float(number[0]) if number[1] or number[2] else int(number[0])
        raise ValueError(f"no agtype at {self.position}")

    def _items(self, end: str, read: Callable[[], Any]) -> list[Any]:
        self.position += 1
        self._skip()
        found: list[Any] = []
        while not self._is(end):
            if found and not self._is(","):
                raise ValueError(f"a comma is missing at {self.position}")
            found.append(read())
        return found

    def _pair(self) -> tuple[str, Any]:
        key = self.value()
        if not isinstance(key, str) or not self._is(":"):
            raise ValueError(f"a key is missing at {self.position}")
        return key, self.value()

    def _is(self, symbol: str) -> bool:
        if not self._text.startswith(symbol, self.position):
            if self.position >= len(self._text):
                raise ValueError("agtype ends too early")
            return False
        self.position += 1
        if symbol not in "]}":
            self._skip()
        return True

    def _skip(self) -> None:
        blank = _BLANK.match(self._text, self.position)
        assert blank is not None  # it may be empty
        self.position = blank.end()


def _typed(name: str, value: Any, plain: str) -> Any:
    try:
        if name == "numeric":
            return Decimal(plain.strip('"'))
        if name == "vertex":
            return Vertex(value["id"], value["label"], value["properties"])
        if name == "edge":
            return Edge(value["id"], value["label"], value["start_id"], value["end_id"], value["properties"])
        if name == "path":
            return Path(tuple(value))
    except (TypeError, KeyError, InvalidOperation) as error:
        raise ValueError(f"no {name} in agtype") from error
    raise ValueError(f"unknown type {name} in agtype")
