"""Our search is evaluated in every configuration beside the baselines, on a real store."""

from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest

from ankus_docs_rag.errors import BadQuestions
from ankus_docs_rag.evaluate.commands import evaluate_file
from ankus_docs_rag.evaluate.questions import Question
from ankus_docs_rag.evaluate.run import read_saved
from ankus_docs_rag.evaluate.settings import EvalSettings
from ankus_docs_rag.evaluate.systems import CONFIGURATIONS, Opened, systems_of
from ankus_docs_rag.search.config import SearchConfig
from ankus_docs_rag.search.rewording import rewording_of
from ankus_docs_rag.search.run import Searcher
from ankus_docs_rag.settings import ReadSettings
from ankus_docs_rag.store.connect import STORE
from ankus_docs_rag.store.docs import open_docs
from ankus_shared.errors import SettingsError
from tests.docs_rag.passages import WordEmbedder, WordTokenizer, database_on, fill
from tests.fixtures.db import Server

PAGES = {
    "wal.html": ["The wal_level setting is written here.", "A checkpoint flushes all dirty pages."],
    "vacuum.html": ["Vacuuming removes dead rows and dead index entries."],
}
CHECKPOINT = Question(id="q", question="Which checkpoint flushes pages?", answerable=False)


@pytest.fixture(scope="module")
def filled(embedded: Server) -> Iterator[ReadSettings]:
    with database_on(embedded) as settings:
        fill(settings, PAGES)
        yield settings


@asynccontextmanager
async def opened_store(settings: ReadSettings) -> AsyncIterator[Opened]:
    config = SearchConfig()
    rewording = rewording_of(config.lexicon, WordTokenizer().encode_ids)
    with STORE.writing(settings) as (writing, _):
        async with open_docs(settings) as docs:
            yield Opened(docs, Searcher(WordEmbedder(), config, rewording), writing)


@pytest.fixture
async def opened(filled: ReadSettings) -> AsyncIterator[Opened]:
    async with opened_store(filled) as there:
        yield there


async def test_every_configuration_and_baseline_finds_the_passage(opened: Opened) -> None:
    systems = await systems_of(opened)

    assert list(systems) == [
        *CONFIGURATIONS,
        "baseline: full text",
        "baseline: BM25",
        "baseline: dense",
        "baseline: RRF",
    ]
    for name, system in systems.items():
        found = await system(CHECKPOINT)
        assert found.hits[0].text == "A checkpoint flushes all dirty pages.", name
        assert found.hits[0].path == "wal.html"
        assert "wal.html-1" in found.hits[0].anchors


async def test_our_search_tells_its_time_and_what_is_missing(opened: Opened) -> None:
    systems = await systems_of(opened, ["ankus"], with_baselines=False)

    found = await systems["ankus"](Question(id="q", question="What is pg_quux_frobnicate?", answerable=False))

    assert found.missing == ("pg_quux_frobnicate",)
    assert found.seconds > 0


async def test_no_baseline_knows_what_is_missing(opened: Opened) -> None:
    asked = Question(id="q", question="What is pg_quux_frobnicate?", answerable=False)

    for name, system in (await systems_of(opened)).items():
        assert bool((await system(asked)).missing) == (name in CONFIGURATIONS), name


async def test_one_arm_alone_uses_no_other(opened: Opened) -> None:
    words = CONFIGURATIONS["words"](SearchConfig())

    assert words.arms.used() == ("words",)
    assert words.rerank.method == "none"


async def test_only_what_is_chosen_is_asked(opened: Opened) -> None:
    assert list(await systems_of(opened, ["rrf", "dense"], with_baselines=False)) == ["rrf", "dense"]


async def test_an_unknown_system_is_told_with_those_there_are(opened: Opened) -> None:
    with pytest.raises(BadQuestions, match="no system quux") as caught:
        await systems_of(opened, ["quux"])

    assert "multiplicative" in caught.value.hint


async def test_a_file_is_a_configuration_of_its_name(opened: Opened, tmp_path: Path) -> None:
    (tmp_path / "mine.toml").write_text('[arms]\nwords = 0\ntokens = 0\n[rerank]\nmethod = "none"\n')

    systems = await systems_of(opened, profiles=[tmp_path / "mine.toml"], with_baselines=False)

    assert list(systems) == ["mine"]
    assert (await systems["mine"](CHECKPOINT)).hits


async def test_a_wrong_file_is_told(opened: Opened, tmp_path: Path) -> None:
    (tmp_path / "mine.toml").write_text("[arms]\nspeech = 1\n")

    with pytest.raises(SettingsError, match=r"arms\.speech"):
        await systems_of(opened, profiles=[tmp_path / "mine.toml"])


async def test_a_file_of_questions_is_evaluated_kept_and_shown(
    filled: ReadSettings, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path, kept, page = (tmp_path / name for name in ("questions.jsonl", "run.json", "run.html"))
    path.write_text(
        '{"question": "Which checkpoint flushes pages?", "page": "wal.html", "quote": "checkpoint flushes"}\n'
        '{"question": "What is pg_quux_frobnicate?", "answerable": false, "missing": "pg_quux_frobnicate"}\n'
    )
    settings = EvalSettings(system=("ankus", "dense"), save=kept, html=page)

    evaluation = await evaluate_file(path, settings, lambda: opened_store(filled))

    assert evaluation.outcomes["ankus"][0].ranks == (1,)
    assert evaluation.about["sources"] == "docs"
    assert evaluation.about["model"].startswith("words (")
    assert read_saved(kept) == evaluation
    assert "baseline: RRF" in page.read_text("utf-8")
    assert "1 of 1" in capsys.readouterr().out
