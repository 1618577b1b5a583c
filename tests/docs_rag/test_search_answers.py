"""What is missing, why a passage has its rank, what is kept in memory, and which model searches."""

from collections.abc import AsyncIterator
from functools import partial

import anyio
import pytest

from ankus_docs_rag.errors import SearchTimeout, UnknownDocument
from ankus_docs_rag.ingest.models import add_model, drop_model, use_model
from ankus_docs_rag.search.config import Rerank, SearchConfig
from ankus_docs_rag.search.desk import Desk
from ankus_docs_rag.search.explained import explain
from ankus_docs_rag.search.opening import searcher_of
from ankus_docs_rag.search.request import Request, request_of
from ankus_docs_rag.search.rewording import rewording_of
from ankus_docs_rag.search.run import Searcher
from ankus_docs_rag.settings import ReadSettings, Settings
from ankus_docs_rag.store.docs import Docs, open_docs
from ankus_docs_rag.store.writer import Writer
from ankus_shared.embed.cache import CachedQueries
from ankus_shared.embed.errors import ModelMismatch, ModelMissing
from tests.docs_rag.conftest import DocsDatabase
from tests.docs_rag.embedders import WordEmbedder, WordTokenizer, opening
from tests.docs_rag.made import page
from tests.docs_rag.searching import desk, embedder, fill, filled, find, opened, searcher

OLD = page("zoo", {"owls": "Call owl_hunt() before CREATE OWL."})
NEW = page("zoo", {"owls": "Call owl_hunt() or bear_sleep() before CREATE BEAR."})


@pytest.fixture(scope="module")
def versions(shared_docs_database: DocsDatabase) -> DocsDatabase:
    filled(shared_docs_database, [OLD], source="zoo1", version="1")
    filled(shared_docs_database, [NEW], source="zoo2", version="2")
    return shared_docs_database


@pytest.fixture
async def both(versions: DocsDatabase) -> AsyncIterator[Docs]:
    async with opened(versions) as docs:
        yield docs


async def missing(docs: Docs, question: str, *source: str) -> list[tuple[str, list[str]]]:
    found = await find(docs, question, filters={"source": source})
    return [(one.name, [other.version for other in one.elsewhere]) for one in found.missing]


async def test_a_name_that_nothing_has_is_named(both: Docs) -> None:
    assert await missing(both, "What does wolf_howl() do?") == [("wolf_howl", [])]


async def test_a_name_of_another_version_is_told_with_it(both: Docs) -> None:
    assert await missing(both, "What does bear_sleep() do?", "zoo1") == [("bear_sleep", ["2"])]
    assert await missing(both, "What does bear_sleep() do?", "zoo2") == []
    assert await missing(both, "What does bear_sleep() do?") == []


async def test_a_phrase_of_another_version_is_told_with_it(both: Docs) -> None:
    assert ("CREATE BEAR", ["2"]) in await missing(both, "How does CREATE BEAR work?", "zoo1")
    assert await missing(both, "How does CREATE BEAR work?", "zoo2") == []


@pytest.mark.parametrize(
    "question", ["OWL_HUNT", "Owl_Hunt()", "owl_hunt", "what are owls", "CREATE OWL", "сова?"]
)
async def test_nothing_is_missing_of_what_is_known_in_any_case(both: Docs, question: str) -> None:
    assert await missing(both, question, "zoo1") == []


async def test_what_is_missing_is_said_first_and_is_no_answer(both: Docs) -> None:
    answer = await desk(both).search(request_of("What does wolf_howl() do?"))

    assert answer.text.startswith("The documents searched do not have 'wolf_howl'.")
    assert answer.structured["answerable"] is False
    assert answer.structured["missing"] == [{"name": "wolf_howl", "elsewhere": []}]


async def test_missing_is_told_alike_on_each_server(each_docs_database: DocsDatabase) -> None:
    filled(each_docs_database, [OLD], source="zoo1", version="1")
    filled(each_docs_database, [NEW], source="zoo2", version="2")

    async with opened(each_docs_database) as docs:
        name = await missing(docs, "What does bear_sleep() do?", "zoo1")
        phrase = await missing(docs, "How does CREATE BEAR work?", "zoo1")

    assert name == [("bear_sleep", ["2"])]
    assert phrase[0] == ("CREATE BEAR", ["2"])


async def test_the_first_hits_are_explained(both: Docs) -> None:
    weights = {"fused": 0.5, "dense": 0.25}
    config = SearchConfig(rerank=Rerank(method="features", weights=weights))
    request = request_of("before call owl_hunt", ("bears sleep",), limit=1)

    answer = await explain(desk(both, config), request, "")

    [hit] = answer.structured["hits"]
    assert hit["rank"] == 1
    assert set(hit["arms"]) == {"dense", "tokens", "words"}
    assert {name for name, value in hit["features"].items() if value} <= set(weights)
    assert answer.text.startswith("2 phrasings, 2 candidates. Words by weight: ")
    assert "arms: " in answer.text
    assert "features: " in answer.text
    assert answer.structured["candidates"] == 2


@pytest.mark.parametrize(
    "document", ["zoo", "zoo#owls", "https://example.org/zoo", "https://example.org/zoo#owls"]
)
async def test_the_rank_of_a_page_or_a_place_is_explained(both: Docs, document: str) -> None:
    answer = await explain(desk(both), request_of("bear_sleep"), document)

    assert [hit["rank"] for hit in answer.structured["hits"]] == [1, 2]


async def test_without_features_none_are_shown(both: Docs) -> None:
    config = SearchConfig(rerank=Rerank(method="none", weights={"fused": 1.0}))

    answer = await explain(desk(both, config), request_of("owl"), "")

    assert "features" not in answer.text
    assert answer.structured["hits"][0]["features"] == {}


async def test_a_page_that_no_arm_put_forward_is_told(both: Docs) -> None:
    with pytest.raises(UnknownDocument, match="among the 2 candidates") as caught:
        await explain(desk(both), request_of("owl"), "zoo#nowhere")

    assert caught.value.code == "not_a_candidate"


class Counting(Searcher):
    """Counts what it was really asked."""

    asked = 0

    async def rank(self, *arguments: object) -> object:  # type: ignore[override]
        self.asked += 1
        return await super().rank(*arguments)  # type: ignore[arg-type]


def counting(docs: Docs, results: int) -> tuple[Desk, Counting]:
    config = SearchConfig()
    by = Counting(embedder(), config, rewording_of(config.lexicon, WordTokenizer().encode_ids))
    return Desk(docs, lambda _: by, results=results), by


@pytest.mark.parametrize(("results", "asked"), [(256, 1), (0, 2)])
async def test_an_answer_is_kept_unless_that_is_switched_off(
    writer: Writer, docs: Docs, results: int, asked: int
) -> None:
    fill(writer, [OLD])
    shared, by = counting(docs, results)

    first = await shared.search(request_of("owl"))
    again = await shared.search(request_of(" owl "))

    assert first == again
    assert by.asked == asked


async def test_another_context_or_filter_or_page_is_another_answer(writer: Writer, docs: Docs) -> None:
    fill(writer, [OLD], version="1")
    shared, by = counting(docs, 256)
    requests = [request_of("owl"), request_of("owl", limit=1), request_of("owl", offset=1)]

    for request in requests:
        await shared.search(request)
    await shared.search(requests[0], "section")

    assert by.asked == 4


async def test_an_ingest_in_between_changes_the_answer_and_what_filters_take(
    writer: Writer, docs: Docs
) -> None:
    fill(writer, [OLD])
    shared, by = counting(docs, 256)
    request = Request(("bear_sleep",))
    before = await shared.search(request)

    fill(writer, [NEW, page("more", {"bees": "bee_dance"}, author="Ann", language="ru")])
    after = await shared.search(request)
    async with docs.reading() as connection:
        corpus = await by.corpus(connection)

    assert before.structured["missing"] == [{"name": "bear_sleep", "elsewhere": []}]
    assert after.structured["missing"] == []
    assert len(after.structured["hits"]) == 2
    assert corpus.facets.authors >= {"Ann"}
    assert "ru" in {language for _, _, language, _ in corpus.facets.counts}


async def test_a_dropped_source_is_no_longer_answered_from_memory(writer: Writer, docs: Docs) -> None:
    fill(writer, [OLD], "one")
    fill(writer, [NEW], "two")
    shared, _ = counting(docs, 256)
    assert len((await shared.search(request_of("owl_hunt"))).structured["hits"]) == 2

    writer.drop("one")

    assert len((await shared.search(request_of("owl_hunt"))).structured["hits"]) == 1


async def test_the_model_is_loaded_once_however_many_ask(both: Docs) -> None:
    loads: list[int] = []

    def load(_: str) -> Searcher:
        loads.append(1)
        return searcher()

    shared = Desk(both, load)
    async with anyio.create_task_group() as tasks:
        tasks.start_soon(shared.warm)
        for number in range(5):
            tasks.start_soon(shared.search, request_of(f"owl {number}"))

    assert loads == [1]
    shared.close()


async def test_a_question_is_embedded_once_while_it_is_remembered(both: Docs) -> None:
    inner = Asked("words", dimensions=256)
    by = searcher(embed=CachedQueries(inner, 10))  # type: ignore[arg-type]

    await find(both, "owl hunt", by=by)
    asked = len(inner.asked)
    await find(both, "owl hunt", by=by, limit=3)

    assert asked >= 1
    assert len(inner.asked) == asked


class Asked(WordEmbedder):
    """Remembers the questions."""

    @property
    def asked(self) -> list[str]:
        return vars(self).setdefault("_asked", [])  # type: ignore[no-any-return]

    def embed_queries(self, texts):  # type: ignore[no-untyped-def]
        self.asked.extend(texts)
        return super().embed_queries(texts)


def add(writer: Writer, made: WordEmbedder) -> None:
    add_model(made.name, writer, opening(made), lambda *_: None)


async def test_a_running_server_follows_the_model_in_use_and_back(writer: Writer, docs: Docs) -> None:
    fill(writer, [OLD])
    models = {"words": embedder(), "other": embedder("other", dimensions=64)}
    loads: list[str] = []

    def load(name: str) -> Searcher:
        loads.append(name)
        return searcher(embed=models[name])

    running = Desk(docs, load, results=0)
    before = await running.search(request_of("owl_hunt"))
    add(writer, models["other"])
    use_model("other", writer)
    switched = await running.search(request_of("owl_hunt"))
    use_model("words", writer)
    back = await running.search(request_of("owl_hunt"))

    assert before.structured["hits"]
    assert switched.structured["hits"]
    assert back.structured["hits"]
    assert loads == ["words", "other"]


async def test_a_model_in_use_that_is_not_installed_here_is_told_with_what_to_do(
    writer: Writer, docs: Docs
) -> None:
    fill(writer, [OLD])
    other = embedder("bge-m3", dimensions=64)
    add(writer, other)
    use_model("bge-m3", writer)

    with pytest.raises(ModelMissing) as told:
        await Desk(docs, partial(searcher_of, Settings())).search(request_of("owl_hunt"))

    assert "bge-m3" in told.value.message + told.value.hint


async def test_other_weights_of_the_same_model_are_told_with_what_to_do(writer: Writer, docs: Docs) -> None:
    fill(writer, [OLD])

    with pytest.raises(ModelMismatch) as caught:
        await find(docs, "owl", by=searcher(embed=embedder(weights="2")))

    assert "other weights or options of words" in caught.value.message
    assert "models drop words --force, then: ankus-docs-rag models add words" in caught.value.hint


async def test_an_index_without_a_model_is_told(writer: Writer, docs: Docs) -> None:
    fill(writer, [OLD])
    drop_model("words", writer, force=True)

    with pytest.raises(ModelMismatch, match="No model is in use") as caught:
        await find(docs, "owl")

    assert "models add words, then: ankus-docs-rag models use words" in caught.value.hint


def test_the_commands_of_the_hints_exist() -> None:
    from ankus_docs_rag.cli import app

    for command in (["models", "use", "x"], ["models", "add", "x"], ["models", "drop", "x", "--force"]):
        function, *_ = app.parse_args(command, exit_on_error=False, print_error=False)
        assert function.__name__ == f"{command[1]}_model"


async def test_a_search_that_takes_too_long_is_told_and_harms_no_later_one(
    writer: Writer, docs_database: DocsDatabase
) -> None:
    fill(writer, [OLD])
    settings = ReadSettings(database_url=docs_database.url, statement_timeout=1)
    async with open_docs(settings) as impatient:
        with docs_database.admin() as admin, admin.transaction():
            admin.execute("LOCK TABLE ankus_docs.passage IN ACCESS EXCLUSIVE MODE")
            with pytest.raises(SearchTimeout, match="may run 1 s"):
                await find(impatient, "owl")
        found = await find(impatient, "owl")

    assert found.hits
