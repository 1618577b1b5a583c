"""Hints against one statement: their form, their names, what the extension says, and what the plan shows."""

import re
from collections.abc import Iterator, Sequence

from ankus_postgres_sql.database import Database
from ankus_postgres_sql.hints import extension, obedience, printer
from ankus_postgres_sql.hints.arms import arm_for, check_no_comment, check_settings, has_extension
from ankus_postgres_sql.hints.errors import HintRefused, NotExpressible
from ankus_postgres_sql.hints.model import Hint, RowsHint, Scan, ScanHint, relations
from ankus_postgres_sql.hints.reader import Problem, Reading, read
from ankus_postgres_sql.hints.target import Target, find_target, hint_comments
from ankus_postgres_sql.hints.translate import to_advice
from ankus_postgres_sql.plans.explain import ask_plan, explain_prefix, explainable
from ankus_postgres_sql.plans.model import Plan
from ankus_postgres_sql.plans.run import under_settings
from ankus_postgres_sql.query import guarded
from ankus_postgres_sql.results.bind import bind
from ankus_postgres_sql.results.store import LOCAL, Owner
from ankus_postgres_sql.statement import Statement
from ankus_shared.answers import Answer


async def check_hints(database: Database, text: str, hints: str, owner: Owner = LOCAL) -> Answer:
    """Say of each hint whether it is right, whether the server uses it, and whether the plan obeys it.

    Args:
        owner: Whose kept results the text may name.

    Raises:
        HintsElsewhere: If the statement has hints of its own and others are given.
        AnkusError: If the statement is refused or fails; with what to do next.
    """
    statement, _ = explainable(text)
    comments = hint_comments(statement.text)
    if hints.strip():
        check_no_comment(comments)
    reading = read(hints.strip() or " ".join(comments))
    async with guarded(database, statement) as connection:
        target = await find_target(connection, statement)
        loaded = await has_extension(connection)
        unread = _unread_comments(statement.text, comments, connection.info.server_version)
    problems = [
        *unread,
        *reading.problems,
        *_name_problems(reading.hints, target),
        *_setting_problems(reading.hints),
    ]
    bare = _without_comments(statement.text, comments)
    asked = await _asked(database, explainable(bare)[0], owner, reading, loaded)
    return _answer(reading, problems, asked, loaded)


def _unread_comments(text: str, comments: Sequence[str], version: int) -> Iterator[Problem]:
    """Hint comments that pg_hint_plan up to 1.6, for PostgreSQL 16, does not see where they stand."""
    for comment in comments if version < 170_000 else ():
        before = text[: text.index(comment)]
        if not re.fullmatch(r"[0-9A-Za-z\s_,()\[\]]*", before):
            message = f"{comment} is not read by this server's version where it stands."
            yield Problem("error", "placement", message, "Put it before the first word.", comment)


def _without_comments(text: str, comments: Sequence[str]) -> str:
    """The statement with blanks for its hint comments."""
    for comment in comments:
        text = text.replace(comment, " " * len(comment))
    return text


async def _asked(
    database: Database, statement: Statement, owner: Owner, reading: Reading, loaded: bool
) -> tuple[Plan, extension.Report] | None:
    """The plan under the hints and the extension's report; None where hints cannot be tried."""
    try:
        arm = arm_for(reading.hints, loaded)
    except (HintRefused, NotExpressible):
        return None
    prefix = arm.comment + explain_prefix(analyze=False)
    settings = arm.settings | (extension.SETTINGS if loaded else {})
    bound = await bind(database, statement, owner)
    async with (
        guarded(database, statement, offset=len(prefix) + bound.offset) as connection,
        under_settings(connection, settings),
    ):
        with extension.listening(connection) as report:
            plan = await ask_plan(database, connection, prefix + bound.text, bound.parameters)
    return plan, report


def _name_problems(hints: Sequence[Hint], target: Target) -> Iterator[Problem]:
    for hint in hints:
        written = printer.hint_plan([hint])
        names = [relation.alias for relation in relations(hint)]
        for alias in dict.fromkeys(names):
            yield from _alias_problem(written, alias, target)
        if len(names) != len(set(names)):
            message = f"{written} names a relation twice."
            yield Problem(
                "error", "named_twice", message, "Name each once; two of one table by aliases.", written
            )
        if isinstance(hint, ScanHint) and not hint.pattern:
            yield from _index_problems(written, hint, target)
        if isinstance(hint, RowsHint) and len(names) < 2:
            yield Problem(
                "error", "one_relation", f"{written} needs two relations.", "Rows is for joins.", written
            )


def _alias_problem(written: str, alias: str, target: Target) -> Iterator[Problem]:
    if alias in target.ambiguous:
        message = f"{written}: {alias} stands for several things in the statement."
        yield Problem("error", "ambiguous_alias", message, "Give each an alias of its own.", written)
    elif alias in target.views:
        message = f"{written}: {alias} is a view."
        yield Problem(
            "warning", "view", message, "Name the tables inside it by their aliases there.", written
        )
    elif alias not in target.aliases and "," not in alias:  # of commas the reader has told
        near = target.nearest(alias)
        case = near and near.lower() == alias.lower()
        message = f"{written}: there is no {alias} in the statement" + (
            ", as names are case-sensitive in hints." if case else "."
        )
        advice = f"Write {near}." if near else f"There are: {', '.join(target.aliases)}."
        yield Problem("error", "name_case" if case else "unknown_alias", message, advice, written)


def _index_problems(written: str, hint: ScanHint, target: Target) -> Iterator[Problem]:
    known = target.indexes.get(hint.relation.alias)
    if known is None:
        return
    if hint.method in (Scan.INDEX, Scan.INDEX_ONLY, Scan.BITMAP) and not hint.negated and not known:
        message = f"{written}: {hint.relation.alias} has no index."
        yield Problem("error", "no_index", message, "Hint another scan.", written)
    for index in hint.indexes:
        if known and index.name not in known:
            message = f"{written}: {hint.relation.alias} has no index {index.name}."
            yield Problem("error", "unknown_index", message, f"Its indexes: {', '.join(known)}.", written)


def _setting_problems(hints: Sequence[Hint]) -> Iterator[Problem]:
    for hint in hints:
        try:
            check_settings([hint])
        except HintRefused as error:
            yield Problem("error", "setting_refused", str(error), error.hint or "", printer.hint_plan([hint]))


def _answer(
    reading: Reading,
    problems: Sequence[Problem],
    asked: tuple[Plan, extension.Report] | None,
    loaded: bool,
) -> Answer:
    lines = [] if reading.hints or problems else ["There are no hints."]
    lines += [f"- {problem.text}" for problem in problems]
    rows = []
    for hint in reading.hints:
        printed = printer.hint_plan([hint])
        row = {"hint": printed, **_verdicts(hint, printed, asked, loaded)}
        rows.append(row)
        lines.append(_line(row))
    if asked:
        lines += [f"pg_hint_plan says: {text}" for text in asked[1].complaints]
    lines += _notes(reading, loaded, asked)
    structured = {
        "valid": not any(problem.severity == "error" for problem in problems),
        "extension": loaded,
        "hints": rows,
        "problems": [{"code": problem.code, "hint": problem.hint} for problem in problems],
    }
    return Answer("\n".join(lines), structured)


def _verdicts(
    hint: Hint, printed: str, asked: tuple[Plan, extension.Report] | None, loaded: bool
) -> dict[str, str]:
    if asked is None:
        return {"extension": "not asked", "plan": "not asked", "why": ""}
    plan, report = asked
    seen = obedience.verdict(hint, plan)
    return {
        "extension": report.state(printed) if loaded else "not loaded",
        "plan": seen.obeyed,
        "why": seen.why,
    }


def _line(row: dict[str, str]) -> str:
    why = f" ({row['why']})" if row["why"] else ""
    return f"{row['hint']}: extension: {row['extension']}; plan: {row['plan']}{why}"


def _notes(reading: Reading, loaded: bool, asked: tuple[Plan, extension.Report] | None) -> list[str]:
    notes = []
    if not loaded and reading.hints:
        notes.append(
            "pg_hint_plan is not loaded here: the hints were tried as settings of the whole statement."
        )
    if asked is None and reading.hints:
        notes.append("The hints were not tried, because one of them may not be.")
    advice, left_out = to_advice(reading.hints)
    if advice:
        notes.append(
            f"For PostgreSQL 19: SET pg_plan_advice.advice = '{advice.replace(chr(39), chr(39) * 2)}'"
        )
    notes += [f"Not in that advice: {text}" for text in left_out]
    return notes
