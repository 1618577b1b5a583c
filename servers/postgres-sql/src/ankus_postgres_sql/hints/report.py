"""The tool measure_hints: hint sets in, verdicts out."""

import time
from collections.abc import Sequence

from ankus_postgres_sql.database import Database
from ankus_postgres_sql.hints import printer
from ankus_postgres_sql.hints.arms import Arm, arm_for, check_no_comment, has_extension
from ankus_postgres_sql.hints.measure import (
    Judgement,
    Measurement,
    Progress,
    Runner,
    measure,
    original_prefix,
    typical_ms,
)
from ankus_postgres_sql.hints.reader import parse
from ankus_postgres_sql.hints.stats import DEAD_ZONE, MIN_PAIRS
from ankus_postgres_sql.hints.target import hint_comments
from ankus_postgres_sql.plans.explain import explainable
from ankus_postgres_sql.query import guarded
from ankus_postgres_sql.results.bind import bind
from ankus_postgres_sql.results.shown import partial_line
from ankus_postgres_sql.results.store import LOCAL, Owner
from ankus_shared.answers import Answer


async def measure_hints(
    database: Database,
    text: str,
    hint_sets: Sequence[str],
    seconds: int = 60,
    progress: Progress | None = None,
    owner: Owner = LOCAL,
) -> Answer:
    """Measure hint sets against the statement without any.

    Args:
        seconds: No round begins later than this; with fewer than nine nothing is claimed.
        owner: Whose kept results the text may name.

    Raises:
        HintSyntax, HintRefused, HintsElsewhere: If the hints are wrong.
        AnkusError: If the statement is refused or fails; with what to do next.
    """
    statement, _ = explainable(text)
    check_no_comment(hint_comments(statement.text))
    parsed = [parse(hints) for hints in hint_sets]
    bound = await bind(database, statement, owner)
    async with guarded(database, statement, len(original_prefix()) + bound.offset) as connection:
        loaded = await has_extension(connection)
        arms = [(printer.hint_plan(hints) or "no hints", arm_for(hints, loaded)) for hints in parsed]
        unique = list({name: (name, arm) for name, arm in arms}.values())
        runner = Runner(database, connection, bound, time.monotonic() + seconds)
        found = await measure(runner, unique, progress=progress)
    return _answer(found, loaded, partial_line(bound.partial))


def _answer(found: Measurement, loaded: bool, partial: str) -> Answer:
    runs = len(found.original.times)
    lines = [
        f"Without hints: {typical_ms(found.original):.2f} ms at the median of {runs} runs, "
        f"{found.original.blocks} blocks."
    ]
    lines += [partial] if partial else []
    if runs < MIN_PAIRS:
        lines.append(f"Only {runs} of {MIN_PAIRS} rounds fitted in: nothing is claimed. Give more seconds.")
    lines += [_line(judged, found) for judged in found.judgements]
    best = found.best()
    lines.append(_verdict(best))
    if not loaded:
        lines.append("pg_hint_plan is not loaded here: hints became settings of the whole statement.")
    structured = {
        "extension": loaded,
        "original_ms": typical_ms(found.original),
        "best": best.trial.name if best else None,
        "results": [_row(judged) for judged in found.judgements],
    }
    return Answer("\n".join(lines), structured)


def _line(judged: Judgement, found: Measurement) -> str:
    trial = judged.trial
    parts = [f"{trial.name}: {judged.result}"]
    if trial.stopped:
        parts.append("stopped at three times the original's time")
    if trial.failure:
        parts.append(f"failed: {trial.failure}")
    if judged.first:
        parts.append(f"{typical_ms(trial):.2f} ms, times faster {judged.first.text}")
    if judged.retest:
        parts.append(f"retest {judged.retest.text}")
    if trial.shape and trial.shape == found.original.shape:
        parts.append("the same plan as without")
    if judged.same_rows is False:
        parts.append("OTHER ROWS: not the same answer")
    if judged.result == "same" and judged.fewer_blocks:
        parts.append(f"but fewer blocks: {trial.blocks}")
    return "; ".join([*parts, *_arm_notes(trial.arm)])


def _arm_notes(arm: Arm) -> list[str]:
    notes = []
    if arm.settings:
        notes.append("as " + ", ".join(f"{name} = {value}" for name, value in arm.settings.items()))
    if arm.unsaid:
        notes.append(f"without effect: {', '.join(arm.unsaid)}")
    return notes


def _verdict(best: Judgement | None) -> str:
    if best is None or best.retest is None:
        return f"No hint set is faster by {DEAD_ZONE} times or more: use none."
    return f"Best: {best.trial.name}, {best.retest.value:.2f} times faster in the retest."


def _row(judged: Judgement) -> dict[str, object]:
    ratio = judged.retest or judged.first
    return {
        "hints": judged.trial.name,
        "result": judged.result,
        "ratio": round(ratio.value, 3) if ratio else None,
        "same_rows": judged.same_rows,
    }
