"""Tables as text for a model: as CREATE TABLE, the form in which models have read most schemas.

What SQL's form has no place for stands in comments: a table's and a column's comment, the values of a
column that has few. Measured against one line a table in docs/decisions/0008; one blank in front of a column
and none between values cost a model a tenth fewer tokens than two and a bar.
"""

import re
from dataclasses import replace

from ankus_postgres_sql.schema import Column, ForeignKey, Table, quoted
from ankus_postgres_sql.values import MORE

COMMENT_WIDTH = 60
"""In a list of tables; longer comments are cut, and whole in the description of one table."""
FULL_WIDTH = 400


def outline(tables: list[Table], limit: int) -> tuple[str, str]:
    """All tables in at most `limit` characters, and how much of them that is: full, names or cut.

    One definition a table, with comments where they fit; where that is too long, names; where even they are
    too many, the first ones.
    """
    for comments in (True, False):
        full = "\n".join(definition(table, comments=comments) for table in _told_once(tables))
        if len(full) <= limit:
            return full, "full"
    names = [f"{table.label}{_size(table)}" for table in tables]
    advice = "Columns are left out: call describe_table for the tables you need."
    if sum(len(name) + 1 for name in names) <= limit:
        return f"{len(tables)} tables. {advice}\n" + "\n".join(names), "names"
    fitting = _fitting(names, limit)
    head = f"The first {len(fitting)} of {len(tables)} tables: name a schema to see the others. {advice}"
    return head + "\n" + "\n".join(fitting), "cut"


def definition(table: Table, *, comments: bool = True) -> str:
    """One table as a model needs it for a query: columns, types, keys, values and, if asked, comments."""
    remark = _cut(table.comment, COMMENT_WIDTH) if comments else ""
    head = f"-- {remark}\n" if remark else ""
    # varchar(200) says no more than varchar to who writes a query
    types = [re.sub(r"\(.*?\)", "", column.type) for column in table.columns]
    lines = [_column(table, column, name) for column, name in zip(table.columns, types, strict=True)]
    remarks = [_remark(column, COMMENT_WIDTH if comments else 0) for column in table.columns]
    return head + _create(table, lines, remarks)


def description(table: Table, indexes: list[dict[str, object]]) -> str:
    """One table in full: columns with defaults and ranges, keys, references in both directions, indexes."""
    head = [part for part in (_size(table).strip(), _cut(table.comment, FULL_WIDTH)) if part]
    columns = [_column(table, column, column.type) + _constraints(table, column) for column in table.columns]
    remarks = [_remark(column, FULL_WIDTH // 2, span=_span(table, column)) for column in table.columns]
    lines = [f"-- {'; '.join(head)}"] if head else []
    lines.append(_create(table, columns, remarks, unique=True))
    lines += [f"-- referenced by: {key.condition()}" for key in table.referenced_by]
    lines += [_index_line(table, index) for index in indexes]
    return "\n".join(lines)


def _told_once(tables: list[Table]) -> list[Table]:
    """The tables without a comment that a column of the same name had before."""
    told: set[tuple[str, str | None]] = set()
    shown = []
    for table in tables:
        columns = [
            replace(column, comment=None) if (column.name, column.comment) in told else column
            for column in table.columns
        ]
        told.update((column.name, column.comment) for column in table.columns)
        shown.append(replace(table, columns=columns))
    return shown


def _create(table: Table, columns: list[str], remarks: list[str], *, unique: bool = False) -> str:
    """CREATE TABLE, or the kind of relation that it is, with each column on a line of its own."""
    parts = columns + [_composite(key) for key in table.foreign_keys if len(key.columns) > 1]
    if len(table.primary_key) > 1:
        parts.append(f"PRIMARY KEY ({_names(table.primary_key)})")
    if unique:
        parts += [f"UNIQUE ({_names(key)})" for key in table.unique_keys]
    lines = []
    for number, part in enumerate(parts):
        comma = "," if number < len(parts) - 1 else ""
        remark = remarks[number] if number < len(remarks) else ""
        lines.append(f" {part}{comma}{f' -- {remark}' if remark else ''}")
    return "\n".join([f"CREATE {table.kind.upper()} {table.label} (", *lines, ");"])


def _column(table: Table, column: Column, type_name: str) -> str:
    primary = " PRIMARY KEY" if table.primary_key == (column.name,) else ""
    target = next((key for key in table.foreign_keys if key.columns == (column.name,)), None)
    return f"{quoted(column.name)} {type_name}{primary}{f' {_references(target)}' if target else ''}"


def _references(key: ForeignKey) -> str:
    """REFERENCES; a column of the same name need not be named."""
    named = "" if key.target_columns == key.columns else f"({_names(key.target_columns)})"
    return f"REFERENCES {key.target}{named}"


def _composite(key: ForeignKey) -> str:
    return f"FOREIGN KEY ({_names(key.columns)}) {_references(key)}"


def _constraints(table: Table, column: Column) -> str:
    required = " NOT NULL" if column.required and column.name not in table.primary_key else ""
    if column.default in ("identity", "generated"):
        return required + (" GENERATED AS IDENTITY" if column.default == "identity" else " GENERATED")
    return required + (f" DEFAULT {column.default}" if column.default else "")


def _span(table: Table, column: Column) -> str:
    """The least and the greatest value, of a column that is no key."""
    is_key = column.name in table.primary_key or any(column.name in key.columns for key in table.foreign_keys)
    return "" if column.low is None or is_key else f"{column.low} … {column.high}"


def _remark(column: Column, width: int, *, span: str = "") -> str:
    """What stands behind a column: its values, its range, its comment in at most `width` characters."""
    values = ",".join(value if value == MORE else _literal(value) for value in column.values)
    return "; ".join(part for part in (values, span, _cut(column.comment, width)) if part)


def _literal(value: str) -> str:
    return "'" + " ".join(value.split()).replace("'", "''") + "'"


def _cut(text: str | None, width: int) -> str:
    """A comment on one line, cut after a clause or else a word; "" where there is none or no room."""
    line = " ".join((text or "").split())
    if len(line) <= width:
        return line
    head = line[:width]
    clauses = [match.start() for match in re.finditer(r"[,;.] ", head) if match.start() * 3 >= width]
    return (head[: clauses[-1]] if clauses else head.rsplit(" ", 1)[0]) + "…" if width else ""


def _names(columns: tuple[str, ...]) -> str:
    return ", ".join(map(quoted, columns))


def _size(table: Table) -> str:
    return f" ~{table.rows} rows" if table.rows is not None else ""


def _index_line(table: Table, index: dict[str, object]) -> str:
    columns = index["columns"]
    assert isinstance(columns, list)
    unique = "UNIQUE " if index["unique"] else ""
    method = "" if index["method"] == "btree" else f"USING {index['method']} "
    where = f" WHERE {index['predicate']}" if index["predicate"] else ""
    return f"CREATE {unique}INDEX {index['name']} ON {table.label} {method}({', '.join(columns)}){where};"


def _fitting(names: list[str], limit: int) -> list[str]:
    """The first names that fit into `limit` characters together."""
    used, count = 0, 0
    for name in names:
        used += len(name) + 1
        if used > limit:
            break
        count += 1
    return names[: max(count, 1)]
