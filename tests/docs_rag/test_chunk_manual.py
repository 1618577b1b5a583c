"""PostgreSQL's manual itself is read and cut: each tenth page, and those that people ask for."""

from pathlib import Path

import lxml.html
import pytest

from ankus_docs_rag.chunk import Limits, chunk_page
from ankus_docs_rag.model import Passage
from ankus_docs_rag.read.files import SourceFile, read_file
from ankus_docs_rag.read.folder import find_files
from ankus_docs_rag.read.visible import clean
from tests.docs_rag.pages import check_chunked, check_page, visible, words

LEFT_OUT = (
    "|".join(f"//div[@class='{name}']" for name in ("navheader", "navfooter", "toc")) + "|//head|//object"
)


def content(file: SourceFile) -> str:
    """What a browser shows of a page's content."""
    root = lxml.html.document_fromstring(file.content())
    for element in root.xpath(LEFT_OUT):
        element.drop_tree()
    return visible(clean(root.text_content()))


def test_every_visible_character_of_its_pages_is_read_in_order_and_cut_within_the_limits(
    manual: Path,
) -> None:
    for file in find_files(manual).files[::10]:
        (page,) = read_file(file)
        check_page(page)
        text = iter(visible(page.text))
        assert all(letter in text for letter in content(file)), file.path
        check_chunked(chunk_page(page, Limits(), words), Limits())


@pytest.mark.parametrize(
    ("path", "form", "anchor", "name", "quote"),
    [
        ("runtime-config-wal.html", "entry", "GUC-WAL-LEVEL", "wal_level", "The default value is replica"),
        ("functions-string.html", "entry", "", "split_part", "Splits string at"),
        ("errcodes-appendix.html", "row", "ERRCODES-TABLE", "23505", "unique_violation"),
        ("predefined-roles.html", "row", "PREDEFINED-ROLES-TABLE", "pg_monitor", "Read/execute"),
        ("sql-vacuum.html", "entry", "", "FREEZE", "aggressive “freezing”"),
        ("app-pgdump.html", "entry", "", "--schema-only", "Dump only the object definitions"),
        ("catalog-pg-am.html", "section", "CATALOG-PG-AM", "pg_am", "relation access methods"),
        ("libpq-connect.html", "entry", "LIBPQ-PQCONNECTDB", "PQconnectdb", "PGconn *PQconnectdb("),
        ("sql-merge.html", "code", "SQL-MERGE", "MERGE", "[ WITH with_query"),
    ],
)
def test_what_people_ask_for_is_a_passage_with_its_name_and_anchor(
    manual: Path, path: str, form: str, anchor: str, name: str, quote: str
) -> None:
    (page,) = read_file(find_files(manual, [path]).files[0])
    passages = chunk_page(page, Limits(), words).passages

    def fits(passage: Passage) -> bool:
        return name in passage.names and quote in page.text[passage.start : passage.end]

    (found,) = [passage for passage in passages if passage.form == form and fits(passage)]
    assert found.anchor == anchor or not anchor


def test_its_index_names_places_that_are_there(manual: Path) -> None:
    (index,) = read_file(find_files(manual, ["bookindex.html"]).files[0])
    paths = {file.path for file in find_files(manual).files}
    assert len(index.aliases) > 3_000
    assert {alias.path for alias in index.aliases} <= paths
    assert "deadlock, timeout during" in {alias.term for alias in index.aliases}
