"""Every rule finds what is planted for it in suspicious/<rule>.c, and nothing else in any of these files."""

import re
from functools import cache, partial
from pathlib import Path

import anyio
import pytest

from ankus_code_graph.suspicious.audit import audit
from ankus_code_graph.suspicious.finding import Finding
from ankus_code_graph.suspicious.packs import all_rules, packs
from ankus_code_graph.suspicious.rule import Rule

FOLDER = Path(__file__).with_name("suspicious")
FILES = sorted(path.name for path in FOLDER.glob("*.c"))
MARK = re.compile(r"/\* expect: ([a-z0-9 -]+) \*/")
ALLOCATES, FROM_SQL = {"allocating_helper"}, {"from_sql"}


async def graph_of_the_fixtures(rule: Rule, findings: list[Finding]) -> list[Finding]:
    """What a graph of the fixtures would answer."""
    return [one for one in findings if one.callee in ALLOCATES or one.function in FROM_SQL]


@cache
def found() -> dict[str, set[tuple[int, str]]]:
    """File -> (line, rule) of all findings in the fixtures."""
    run = partial(audit, FOLDER, "", all_rules(), graph=graph_of_the_fixtures, workers=2)
    places: dict[str, set[tuple[int, str]]] = {name: set() for name in FILES}
    for finding in anyio.run(run).findings:
        places[finding.path].add((finding.line, finding.rule))
    return places


def marks(name: str) -> set[tuple[int, str]]:
    lines = (FOLDER / name).read_text("utf-8").splitlines()
    return {
        (number, rule)
        for number, line in enumerate(lines, 1)
        if (match := MARK.search(line))
        for rule in match[1].split()
    }


@pytest.mark.parametrize("name", FILES)
def test_a_rule_finds_what_is_planted_and_nothing_else(name: str) -> None:
    assert found()[name] == marks(name)


def test_every_rule_has_planted_positives_and_clean_lines() -> None:
    for rule in all_rules():
        planted = {line for line, marked in marks(f"{rule.id}.c") if marked == rule.id}
        assert planted, rule.id


def test_there_are_rules_enough_and_their_names_are_unique() -> None:
    names = [rule.id for rule in all_rules()]
    assert len(names) == len(set(names)) >= 30
    assert not {pack.name for pack in packs()} & set(names)
