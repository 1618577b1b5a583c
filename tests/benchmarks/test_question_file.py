"""Reading a file of questions."""

from pathlib import Path

import pytest

from benchmarks.questions import load_questions

ENTRY = """
[[question]]
id = "count"
language = "en"
kind = "one-table"
question = "How many?"
note = "none"
sql = '''
SELECT 1'''
"""


def write(folder: Path, text: str) -> Path:
    path = folder / "questions.toml"
    path.write_text(text)
    return path


def test_a_question_needs_neither_an_order_nor_extra_columns(tmp_path: Path) -> None:
    (question,) = load_questions(write(tmp_path, ENTRY))
    assert (question.id, question.sql, question.ordered, question.extra_columns) == (
        "count",
        "SELECT 1",
        False,
        False,
    )


@pytest.mark.parametrize(
    ("text", "error"),
    [
        (ENTRY + ENTRY, "the same id"),
        (ENTRY.replace('"en"', '"fr"'), "'fr' is not one of en, ru"),
        (ENTRY.replace("one-table", "union"), "'union' is not one of"),
        (ENTRY.replace('"count"', '"a b"'), "an id is made of"),
        (ENTRY.replace("note", "notes"), "notes"),
    ],
)
def test_a_wrong_entry_is_refused(tmp_path: Path, text: str, error: str) -> None:
    with pytest.raises((ValueError, TypeError), match=error):
        load_questions(write(tmp_path, text))
