"""The rows of a result that one answer holds, within its limits, as framed text."""

from collections.abc import Sequence
from dataclasses import dataclass

from ankus_postgres_sql import table_text
from ankus_postgres_sql.results.store import Kept
from ankus_postgres_sql.settings import Settings
from ankus_postgres_sql.stream import Row
from ankus_postgres_sql.table_text import Format
from ankus_shared.untrusted import frame

NAMES = 40
"""Names of columns that a message lists at most."""


@dataclass(frozen=True)
class Shown:
    """How many rows a text holds."""

    text: str
    count: int


def show(
    settings: Settings,
    kept: Kept,
    chosen: Sequence[int],
    limit: int,
    form: Format,
    places: Sequence[int] | None = None,
) -> Shown:
    """The first of the chosen rows, as many as `limit` (0: the settings' own) and the settings allow.

    Args:
        chosen: Numbers of rows, from 0.
        places: Numbers of columns, from 0; all by default.
    """
    places = range(len(kept.columns)) if places is None else places
    wanted = min(limit or settings.row_limit, settings.row_limit)
    rows, spent = list[Row](), 0
    for number in chosen[:wanted]:
        row = tuple(kept.rows[number][place] for place in places)
        if spent >= settings.answer_limit:
            break
        rows.append(row)
        spent += table_text.cost(row, settings.cell_limit)
    originals = [kept.columns[place] for place in places]
    names = [kept.names[place] for place in places] if form == "jsonl" else [c.name for c in originals]
    if not rows:
        return Shown("columns: " + ", ".join(names), 0)
    text = table_text.table(form, names, [c.type[0] for c in originals], rows, settings.cell_limit)
    return Shown(frame(text, "database"), len(rows))


def count_line(kept: Kept, count: int, stopped_by: str) -> str:
    """How many rows are shown and kept, under which name, and how to go on where there are more."""
    rows = f"{count} row{'' if count == 1 else 's'}"
    if kept.complete and not kept.rows:
        return rows  # there is nothing to return to
    if count == len(kept.rows) and kept.complete:
        return f"{rows} (result {kept.name})"
    more = f" get_result({kept.name}, offset={count}) shows more." if count < len(kept.rows) else ""
    if kept.complete:
        return f"The first {rows} of {len(kept.rows)} (result {kept.name}).{more}"
    if stopped_by == "row_size":
        rest = "the next row is too large: select fewer or shorter columns"
    else:
        rest = "there are more: aggregate, filter, or add ORDER BY … OFFSET"
    return f"The first {rows}; result {kept.name} keeps {len(kept.rows)}, {rest}.{more}"


def partial_line(partial: Sequence[Kept]) -> str:
    """That results which were used do not hold all rows of their queries; empty where all do."""
    return " ".join(
        f"Mind that {kept.name} holds only the first {len(kept.rows)} rows of its query." for kept in partial
    )


def listed(names: Sequence[str]) -> str:
    """Names in one line, not too many."""
    return ", ".join(names[:NAMES]) + (f", … ({len(names)} in all)" if len(names) > NAMES else "")
