"""A source follows its files: what changed is embedded, what is gone goes, what cannot be read stays."""

from pathlib import Path

import pytest

from ankus_docs_rag.errors import BadSource
from ankus_docs_rag.store.writer import Writer
from tests.docs_rag.conftest import DocsDatabase
from tests.docs_rag.embedders import WordEmbedder
from tests.docs_rag.ingesting import ZOO, ingested, write

PASSAGES = """
SELECT page.path, array_agg(passage.id ORDER BY place) FROM passage JOIN page ON page.id = page_id
 GROUP BY 1 ORDER BY 1"""


def test_what_was_ingested_is_there_with_its_text_verbatim(
    writer: Writer, docs_database: DocsDatabase, tmp_path: Path
) -> None:
    report = ingested(writer, write(tmp_path / "zoo", ZOO), version="1", language="en", tags=("animals",))
    assert (report.pages, report.changed, report.removed, report.problems) == (3, 3, 0, ())
    rows = docs_database.rows("SELECT path, title, language, tags, text FROM page ORDER BY path")
    assert [row[:4] for row in rows] == [
        ("bears.md", "Bears", "en", ["animals"]),
        ("mice.md", "Mice", "en", ["animals"]),
        ("owls.md", "Owls", "en", ["animals"]),
    ]
    assert "It eats mice." in rows[2][4]
    quoted = docs_database.rows(
        "SELECT substr(text, span_start + 1, span_end - span_start) FROM passage p"
        " JOIN page ON page.id = page_id WHERE path = 'owls.md' AND p.version = '1' ORDER BY place"
    )
    assert "It eats mice." in "".join(text for (text,) in quoted)


def test_what_is_unchanged_is_neither_read_nor_embedded(
    writer: Writer, docs_database: DocsDatabase, tmp_path: Path
) -> None:
    folder, embedder = write(tmp_path / "zoo", ZOO), WordEmbedder()
    ingested(writer, folder, embedder)
    made = len(embedder.texts)
    report = ingested(writer, folder, WordEmbedder(weights="never opened"))
    assert (report.pages, report.changed, str(report)) == (3, 0, "zoo: 3 pages, nothing changed.")
    assert made == len(set(embedder.texts)) > 0
    assert docs_database.rows("SELECT snapshot FROM source") == [(1,)]


def test_a_changed_page_touches_only_its_own_passages(
    writer: Writer, docs_database: DocsDatabase, tmp_path: Path
) -> None:
    folder = write(tmp_path / "zoo", ZOO)
    ingested(writer, folder)
    before = dict(docs_database.rows(PASSAGES))
    write(folder, {**ZOO, "owls.md": ZOO["owls.md"].replace("eats mice", "eats moths")})
    embedder = WordEmbedder()
    report = ingested(writer, folder, embedder)
    after = dict(docs_database.rows(PASSAGES))
    assert (report.changed, report.removed) == (1, 0)
    assert [path for path in after if after[path] != before[path]] == ["owls.md"]
    assert all("moths" in text for text in embedder.texts)
    assert docs_database.rows("SELECT snapshot FROM source") == [(2,)]


def test_a_page_whose_file_is_gone_disappears_with_its_vectors(
    writer: Writer, docs_database: DocsDatabase, tmp_path: Path
) -> None:
    folder = write(tmp_path / "zoo", ZOO)
    ingested(writer, folder)
    write(folder, {name: text for name, text in ZOO.items() if name != "bears.md"})
    report = ingested(writer, folder)
    assert (report.pages, report.changed, report.removed) == (2, 0, 1)
    assert docs_database.rows("SELECT path FROM page ORDER BY 1") == [("mice.md",), ("owls.md",)]
    assert docs_database.rows("SELECT FROM identifier WHERE name = 'bear_sleep_days'") == []
    unused = "SELECT FROM vector_1 v WHERE NOT EXISTS (SELECT FROM piece p WHERE p.text_hash = v.text_hash)"
    assert docs_database.rows(unused) == []


def test_pages_that_the_origin_does_not_have_can_be_kept(writer: Writer, tmp_path: Path) -> None:
    ingested(writer, write(tmp_path / "zoo", ZOO), version="1")
    report = ingested(writer, write(tmp_path / "more", {"ants.md": "# Ants\n\nAnts are many.\n"}), keep=True)
    assert (report.pages, report.changed, report.removed) == (4, 1, 0)
    known = writer.source("zoo")
    assert known is not None
    assert (known.version, known.origin) == ("1", str(tmp_path / "zoo"))


def test_another_version_reads_everything_anew_and_embeds_nothing(
    writer: Writer, docs_database: DocsDatabase, tmp_path: Path
) -> None:
    folder, embedder = write(tmp_path / "zoo", ZOO), WordEmbedder()
    ingested(writer, folder, version="1")
    report = ingested(writer, folder, embedder, version="2")
    assert (report.changed, report.embedded, embedder.texts) == (3, {"words": 0}, [])
    assert docs_database.rows("SELECT DISTINCT version FROM passage") == [("2",)]


def test_a_touched_file_with_the_same_pages_is_no_new_snapshot(
    writer: Writer, docs_database: DocsDatabase, tmp_path: Path
) -> None:
    folder = write(tmp_path / "zoo", ZOO)
    ingested(writer, folder, language="en")
    write(folder, {**ZOO, "owls.md": ZOO["owls.md"] + "\n\n"})
    assert str(ingested(writer, folder, language="en")) == "zoo: 3 pages, nothing changed."
    assert docs_database.rows("SELECT snapshot FROM source") == [(1,)]
    hashes = docs_database.rows("SELECT path, hash FROM file ORDER BY 1")
    ingested(writer, folder, language="en")
    assert docs_database.rows("SELECT path, hash FROM file ORDER BY 1") == hashes


def test_equal_texts_of_two_sources_share_their_vectors(
    writer: Writer, docs_database: DocsDatabase, tmp_path: Path
) -> None:
    folder, embedder = write(tmp_path / "zoo", ZOO), WordEmbedder()
    ingested(writer, folder, source="zoo-1")
    ingested(writer, folder, embedder, source="zoo-2")
    assert embedder.texts == []
    assert writer.drop("zoo-1")
    writer.tidy(50_000)
    missing = "SELECT FROM piece p WHERE NOT EXISTS (SELECT FROM vector_1 v WHERE v.text_hash = p.text_hash)"
    assert docs_database.rows(missing) == []
    assert docs_database.rows("SELECT count(*) > 0 FROM piece") == [(True,)]


def test_a_page_that_cannot_be_read_any_more_stays_as_it_was(
    writer: Writer, docs_database: DocsDatabase, tmp_path: Path
) -> None:
    folder = write(tmp_path / "zoo", {**ZOO, "list.jsonl": '{"question": "Why?", "answer": "Because."}\n'})
    ingested(writer, folder)
    (folder / "list.jsonl").write_text("{no json\n")
    (folder / "bears.md").write_text("# Bears\n\nBears are awake.\n")
    report = ingested(writer, folder)
    assert [file for file, _ in report.problems] == ["list.jsonl"]
    assert report.changed == 1
    assert "list.jsonl: " in str(report)
    assert docs_database.rows("SELECT count(*) FROM page WHERE file = 'list.jsonl'") == [(1,)]
    (folder / "list.jsonl").write_text('{"question": "Why?", "answer": "For ever."}\n')
    assert ingested(writer, folder).changed == 1


@pytest.mark.parametrize(
    "files",
    [{}, {"broken.pdf": "%PDF-1.4 and nothing more"}, {"list.jsonl": "{no json\n"}],
    ids=["empty", "broken PDF", "broken JSON"],
)
def test_a_source_of_which_nothing_can_be_read_is_refused_and_leaves_no_trace(
    writer: Writer, tmp_path: Path, files: dict[str, str]
) -> None:
    with pytest.raises(BadSource):
        ingested(writer, write(tmp_path / "zoo", files))
    assert writer.sources() == []


def test_a_folder_that_lost_all_its_files_is_refused_and_keeps_its_pages(
    writer: Writer, docs_database: DocsDatabase, tmp_path: Path
) -> None:
    folder = write(tmp_path / "zoo", ZOO)
    ingested(writer, folder)
    with pytest.raises(BadSource, match="no document"):
        ingested(writer, write(folder, {}))
    assert docs_database.rows("SELECT count(*) FROM page") == [(3,)]


def test_a_file_that_is_too_large_is_told_and_the_rest_is_read(writer: Writer, tmp_path: Path) -> None:
    folder = write(tmp_path / "zoo", {**ZOO, "large.txt": "x" * ((1 << 20) + 1)})
    report = ingested(writer, folder)
    assert [file for file, _ in report.problems] == ["large.txt"]
    assert report.pages == 3


@pytest.mark.parametrize("name", ["", "Zoo", "a b", "-zoo", "x" * 64, "zoo;"])
def test_a_source_needs_a_plain_name(writer: Writer, tmp_path: Path, name: str) -> None:
    with pytest.raises(BadSource, match="is no name for a source") as caught:
        ingested(writer, write(tmp_path / "zoo", ZOO), source=name)
    assert caught.value.code == "bad_source_name"
