"""How a set of hints is brought to bear on a server: as pg_hint_plan's comment, or by `SET LOCAL`.

Where the extension is not loaded, a hint becomes the planner's own switches. They are coarser: they hold
for the whole statement, and some hints cannot be said at all, which `unsaid` tells.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass, field

from ankus_postgres_sql.hints import printer, words
from ankus_postgres_sql.hints.errors import HintRefused, HintsElsewhere
from ankus_postgres_sql.hints.model import (
    Hint,
    Join,
    JoinHint,
    MemoizeHint,
    ParallelHint,
    Scan,
    ScanHint,
    SettingHint,
)
from ankus_shared.postgres import Connection

_SCAN_SWITCHES = {
    Scan.SEQ: "enable_seqscan",
    Scan.INDEX: "enable_indexscan",
    Scan.INDEX_ONLY: "enable_indexonlyscan",
    Scan.BITMAP: "enable_bitmapscan",
    Scan.TID: "enable_tidscan",
}
_JOIN_SWITCHES = {
    Join.NESTED_LOOP: "enable_nestloop",
    Join.HASH: "enable_hashjoin",
    Join.MERGE: "enable_mergejoin",
}


@dataclass(frozen=True)
class Arm:
    """One way to run a statement: text before it, and settings."""

    comment: str = ""
    settings: dict[str, str] = field(default_factory=dict)
    unsaid: tuple[str, ...] = ()
    """Hints that have no effect here."""


def arm_for(hints: Sequence[Hint], extension: bool) -> Arm:
    """The arm for some hints, on a server with or without pg_hint_plan.

    Raises:
        HintRefused: If one sets a parameter that is no planner's.
        NotExpressible: If one is advice that pg_hint_plan cannot say.
    """
    check_settings(hints)
    if extension:
        return Arm(comment=printer.comment(hints))
    settings, unsaid = dict[str, str](), list[str]()
    for hint in hints:
        switches = _switches(hint)
        settings.update(switches)
        if not switches:
            unsaid.append(printer.hint_plan([hint]))
    return Arm(settings=settings, unsaid=tuple(unsaid))


def check_settings(hints: Sequence[Hint]) -> None:
    """Refuse a parameter that is not one of the planner's, and memory that the server may not have.

    Raises:
        HintRefused: Naming it.
    """
    for hint in hints:
        if isinstance(hint, SettingHint) and hint.name.lower() not in words.SETTINGS:
            raise HintRefused(
                f"Set({hint.name} …) is refused: it is no parameter of the planner.",
                hint="Set enable_…, …_cost, jit, work_mem or another one of the planner's.",
            )
        if isinstance(hint, SettingHint) and hint.name.lower() == "work_mem" and not _bearable(hint.value):
            raise HintRefused(
                f"Set(work_mem {hint.value}) is refused.", hint="Write a size up to 1GB, such as 64MB."
            )


def _bearable(memory: str) -> bool:
    """Whether a size is one, and at most a gigabyte: each node of each query may take as much."""
    found = re.fullmatch(r"(\d{1,9})(kB|MB|GB)?", memory.strip())
    kilobytes = {"kB": 1, "MB": 1 << 10, "GB": 1 << 20}
    return found is not None and int(found[1]) * kilobytes[found[2] or "kB"] <= kilobytes["GB"]


def _switches(hint: Hint) -> dict[str, str]:
    """The settings that say about the same; empty where none do."""
    match hint:
        case ScanHint(method=method, negated=True):
            return {_SCAN_SWITCHES[method]: "off"}
        case ScanHint(method=method):
            wanted = {_SCAN_SWITCHES[method]}
            wanted |= {"enable_indexscan"} if method is Scan.INDEX_ONLY else set()
            return dict.fromkeys(sorted(set(_SCAN_SWITCHES.values()) - wanted), "off")
        case JoinHint(method=method, negated=True):
            return {_JOIN_SWITCHES[method]: "off"}
        case JoinHint(method=method):
            return dict.fromkeys(sorted(set(_JOIN_SWITCHES.values()) - {_JOIN_SWITCHES[method]}), "off")
        case MemoizeHint(negated=negated):
            return {"enable_memoize": "off" if negated else "on"}
        case ParallelHint(workers=workers):
            return {"max_parallel_workers_per_gather": str(workers)}
        case SettingHint(name=name, value=value):
            return {name.lower(): value}
        case _:
            return {}


async def has_extension(connection: Connection) -> bool:
    """Whether pg_hint_plan is loaded in this session."""
    cursor = await connection.execute("SELECT FROM pg_settings WHERE name = 'pg_hint_plan.enable_hint'")
    return await cursor.fetchone() is not None


def check_no_comment(comments: Sequence[str]) -> None:
    """Refuse a statement with a hint comment of its own, to which no other can be added.

    Raises:
        HintsElsewhere: If there is one.
    """
    if comments:
        raise HintsElsewhere(
            "The statement has a hint comment itself.",
            hint="Take it out of the statement and give its hints as hints: two comments fail.",
        )
