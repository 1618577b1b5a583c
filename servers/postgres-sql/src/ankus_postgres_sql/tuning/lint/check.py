"""The tool `lint_query`: every rule over every SELECT of one query, its views left out."""

from collections.abc import Iterator
from typing import NamedTuple

from ankus_postgres_sql.database import Database
from ankus_postgres_sql.statement import parse_statement
from ankus_postgres_sql.tuning import catalog
from ankus_postgres_sql.tuning.findings import line
from ankus_postgres_sql.tuning.lint import meaning, speed
from ankus_postgres_sql.tuning.lint.rules import RULES, Look, Rule
from ankus_postgres_sql.tuning.scope import Levels, levels_of
from ankus_shared.answers import Answer

assert meaning, speed  # importing them fills RULES
_ORDER = ("wrong", "slow", "fragile")


class Broken(NamedTuple):
    """A rule that is broken, and where."""

    rule: Rule
    what: str


async def lint_query(database: Database, text: str) -> Answer:
    """The rules that one query breaks, each with why and what to write instead.

    Raises:
        StatementRefused: If it is not one read.
        StatementFailed: If it cannot be parsed.
    """
    statement = parse_statement(text)
    async with database.reading() as connection:
        known = await catalog.load(connection, statement.reached.relations)
    broken = sorted(lint(levels_of(statement.tree, known)), key=lambda each: _ORDER.index(each.rule.severity))
    structured = {"findings": [{"rule": each.rule.id, "severity": each.rule.severity} for each in broken]}
    if not broken:
        return Answer(f"No rule of {len(RULES)} is broken.", structured)
    parts = [f"{len(broken)} of {len(RULES)} rules are broken:"]
    for each in broken:
        parts += [
            f"[{each.rule.severity}] {each.rule.id}: {line(each.what, 200)}",
            f"  why: {each.rule.why}",
            f"  repair: {each.rule.repair}",
        ]
    return Answer("\n".join(parts), structured)


def lint(levels: Levels) -> Iterator[Broken]:
    """Each rule that is broken once, with the first place."""
    looks = [Look(levels, level) for level in levels.every if not level.of_view]
    for rule in RULES.values():
        places = [what for look in looks for _, what in rule.judge(look)]
        if places:
            more = f" (and {len(places) - 1} more)" if len(places) > 1 else ""
            yield Broken(rule, places[0] + more)
