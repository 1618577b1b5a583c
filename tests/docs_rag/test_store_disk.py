"""A disk that gets full in mid-ingest: the old documents stay, and with more room the ingest goes on."""

from collections.abc import Iterator

import pytest

from ankus_docs_rag.ingest.embedding import AT_ONCE
from ankus_docs_rag.settings import StoreSettings
from ankus_docs_rag.store.writer import open_writer
from ankus_shared.errors import DependencyError
from ankus_shared.postgres import cluster
from tests.docs_rag.embedders import WordEmbedder, WordTokenizer
from tests.docs_rag.made import file, put
from tests.fixtures.disk import Disk, small_disk

OWL = file("owls", {"food": "mice"})
PAGES = 60
WORDS = 1_500
MANY = [
    file(f"page{page}", {"food": " ".join(f"owl{page}of{word}" for word in range(WORDS))})
    for page in range(PAGES)
]


@pytest.fixture
def disk(monkeypatch: pytest.MonkeyPatch) -> Iterator[Disk]:
    """A small disk that the data directory is on."""
    monkeypatch.setattr(cluster, "NEEDED_BYTES", 0)
    monkeypatch.setattr(cluster, "STOP_SECONDS", "3")
    with small_disk("200m") as small:
        monkeypatch.setenv("ANKUS_DATA_DIR", str(small.path))
        yield small


def test_a_full_disk_leaves_the_old_documents_and_what_was_embedded(disk: Disk) -> None:
    settings = StoreSettings()
    with open_writer(settings, WordTokenizer) as writer:
        put(writer, [OWL])
    disk.leave(4_000)
    failed = WordEmbedder()
    with pytest.raises(DependencyError, match="what was embedded is kept"):
        with open_writer(settings, WordTokenizer) as writer:
            put(writer, MANY, failed)
    disk.resize("600m")
    embedder = WordEmbedder()
    with open_writer(settings, WordTokenizer) as writer:
        [source] = writer.sources()
        assert (source.pages, source.snapshot) == (1, 1)
        put(writer, MANY, embedder)
        assert [source.pages for source in writer.sources()] == [PAGES]
    assert len(failed.texts) > AT_ONCE
    assert set(embedder.texts).isdisjoint(failed.texts[:-AT_ONCE])
