"""Rows as text for a model: a Markdown table, PostgreSQL's own text in each cell, NULL written out."""

from ankus_postgres_sql.stream import Row


def cell(value: bytes | None, limit: int) -> str:
    """One value on one line, cut to `limit` characters; a cut says how long the value is."""
    if value is None:
        return "NULL"
    text = value.decode("utf-8", "replace")
    if text in ("", "NULL"):
        return f"'{text}'"  # not to be taken for nothing
    if len(text) > limit:
        text = f"{text[:limit]}… ({len(text)} characters)"
    return text.replace("\r", "\\r").replace("\n", "\\n").replace("|", "\\|")


def markdown(names: list[str], rows: list[Row], limit: int) -> str:
    """A Markdown table without padding and outer bars, which would cost tokens and say nothing."""
    head = [cell(name.encode(), limit) for name in names]
    lines = [head, ["-"] * len(names), *([cell(value, limit) for value in row] for row in rows)]
    return "\n".join("|".join(cells) for cells in lines)


def cost(row: Row, limit: int) -> int:
    """About how many characters a row takes."""
    return sum(min(len(value), limit) + 1 if value is not None else 5 for value in row)
