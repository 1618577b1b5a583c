"""What pg_hint_plan itself says of hints, in its debug messages.

With `pg_hint_plan.debug_print = on` it reports at the level LOG which hints it used, did not use, found
twice or wrong; a client sees that with `client_min_messages = log`, without any privilege
(https://github.com/ossc-db/pg_hint_plan/blob/REL17_1_7_0/docs/description.md).
"""

import contextlib
from collections.abc import Iterator
from dataclasses import dataclass, field

from psycopg.errors import Diagnostic

from ankus_shared.postgres import Connection

SETTINGS = {
    "pg_hint_plan.enable_hint": "on",
    "pg_hint_plan.debug_print": "on",
    "pg_hint_plan.message_level": "log",
    "pg_hint_plan.parse_messages": "info",
    "client_min_messages": "log",
}
STATES = ("used", "not used", "duplication", "error")


@dataclass
class Report:
    """Its verdicts and complaints."""

    states: dict[str, list[str]] = field(default_factory=lambda: {state: [] for state in STATES})
    """Hints in its own spelling, by state."""
    complaints: list[str] = field(default_factory=list)

    def state(self, printed: str) -> str:
        """The state of a hint that `printer` printed; `used` first, as it plans subqueries one by one."""
        wanted = _plain(printed)
        for state in STATES:
            if wanted in map(_plain, self.states[state]):
                return state
        return "not reported"


@contextlib.contextmanager
def listening(connection: Connection) -> Iterator[Report]:
    """Collect what the extension says while the block runs."""
    report = Report()

    def note(diagnostic: Diagnostic) -> None:
        _note(report, diagnostic.message_primary or "", diagnostic.message_detail or "")

    connection.add_notice_handler(note)
    try:
        yield report
    finally:
        connection.remove_notice_handler(note)


def _note(report: Report, message: str, detail: str) -> None:
    if not message.startswith("pg_hint_plan"):
        return
    if message.strip() != "pg_hint_plan:" and "\n" not in message:
        report.complaints.append(f"{message.removeprefix('pg_hint_plan: ')} {detail}".strip())
        return
    state = ""
    for line in message.splitlines():
        heading = line.removesuffix(" hint:")
        if line.endswith(" hint:") and heading in STATES:
            state = heading
        elif line.strip() and state and line not in report.states[state]:
            report.states[state].append(line)


def _plain(hint: str) -> tuple[str, ...]:
    """A hint as the words that count: it prints relations of joins in an order of its own."""
    keyword, _, arguments = hint.partition("(")
    words = arguments.rstrip(") ").replace("(", " ").replace(")", " ").replace('"', "").split()
    ordered = keyword.lower() in ("leading", "set", "indexscan", "indexonlyscan", "bitmapscan", "parallel")
    return (keyword.lower(), *(words if ordered else sorted(words)))
