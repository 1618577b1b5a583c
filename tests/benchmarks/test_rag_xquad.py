"""XQuAD as pages and questions; the files here are made up, in its shape."""

import json
from pathlib import Path
from typing import Any

import pytest

from benchmarks.rag.xquad import DIRECTIONS, LANGUAGES, questions, read_xquad, write_pages

OWLS = ("\ufeffOwls sleep by day.", "When do owls sleep?", "by day", "a1")
STORKS = ("Storks leave in autumn.", "When do storks leave?", "in autumn", "a2")
СОВЫ = ("Совы спят днём.", "Когда спят совы?", "днём", "a1")
АИСТЫ = ("Аисты улетают осенью.", "Когда улетают аисты?", "осенью", "a2")


def shaped(*paragraphs: tuple[str, str, str, str]) -> dict[str, Any]:
    return {
        "version": "1.1",
        "data": [
            {
                "title": "Birds_of_Europe",
                "paragraphs": [
                    {
                        "context": text,
                        "qas": [{"id": name, "question": asked, "answers": [{"text": answer}]}],
                    }
                    for text, asked, answer, name in paragraphs
                ],
            }
        ],
    }


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "xquad.en.json").write_text(json.dumps(shaped(OWLS, STORKS)))
    (tmp_path / "xquad.ru.json").write_text(json.dumps(shaped(СОВЫ, АИСТЫ)))
    return tmp_path


def test_a_paragraph_has_the_id_of_its_translation(folder: Path) -> None:
    read = read_xquad(folder)
    assert [paragraph.path for paragraph in read["en"]] == ["en/p001.txt", "en/p002.txt"]
    assert [paragraph.path for paragraph in read["ru"]] == ["ru/p001.txt", "ru/p002.txt"]


def test_a_page_is_a_file_of_the_paragraph_without_a_byte_order_mark(folder: Path, tmp_path: Path) -> None:
    read = read_xquad(folder)
    for language in LANGUAGES:
        write_pages(read[language], tmp_path / "out")
    assert (tmp_path / "out/en/p001.txt").read_text(encoding="utf-8") == "Owls sleep by day."
    assert (tmp_path / "out/ru/p002.txt").read_text(encoding="utf-8") == "Аисты улетают осенью."


@pytest.mark.parametrize(
    ("direction", "asked", "gold"),
    [
        ("ru->en", "Когда спят совы?", ["en/p001.txt"]),
        ("en->en", "When do owls sleep?", ["en/p001.txt"]),
        ("ru->ru", "Когда спят совы?", ["ru/p001.txt"]),
        ("en->ru", "When do owls sleep?", ["ru/p001.txt"]),
        ("ru->both", "Когда спят совы?", ["en/p001.txt", "ru/p001.txt"]),
        ("en->both", "When do owls sleep?", ["en/p001.txt", "ru/p001.txt"]),
    ],
)
def test_a_direction_names_the_language_asked_in_and_those_searched(
    folder: Path, direction: str, asked: str, gold: list[str]
) -> None:
    first, _ = questions(read_xquad(folder), direction)
    assert first.question == asked
    assert [place.page for place in first.gold] == gold


def test_each_direction_asks_every_question_once(folder: Path) -> None:
    read = read_xquad(folder)
    for direction in DIRECTIONS:
        assert [question.id for question in questions(read, direction)] == ["a1", "a2"]


def test_files_that_are_not_translations_of_each_other_are_refused(folder: Path) -> None:
    (folder / "xquad.ru.json").write_text(json.dumps(shaped(АИСТЫ, СОВЫ)))
    with pytest.raises(ValueError, match="do not have the same"):
        read_xquad(folder)


@pytest.mark.parametrize("text", ["{}", '{"data": [{"title": "x"}]}', "[]", "not json"])
def test_a_file_of_another_shape_is_refused(folder: Path, text: str) -> None:
    (folder / "xquad.en.json").write_text(text)
    with pytest.raises(ValueError, match=r"XQuAD|Expecting"):
        read_xquad(folder)
