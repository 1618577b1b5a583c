"""What can be asked: several phrasings, and everything that is no good question."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ankus_docs_rag.errors import BadQuestion, UnknownSource
from ankus_docs_rag.search.config import Arms, SearchConfig
from ankus_docs_rag.search.request import LONGEST_QUESTION, MOST_PHRASINGS, request_of
from ankus_docs_rag.search.shown import BY_MEANING, search_answer
from ankus_docs_rag.store.docs import Docs
from ankus_docs_rag.store.writer import Writer
from tests.docs_rag.conftest import DocsDatabase
from tests.docs_rag.made import page
from tests.docs_rag.searching import alone, anchors, desk, fill, filled, find, opened, searcher, sections

ZOO = page("zoo", {"owls": "An owl hunts at night.", "bears": "A bear has no memory."})


@pytest.mark.parametrize("question", ["", "  \n", "?!… — «»", "\0\0", "\u200b"])
def test_a_question_without_a_word_is_refused(question: str) -> None:
    with pytest.raises(BadQuestion, match="empty") as caught:
        request_of(question)

    assert caught.value.code == "bad_question"


def test_ten_thousand_words_are_no_question() -> None:
    with pytest.raises(BadQuestion, match=f"{LONGEST_QUESTION:,} are allowed") as caught:
        request_of("owl " * 10_000)

    assert caught.value.code == "question_too_long"


def test_a_phrasing_that_is_a_document_is_refused_too() -> None:
    with pytest.raises(BadQuestion):
        request_of("owl", ("owl " * 10_000,))


def test_phrasings_are_asked_once_each_and_the_question_first() -> None:
    request = request_of("  an owl ", ("bear", "an  owl", "", "bear"))

    assert request.phrasings == ("an owl", "bear")


@given(st.text(), st.lists(st.text(), max_size=20))
def test_any_phrasings_are_bounded_and_what_postgresql_holds(question: str, others: list[str]) -> None:
    try:
        asked = request_of(f"owl {question}", tuple(others)).phrasings
    except BadQuestion:
        assert max(map(len, [question, *others])) > LONGEST_QUESTION - 4
        return

    assert 1 <= len(asked) == len(set(asked)) <= MOST_PHRASINGS
    assert all("\0" not in phrasing and phrasing.encode() for phrasing in asked)


async def test_a_passage_that_only_another_phrasing_finds_is_found(writer: Writer, docs: Docs) -> None:
    birds = page("birds", sections(20, lambda n: f"night bird number {n}", "bird"))
    fill(writer, [birds, page("owls", {"strix": "Strix aluco eats voles."})])
    config = alone("words")

    question = await anchors(docs, "night bird", config, limit=50)
    both = await anchors(docs, "night bird", config, phrasings=["strix aluco"], limit=50)

    assert "strix" not in question
    assert "strix" in both
    assert set(question) <= set(both)


async def test_a_phrasing_that_was_asked_before_changes_nothing(writer: Writer, docs: Docs) -> None:
    fill(writer, [ZOO])

    once = await find(docs, "owl")
    twice = await find(docs, "owl", phrasings=["owl", " owl "])

    assert once == twice


@pytest.mark.parametrize("question", ["猫头鹰晚上做什么", "ماذا تفعل البومة ليلا", "ฮูกทำอะไร", "𓅓 𓆛"])
async def test_a_language_that_is_not_covered_is_answered_honestly(
    writer: Writer, docs: Docs, question: str
) -> None:
    fill(writer, [ZOO])

    answer = await desk(docs).search(request_of(question))

    assert answer.text.startswith(BY_MEANING)
    assert answer.structured["answerable"] is False
    assert len(answer.structured["hits"]) == 2


async def test_a_word_that_the_documents_have_is_no_guess(writer: Writer, docs: Docs) -> None:
    fill(writer, [ZOO])

    english = await desk(docs).search(request_of("Where does an owl hunt?"))
    russian = await desk(docs).search(request_of("Где память?"))

    assert BY_MEANING not in english.text
    assert english.structured["answerable"] is True
    assert BY_MEANING not in russian.text  # the lexicon knows it as memory


@pytest.mark.parametrize(
    "question", ["owl\0s", "owl \ud800", "owl \udfff\ud800 ''; --", "owl \\ % _ {} $1 %s"]
)
async def test_characters_that_a_database_does_not_hold_are_left_out(
    each_docs_database: DocsDatabase, question: str
) -> None:
    filled(each_docs_database, [ZOO])
    async with opened(each_docs_database) as docs:
        found = await find(docs, question, phrasings=[question[::-1]])

    assert len(found.hits) == 2


async def test_nothing_was_ever_ingested(docs: Docs) -> None:
    with pytest.raises(UnknownSource, match="no source"):
        await find(docs, "owl")


async def test_a_source_that_became_empty_is_no_crash(writer: Writer, docs: Docs) -> None:
    fill(writer, [ZOO])
    writer.drop("made")

    with pytest.raises(UnknownSource, match="no source") as caught:
        await find(docs, "owl")

    assert "ingest_source" in caught.value.hint


async def test_filters_that_nothing_fits_together_are_no_crash(writer: Writer, docs: Docs) -> None:
    fill(writer, [ZOO], "one", version="1")
    fill(writer, [page("other", {"x": "owl"})], "two", version="2")
    by = searcher(SearchConfig(arms=Arms(tokens=1)))
    filters = {"source": ("one",), "version": ("2",)}

    found = await find(docs, "owl", filters=filters, by=by)
    async with docs.reading() as connection:
        corpus = await by.corpus(connection)
    answer = search_answer(found, (), request_of("owl"), corpus)

    assert found.hits == ()
    assert "Nothing was found" in answer.text
    assert answer.structured["answerable"] is False
