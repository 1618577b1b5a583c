"""A text becomes the terms that it is found by: stems of words, identifiers whole and in parts."""

from concurrent.futures import ThreadPoolExecutor

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ankus_docs_rag.lexical.words import (
    STOP_WORDS,
    WORD_DIMENSIONS,
    is_cyrillic,
    spelled_terms,
    term_id,
    terms_of,
)

names = st.from_regex(r"[a-z]{3,8}(_[a-z]{3,8}){1,3}", fullmatch=True)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("replicating", "Replicated"),
        ("backups", "backup"),
        ("восстановление", "восстановлением"),
        ("резервную копию", "резервных копий"),
        ("ёлка", "елка"),
    ],
)
def test_forms_of_a_word_are_one_term(one: str, other: str) -> None:
    assert terms_of(one) == terms_of(other) != []


@pytest.mark.parametrize("text", ["What is the", "Как это и что", "e.g. i.e.", "- ___ … 'n", ""])
def test_words_that_say_nothing_are_no_terms(text: str) -> None:
    assert set(terms_of(text)) <= {"n"}


def test_a_stop_word_in_capitals_is_a_word_of_sql() -> None:
    assert terms_of("ON CONFLICT") == ["on", "conflict"]
    assert terms_of("on conflict") == ["conflict"]


@pytest.mark.parametrize(
    ("text", "terms"),
    [
        ("max_wal_size", ["max_wal_size", "max", "wal", "size"]),
        ("pg_stat_activity", ["pg_stat_activity", "pg", "stat", "activ"]),
        ("pg_catalog.pg_class", ["pg_catalog.pg_class", "pg_catalog", "pg", "catalog", "pg_class", "class"]),
        ("to_char", ["to_char", "char"]),
        ("--no-owner", ["--no-owner", "owner"]),
        ("-U", ["-u"]),
        ("42P01", ["42p01"]),
        ("23505", ["23505"]),
        ("$libdir", ["$libdir", "libdir"]),
        ("15.2", ["15.2"]),
        ("int4", ["int4", "int"]),
        ("LWLockTranche", ["lwlocktranche", "lw", "lock", "tranch"]),
        ("PostgreSQL", ["postgresql"]),
        ("write-ahead", ["write", "ahead"]),
    ],
)
def test_an_identifier_is_whole_and_in_parts(text: str, terms: list[str]) -> None:
    assert terms_of(text) == terms


def test_a_russian_ending_does_not_hide_an_identifier() -> None:
    assert "pg_dump" in terms_of("сделай pg_dumpом")
    assert "pg_dump" in terms_of("сделай pg_dump-ом")


def test_data_is_no_term() -> None:
    assert terms_of("a" * 5_000) == []
    assert terms_of("iVBORw0KGgo1" * 400) == []


@given(st.text(max_size=300))
def test_any_text_is_analysed_to_terms_that_can_be_stored(text: str) -> None:
    for term in terms_of(text):
        assert term
        assert not term.isspace()
        assert len(term) <= 160
        assert 0 <= term_id(term) < WORD_DIMENSIONS


@given(names)
def test_an_identifier_is_found_by_itself_in_any_case(name: str) -> None:
    assert terms_of(name)[0] == terms_of(name.upper())[0] == name


@given(names, st.sampled_from([" ", ", ", " (", "\n", "; ", ": "]), names)
def test_terms_of_a_text_are_those_of_its_words(one: str, between: str, other: str) -> None:
    assert terms_of(one + between + other) == [*terms_of(one), *terms_of(other)]


@given(
    st.text(
        alphabet="abcdefghijklmnopqrstuvwxyzабвгдежзийклмнопрстуфхцчшщъыьэюяё -_.$0123456789", max_size=80
    )
)
def test_a_spelling_belongs_to_its_term(text: str) -> None:
    terms = terms_of(text)
    for term, spelling in spelled_terms(text):
        assert term in terms
        assert spelling == spelling.casefold()


def test_ids_are_stable() -> None:
    # they are stored: another hash would need all documents to be analysed anew
    assert term_id("vacuum") == 799_233_103
    assert term_id("взаимоблокировк") == 709_746_159


def test_threads_do_not_disturb_each_other() -> None:
    words = [
        f"{stem}{ending}" for stem in ("replic", "vacuum", "partition") for ending in ("ating", "ed", "s")
    ]
    expected = [terms_of(word) for word in words]

    with ThreadPoolExecutor(8) as pool:
        found = list(pool.map(lambda number: terms_of(f"{words[number % 9]} x{number}y"), range(900)))

    assert [terms[:1] for terms in found] == [expected[number % 9] for number in range(900)]


def test_stop_words_are_written_as_they_are_compared() -> None:
    assert {word.casefold().replace("ё", "е") for word in STOP_WORDS} == STOP_WORDS
    assert {word for word in STOP_WORDS if is_cyrillic(word)} != set()
