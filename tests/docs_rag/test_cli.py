"""The commands as people start them, with the real model over a small tree."""

import signal
import subprocess
from pathlib import Path

import pytest

from ankus_docs_rag.store.writer import open_writer
from tests.docs_rag.conftest import DocsDatabase
from tests.docs_rag.embedders import WordTokenizer
from tests.docs_rag.ingesting import ZOO, write
from tests.docs_rag.made import file, put
from tests.fixtures.program import Command, environment, the_line

PROGRAM = Command("ankus-docs-rag")


def run(database: DocsDatabase, *arguments: str) -> subprocess.CompletedProcess[str]:
    return PROGRAM.run(*arguments, ANKUS_DATABASE_URL=database.url)


def test_a_folder_is_ingested_listed_brought_up_to_date_and_dropped(
    docs_database: DocsDatabase, tmp_path: Path
) -> None:
    folder = write(tmp_path / "zoo", ZOO)
    ingest = ("ingest", str(folder), "--source", "zoo", "--version", "1.0", "--tags", "animals, night")
    first, again = run(docs_database, *ingest), run(docs_database, *ingest)
    assert first.returncode == 0, first.stderr
    assert first.stdout.startswith("zoo: 3 pages, 3 changed, 0 removed; 4 passages; ")
    assert first.stdout.rstrip().endswith("texts embedded by e5-small.")
    assert again.stdout == "zoo: 3 pages, nothing changed.\n"
    listed = run(docs_database, "list").stdout
    assert listed.startswith("zoo: version 1.0; 3 pages; 4 passages; language en; ")
    assert "tags animals, night" in listed
    assert run(docs_database, "models", "list").stdout.startswith("e5-small: live, 384 dimensions, made ")
    [(length,)] = docs_database.rows("SELECT DISTINCT round(l2_norm(v)::numeric, 2)::float FROM vector_1")
    assert length == 1.0
    assert run(docs_database, "drop", "zoo").stdout == "Dropped zoo.\n"
    assert run(docs_database, "list").stdout == ""


def test_what_cannot_be_done_is_one_line(docs_database: DocsDatabase, tmp_path: Path) -> None:
    empty, folder = write(tmp_path / "empty", {}), write(tmp_path / "zoo", ZOO)
    with open_writer(docs_database.settings(), WordTokenizer) as writer:
        put(writer, [file("owls", {"food": "mice"})], source="there")
        with writer.lock("zoo"):
            busy = run(docs_database, "ingest", str(folder), "--source", "zoo")
    assert "The source zoo is being ingested by another process." in the_line(busy)
    for arguments, said in {
        ("ingest", str(tmp_path / "none"), "--source", "zoo"): "There is no ",
        ("ingest", str(empty), "--source", "zoo"): "holds no document that can be read",
        ("ingest", str(folder), "--source", "A zoo"): "is no name for a source",
        ("ingest", str(folder), "--source", "zoo"): "No model is named 'words'",
        ("drop", "gone"): "There is no source gone. There is: there.",
        ("models", "use", "gone"): "There is: words.",
        ("models", "drop", "words"): "Questions are embedded by words.",
        ("models", "add", "e6"): "No model is named 'e6'.",
    }.items():
        assert said in the_line(run(docs_database, *arguments))


def test_a_page_that_is_not_public_is_not_fetched(docs_database: DocsDatabase) -> None:
    done = run(docs_database, "ingest", "http://127.0.0.1:9/", "--source", "web", "--progress", "lines")
    assert done.returncode == 1
    assert "is a loopback address" in done.stderr
    assert '"code": "blocked_address"' in done.stdout


def test_ctrl_c_says_that_the_same_command_goes_on(docs_database: DocsDatabase, tmp_path: Path) -> None:
    pages = {f"page{n}.md": f"# Page {n}\n\n" + f"The owl number {n} hunts. " * 9 for n in range(80)}
    folder = write(tmp_path / "zoo", pages)
    command = [PROGRAM.path, "ingest", str(folder), "--source", "zoo", "--progress", "lines"]
    with subprocess.Popen(
        command,
        env={**environment(), "ANKUS_DATABASE_URL": docs_database.url},
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    ) as process:
        assert process.stdout is not None
        try:
            next(line for line in process.stdout if "e5-small" in line)
            process.send_signal(signal.SIGINT)
            _, errors = process.communicate(timeout=60)
        finally:
            process.kill()
    assert process.returncode == 130
    assert errors.strip().splitlines()[-1].endswith("the same command goes on.")
    assert docs_database.rows("SELECT count(*) > 0 FROM vector_1") == [(True,)]
    assert docs_database.rows("SELECT FROM page") == []


@pytest.mark.parametrize("command", [("list",), ("models", "list")])
def test_a_wrong_url_is_one_line_without_the_password(command: tuple[str, ...]) -> None:
    line = the_line(PROGRAM.run(*command, ANKUS_DATABASE_URL="postgresql://a:hunter2@127.0.0.1:1/x"))
    assert "Connection refused" in line
    assert "hunter2" not in line
