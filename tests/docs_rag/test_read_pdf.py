"""A PDF is read by its layout, and one that cannot be read says why."""

import datetime
import pickle

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ankus_docs_rag.errors import BadSource
from ankus_docs_rag.model import Page
from ankus_docs_rag.read import Where
from ankus_docs_rag.read.pdf import read_pdf
from tests.docs_rag.pages import check_page, refusal, shown
from tests.docs_rag.tiny_pdf import pdf

BOOK = pdf(
    [
        [
            ("Chapter one", 24),
            ("Some text of the body, long enough.", 10),
            ("Part", 16),
            ("More (text).", 10),
        ],
        [("Second sheet of the body text.", 10)],
    ],
    title="The book",
)


def read(data: bytes) -> Page:
    (page,) = read_pdf(data, Where("book.pdf"))
    check_page(page)
    return page


def test_larger_letters_are_headings_and_sheets_are_anchors() -> None:
    page = read(BOOK)
    assert [(section.title, section.level, section.anchor) for section in page.sections] == [
        ("The book", 0, ""),
        ("Chapter one", 1, "page=1"),
        ("Part", 2, "page=1"),
    ]
    assert [block.anchor for block in page.blocks] == ["page=1"] * 4 + ["page=2"]
    assert shown(page)[-2:] == [
        ("paragraph", "More (text)."),
        ("paragraph", "Second sheet of the body text."),
    ]


def test_the_file_says_who_wrote_it_and_when() -> None:
    page = read(BOOK)
    assert (page.kind, page.title, page.author, page.date) == (
        "book",
        "The book",
        "A. Uthor",
        datetime.date(2024, 5, 6),
    )


@pytest.mark.parametrize("data", [b"", b"no pdf", b"%PDF-1.4\n%%EOF", BOOK[: len(BOOK) // 2], BOOK[:-300]])
def test_a_broken_file_is_refused_or_repaired(data: bytes) -> None:
    error = refusal(lambda: read(data))
    if error is None:
        assert "text of the body" in read(data).text
    else:
        assert "book.pdf" in error.message
        assert error.hint


def test_a_file_that_is_no_pdf_is_broken() -> None:
    with pytest.raises(BadSource, match="broken PDF"):
        read(b"no pdf at all")


def test_an_encrypted_file_is_refused_with_what_to_do() -> None:
    with pytest.raises(BadSource, match="encrypted") as caught:
        read(pdf([[("secret", 10)]], encrypted=True))
    assert "without a password" in caught.value.hint


def test_pictures_without_text_need_their_text_recognised_first() -> None:
    with pytest.raises(BadSource, match="no text") as caught:
        read(pdf([[], []]))
    assert "OCR" in caught.value.hint


def test_a_file_of_too_many_sheets_is_refused() -> None:
    with pytest.raises(BadSource, match="beyond 1 sheets"):
        read_pdf(BOOK, Where("book.pdf"), most_sheets=1)


def test_a_file_that_takes_too_long_is_refused() -> None:
    with pytest.raises(BadSource, match="time for one file"):
        read_pdf(BOOK, Where("book.pdf"), seconds=-1.0)


def test_the_error_goes_from_a_worker_process_to_its_caller() -> None:
    with pytest.raises(BadSource) as caught:
        read(b"no pdf")
    again = pickle.loads(pickle.dumps(caught.value))
    assert (type(again), again.message, again.hint) == (BadSource, caught.value.message, caught.value.hint)


@given(st.integers(0, len(BOOK) - 1), st.binary(min_size=1, max_size=8))
def test_damage_anywhere_is_a_page_or_a_typed_error(place: int, noise: bytes) -> None:
    error = refusal(lambda: read(BOOK[:place] + noise + BOOK[place + len(noise) :]))
    assert error is None or error.hint
