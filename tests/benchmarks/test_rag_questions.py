"""The questions over PostgreSQL's manual are what they are said to be."""

from collections import Counter
from pathlib import Path
from typing import Any

import pytest
from pydantic import ValidationError

from ankus_docs_rag.evaluate import questions as evaluate
from benchmarks.rag.check import counted, faults_in_file, faults_in_manual, misplaced, page_with, stems
from benchmarks.rag.manual import visible
from benchmarks.rag.questions import QUESTIONS, RELEASES, Place, Question, halves, read_questions
from tests.fixtures.manual import version_of

QUOTE = "The owl is fed at nine in the evening."
PAGE = visible(
    b"<html><body><div id='FEEDING'><p>The owl is fed at nine in the evening.</p></div>"
    b"<div id='CLEANING'><p>The owl is fed at nine in the evening.</p></div></body></html>"
)


def question(**changes: Any) -> Question:
    place = {"page": "zoo.html", "anchor": "FEEDING", "quote": QUOTE}
    given = {"id": "q", "question": "When does dinner start?", "language": "en", "kind": "paraphrase"}
    rest = {"gold": [place], "answerable": True, "half": "fit"}
    return Question.model_validate({**given, **rest, **changes})


def faults(*questions: Question) -> list[str]:
    """Without those about how many there are."""
    return [fault for fault in faults_in_file(questions) if not fault.startswith("only ")]


def test_the_file_is_sound() -> None:
    assert list(faults_in_file(read_questions())) == []


def test_every_quote_stands_verbatim_in_the_manual_and_nothing_that_is_missing_does(manual: Path) -> None:
    found = list(faults_in_manual(read_questions(), manual))
    # a later release may have changed a sentence
    allowed = 0 if version_of(manual) in RELEASES else 6
    assert len(found) <= allowed, "\n".join(found)


def test_the_evaluation_of_docs_rag_reads_all_of_it() -> None:
    for asked, read in zip(read_questions(), evaluate.read_questions(QUESTIONS), strict=True):
        assert (read.id, read.kind, read.half, read.missing) == (
            asked.id,
            asked.kind,
            asked.half,
            asked.missing,
        )
        assert [gold.model_dump(exclude_defaults=True) for gold in read.gold] == [
            gold.model_dump(exclude_defaults=True) for gold in asked.gold
        ]


def test_both_halves_have_nearly_as_many_of_each_sort() -> None:
    sorts = Counter((asked.kind, asked.language, asked.half) for asked in read_questions())
    for kind, language, _ in sorts:
        assert abs(sorts[kind, language, "fit"] - sorts[kind, language, "test"]) <= 1


def test_the_half_hangs_on_the_ids_alone() -> None:
    asked = read_questions()
    assert halves(reversed(asked)) == halves(asked)


def test_a_good_question_has_no_fault() -> None:
    assert faults(question()) == []


@pytest.mark.parametrize(
    ("changes", "fault"),
    [
        ({"question": "When are owls fed?"}, "q: shares fed, owl with its quote"),
        ({"gold": []}, "q: 0 places"),
        ({"kind": "multi-hop"}, "q: 1 places"),
        ({"kind": "no-answer", "gold": []}, "q: a question without an answer is of the kind no-answer"),
        (
            {"kind": "no-answer", "gold": [], "answerable": False},
            "q: what has no answer names what is missing",
        ),
        (
            {"kind": "no-answer", "gold": [], "answerable": False, "missing": "feed_owl"},
            "q: does not name feed_owl",
        ),
        ({"gold": [{"page": "zoo.html", "anchor": "", "quote": "Nine."}]}, "q: a quote of 5 characters"),
        ({"half": "test"}, "q: its half is fit"),
    ],
)
def test_a_wrong_question_is_told(changes: dict[str, Any], fault: str) -> None:
    assert fault in faults(question(**changes))


def test_the_same_words_twice_are_told() -> None:
    twice = faults(question(), question(id="r", question="When did dinners start?", half="test"))
    assert twice == ["the same question twice: dinner start"]


def test_too_few_are_told() -> None:
    assert "only 1 paraphrase, not 35" in list(faults_in_file([question()]))


@pytest.mark.parametrize(
    ("anchor", "quote", "told"),
    [
        ("FEEDING", QUOTE, []),
        ("CLEANING", QUOTE, []),
        ("ELSEWHERE", QUOTE, [f"“{QUOTE}” is in FEEDING and in CLEANING, not in ELSEWHERE"]),
        ("FEEDING", "The owl is fed at ten.", ["zoo.html does not say “The owl is fed at ten.”"]),
    ],
)
def test_a_quote_stands_in_the_innermost_anchor_around_it(anchor: str, quote: str, told: list[str]) -> None:
    place = Place(page="zoo.html", anchor=anchor, quote=quote)
    assert list(misplaced(place, PAGE)) == told


def test_a_page_that_is_not_there_is_told() -> None:
    assert list(misplaced(Place(page="no.html", anchor="", quote=QUOTE), None)) == ["no page no.html"]


@pytest.mark.parametrize(("name", "page"), [("OWL", "zoo.html"), ("ow", ""), ("owl_feeder", "")])
def test_a_missing_name_is_looked_for_as_a_whole_word_in_any_case(name: str, page: str) -> None:
    assert page_with(name, {"zoo.html": PAGE}) == page


def test_two_questions_may_not_quote_one_passage(tmp_path: Path) -> None:
    (tmp_path / "zoo.html").write_text(f"<html><body><div id='FEEDING'><p>{QUOTE}</p></div></body></html>")
    both = [question(), question(id="r")]
    assert list(faults_in_manual(both, tmp_path)) == ["q and r quote the same passage of zoo.html"]


def test_words_are_stemmed_by_the_rules_of_their_language() -> None:
    assert stems("Why were the indexes rebuilt? Перестроенные индексы, is it not") == [
        "index",
        "rebuilt",
        "перестроен",
        "индекс",
    ]


def test_the_counts_are_told_a_kind_a_line() -> None:
    assert counted([question()])[2] == "paraphrase: en 1 fit + 0 test, ru 0 fit + 0 test"


def test_a_key_that_nobody_knows_is_refused() -> None:
    with pytest.raises(ValidationError, match="anwserable"):
        question(anwserable=True)
