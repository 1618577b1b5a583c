"""Files of a folder are found by their names, and read by their format, in any process."""

import pickle
from concurrent.futures import ProcessPoolExecutor
from multiprocessing import get_context
from pathlib import Path

import pytest

from ankus_docs_rag.errors import BadSource
from ankus_docs_rag.read import Where
from ankus_docs_rag.read.files import SourceFile, read_file
from ankus_docs_rag.read.folder import find_files
from ankus_docs_rag.read.formats import format_of, read_document


@pytest.fixture
def tree(tmp_path: Path) -> Path:
    """A folder of documents, with files and folders that are none."""
    for name in ("b.md", "a/index.html", "a/t.txt", "a/x.sql", "q.jsonl", "pic.png", ".git/c.md", "README"):
        place = tmp_path / name
        place.parent.mkdir(exist_ok=True)
        place.write_text('{"q": "x", "a": "y"}')
    (tmp_path / "link.md").symlink_to(tmp_path / "b.md")
    return tmp_path


def paths(root: Path, *include: str, exclude: tuple[str, ...] = ()) -> list[str]:
    return [file.path for file in find_files(root, include, exclude).files]


def test_documents_are_found_in_order_without_hidden_folders_links_and_unknown_formats(tree: Path) -> None:
    assert paths(tree) == ["README", "a/index.html", "a/t.txt", "a/x.sql", "b.md", "q.jsonl"]


def test_patterns_choose_and_leave_out(tree: Path) -> None:
    assert paths(tree, "a/*", exclude=("*.sql",)) == ["a/index.html", "a/t.txt"]
    assert paths(tree, "*.png") == ["pic.png"]


def test_a_path_may_be_one_file_of_any_name(tree: Path) -> None:
    assert paths(tree / "a" / "t.txt") == ["t.txt"]
    assert paths(tree / "pic.png") == ["pic.png"]


@pytest.mark.parametrize("name", ["no such folder", "empty"])
def test_nothing_to_read_is_an_error_with_what_to_do(tmp_path: Path, name: str) -> None:
    (tmp_path / "empty").mkdir()
    with pytest.raises(BadSource) as caught:
        find_files(tmp_path / name)
    assert caught.value.hint


def test_urls_are_below_the_base_or_those_of_the_files(tree: Path) -> None:
    (tree / "a b.md").write_text("x")
    files = find_files(tree, base_url="https://docs.test/15/").files
    assert files[1].where.url == "https://docs.test/15/a%20b.md"
    (page,) = read_file(find_files(tree, ["a b.md"]).files[0])
    assert page.url == (tree / "a b.md").as_uri()


def test_what_is_known_of_the_source_is_said_of_each_page(tree: Path) -> None:
    found = find_files(tree, ["b.md"], about=Where("", language="ru", author="we", tags=("pg",)))
    (page,) = read_file(found.files[0])
    assert (page.path, page.language, page.author, page.tags) == ("b.md", "ru", "we", ("pg",))


@pytest.mark.parametrize(
    ("path", "form"),
    [
        ("a/B.HTML", "html"),
        ("README", "text"),
        ("readme.md", "markdown"),
        ("x.pdf", "pdf"),
        ("x.ndjson", "qa"),
        ("x.c", ""),
    ],
)
def test_a_format_is_known_by_the_end_of_the_name(path: str, form: str) -> None:
    assert format_of(path) == form


def test_a_file_that_is_too_large_names_the_setting(tree: Path) -> None:
    (tree / "big.txt").write_bytes(b"x" * 3_000_000)
    (file,) = find_files(tree, ["big.txt"], most_bytes=1 << 20).files
    with pytest.raises(BadSource, match=r"big\.txt has 2 MB; at most 1 MB") as caught:
        read_file(file)
    assert "ANKUS_DOCS_MAX_FILE_MB" in caught.value.hint


def test_a_file_that_went_away_is_a_typed_error(tree: Path) -> None:
    (file,) = find_files(tree, ["b.md"]).files
    file.place.unlink()
    with pytest.raises(BadSource, match=r"b\.md cannot be read"):
        read_file(file)


def test_a_name_that_is_no_utf_8_is_passed_over_with_the_reason(tree: Path) -> None:
    (tree / "b\udcff.md").write_text("x")
    found = find_files(tree)
    assert len(found.files) == 6
    assert "is no UTF-8" in found.problems[0]


def test_files_go_to_a_worker_process_and_pages_come_back(tree: Path) -> None:
    (file,) = find_files(tree, ["b.md"]).files
    assert pickle.loads(pickle.dumps(file)) == file
    with ProcessPoolExecutor(1, get_context("spawn")) as pool:
        assert pool.submit(read_file, file).result() == read_file(file)


def test_a_fetched_document_is_read_by_its_content_type_and_charset() -> None:
    where = Where("https://docs.test/page")
    (page,) = read_document("<h1>Ёж</h1>".encode("windows-1251"), where, "text/html", "windows-1251")
    assert (page.title, page.kind) == ("Ёж", "web")
    (page,) = read_document("# Ёж".encode("koi8-r"), where, "text/markdown", "koi8-r")
    assert page.sections[1].title == "Ёж"


def test_bytes_at_hand_are_not_read_again(tree: Path) -> None:
    file = SourceFile(tree / "gone.md", Where("gone.md"), 0, 0)
    assert read_file(file, b"text")[0].text == "text"
