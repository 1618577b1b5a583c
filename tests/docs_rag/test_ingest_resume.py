"""What ends an ingest, at whatever moment: the old documents stay, and the next run goes on where it was."""

import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from ankus_docs_rag.errors import IngestBusy
from ankus_docs_rag.store.writer import Writer, open_writer
from ankus_shared.embed.errors import EmbedderUnavailable
from tests.docs_rag.conftest import DocsDatabase
from tests.docs_rag.embedders import WordEmbedder, WordTokenizer
from tests.docs_rag.half_ingest import PAGES, many
from tests.docs_rag.made import file, put

ROOT = Path(__file__).parents[2]
TABLES = ("source", "page", "passage", "piece", "frequency", "identifier", "length", "model")
OWL = file("owls", {"food": "mice"})


@contextmanager
def half_ingest(database: DocsDatabase, stage: str) -> Iterator[subprocess.Popen[str]]:
    """A process that stands in the middle of that stage."""
    command = [sys.executable, "-m", "tests.docs_rag.half_ingest", database.url, stage]
    with subprocess.Popen(
        command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, cwd=ROOT
    ) as process:
        assert process.stdout is not None
        try:
            assert process.stdout.readline() == "half\n"
            yield process
        finally:
            process.kill()


def contents(database: DocsDatabase) -> list[list[tuple[object, ...]]]:
    return [database.rows(f"SELECT * FROM {table} ORDER BY 1, 2") for table in TABLES]


def vectors(database: DocsDatabase) -> int:
    [(count,)] = database.rows("SELECT count(*) FROM vector_1")
    return int(count)


def wait_until_free(writer: Writer) -> None:
    """The server lets go of a lock a moment after its holder was killed."""
    while True:
        try:
            with writer.lock("made"):
                return
        except IngestBusy:
            continue


@pytest.mark.parametrize(("stage", "kept"), [("embed", 64), ("store", PAGES)])
def test_an_ingest_that_is_killed_leaves_the_old_documents_and_goes_on_where_it_was(
    docs_database: DocsDatabase, writer: Writer, stage: str, kept: int
) -> None:
    put(writer, [OWL])
    before, old = contents(docs_database), vectors(docs_database)
    with half_ingest(docs_database, stage) as process:
        assert contents(docs_database) == before
        process.kill()
        process.wait()
    assert contents(docs_database) == before
    assert vectors(docs_database) == old + kept
    wait_until_free(writer)
    embedder = WordEmbedder()
    report = put(writer, many("new"), embedder)
    assert (report.pages, report.removed, len(embedder.texts)) == (PAGES, 1, PAGES - kept)
    assert vectors(docs_database) == PAGES


def test_what_a_broken_off_ingest_made_outlives_the_ingest_of_another_source(
    docs_database: DocsDatabase, writer: Writer
) -> None:
    with pytest.raises(EmbedderUnavailable):
        put(writer, many("new"), WordEmbedder(fail_after=2))
    put(writer, [OWL], source="other")
    assert vectors(docs_database) == 64 + 1
    writer.drop("made")
    writer.tidy(50_000)
    assert vectors(docs_database) == 1


def test_an_embedder_that_fails_fails_the_ingest_and_nothing_is_half_done(
    docs_database: DocsDatabase, writer: Writer
) -> None:
    put(writer, [OWL])
    before = contents(docs_database)
    with pytest.raises(EmbedderUnavailable, match="is gone"):
        put(writer, many("new"), failing := WordEmbedder(fail_after=1))
    assert failing.closed
    assert contents(docs_database) == before


def test_a_source_is_ingested_by_one_process_at_a_time(docs_database: DocsDatabase, writer: Writer) -> None:
    put(writer, [OWL], source="other")
    with half_ingest(docs_database, "embed"):
        with pytest.raises(IngestBusy, match="made is being ingested"):
            put(writer, [OWL])
        with pytest.raises(IngestBusy):
            writer.drop("made")
        put(writer, [OWL, file("bears", {"food": "fish"})], source="other")
        assert vectors(docs_database) == 64 + 2
    assert [source.name for source in writer.sources()] == ["other"]


def test_two_sources_are_ingested_at_once(docs_database: DocsDatabase, writer: Writer) -> None:
    with open_writer(docs_database.settings(), WordTokenizer) as second:

        def in_between() -> None:
            if embedder.batches == 1:
                put(second, [OWL], source="other")

        embedder = WordEmbedder(on_batch=in_between)
        put(writer, many("new"), embedder)
    assert [(source.name, source.pages) for source in writer.sources()] == [("made", PAGES), ("other", 1)]
    missing = "SELECT FROM piece p WHERE NOT EXISTS (SELECT FROM vector_1 v WHERE v.text_hash = p.text_hash)"
    assert docs_database.rows(missing) == []
