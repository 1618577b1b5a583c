"""Rerankers that read: a server's, FlagEmbedding's, and what a search makes of their scores."""

import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ankus_docs_rag.errors import RerankerUnavailable
from ankus_docs_rag.search.config import Rerank, SearchConfig
from ankus_docs_rag.search.flag_reranker import FlagReranker, open_flag_reranker
from ankus_docs_rag.search.opening import KEY_VARIABLE, open_cross_encoder
from ankus_docs_rag.search.rerank_endpoint import EndpointReranker, RerankEndpoint, parsed
from ankus_docs_rag.search.settings import RerankSettings
from ankus_docs_rag.store.docs import Docs
from ankus_docs_rag.store.writer import Writer
from ankus_shared.embed.errors import ModelMissing
from ankus_shared.errors import SettingsError
from tests.docs_rag.made import page
from tests.docs_rag.rerank_server import RerankServer, rerank_server
from tests.docs_rag.searching import anchors, fill, searcher

KEY = "sk-very-secret"
BIRDS = {"first": "owl owl", "second": "owl of the night sky", "third": "bear"}


@pytest.fixture
def server() -> Iterator[RerankServer]:
    with rerank_server() as running:
        yield running


@pytest.fixture
def reranker(server: RerankServer) -> Iterator[EndpointReranker]:
    opened = EndpointReranker(RerankEndpoint(server.url, "bge", KEY))
    yield opened
    opened.close()


@dataclass
class Reader:
    """Scores passages by their length, and remembers what it was asked."""

    asked: list[tuple[str, list[str]]] = field(default_factory=list)

    def scores(self, question: str, passages: Sequence[str]) -> list[float]:
        self.asked.append((question, list(passages)))
        return [float(len(passage)) for passage in passages]

    def close(self) -> None:
        """Nothing."""


def config(method: str, depth: int) -> SearchConfig:
    return SearchConfig(rerank=Rerank.model_validate({"method": method, "depth": depth, "model": "m"}))


def test_scores_come_in_the_order_of_the_passages(reranker: EndpointReranker, server: RerankServer) -> None:
    found = reranker.scores("night owl", ["bear", "night owl", "owl"])

    assert found == [0.0, 2.0, 1.0]
    assert server.requests == [
        {"model": "bge", "query": "night owl", "documents": ["bear", "night owl", "owl"], "top_n": 3}
    ]
    assert server.authorizations == [f"Bearer {KEY}"]


def test_no_passage_is_no_request(reranker: EndpointReranker, server: RerankServer) -> None:
    assert reranker.scores("owl", []) == []
    assert server.requests == []


@pytest.mark.parametrize("status", [429, 500, 503])
def test_a_busy_server_is_asked_again(reranker: EndpointReranker, server: RerankServer, status: int) -> None:
    server.refusals = [(status, {"retry-after": "0"})]

    assert reranker.scores("owl", ["owl"]) == [1.0]
    assert len(server.requests) == 2


def test_a_server_that_stays_busy_is_given_up(reranker: EndpointReranker, server: RerankServer) -> None:
    server.refusals = [(503, {"retry-after": "0"})] * 9

    with pytest.raises(RerankerUnavailable, match="503") as caught:
        reranker.scores("owl", ["owl"])

    assert 1 < len(server.requests) < 9
    assert "--reranker-url" in caught.value.hint
    assert caught.value.code == "reranker_unavailable"


def test_a_refusal_is_told_without_the_key(reranker: EndpointReranker, server: RerankServer) -> None:
    server.refusals = [(401, {})]
    server.body = f"{KEY} is no key".encode()

    with pytest.raises(RerankerUnavailable, match=r"401: \*\*\* is no key") as caught:
        reranker.scores("owl", ["owl"])

    assert KEY not in str(caught.value) + repr(RerankEndpoint("", "", KEY))
    assert len(server.requests) == 1


def test_a_server_that_is_not_there_is_told() -> None:
    with rerank_server() as server:
        url = server.url
    gone = EndpointReranker(RerankEndpoint(url, "bge"))

    with pytest.raises(RerankerUnavailable, match=url):
        gone.scores("owl", ["owl"])
    gone.close()


WRONG = {
    "no JSON": b"<html>",
    "no object": b"[]",
    "no results": b"{}",
    "too few": b'{"results": []}',
    "too many": b'{"results": [{"index": 0, "relevance_score": 1}, {"index": 1, "relevance_score": 1}]}',
    "another index": b'{"results": [{"index": 7, "relevance_score": 1}]}',
    "no score": b'{"results": [{"index": 0}]}',
    "null": b'{"results": [{"index": 0, "relevance_score": null}]}',
    "infinite": b'{"results": [{"index": 0, "relevance_score": 1e999}]}',
}


@pytest.mark.parametrize("body", WRONG.values(), ids=WRONG)
def test_an_answer_that_is_no_scores_is_told(
    reranker: EndpointReranker, server: RerankServer, body: bytes
) -> None:
    server.body = body

    with pytest.raises(RerankerUnavailable, match="not 1 scores"):
        reranker.scores("owl", ["owl"])


@given(st.lists(st.floats(allow_nan=False, allow_infinity=False), min_size=1), st.randoms())
def test_any_scores_are_put_in_order(scores: list[float], random: object) -> None:
    results = [{"index": place, "relevance_score": score} for place, score in enumerate(scores)]
    random.shuffle(results)  # type: ignore[attr-defined]

    assert parsed(json.loads(json.dumps({"results": results})), len(scores)) == scores


async def test_the_first_passages_are_read_by_it_and_put_in_its_order(writer: Writer, docs: Docs) -> None:
    fill(writer, [page("zoo", BIRDS)])
    reader = Reader()
    plain = await anchors(docs, "owl")

    by = searcher(config("endpoint", 2), cross_encoder=reader)
    found = await anchors(docs, "owl", by=by, phrasings=["strix"])

    assert plain == ["first", "second", "third"]
    assert found == ["second", "first", "third"]
    expected = ["zoo > first\nfirst\n\nowl owl", "zoo > second\nsecond\n\nowl of the night sky"]
    assert reader.asked == [("owl", expected)]


async def test_a_search_is_ranked_by_a_server(writer: Writer, docs: Docs, server: RerankServer) -> None:
    fill(writer, [page("zoo", BIRDS)])
    wanted = config("endpoint", 3)
    opened = open_cross_encoder(wanted.rerank, RerankSettings(reranker_url=server.url))
    assert opened is not None

    found = await anchors(docs, "owl the sky", by=searcher(wanted, cross_encoder=opened))
    server.refusals = [(400, {})]
    with pytest.raises(RerankerUnavailable):
        await anchors(docs, "owl", by=searcher(wanted, cross_encoder=opened))
    opened.close()

    assert found[0] == "second"
    assert [request["model"] for request in server.requests] == ["m", "m"]


@pytest.mark.parametrize("method", ["flag", "endpoint"])
def test_a_configuration_that_wants_a_reader_is_not_searched_without_one(method: str) -> None:
    with pytest.raises(SettingsError, match=method):
        searcher(config(method, 5))


def test_a_reranker_needs_its_address_and_its_model() -> None:
    url = RerankSettings(reranker_url="http://127.0.0.1:1")

    no_url, no_model = Rerank(method="endpoint", model="m"), Rerank(method="endpoint")

    for rerank, settings in ((no_url, RerankSettings()), (no_model, url)):
        with pytest.raises(SettingsError, match="address of its server") as caught:
            open_cross_encoder(rerank, settings)
        assert "--reranker-url" in caught.value.hint
    assert open_cross_encoder(Rerank(method="features"), url) is None


def test_the_key_comes_from_a_file_or_a_variable(
    server: RerankServer, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = tmp_path / "key"
    file.write_text("from-file\n", encoding="utf-8")
    file.chmod(0o600)
    monkeypatch.setenv(KEY_VARIABLE, "from-variable")

    for key_file in (file, None):
        settings = RerankSettings(reranker_url=server.url, reranker_key_file=key_file)
        opened = open_cross_encoder(Rerank(method="endpoint", model="m"), settings)
        assert opened is not None
        opened.scores("owl", ["owl"])
        opened.close()

    assert server.authorizations == ["Bearer from-file", "Bearer from-variable"]


@pytest.mark.parametrize(("found", "count"), [([0.5, -1.0], 2), (0.5, 1), ([0.5], 1)])
def test_flags_scores_are_a_list_whatever_the_library_gives(found: object, count: int) -> None:
    asked: list[list[tuple[str, str]]] = []

    def compute(pairs: list[tuple[str, str]]) -> object:
        asked.append(pairs)
        return found

    scores = FlagReranker(compute).scores("q", ["a", "b"][:count])

    assert scores == [0.5, -1.0][:count]
    assert asked == [[("q", "a"), ("q", "b")][:count]]
    assert FlagReranker(compute).scores("q", []) == []


def test_flag_that_is_not_installed_is_told_with_the_command(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(__import__("sys").modules, "torch", None)

    with pytest.raises(ModelMissing) as caught:
        open_cross_encoder(Rerank(method="flag", model="somewhere"), RerankSettings())

    assert caught.value.hint == "pip install torch==2.13.0 && pip install 'ankus-docs-rag[bge-m3]'"


@pytest.mark.bge
@pytest.mark.filterwarnings("ignore")
def test_flag_without_its_weights_is_told_with_the_command(tmp_path: Path) -> None:
    pytest.importorskip("FlagEmbedding", reason="FlagEmbedding cannot be imported", exc_type=ImportError)

    for model in ("", str(tmp_path)):
        with pytest.raises(ModelMissing, match="no folder") as caught:
            open_flag_reranker(model)
        assert "huggingface-cli download BAAI/bge-reranker-v2-m3" in caught.value.hint


@pytest.mark.bge
@pytest.mark.filterwarnings("ignore")  # those of torch and transformers are not ours to mend
def test_flag_reads_a_checkpoint_of_its_real_form(tmp_path: Path) -> None:
    pytest.importorskip("FlagEmbedding", reason="FlagEmbedding cannot be imported", exc_type=ImportError)
    from tests.docs_rag import tiny_bge

    tiny_bge.make_reranker(tmp_path)
    opened = open_flag_reranker(str(tmp_path))

    found = opened.scores("vacuum", ["autovacuum", "почему", "a"])

    assert len(found) == len(set(found)) == 3
    assert opened.scores("vacuum", ["a"]) == pytest.approx(found[2:], abs=1e-3)
    assert len(opened.scores("vacuum", ["more than it reads " * 900])) == 1
