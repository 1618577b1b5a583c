"""PostgreSQL's manual, as DocBook's stylesheets write it, is read by what its markup means."""

import datetime

import pytest

from ankus_docs_rag.chunk import Limits, chunk_page
from ankus_docs_rag.model import Alias, Page
from ankus_docs_rag.read import Where
from ankus_docs_rag.read.html import read_html
from tests.docs_rag.pages import check_page, quoted, shown, words


def read(body: str, title: str = "T", path: str = "page.html", up: str = "Chapter 9. Built-ins") -> Page:
    """A page with the head and the navigation that each page of the manual has."""
    (page,) = read_html(
        '<?xml version="1.0" encoding="UTF-8" standalone="no"?><!DOCTYPE html PUBLIC "-//W3C//DTD XHTML 1.0'
        ' Transitional//EN" "http://www.w3.org/TR/xhtml1/DTD/xhtml1-transitional.dtd">'
        f'<html xmlns="http://www.w3.org/1999/xhtml"><head><title>{title}</title>'
        '<meta name="generator" content="DocBook XSL Stylesheets Vsnapshot" /></head><body id="docContent">'
        f'<div class="navheader"><table><tr><th colspan="5">{title}</th></tr><tr><td>Prev</td>'
        f'<th width="60%" align="center">{up}</th><td>Next</td></tr></table><hr /></div>{body}'
        '<div class="navfooter"><hr /><table><tr><td>Prev</td></tr></table></div></body></html>',
        Where(path),
    )
    check_page(page)
    return page


FUNCTIONS = read(
    '<div class="sect1" id="FUNCTIONS-STRING"><div class="titlepage"><div><div><h2 class="title">9.4. String'
    ' Functions</h2></div></div></div><div class="toc"><dl class="toc"><dt>9.4.1. format</dt></dl></div>'
    '<p>See <a href="#T">Table 9.9</a>.</p><div class="table" id="T"><p class="title">'
    "<strong>Table 9.9. Strings"
    '</strong></p><div class="table-contents"><table class="table"><thead><tr><th class="func_table_entry">'
    '<p class="func_signature">Function</p><p>Description</p></th></tr></thead><tbody>'
    '<tr><td class="func_table_entry"><p class="func_signature"><a id="id-1.5" class="indexterm"></a>'
    '<code class="function">lower</code> ( <code class="type">text</code> )\n  → <code>text</code></p>'
    "<p>Makes it lower.</p><p><code>lower('A')</code> → <code>a</code></p></td></tr>"
    '<tr><td class="func_table_entry"><p class="func_signature"><code>text</code> <code>||</code> '
    "<code>text</code>"
    " → <code>text</code></p><p>Joins.</p></td></tr></tbody></table></div></div>"
    '<div class="sect2" id="FORMAT"><h3 class="title">9.4.1. <code>format</code></h3><p>Formats.'
    "</p></div></div>",
    "9.4. String Functions",
)


def test_navigation_and_the_table_of_contents_of_the_page_are_left_out() -> None:
    assert "Prev" not in FUNCTIONS.text
    assert FUNCTIONS.text.count("9.4.1. format") == 1


def test_sections_have_the_ids_of_their_elements_as_they_are_written() -> None:
    assert [(section.title, section.level, section.anchor) for section in FUNCTIONS.sections] == [
        ("9.4. String Functions", 0, ""),
        ("9.4. String Functions", 1, "FUNCTIONS-STRING"),
        ("9.4.1. format", 2, "FORMAT"),
    ]


def test_a_function_with_its_description_is_one_entry_at_the_anchor_in_its_row() -> None:
    rows = [block for block in FUNCTIONS.blocks if block.kind == "table_row"]
    assert [(row.anchor, row.group) for row in rows] == [("id-1.5", 1), ("T", 2)]
    assert quoted(FUNCTIONS, rows[0]) == "lower ( text ) → text\nMakes it lower.\nlower('A') → a"


def test_functions_become_passages_with_their_names_below_the_table_s_title() -> None:
    passages = chunk_page(FUNCTIONS, Limits(), words).passages
    entries = [passage for passage in passages if passage.form == "entry"]
    assert [passage.names for passage in entries] == [("lower",), ("||",)]
    assert entries[1].headings == ("9.4. String Functions", "Table 9.9. Strings", "text || text → text")
    assert (
        entries[1].pieces[0].embedded == "Built-ins > String Functions > Strings\ntext || text → text\nJoins."
    )


def test_the_chapter_of_a_page_is_known() -> None:
    assert FUNCTIONS.part_of == "Chapter 9. Built-ins"


def test_the_anchor_of_a_setting_leads_to_its_entry() -> None:
    page = read(
        '<div class="variablelist"><dl class="variablelist"><dt id="GUC-FSYNC"><span class="term">'
        '<code class="varname">fsync</code> (<code class="type">boolean</code>)\n '
        '<a id="id-1" class="indexterm">'
        "</a></span></dt><dd><p>Sync.</p></dd></dl></div>"
    )
    assert shown(page) == [("term", "fsync (boolean)"), ("paragraph", "Sync.")]
    assert {(block.anchor, block.group) for block in page.blocks} == {("GUC-FSYNC", 1)}


def test_rows_that_span_the_table_are_headings_among_its_rows() -> None:
    page = read(
        '<div class="table" id="E"><p class="title">Table A.1. Error Codes</p><table><thead><tr>'
        "<th>Error Code</th>"
        '<th>Condition Name</th></tr></thead><tbody><tr><td colspan="2">Class 23 — Integrity</td></tr>'
        "<tr><td>23505</td><td>unique_violation</td></tr><tr><td>23514</td><td>check_violation</td></tr>"
        '<tr><td colspan="2">Class 24 — Cursor</td></tr><tr><td>24000</td><td>invalid_cursor_state</td></tr>'
        "</tbody></table></div>"
    )
    passages = chunk_page(page, Limits(), words).passages
    assert [(passage.names, passage.headings[-1]) for passage in passages] == [
        (("23505", "unique_violation"), "Class 23 — Integrity"),
        (("23514", "check_violation"), "Class 23 — Integrity"),
        (("24000", "invalid_cursor_state"), "Class 24 — Cursor"),
    ]
    assert passages[1].pieces[0].embedded.endswith("Error Code | Condition Name\n23514 | check_violation")


REFENTRY = (
    '<div class="refentry" id="SQL-VACUUM"><div class="refnamediv"><h2>'
    '<span class="refentrytitle">VACUUM</span></h2>'
    '<p>VACUUM — collect</p></div><div class="refsynopsisdiv"><h2>Synopsis</h2>'
    '<pre class="synopsis">\nVACUUM [ FULL ]'
    '\n</pre></div><div class="refsect1" id="id-1.9"><h2>Parameters</h2><dl><dt>FULL</dt><dd>All.'
    "</dd></dl></div></div>"
)


def test_a_reference_page_names_its_command_and_nests_its_sections() -> None:
    page = read(REFENTRY, "VACUUM", "sql-vacuum.html", "SQL Commands")
    assert page.kind == "reference"
    assert [(section.level, section.anchor) for section in page.sections] == [
        (0, ""),
        (1, "SQL-VACUUM"),
        (2, ""),
        (2, "id-1.9"),
    ]
    passages = chunk_page(page, Limits(), words).passages
    assert [(passage.form, passage.anchor, passage.names) for passage in passages] == [
        ("section", "SQL-VACUUM", ("VACUUM",)),
        ("code", "SQL-VACUUM", ("VACUUM",)),
        ("entry", "id-1.9", ("FULL",)),
    ]


def test_release_notes_have_their_date() -> None:
    page = read(
        '<div class="sect1" id="RELEASE-15-4"><h2>E.17. Release 15.4</h2><p><strong>Release date: </strong>'
        "2023-08-10</p></div>",
        "E.17. Release 15.4",
        "release-15-4.html",
    )
    assert (page.kind, page.date) == ("release_notes", datetime.date(2023, 8, 10))


@pytest.mark.parametrize("title", ["Appendix\u00a0E.\u00a0Release Notes", "E.21. Release 15"])
def test_release_notes_are_known_by_their_title(title: str) -> None:
    assert read("<p>text</p>", title).kind == "release_notes"


def test_a_page_of_nothing_but_a_table_of_contents_is_an_index() -> None:
    page = read('<div class="part"><h1>Part I. X</h1><div class="toc"><dl><dt>1. Y</dt></dl></div></div>')
    assert (page.kind, page.text) == ("index", "Part I. X")


def test_the_index_of_the_book_names_places_of_other_pages_and_is_still_text() -> None:
    page = read(
        '<div class="index" id="BOOKINDEX"><h1>Index</h1><div class="indexdiv" id="indexdiv-D"><h3>D</h3><dl>'
        '<dt id="ientry-id1">deadlock, <a class="indexterm" href="locks.html#DEADLOCKS">Deadlocks'
        "</a></dt><dd><dl>"
        '<dt>timeout during, <a class="indexterm" href="../conf.html">Locks</a></dt></dl></dd>'
        '<dt>DELETE, <a class="indexterm" href="dml.html">Deleting</a>, '
        '<a class="indexterm" href="sql.html#D">D</a>'
        "</dt><dt>digest, see <a href='#x'>hash</a></dt></dl></div></div>",
        "Index",
        "html/bookindex.html",
    )
    assert page.kind == "index"
    assert page.aliases == (
        Alias("deadlock", "html/locks.html", "DEADLOCKS"),
        Alias("deadlock, timeout during", "conf.html"),
        Alias("DELETE", "html/dml.html"),
        Alias("DELETE", "html/sql.html", "D"),
    )
    assert "DELETE, Deleting, D" in page.text
    (passage,) = chunk_page(page, Limits(), words).passages
    assert passage.anchor == "indexdiv-D"
