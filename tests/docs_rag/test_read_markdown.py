"""Markdown is read as it is shown, with the anchors that GitHub gives to headings."""

import datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ankus_docs_rag.chunk import Limits, chunk_page
from ankus_docs_rag.model import Page
from ankus_docs_rag.read import Where
from ankus_docs_rag.read.markdown import read_markdown
from tests.docs_rag.pages import check_chunked, check_page, shown, words


def read(text: str, path: str = "docs/guide.md") -> Page:
    (page,) = read_markdown(text.encode(), Where(path))
    check_page(page)
    return page


def test_text_is_what_is_shown_without_addresses_and_pictures() -> None:
    page = read('A *b* [c](http://d.test "e") `f g`\nh ![i](j.png) <b>k</b> <http://l.test>  \nm')
    assert page.text == "A b c f g h k http://l.test\nm"


def test_headings_have_anchors_as_on_github() -> None:
    page = read("# Что нового?\n## Foo `bar_baz`: 1.2\n## Same\n## Same\n## Own {#mine}\n")
    assert [section.anchor for section in page.sections[1:]] == [
        "что-нового",
        "foo-bar_baz-12",
        "same",
        "same-1",
        "mine",
    ]
    assert page.sections[-1].title == "Own"


def test_code_is_kept_as_it_is() -> None:
    assert ("code", "  if x:\n\n      y") in shown(read("```py\n  if x:\n\n      y\n```\n"))


def test_items_are_counted_and_go_on_with_their_paragraphs_and_code() -> None:
    page = read("3. a\n   b\n\n   c\n4. d\n   - e\n\n     ```\n     f\n     ```\n")
    assert shown(page) == [
        ("list_item", "3. a b"),
        ("paragraph", "c"),
        ("list_item", "4. d"),
        ("list_item", "e"),
        ("code", "f"),
    ]


def test_a_table_is_read_row_by_row_below_its_columns() -> None:
    page = read("| A | B |\n|---|---|\n| 1 | `x` |\n| 2 |  |\n")
    assert shown(page) == [("heading", "A | B"), ("table_row", "1 | x"), ("table_row", "2")]


def test_html_within_markdown_is_read_as_html() -> None:
    page = read(
        "<details><summary>More</summary>\n\ntext\n\n</details>\n\n<!-- no -->\n<p align=center>mid</p>\n"
    )
    assert page.text == "More\n\ntext\n\nmid"


def test_front_matter_is_metadata_and_no_text() -> None:
    page = read(
        "---\ntitle: 'The \"title\"'\ndate: 2024-02-03\nlang: ru\nauthor: Me\ntags:\n  - a\n  - b\n---\ntext"
    )
    assert (page.title, page.date, page.language, page.author, page.tags, page.text) == (
        'The "title"',
        datetime.date(2024, 2, 3),
        "ru",
        "Me",
        ("a", "b"),
        "text",
    )


@pytest.mark.parametrize("text", ["---\nnot a field\n---\nx", "---\ntitle: never closed\n"])
def test_a_rule_at_the_top_is_no_front_matter(text: str) -> None:
    assert "---" not in read(text).text
    assert read(text).title == read(text).sections[0].title
    assert any(word in read(text).text for word in ("not a field", "never closed"))


@pytest.mark.parametrize(
    ("path", "kind"), [("README.md", "readme"), ("a/ReadMe.ru.md", "readme"), ("a.md", "guide")]
)
def test_a_readme_is_one_by_its_name(path: str, kind: str) -> None:
    assert read("# A", path).kind == kind


def test_the_title_is_the_first_heading_or_the_name_of_the_file() -> None:
    assert read("text\n# A\n").title == "A"
    assert read("text").title == "guide.md"


@pytest.mark.parametrize("line", [">" * 500 + " deep", "- " * 300 + "deep", "*" * 3000 + "deep"])
def test_what_is_nested_more_deeply_than_the_parser_goes_is_not_lost(line: str) -> None:
    assert "deep" in read(f"start\n\n{line}\n\nend").text


_LINES = st.sampled_from(
    [
        "# h",
        "## h `c`",
        "text *x* y",
        "- item",
        "  more",
        "1. one",
        "> quote",
        "```",
        "| a | b |",
        "|---|---|",
        "",
        "***",
        "    code",
        "<p>html",
        "</div>",
        "[a]: http://x",
        "a\\",
        "---",
        "<!-- c",
        "-->",
    ]
)


@given(st.lists(_LINES, max_size=25))
def test_any_markdown_becomes_ordered_blocks_and_passages_that_cover_them(lines: list[str]) -> None:
    page = read("\n".join(lines))
    limits = Limits(tokens=24, large_tokens=24, piece=30, large_piece=30, passage=60, part=40)
    check_chunked(chunk_page(page, limits, words), limits)


@given(st.lists(st.text(alphabet="abж €", min_size=1).filter(str.strip), min_size=1, max_size=6))
def test_every_word_of_plain_paragraphs_is_in_the_text(paragraphs: list[str]) -> None:
    page = read("\n\n".join(text.strip() for text in paragraphs))
    assert page.text.split() == " ".join(paragraphs).split()
