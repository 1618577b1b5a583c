"""What a question means, as text for a model: few tables with the columns that matter, values, a join."""

from dataclasses import replace

from ankus_postgres_sql.linking.search import Linked
from ankus_postgres_sql.outline import definition
from ankus_postgres_sql.schema import ForeignKey, Table, quoted
from ankus_shared.untrusted import frame

LIMIT = 4_200
"""Characters of the answer; about 1,300 tokens."""
MOST_COLUMNS = 12
_MOST_VALUES = 6
_TITLES = ("name", "title", "full_name", "label", "code", "название", "наименование", "имя")
"""Columns by which people know a row."""


def show(linked: Linked) -> str:
    """The answer: tables best first, values, the join path, and words that nothing matches."""
    parts = [*_table_lines(linked), *_value_lines(linked)]
    if linked.tree is not None:
        parts.append("Join: " + linked.tree.sql())
        if any(not edge.declared for edge in linked.tree.edges):
            parts.append("(A join over names of columns only, without a foreign key, is among them.)")
    notes = []
    if linked.unmatched:
        notes.append(f"Nothing matches: {', '.join(linked.unmatched)}.")
    text = frame("\n".join(parts), "database")
    return "\n".join([f"Tables that the question may mean, of {len(linked.index.tables)}:", text, *notes])


def shown_tables(linked: Linked) -> list[int]:
    """The tables of the answer: those chosen, those that join them, then further ones, at most five and
    what joins need."""
    numbers = {table.label: number for number, table in enumerate(linked.index.tables)}
    bridges = [numbers[label] for label in linked.tree.tables] if linked.tree else []
    return list(dict.fromkeys([*linked.chosen, *bridges, *linked.also]))


def _table_lines(linked: Linked) -> list[str]:
    lines: list[str] = []
    used = 0
    for place, number in enumerate(shown_tables(linked)):
        table = linked.index.tables[number]
        kept = _relevant(linked, number, brief=place >= len(linked.chosen))
        left_out = len(table.columns) - len(kept.columns)
        text = definition(kept, comments=place < len(linked.chosen))
        text += f" -- and {left_out} more columns" if left_out else ""
        used += len(text)
        if lines and used > LIMIT:
            lines.append(f"-- also {table.label}")
        else:
            lines.append(text)
    return lines


def _relevant(linked: Linked, number: int, *, brief: bool) -> Table:
    """The table with its keys, the columns that the question means, and those by which rows are known."""
    table = linked.index.tables[number]
    scores: dict[str, float] = dict.fromkeys(table.primary_key, 5.0)
    joined = linked.tree.edges if linked.tree else ()
    for edge in joined:
        scores |= {name: 6.0 for name in _columns_in(table, edge.key)}
    for found in linked.values:
        if found.value.table == number:
            scores[table.columns[found.value.column].name] = 4.0
    for some in linked.matches.values():
        for place, weight in (some[number].columns if number in some else {}).items():
            name = table.columns[place].name
            scores[name] = max(scores.get(name, 0.0), weight)
    if not brief:
        scores |= {name: max(scores.get(name, 0.0), 0.5) for name in _known_by(table)}
    best = {
        *sorted(scores, key=lambda name: -scores[name])[: 5 if brief else MOST_COLUMNS],
        *table.primary_key,
    }
    keys = [key for key in table.foreign_keys if best.issuperset(key.columns)]
    columns = [column for column in table.columns if column.name in best]
    return replace(table, columns=columns, foreign_keys=keys)


def _columns_in(table: Table, key: ForeignKey) -> tuple[str, ...]:
    mine = key.columns if key.table == table.label else ()
    return mine + (key.target_columns if key.target == table.label else ())


def _known_by(table: Table) -> list[str]:
    """Keys to other tables, names, dates, states and amounts: what most queries need."""
    pointing = [name for key in table.foreign_keys for name in key.columns]
    titles = [column.name for column in table.columns if column.name.lower() in _TITLES]
    usual = [column.name for column in table.columns if column.category == "D" or column.values]
    return [*titles, *pointing, *usual]


def _value_lines(linked: Linked) -> list[str]:
    shown = set(shown_tables(linked))
    lines = []
    for found in linked.values:
        table = linked.index.tables[found.value.table]
        column = table.columns[found.value.column]
        if found.value.table in shown:
            text = found.value.text.replace("'", "''")
            lines.append(f"Value: {table.label}.{quoted(column.name)} = '{text}'")
    return lines[:_MOST_VALUES]
