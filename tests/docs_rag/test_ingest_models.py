"""Models side by side: one is built while another serves, questions go over to it at once, and back."""

from pathlib import Path

import pytest

from ankus_docs_rag.errors import UnknownModel
from ankus_docs_rag.ingest.models import add_model, drop_model, model_line, use_model
from ankus_docs_rag.store.vectors import read_sparse
from ankus_docs_rag.store.writer import Writer
from ankus_shared.embed.embedder import Vectors
from ankus_shared.embed.errors import EmbedderUnavailable, ModelChanged, ModelMismatch
from tests.docs_rag.conftest import DocsDatabase
from tests.docs_rag.embedders import WordEmbedder, WordTokenizer, opening
from tests.docs_rag.ingesting import ZOO, ingested, write
from tests.docs_rag.made import file, put

MISSING = "SELECT FROM piece p WHERE NOT EXISTS (SELECT FROM vector_{} v WHERE v.text_hash = p.text_hash)"
OWL, BEAR = file("owls", {"food": "mice"}), file("bears", {"food": "fish"})


def states(writer: Writer) -> dict[str, str]:
    return {model.name: model.state for model in writer.models()}


def add(writer: Writer, embedder: WordEmbedder) -> int:
    return add_model(embedder.name, writer, opening(embedder), lambda *_: None)


def tokens(database: DocsDatabase) -> list[dict[int, float]]:
    rows = database.rows("SELECT tokens::text FROM passage ORDER BY id")
    return [{key: round(value, 4) for key, value in read_sparse(text).items()} for (text,) in rows]


def test_a_model_is_added_used_and_left_again(docs_database: DocsDatabase, writer: Writer) -> None:
    put(writer, [OWL, BEAR])
    large = WordEmbedder("large", dimensions=32)
    assert add(writer, large) == len(large.texts) == 2
    assert states(writer) == {"words": "live", "large": "ready"}
    use_model("large", writer)
    assert states(writer) == {"words": "ready", "large": "live"}
    use_model("words", writer)
    assert states(writer) == {"words": "live", "large": "ready"}
    assert docs_database.rows("SELECT vector_dims(v) FROM vector_2") == [(32,), (32,)]


def test_the_texts_that_a_new_model_embeds_are_those_of_the_ingest(writer: Writer, tmp_path: Path) -> None:
    first, second = WordEmbedder(), WordEmbedder("second")
    ingested(writer, write(tmp_path / "zoo", ZOO), first)
    add(writer, second)
    assert sorted(second.texts) == sorted(first.texts)


def test_an_ingest_embeds_by_every_model_that_questions_could_be_embedded_by(
    docs_database: DocsDatabase, writer: Writer
) -> None:
    put(writer, [OWL])
    add(writer, WordEmbedder("large", dimensions=32))
    report = put(writer, [OWL, BEAR], WordEmbedder(), WordEmbedder("large", dimensions=32))
    assert report.embedded == {"words": 1, "large": 1}
    assert docs_database.rows(MISSING.format(1)) == docs_database.rows(MISSING.format(2)) == []


def test_a_model_that_cannot_be_opened_stops_an_ingest_before_anything_is_changed(
    docs_database: DocsDatabase, writer: Writer
) -> None:
    put(writer, [OWL])
    add(writer, WordEmbedder("large"))
    with pytest.raises(UnknownModel, match="large"):
        put(writer, [OWL, BEAR], WordEmbedder())
    assert docs_database.rows("SELECT snapshot FROM source") == [(1,)]
    assert docs_database.rows("SELECT FROM unfinished") == []


def test_a_model_that_is_not_complete_is_not_used_and_goes_on_where_it_was(writer: Writer) -> None:
    pages = [file(f"page{number}", {"food": f"owl number {number}"}) for number in range(80)]
    put(writer, pages)
    with pytest.raises(EmbedderUnavailable):
        add(writer, WordEmbedder("large", fail_after=1))
    with pytest.raises(ModelMismatch, match="no vectors of 48 texts") as caught:
        use_model("large", writer)
    assert caught.value.code == "model_incomplete"
    [_, building] = writer.models()
    assert model_line(building, 48).endswith("48 texts have no vector yet")
    assert add(writer, WordEmbedder("large")) == 48
    use_model("large", writer)
    assert states(writer) == {"words": "ready", "large": "live"}


def test_documents_that_come_in_while_a_model_is_added_get_its_vectors_too(
    docs_database: DocsDatabase, writer: Writer
) -> None:
    put(writer, [OWL])

    def come_in() -> None:
        if large.batches == 0:
            put(writer, [OWL, BEAR])

    large = WordEmbedder("large", on_batch=come_in)
    assert add(writer, large) == 2
    assert docs_database.rows(MISSING.format(2)) == []


def test_a_model_that_becomes_ready_in_mid_ingest_stops_it(writer: Writer) -> None:
    put(writer, [OWL])

    def add_another() -> None:
        add(writer, WordEmbedder("large"))

    with pytest.raises(ModelMismatch) as caught:
        put(writer, [OWL, BEAR], WordEmbedder(on_batch=add_another))
    assert caught.value.code == "models_changed"
    assert put(writer, [OWL, BEAR], WordEmbedder(), WordEmbedder("large")).embedded == {
        "words": 0,
        "large": 1,
    }


def test_another_dimension_under_the_same_name_is_refused(writer: Writer) -> None:
    put(writer, [OWL])
    with pytest.raises(ModelMismatch, match="has 32 dimensions now, and 16 here"):
        put(writer, [BEAR], WordEmbedder(dimensions=32))


def test_other_weights_under_the_same_name_are_refused_with_the_way_out(writer: Writer) -> None:
    put(writer, [OWL])
    with pytest.raises(ModelChanged, match="its weights changed") as caught:
        put(writer, [BEAR], WordEmbedder(weights="2"))
    assert "ankus-docs-rag models drop words" in caught.value.hint


def test_a_model_whose_weights_changed_is_made_anew(docs_database: DocsDatabase, writer: Writer) -> None:
    put(writer, [OWL], source="first")
    with pytest.raises(ModelMismatch) as caught:
        drop_model("words", writer)
    assert caught.value.code == "model_live"
    drop_model("words", writer, force=True)
    assert docs_database.rows("SELECT to_regclass('vector_1')") == [(None,)]
    report = put(writer, [BEAR], WordEmbedder(weights="2"), source="second")
    assert (states(writer), report.embedded) == ({"words": "live"}, {"words": 2})


def test_an_unknown_model_is_answered_with_those_that_are_there(writer: Writer) -> None:
    put(writer, [OWL])
    with pytest.raises(UnknownModel) as caught:
        use_model("bge", writer)
    assert "There is: words." in caught.value.hint


def test_vectors_that_are_no_numbers_are_not_kept(docs_database: DocsDatabase, writer: Writer) -> None:
    class Broken(WordEmbedder):
        def embed_passages(self, texts: list[str]) -> Vectors:  # type: ignore[override]
            return super().embed_passages(texts) * float("nan")

    with pytest.raises(EmbedderUnavailable) as caught:
        put(writer, [OWL], Broken())
    assert caught.value.code == "bad_vectors"
    assert docs_database.rows("SELECT FROM vector_1") == []


def test_tokens_are_weighed_by_the_model_that_has_weights_of_its_own(
    docs_database: DocsDatabase, writer: Writer
) -> None:
    put(writer, [file("owls", {"food": "mice and moths"})])
    by_counts, counted = tokens(docs_database), docs_database.rows("SELECT * FROM frequency ORDER BY 2, 3")
    add(writer, WordEmbedder("lexical", lexical=True))
    use_model("lexical", writer)
    [moths] = WordTokenizer().encode_ids(["moths"])[0]
    assert tokens(docs_database)[0][moths] == 5.0
    assert docs_database.rows("SELECT snapshot > 1 FROM source") == [(True,)]
    use_model("words", writer)
    assert tokens(docs_database) == by_counts
    assert docs_database.rows("SELECT * FROM frequency ORDER BY 2, 3") == counted


def test_an_ingest_by_such_a_model_weighs_by_it(docs_database: DocsDatabase, writer: Writer) -> None:
    put(writer, [file("owls", {"food": "mice and moths"})], WordEmbedder(lexical=True))
    [moths] = WordTokenizer().encode_ids(["moths"])[0]
    assert tokens(docs_database)[0][moths] == 5.0


def test_many_vectors_get_an_index_and_few_do_not(docs_database: DocsDatabase, writer: Writer) -> None:
    put(writer, [OWL, BEAR])
    query = "SELECT indexdef FROM pg_indexes WHERE tablename = 'vector_1' AND indexdef LIKE '%%hnsw%%'"
    assert docs_database.rows(query) == []
    writer.tidy(2)
    [(made,)] = docs_database.rows(query)
    assert "halfvec_cosine_ops" in made
