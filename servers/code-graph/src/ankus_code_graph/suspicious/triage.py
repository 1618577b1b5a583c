"""What was judged of findings: notes that are kept beside the graphs, by fingerprint."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any, Literal, LiteralString

import psycopg
from psycopg import Connection
from psycopg.rows import class_row

from ankus_code_graph.errors import NotWritable
from ankus_code_graph.settings import StoreSettings
from ankus_code_graph.store.connect import writing_connection
from ankus_code_graph.suspicious.finding import Finding
from ankus_shared.postgres import Connection as AsyncConnection

Verdict = Literal["true_positive", "false_positive", "wont_fix", "unsure"]
HIDDEN: tuple[Verdict, ...] = ("false_positive", "wont_fix")
"""Verdicts whose findings are left out by default, and counted."""
_READ: LiteralString = """
SELECT graph, fingerprint, rule, file, verdict, note, by
  FROM ankus_code_graph.triage WHERE graph = %s"""
_WRITE: LiteralString = """
INSERT INTO ankus_code_graph.triage (graph, fingerprint, rule, file, verdict, note, by)
VALUES (%(graph)s, %(fingerprint)s, %(rule)s, %(file)s, %(verdict)s, %(note)s, %(by)s)
ON CONFLICT (graph, fingerprint) DO UPDATE SET rule = excluded.rule, file = excluded.file,
    verdict = excluded.verdict, note = excluded.note, by = excluded.by, at = now()"""


@dataclass(frozen=True)
class Note:
    """A verdict on one finding of a graph's tree."""

    graph: str
    fingerprint: str
    rule: str
    file: str
    verdict: Verdict
    note: str
    by: str


async def read_notes(connection: AsyncConnection, graph: str) -> dict[str, Note]:
    """The notes of a graph by fingerprint; none where the table was never made or may not be read."""
    allowed = await connection.execute(
        "SELECT coalesce(has_table_privilege(to_regclass('ankus_code_graph.triage'), 'SELECT'), false)"
    )
    if await allowed.fetchone() != (True,):
        return {}
    async with connection.cursor(row_factory=class_row(Note)) as cursor:
        notes = await (await cursor.execute(_READ, [graph])).fetchall()
    return {note.fingerprint: note for note in notes}


def write_note(connection: Connection[Any], note: Note) -> None:
    """Keep a note in the place of the one that there may be.

    Args:
        connection: As a role that writes graphs.

    Raises:
        NotWritable: If it may not.
    """
    try:
        connection.execute(_WRITE, vars(note))
    except psycopg.errors.InsufficientPrivilege as error:
        raise NotWritable(
            f"The role {connection.info.user} may not keep notes: {error.diag.message_primary}.",
            hint="Give the role that made the graphs by --index-url-file.",
        ) from error


def keep_note(settings: StoreSettings, note: Note) -> None:
    """The same with a connection of its own; what is missing in the database is made.

    Raises:
        NotWritable: If the role may not write.
        DatabaseUnavailable: If the database is down.
    """
    with writing_connection(settings) as (connection, reader):
        write_note(connection, note)
        if reader is not None:
            grant = psycopg.sql.SQL("GRANT SELECT ON ankus_code_graph.triage TO {}")
            connection.execute(grant.format(psycopg.sql.Identifier(reader)))


def split(findings: Iterable[Finding], notes: dict[str, Note]) -> tuple[list[Finding], int]:
    """The findings that are to be shown, and how many are left out for what was judged of them."""
    shown, hidden = [], 0
    for finding in findings:
        note = notes.get(finding.fingerprint)
        if note is not None and note.verdict in HIDDEN:
            hidden += 1
        else:
            shown.append(finding)
    return shown, hidden
