"""Vectors of an OpenAI-compatible server: in order, checked, asked for again where that may help."""

import json
import time
from collections.abc import Generator
from email.utils import formatdate
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from ankus_shared.embed.endpoint import Endpoint, EndpointEmbedder, parsed, retry_after
from ankus_shared.embed.errors import EmbedderUnavailable, ModelMismatch
from tests.fixtures.embeddings import DIMENSIONS, EmbeddingServer, embedding_server

KEY = "sk-very-secret"


@pytest.fixture
def server() -> Generator[EmbeddingServer]:
    with embedding_server() as running:
        yield running


@pytest.fixture
def embedder(server: EmbeddingServer) -> Generator[EndpointEmbedder]:
    opened = EndpointEmbedder(
        Endpoint(server.url, "words", KEY, query_prefix="q: ", passage_prefix="p: ", batch=2)
    )
    server.requests.clear()
    yield opened
    opened.close()


def answer(*vectors: list[Any]) -> bytes:
    data = [{"index": place, "embedding": vector} for place, vector in enumerate(vectors)]
    return json.dumps({"data": data}).encode()


def test_vectors_come_in_the_order_of_their_texts_with_length_one(embedder: EndpointEmbedder) -> None:
    texts = ["tuple lock", "memory", "insert", "lock", "tuple"]

    vectors = embedder.embed_passages(texts)

    alone = np.concatenate([embedder.embed_passages([text]) for text in texts])
    assert np.array_equal(vectors, alone)
    assert np.linalg.norm(vectors, axis=1) == pytest.approx(np.ones(5), abs=1e-6)
    assert vectors.dtype == np.float32


def test_texts_are_sent_in_batches_with_their_prefix(
    embedder: EndpointEmbedder, server: EmbeddingServer
) -> None:
    embedder.embed_passages(["a", "b", "c"])
    embedder.embed_queries(["d"])

    assert [request["input"] for request in server.requests] == [["p: a", "p: b"], ["p: c"], ["q: d"]]
    assert {request["model"] for request in server.requests} == {"words"}


def test_no_text_is_no_request(embedder: EndpointEmbedder, server: EmbeddingServer) -> None:
    assert embedder.embed_queries([]).shape == (0, DIMENSIONS)
    assert server.requests == []


def test_the_key_is_sent_and_told_to_nobody_else(
    embedder: EndpointEmbedder, server: EmbeddingServer, caplog: pytest.LogCaptureFixture
) -> None:
    server.body = f'{{"error": "{KEY} is no key"}}'.encode()
    server.refusals = [(401, {})]

    with pytest.raises(EmbedderUnavailable, match="401") as caught:
        embedder.embed_queries(["a"])

    assert server.authorizations[-1] == f"Bearer {KEY}"
    assert KEY not in str(caught.value) + caplog.text + repr(embedder.identity)


@pytest.mark.parametrize("status", [429, 500, 503])
def test_a_busy_server_is_asked_again(
    embedder: EndpointEmbedder, server: EmbeddingServer, status: int
) -> None:
    server.refusals = [(status, {"retry-after": "0"}), (status, {})]

    vectors = embedder.embed_queries(["lock"])

    assert vectors.shape == (1, DIMENSIONS)
    assert len(server.requests) == 3


def test_a_server_that_stays_busy_is_given_up(embedder: EndpointEmbedder, server: EmbeddingServer) -> None:
    server.fail_after = 0

    with pytest.raises(EmbedderUnavailable, match="500") as caught:
        embedder.embed_queries(["lock"])

    assert len(server.requests) == 4
    assert "--embedder-url" in caught.value.hint


def test_a_refusal_is_not_asked_again(embedder: EndpointEmbedder, server: EmbeddingServer) -> None:
    server.refusals = [(400, {})]

    with pytest.raises(EmbedderUnavailable, match="400"):
        embedder.embed_queries(["lock"])

    assert len(server.requests) == 1


def test_a_server_that_is_not_there_is_told_at_once() -> None:
    with embedding_server() as server:
        url = server.url

    with pytest.raises(EmbedderUnavailable, match=url):
        EndpointEmbedder(Endpoint(url, "words"))


@pytest.mark.parametrize("url", ["127.0.0.1:1", "ftp://127.0.0.1", "http://[", "http://127.0.0.1:99999"])
def test_an_address_that_is_none_is_told(url: str) -> None:
    with pytest.raises(EmbedderUnavailable):
        EndpointEmbedder(Endpoint(url, "words"))


WRONG = {
    "no JSON": b"<html>",
    "no object": b"[]",
    "no data": b"{}",
    "data of nothing": b'{"data": null}',
    "none": answer(),
    "too many": answer([1.0], [1.0]),
    "empty": answer([]),
    "of zeros": answer([0.0, 0.0]),
    "not finite": answer([float("nan"), 1.0]),
    "infinite": answer([1e999, 1.0]),
    "no numbers": answer(["a", "b"]),
    "a number": b'{"data": [{"index": 0, "embedding": 1.0}]}',
    "nothing": b'{"data": [{"index": 0, "embedding": null}]}',
    "an index that is none": b'{"data": [{"index": 7, "embedding": [1.0]}]}',
    "no index": b'{"data": [{"embedding": [1.0]}]}',
    "broken UTF-8": b'{"data": "\xff"}',
}


@pytest.mark.parametrize("body", WRONG.values(), ids=WRONG)
def test_an_answer_that_is_no_vectors_is_told(
    embedder: EndpointEmbedder, server: EmbeddingServer, body: bytes
) -> None:
    server.body = body

    with pytest.raises(EmbedderUnavailable, match="not 1 vectors"):
        embedder.embed_queries(["lock"])


def test_vectors_of_another_dimension_than_before_are_refused(
    embedder: EndpointEmbedder, server: EmbeddingServer
) -> None:
    server.body = answer([1.0, 2.0])

    with pytest.raises(ModelMismatch, match="64 numbers, and now of 2"):
        embedder.embed_queries(["lock"])


def test_the_identity_is_the_name_and_the_prefixes(embedder: EndpointEmbedder) -> None:
    identity = embedder.identity

    assert (identity.name, identity.dimensions, identity.weights) == ("endpoint:words", DIMENSIONS, "")
    assert (identity.query_prefix, identity.passage_prefix) == ("q: ", "p: ")
    assert embedder.lexical_queries(["a"]) is None
    assert embedder.lexical_passages(["a"]) is None


def test_lengths_are_told_by_a_tokenizer_or_by_characters(server: EmbeddingServer) -> None:
    endpoint = Endpoint(server.url, "words", passage_prefix="p: ", max_tokens=100)
    by_characters = EndpointEmbedder(endpoint)
    by_tokens = EndpointEmbedder(endpoint, lambda texts: [[5] * len(text) for text in texts])
    by_characters.close()
    by_tokens.close()

    assert by_characters.count_tokens(["123456", ""]) == [5, 3]
    assert by_tokens.count_tokens(["123456"]) == [11]
    assert by_tokens.max_tokens == 100


NUMBERS = st.floats(-1000, 1000, width=32, allow_subnormal=False)


@given(rows=st.lists(st.lists(NUMBERS, min_size=3, max_size=3).filter(any), min_size=1))
def test_any_vectors_keep_their_direction(rows: list[list[float]]) -> None:
    data = [{"index": place, "embedding": row} for place, row in enumerate(rows)]

    vectors = parsed({"data": data[::-1]}, len(rows))

    for vector, row in zip(vectors, rows, strict=True):
        assert vector @ np.array(row) == pytest.approx(np.linalg.norm(row), rel=1e-5)


def test_a_pause_is_told_in_seconds_or_as_a_date_and_is_bounded() -> None:
    now = time.time() // 1

    assert retry_after("7", now) == 7
    assert retry_after("900", now) == 30
    assert retry_after(formatdate(now + 5, usegmt=True), now) == 5
    assert retry_after(formatdate(now - 5, usegmt=True), now) == 0
    assert retry_after(None, now) is None


@given(value=st.text())
def test_any_header_is_a_pause_or_none(value: str) -> None:
    pause = retry_after(value, 0.0)

    assert pause is None or 0 <= pause <= 30
