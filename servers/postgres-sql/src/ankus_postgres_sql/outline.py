"""Tables as text for a model: one line a table, or one table in full."""

import re
from dataclasses import replace

from ankus_postgres_sql.schema import Column, Table, quoted

COMMENT_WIDTH = 80
COLUMN_COMMENT_WIDTH = 44
"""In a list of tables; longer comments are cut, and whole in the description of one table."""


def outline(tables: list[Table], limit: int) -> tuple[str, str]:
    """All tables in at most `limit` characters, and how much of them that is: full, names or cut.

    One line a table, with the comments of columns where they fit; where that is too long, names; where even
    they are too many, the first ones.
    """
    for comments in (True, False):
        full = "\n".join(line(table, comments=comments) for table in tables)
        if len(full) <= limit:
            return full, "full"
    names = [f"{table.label}{_size(table)}" for table in tables]
    advice = "Columns are left out: call describe_table for the tables you need."
    if sum(len(name) + 1 for name in names) <= limit:
        return f"{len(tables)} tables. {advice}\n" + "\n".join(names), "names"
    fitting = _fitting(names, limit)
    head = f"The first {len(fitting)} of {len(tables)} tables: name a schema to see the others. {advice}"
    return head + "\n" + "\n".join(fitting), "cut"


def line(table: Table, *, comments: bool = False) -> str:
    """One table: `orders(id int PK, customer_id int → customers.id, status text {new|paid}) ~20000 rows`.

    An arrow without a column points to the column of the same name; `comments` adds those of columns.
    """
    # varchar(200) says no more than varchar to who writes a query
    plain = [replace(column, type=re.sub(r"\(.*?\)", "", column.type)) for column in table.columns]
    columns = ", ".join(_in_line(table, column) + (_remark(column) if comments else "") for column in plain)
    composite = f", PK({', '.join(table.primary_key)})" if len(table.primary_key) > 1 else ""
    kind = "" if table.kind == "table" else f" {table.kind}"
    return f"{table.label}({columns}{composite}){kind}{_size(table)}{_comment(table.comment)}"


def description(table: Table, indexes: list[dict[str, object]]) -> str:
    """One table in full: a line a column, then keys, references and indexes."""
    lines = [f"{table.label}: {table.kind}{_size(table)}{_comment(table.comment, 400)}"]
    lines += [_column_line(table, column) for column in table.columns]
    if len(table.primary_key) > 1:
        lines.append(f"primary key ({', '.join(table.primary_key)})")
    lines += [f"unique ({', '.join(key)})" for key in table.unique_keys]
    lines += [f"joins: {key.condition()}" for key in table.foreign_keys if len(key.columns) > 1]
    lines += [f"referenced by: {key.condition()}" for key in table.referenced_by]
    lines += [_index_line(index) for index in indexes]
    return "\n".join(lines)


def _in_line(table: Table, column: Column) -> str:
    return f"{quoted(column.name)} {column.type}{_key(table, column)}{_values(column)}"


def _remark(column: Column) -> str:
    """A column's comment in quotes, as it stands in a list of tables."""
    text = " ".join((column.comment or "").split()).replace('"', "'")
    if len(text) > COLUMN_COMMENT_WIDTH:
        text = text[:COLUMN_COMMENT_WIDTH].rsplit(" ", 1)[0] + "…"
    return f' "{text}"' if text else ""


def _column_line(table: Table, column: Column) -> str:
    default = f" default {column.default}" if column.default else ""
    required = " not null" if column.required else ""
    is_key = column.name in table.primary_key or any(column.name in key.columns for key in table.foreign_keys)
    span = f" [{column.low} … {column.high}]" if column.low is not None and not is_key else ""
    text = _in_line(table, column) + required + default + span
    return f"- {text}{_comment(column.comment, 200)}"


def _key(table: Table, column: Column) -> str:
    primary = " PK" if table.primary_key == (column.name,) else ""
    for key in table.foreign_keys:
        if key.columns == (column.name,):
            there = key.target_columns[0]
            return f"{primary} → {key.target}" + ("" if there == column.name else f".{there}")
    return primary


def _values(column: Column) -> str:
    return f" {{{'|'.join(column.values)}}}" if column.values else ""


def _size(table: Table) -> str:
    return f" ~{table.rows} rows" if table.rows is not None else ""


def _comment(comment: str | None, width: int = COMMENT_WIDTH) -> str:
    text = " ".join((comment or "").split())
    return f" -- {text if len(text) <= width else text[: width - 1] + '…'}" if text else ""


def _index_line(index: dict[str, object]) -> str:
    columns = index["columns"]
    assert isinstance(columns, list)
    unique = "unique " if index["unique"] else ""
    method = "" if index["method"] == "btree" else f" using {index['method']}"
    where = f" where {index['predicate']}" if index["predicate"] else ""
    return f"{unique}index {index['name']} ({', '.join(columns)}){method}{where}"


def _fitting(names: list[str], limit: int) -> list[str]:
    """The first names that fit into `limit` characters together."""
    used, count = 0, 0
    for name in names:
        used += len(name) + 1
        if used > limit:
            break
        count += 1
    return names[: max(count, 1)]
