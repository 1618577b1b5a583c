"""What a passage defines is named in its exact spelling."""

import pytest

from ankus_docs_rag.chunk import Limits, chunk_page
from ankus_docs_rag.chunk.heads import without_number
from ankus_docs_rag.chunk.names import names_in_term
from ankus_docs_rag.read import Where
from ankus_docs_rag.read.html import read_html
from tests.docs_rag.pages import words


@pytest.mark.parametrize(
    ("term", "names"),
    [
        ("wal_level (enum)", ["wal_level"]),
        ("fsync (boolean)", ["fsync"]),
        ("-a", ["-a"]),
        ("--command=command", ["--command"]),
        ("-f filename, --file=filename", ["-f", "--file"]),
        ("\\d[S+] [ pattern ]", ["\\d"]),
        ("\\!", ["\\!"]),
        ("ON COMMIT", ["ON COMMIT"]),
        ("PARTITION BY { RANGE | LIST }", ["PARTITION BY"]),
        ("FULL", ["FULL"]),
        (
            "autovacuum_enabled, toast.autovacuum_enabled (boolean)",
            ["autovacuum_enabled", "toast.autovacuum_enabled"],
        ),
        ("-240 (ECPG_UNKNOWN_DESCRIPTOR)", ["-240", "ECPG_UNKNOWN_DESCRIPTOR"]),
        ("PQconnectdb", ["PQconnectdb"]),
        ("armor(data bytea [ , keys text[] ]) returns text", ["armor"]),
        ("Aggregate function (routine)", ["Aggregate function"]),
        ("SPI_OK_CONNECT", ["SPI_OK_CONNECT"]),
        ("a sentence that goes on for long and is no name", []),
    ],
)
def test_a_term_names_what_it_defines(term: str, names: list[str]) -> None:
    assert list(names_in_term(term)) == names


@pytest.mark.parametrize(
    ("heading", "plain"),
    [
        ("20.5. Write Ahead Log", "Write Ahead Log"),
        ("E.17.2. Changes", "Changes"),
        ("Appendix A. Error Codes", "Error Codes"),
        ("Глава 20. Настройка", "Настройка"),
        ("Table 9.9. SQL Functions", "SQL Functions"),
        ("Part IV. Client Interfaces", "Client Interfaces"),
        ("2. Further", "Further"),
        ("15.4", "15.4"),
        ("Version 15. New", "Version 15. New"),
        ("pg_am", "pg_am"),
    ],
)
def test_the_number_of_a_heading_is_left_out(heading: str, plain: str) -> None:
    assert without_number(heading) == plain


@pytest.mark.parametrize(
    ("html", "names"),
    [
        ("<h1>53.3. pg_am</h1><p>x", ("pg_am",)),
        ("<h1>9.4.1. format</h1><p>x", ("format",)),
        ("<h1>PQconnectdb()</h1><p>x", ("PQconnectdb",)),
        ("<h1>Deadlocks</h1><p>x", ()),
        ("<h1>What is new</h1><p>x", ()),
        ("<table><tr><td>amname name<p>Name of it</table>", ("amname",)),
        ("<table><tr><th>E<th>C<tr><td>23505<td>unique_violation</table>", ("23505", "unique_violation")),
        ("<table><tr><th>R<th>D<tr><td>pg_monitor<td>Read views.</table>", ("pg_monitor",)),
        ("<table><tr><th>R<th>D<tr><td>Some words<td>Text.</table>", ()),
    ],
)
def test_a_section_or_a_row_names_what_it_is_about(html: str, names: tuple[str, ...]) -> None:
    (page,) = read_html(html, Where("a.html"))
    (passage,) = chunk_page(page, Limits(), words).passages
    assert passage.names == names
