"""Questions with answers are read record by record, whatever their fields are called."""

import datetime
import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ankus_docs_rag.chunk import Limits, chunk_page
from ankus_docs_rag.errors import BadSource
from ankus_docs_rag.model import Page
from ankus_docs_rag.read import Where
from ankus_docs_rag.read.qa import read_qa
from tests.docs_rag.pages import check_chunked, check_page, refusal, shown, words


def read(*records: object) -> list[Page]:
    data = "\n".join(json.dumps(record, ensure_ascii=False) for record in records)
    pages = read_qa(data.encode(), Where("faq/q.jsonl", "https://docs.test/q"))
    for page in pages:
        check_page(page)
    return pages


@pytest.mark.parametrize(
    "record",
    [
        {"question": "How?", "answer": "So."},
        {"Title": "How?", "answers": ["So."]},
        {"title": "How?", "answers": [{"body": "So."}]},
        {"q": "How?", "a": {"text": "So."}},
        {"вопрос": "How?", "ответ": "So."},
        {"body": "How?", "accepted_answer": "So."},
    ],
)
def test_a_question_and_its_answer_are_one_entry(record: dict[str, object]) -> None:
    (page,) = read(record)
    assert shown(page) == [("question", "How?"), ("answer", "So.")]
    assert {block.group for block in page.blocks} == {1}
    assert (page.kind, page.title, page.path) == ("qa", "How?", "faq/q.jsonl#1")


def test_a_record_has_its_own_id_address_date_author_and_tags() -> None:
    (page,) = read(
        {"id": 7, "question": "Как?", "answer": "Так.", "url": "https://q.test/7", "created": 1_700_000_000}
        | {"author": {"name": "Я"}, "tags": ["a", "b"]}
    )
    assert (page.path, page.url, page.language) == ("faq/q.jsonl#7", "https://q.test/7", "ru")
    assert (page.date, page.author, page.tags) == (datetime.date(2023, 11, 14), "Я", ("a", "b"))


def test_the_body_of_a_question_belongs_to_it_and_answers_are_in_order() -> None:
    (page,) = read({"title": "T", "body": "B\n\nC", "answers": ["D", "E"]})
    assert [block.kind for block in page.blocks] == ["question"] * 3 + ["answer"] * 2


def test_a_pair_is_one_passage_whose_question_is_embedded_once() -> None:
    (page,) = read({"question": "How to drop it?", "answer": "DROP TABLE it;"})
    (passage,) = chunk_page(page, Limits(), words).passages
    assert (passage.form, passage.headings) == ("qa", ("How to drop it?",))
    assert [piece.embedded for piece in passage.pieces] == ["How to drop it?\n\nDROP TABLE it;"]


def test_each_part_of_a_long_answer_is_embedded_with_the_question_in_front() -> None:
    (page,) = read({"question": "How?", "answer": "\n\n".join(["So it is done, in short. " * 12] * 12)})
    chunked = chunk_page(page, Limits(), words)
    check_chunked(chunked, Limits())
    pieces = [piece for passage in chunked.passages for piece in passage.pieces]
    assert len(pieces) > 3
    assert all(piece.embedded.startswith("How?\n") for piece in pieces)


@pytest.mark.parametrize(
    ("line", "what"),
    [
        ("{", "is no JSON"),
        ("[1]", "is no JSON object"),
        ('{"question": "x"}', "lacks a question or an answer"),
        ('{"answer": "x"}', "lacks a question or an answer"),
        ('{"id": 1, "q": "x", "a": "y"}', "has the id of another record: 1"),
        ("[" * 100_000, "is no JSON"),
    ],
)
def test_a_broken_line_is_named(line: str, what: str) -> None:
    good = '{"id": 1, "question": "a", "answer": "b"}'
    with pytest.raises(BadSource, match=f"Line 3 of faq/q.jsonl {what}"):
        read_qa(f"{good}\n\n{line}\n", Where("faq/q.jsonl"))


def test_an_empty_file_has_no_pages() -> None:
    assert read() == []


_JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=3), inner, max_size=3),
    max_leaves=6,
)
_KEYS = st.sampled_from(
    ["question", "title", "body", "answer", "answers", "id", "url", "date", "tags", "author"]
)


@given(st.lists(st.dictionaries(_KEYS, _JSON), max_size=3))
def test_any_records_are_pages_or_a_typed_error(records: list[dict[str, object]]) -> None:
    error = refusal(lambda: read(*records))
    assert error is None or "faq/q.jsonl" in error.message
