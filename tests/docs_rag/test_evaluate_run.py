"""Systems are asked every question, and the outcome can be kept, summed up and shown."""

from pathlib import Path

import pytest
from rich.console import Console

from ankus_docs_rag.errors import BadQuestions
from ankus_docs_rag.evaluate.run import evaluate, read_saved, save
from ankus_docs_rag.evaluate.summary import (
    Refusals,
    groups_of,
    p_values,
    refusals_of,
    speeds_of,
    summarise,
)
from ankus_docs_rag.evaluate.tables import tables_of
from tests.docs_rag.evaluations import answers, evaluation, question

ENGLISH = question("one")
RUSSIAN = question("two", language="ru", kind="paraphrase")
DOUBLE = question("three", kind="multi-hop", places=2)
NONE = question("none", places=0)
ALL_KINDS = [ENGLISH, RUSSIAN, DOUBLE, NONE]


async def test_each_system_is_asked_each_question() -> None:
    good = answers({"one": ["one-0.html"], "three": ["x.html", "three-1.html"]}, {"none": ["missing_none"]})
    told: list[tuple[str, int, int]] = []

    found = await evaluate(
        ALL_KINDS,
        {"good": good, "bad": answers({})},
        (10, 1),
        progress=lambda name, done, total: told.append((name, done, total)),
    )

    assert [one.ranks for one in found.outcomes["good"]] == [(1,), (None,), (None, 2), ()]
    assert [one.ranks for one in found.outcomes["bad"]] == [(None,), (None,), (None, None), ()]
    assert found.outcomes["good"][3].missing == ("missing_none",)
    assert found.k_values == (1, 10)
    assert told[0] == ("good", 1, 4)
    assert told[-1] == ("bad", 4, 4)


async def test_the_hits_are_kept_with_those_that_found_a_place() -> None:
    pages = ["a.html", "one-0.html", "one-0.html"]

    found = await evaluate([ENGLISH], {"it": answers({"one": pages})})

    [outcome] = found.outcomes["it"]
    assert [(one.path, one.relevant) for one in outcome.found] == list(
        zip(pages, (False, True, False), strict=True)
    )
    assert outcome.seconds > 0


async def test_a_kept_run_is_read_as_it_was(tmp_path: Path) -> None:
    found = await evaluate(ALL_KINDS, {"it": answers({"one": ["one-0.html"]})}, about={"model": "e5"})

    save(found, tmp_path / "run.json")

    assert read_saved(tmp_path / "run.json") == found


@pytest.mark.parametrize("content", ["", "[]", '{"questions": []}', '{"questions": [1], "outcomes": {}}'])
def test_another_file_is_no_kept_run(tmp_path: Path, content: str) -> None:
    path = tmp_path / "run.json"
    path.write_text(content, encoding="utf-8")

    with pytest.raises(BadQuestions, match="is no saved run"):
        read_saved(path)


def test_a_kept_run_that_is_not_there_is_refused(tmp_path: Path) -> None:
    with pytest.raises(BadQuestions, match="Cannot read"):
        read_saved(tmp_path / "none.json")


def test_a_kept_run_has_an_outcome_for_each_question(tmp_path: Path) -> None:
    save(evaluation([ENGLISH], {"it": []}), tmp_path / "run.json")

    with pytest.raises(BadQuestions, match="an outcome for each question"):
        read_saved(tmp_path / "run.json")


def test_groups_are_all_then_languages_kinds_and_both() -> None:
    groups = groups_of(ALL_KINDS)

    assert [(one.name, one.places) for one in groups] == [
        ("all", (0, 1, 2)),
        ("language en", (0, 2)),
        ("language ru", (1,)),
        ("kind multi-hop", (2,)),
        ("kind natural", (0,)),
        ("kind paraphrase", (1,)),
        ("en, multi-hop", (2,)),
        ("en, natural", (0,)),
        ("ru, paraphrase", (1,)),
    ]


def test_measures_are_means_over_the_group() -> None:
    rows = summarise(evaluation([ENGLISH, RUSSIAN], {"it": [(1,), (2,)], "other": [(None,), (None,)]}))

    by_name = {(row.system, row.group): row for row in rows}
    assert by_name["it", "all"].measures["mrr"].mean == 0.75
    assert by_name["it", "language ru"].measures["mrr"].mean == 0.5
    assert by_name["it", "all"].measures["success@1"].mean == 0.5
    assert by_name["other", "all"].measures["recall@50"].mean == 0
    assert by_name["it", "all"].count == 2


async def test_refusals_are_counted_with_false_alarms() -> None:
    other = question("other", places=0)
    system = answers({}, {"none": ["missing_none"], "other": ["something"], "one": ["wal_level"]})

    found = await evaluate([ENGLISH, RUSSIAN, NONE, other], {"it": system})

    assert refusals_of(found) == [Refusals("it", 2, 2, 1, 2, 1)]


def test_nothing_is_said_of_refusals_where_all_have_an_answer() -> None:
    assert refusals_of(evaluation([ENGLISH], {"it": [(1,)]})) == []


def test_each_system_is_tested_against_the_first() -> None:
    asked = [question(f"q{at}") for at in range(8)]
    same, worse = [(1,)] * 8, [(2,)] * 8

    p = p_values(evaluation(asked, {"ankus": same, "same": same, "worse": worse}))

    assert p == {"same": 1.0, "worse": 2 / 2**8}


def test_time_is_told_in_milliseconds() -> None:
    [speed] = speeds_of(evaluation([ENGLISH], {"it": [(1,)]}))

    assert (speed.median_ms, speed.slow_ms) == (10, 10)


async def test_the_tables_name_every_system_and_group() -> None:
    found = await evaluate(ALL_KINDS, {"ankus": answers({"one": ["one-0.html"]}), "other": answers({})})
    console = Console(width=200, record=True)

    for table in tables_of(found):
        console.print(table)

    text = console.export_text()
    assert "3 answerable questions" in text
    assert "paraphrase" in text
    assert "0 of 1" in text


async def test_questions_without_any_answer_have_a_table_too() -> None:
    found = await evaluate([NONE], {"it": answers({})})

    assert [table.title for table in tables_of(found)] == ["questions without an answer"]


async def test_the_tables_fit_a_terminal_of_80_columns_uncut() -> None:
    asked = [
        question(f"{language}-{kind}", language=language, kind=kind)
        for language in ("en", "ru")
        for kind in ("identifier", "natural", "paraphrase", "multi-hop")
    ]
    systems = ("multiplicative", "baseline: full text", "baseline: RRF")
    console = Console(width=80, record=True)

    for table in tables_of(await evaluate([*asked, NONE], {name: answers({}) for name in systems})):
        console.print(table)

    assert "…" not in console.export_text()
