"""A file of questions is read as it is meant, or refused with the line that is wrong."""

import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ankus_docs_rag.errors import BadQuestions
from ankus_docs_rag.evaluate.questions import Gold, Question, language_of, read_questions

PLACE = {"page": "config-wal.html", "anchor": "GUC-WAL-LEVEL", "quote": "wal_level determines"}


def written(tmp_path: Path, *lines: Any) -> Path:
    path = tmp_path / "questions.jsonl"
    texts = [line if isinstance(line, str) else json.dumps(line, ensure_ascii=False) for line in lines]
    path.write_text("\n".join(texts), encoding="utf-8")
    return path


def test_a_whole_question_is_read_with_all_it_has(tmp_path: Path) -> None:
    line = {
        "id": "wal-1",
        "question": "What does wal_level do?",
        "language": "en",
        "kind": "identifier",
        "gold": [PLACE],
        "answerable": True,
        "phrasings": ["meaning of wal_level"],
        "answer": "It sets how much is written.",
        "half": "fit",
    }

    [question] = read_questions(written(tmp_path, line))

    assert question.gold == (Gold(**PLACE),)
    assert question.phrasings == ("meaning of wal_level",)
    assert (question.kind, question.half, question.answer) == ("identifier", "fit", line["answer"])


def test_a_place_may_stand_beside_the_question(tmp_path: Path) -> None:
    [question] = read_questions(written(tmp_path, {"query": "What is WAL?", **PLACE}))

    assert question.question == "What is WAL?"
    assert question.gold == (Gold(**PLACE),)
    assert question.answerable


@pytest.mark.parametrize("key", ["page", "path", "file", "url"])
def test_a_page_has_several_names_and_may_carry_its_anchor(tmp_path: Path, key: str) -> None:
    [question] = read_questions(written(tmp_path, {"question": "What?", "gold": {key: "wal.html#A"}}))

    assert question.gold == (Gold(page="wal.html", anchor="A"),)


def test_a_place_may_have_alternatives(tmp_path: Path) -> None:
    other = {"page": "wal.html#B", "quote": "the level of WAL"}

    [question] = read_questions(
        written(tmp_path, {"question": "What?", "gold": [{**PLACE, "alternatives": [other]}]})
    )

    [place] = question.gold
    assert place.alternatives == (Gold(page="wal.html", anchor="B", quote="the level of WAL"),)


def test_what_is_missing_is_guessed(tmp_path: Path) -> None:
    lines = [
        {"question": "Что делает wal_level?", **PLACE},
        "",
        {"question": "What is pg_quux?", "missing": "pg_quux", "answerable": False},
    ]

    first, second = read_questions(written(tmp_path, *lines))

    assert (first.id, first.language, first.kind, first.answerable) == ("q1", "ru", "natural", True)
    assert (second.id, second.language, second.kind, second.answerable) == ("q3", "en", "no-answer", False)


def test_a_kind_may_be_spelled_with_an_underscore(tmp_path: Path) -> None:
    [question] = read_questions(written(tmp_path, {"question": "What?", "kind": "Multi_Hop", **PLACE}))

    assert question.kind == "multi-hop"


def test_a_line_separator_inside_a_string_ends_no_line(tmp_path: Path) -> None:
    line = '{"question": "What\u2028is it?", "page": "a.html"}'

    [question] = read_questions(written(tmp_path, line))

    assert question.question == "What\u2028is it?"


@pytest.mark.parametrize(
    ("line", "said"),
    [
        ('{"question": "What?"', "JSON"),
        ('["What?"]', "object"),
        ({"question": " ", **PLACE}, "the question is empty"),
        ({"id": "x", **PLACE}, "question: Field required"),
        ({"question": "What?", "answerable": True}, "needs a place"),
        ({"question": "What?", "answerable": False, **PLACE}, "yet a gold"),
        ({"question": "What?", "gold": [{"anchor": "A"}]}, "gold.0.page"),
        ({"question": "What?", "half": "third", **PLACE}, "half"),
        ({"question": "What?", "language": 7, **PLACE}, "language"),
        ({"question": "What?", "kind": 7, **PLACE}, "kind"),
    ],
)
def test_a_wrong_line_is_named(tmp_path: Path, line: Any, said: str) -> None:
    path = written(tmp_path, {"id": "good", "question": "What?", **PLACE}, line)

    with pytest.raises(BadQuestions) as caught:
        read_questions(path)

    assert f"{path}:2: " in caught.value.message
    assert said in caught.value.message


def test_an_id_is_used_once(tmp_path: Path) -> None:
    line = {"id": "same", "question": "What?", **PLACE}

    with pytest.raises(BadQuestions, match=":2: the id same was used before"):
        read_questions(written(tmp_path, line, line))


def test_a_file_without_questions_is_refused(tmp_path: Path) -> None:
    with pytest.raises(BadQuestions, match="has no questions"):
        read_questions(written(tmp_path, "", " "))


def test_a_file_that_is_not_there_or_no_text_is_refused(tmp_path: Path) -> None:
    broken = tmp_path / "broken.jsonl"
    broken.write_bytes(b"\xff\xfe\x00")

    for path in (broken, tmp_path / "none.jsonl"):
        with pytest.raises(BadQuestions, match="Cannot read"):
            read_questions(path)


@given(st.text())
def test_any_line_is_read_or_refused_by_name(text: str) -> None:
    line = json.dumps({"question": text, "page": "a.html"}, ensure_ascii=False)

    if text.strip():
        assert Question.model_validate_json(line, context={"id": "q"}).question == text
    else:
        with pytest.raises(ValueError, match="the question is empty"):
            Question.model_validate_json(line, context={"id": "q"})


def test_a_question_with_latin_names_is_still_russian() -> None:
    assert language_of("Как включить hot_standby_feedback?") == "ru"
    assert language_of("How do I enable hot_standby_feedback?") == "en"
