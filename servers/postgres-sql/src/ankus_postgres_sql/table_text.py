"""Rows as text for a model, PostgreSQL's own text in each value: Markdown, TSV or JSON lines."""

import json
import re
from collections.abc import Callable, Sequence
from typing import Literal

from ankus_postgres_sql.stream import Row

Format = Literal["markdown", "tsv", "jsonl"]

BOOL = 16
NUMBERS = frozenset({20, 21, 23, 26, 700, 701, 1700})
"""int8, int2, int4, oid, float4, float8, numeric (pg_type.dat)."""
JSONS = frozenset({114, 3802})
_JSON_NUMBER = re.compile(r"-?(0|[1-9][0-9]*)(\.[0-9]+)?([eE][+-]?[0-9]+)?")
_AMBIGUOUS = re.compile(r"""[\r\n]|^"|\\(\||$)|^'(NULL)?'$""")
"""A line break, and what would look like a value that is quoted or escaped here."""
_TSV = str.maketrans({"\\": "\\\\", "\t": "\\t", "\n": "\\n", "\r": "\\r"})


def table(form: Format, names: list[str], types: Sequence[int], rows: list[Row], limit: int) -> str:
    """Rows in one of the forms; values are cut to `limit` characters, and a cut one says how long it is.

    Args:
        names: The columns' names, which for JSON lines should differ.
        types: The columns' types by oid.
    """
    match form:
        case "markdown":
            return markdown(names, rows, limit)
        case "tsv":
            return tsv(names, rows, limit)
        case "jsonl":
            return jsonl(names, types, rows, limit)


def markdown(names: list[str], rows: list[Row], limit: int) -> str:
    """A Markdown table without padding and outer bars, which would cost tokens and say nothing."""
    head = [cell(name.encode(), limit) for name in names]
    lines = [head, ["-"] * len(names), *([cell(value, limit) for value in row] for row in rows)]
    return "\n".join("|".join(cells) for cells in lines)


def cell(value: bytes | None, limit: int) -> str:
    """One value on one line of a Markdown table; as a JSON string where it could be taken for another."""
    if value is None:
        return "NULL"
    text = _cut(value, limit)
    if text in ("", "NULL"):
        return f"'{text}'"  # not to be taken for nothing
    if _AMBIGUOUS.search(text):
        text = _json_string(text)
    return text.replace("|", "\\|")


def tsv(names: list[str], rows: list[Row], limit: int) -> str:
    r"""Tab-separated, as COPY writes text: NULL is \N; backslash, tab and line ends are escaped."""
    lines = [[name.encode() for name in names], *rows]
    return "\n".join(
        "\t".join("\\N" if value is None else _cut(value, limit).translate(_TSV) for value in row)
        for row in lines
    )


def jsonl(names: list[str], types: Sequence[int], rows: list[Row], limit: int) -> str:
    """A JSON object a line. Numbers have all their digits; NaN, infinity and other types are strings."""
    keys = [json.dumps(name, ensure_ascii=False) for name in names]
    encode = [_json_encoder(type_oid) for type_oid in types]
    return "\n".join(
        "{"
        + ", ".join(
            f"{key}: {_json(value, encoder, limit)}"
            for key, encoder, value in zip(keys, encode, row, strict=True)
        )
        + "}"
        for row in rows
    )


def cost(row: Row, limit: int) -> int:
    """About how many characters a row takes."""
    return sum(min(len(value), limit) + 1 if value is not None else 5 for value in row)


def _cut(value: bytes, limit: int) -> str:
    text = value.decode("utf-8", "replace")
    return text if len(text) <= limit else f"{text[:limit]}… ({len(text)} characters)"


def _json(value: bytes | None, encoder: Callable[[str], str], limit: int) -> str:
    if value is None:
        return "null"
    text = _cut(value, limit)
    return encoder(text) if len(value) <= limit else _json_string(text)


def _json_encoder(type_oid: int) -> Callable[[str], str]:
    if type_oid == BOOL:
        return lambda text: "true" if text == "t" else "false"
    if type_oid in NUMBERS:
        return lambda text: text if _JSON_NUMBER.fullmatch(text) else _json_string(text)
    if type_oid in JSONS:
        return lambda text: text.replace("\r", " ").replace("\n", " ")  # they stand between tokens only
    return _json_string


def _json_string(text: str) -> str:
    return json.dumps(text, ensure_ascii=False)
