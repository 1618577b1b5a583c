"""HTML is read as a browser shows it: text, sections, anchors and entries, without the navigation."""

import datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ankus_docs_rag.chunk import Limits, chunk_page
from ankus_docs_rag.errors import BadSource
from ankus_docs_rag.model import Page
from ankus_docs_rag.read import Where
from ankus_docs_rag.read.html import read_html
from tests.docs_rag.pages import check_chunked, check_page, quoted, shown, visible, words


def read(html: str | bytes, path: str = "page.html") -> Page:
    (page,) = read_html(html, Where(path, "https://docs.test/" + path))
    check_page(page)
    return page


def test_white_space_is_one_space_except_in_code() -> None:
    page = read("<p>one \n  two</p><pre>\n  if x:\n\n    y  z\n</pre><p>three&nbsp;four</p>")
    assert shown(page) == [
        ("paragraph", "one two"),
        ("code", "  if x:\n\n    y  z"),
        ("paragraph", "three four"),
    ]


def test_what_nobody_sees_is_no_text() -> None:
    page = read(
        "<head><title>T</title><style>p{}</style></head><nav>Home</nav><p>seen<script>var x</script>"
        "<span hidden>a</span><span style='display: none'>b</span><!-- c --><template>d</template></p>"
        "<div role=navigation>e</div><p>a\u200bb\u202ec\u00add</p><dialog>f</dialog>"
    )
    assert page.text == "seen\n\nabcd"


def test_a_line_break_is_one_and_bold_letters_are_not() -> None:
    assert read("<p>a<br>b <b>c</b>d").text == "a\nb cd"


def test_text_around_navigation_does_not_grow_together() -> None:
    assert read("<div>a<nav>n</nav>b</div>").text == "a\n\nb"


def test_headings_make_sections_that_nest_with_their_ids() -> None:
    page = read("<h1>A</h1>x<h2 id=b>B</h2>y<h3>C</h3>z<h2 id=d>D</h2>w")
    found = [(section.title, section.level, section.anchor) for section in page.sections]
    assert found == [("A", 0, ""), ("A", 1, ""), ("B", 2, "b"), ("C", 3, ""), ("D", 2, "d")]
    assert page.text[page.sections[2].start : page.sections[2].end] == "B\n\ny\n\nC\n\nz"
    assert [block.anchor for block in page.blocks] == ["", "", "b", "b", "b", "b", "d", "d"]


def test_a_heading_that_is_never_closed_is_its_first_line() -> None:
    page = read("<h1><div>A</div><p>x</p><p>y</p>")
    assert shown(page) == [("heading", "A"), ("paragraph", "x"), ("paragraph", "y")]


def test_a_heading_as_long_as_a_paragraph_is_one() -> None:
    page = read(f"<h1>{'word ' * 200}</h1>")
    assert [block.kind for block in page.blocks] == ["paragraph"]


def test_a_section_element_gives_its_id_to_its_heading_and_ends_it() -> None:
    page = read("<section id=a><h2>A</h2>x</section><p>after</p>")
    assert (page.sections[1].anchor, page.sections[1].end) == ("a", len("A\n\nx"))
    assert page.blocks[-1].anchor == ""


def test_a_named_anchor_leads_to_the_block_after_it() -> None:
    page = read("<a name=top></a><h2>A</h2><a id=p></a><p>x</p><p>y</p>")
    assert [block.anchor for block in page.blocks] == ["top", "p", "top"]


def test_an_id_holds_inside_of_its_element_only() -> None:
    page = read("<h2 id=s>S</h2><div id=d><p>in</p></div><p>out</p>")
    assert [block.anchor for block in page.blocks] == ["s", "d", "s"]


def test_a_heading_inside_of_a_note_opens_no_section() -> None:
    page = read("<h1>A</h1><div class=note><h3>Note</h3><p>x</p></div><p>y</p>")
    assert [section.title for section in page.sections] == ["A", "A"]
    assert ("heading", "Note") in shown(page)


def test_terms_and_their_definitions_are_one_entry() -> None:
    page = read("<dl><dt id=a>a</dt><dt>b</dt><dd><p>one</p><p>two</p></dd><dt>c<dd>three</dl><p>end")
    assert [(block.kind, block.anchor, block.group) for block in page.blocks] == [
        ("term", "a", 1),
        ("term", "a", 1),
        ("paragraph", "a", 1),
        ("paragraph", "a", 1),
        ("term", "", 2),
        ("paragraph", "", 2),
        ("paragraph", "", 0),
    ]


def test_a_definition_inside_of_another_is_its_part_unless_it_has_an_id() -> None:
    page = read("<dl><dt>a<dd>x<dl><dt>b<dd>y<dt id=c>c<dd>z</dl>w</dl>")
    groups = {quoted(page, block): block.group for block in page.blocks}
    assert groups["a"] == groups["x"] == groups["b"] == groups["y"] == groups["w"]
    assert groups["c"] == groups["z"] != groups["a"]


def test_items_are_counted_and_go_on_with_their_paragraphs() -> None:
    page = read("<ol start=3><li><p>a</p><p>b</p><li>c<ul><li>d</ul></ol>")
    assert shown(page) == [
        ("list_item", "3. a"),
        ("paragraph", "b"),
        ("list_item", "4. c"),
        ("list_item", "d"),
    ]


def test_a_row_is_a_block_with_its_cells_side_by_side() -> None:
    page = read(
        "<table id=t><caption>T</caption><tr><th>A<th>B<tr id=r><td>1<td>2"
        "<tr><td>3<td><p>4</p><p>5</p><tr><td><td>6</table>"
    )
    assert [(block.kind, block.anchor, quoted(page, block)) for block in page.blocks] == [
        ("heading", "t", "T"),
        ("heading", "t", "A | B"),
        ("table_row", "r", "1 | 2"),
        ("table_row", "t", "3\n4\n5"),
        ("table_row", "t", "| 6"),
    ]


def test_a_table_that_lays_out_a_page_is_no_row() -> None:
    page = read("<table><tr><td><h2 id=a>A</h2><p>x</p></td><td>menu</td></tr></table>")
    assert shown(page) == [("heading", "A"), ("paragraph", "x"), ("paragraph", "menu")]
    assert page.sections[1].anchor == "a"


def test_the_head_says_who_wrote_when_and_in_which_language() -> None:
    page = read(
        "<html lang=ru-RU><head><title> Заголовок </title><meta name=author content='И. И.'>"
        "<meta property='article:published_time' content='2024-05-06T07:08:09Z'></head><p>text"
    )
    assert (page.title, page.language, page.author) == ("Заголовок", "ru", "И. И.")
    assert page.date == datetime.date(2024, 5, 6)
    assert (page.kind, page.url) == ("web", "https://docs.test/page.html")


def test_what_the_caller_knows_goes_before_what_the_page_says() -> None:
    where = Where("a.html", language="de", author="we", tags=("x",), date=datetime.date(2020, 1, 1))
    (page,) = read_html("<html lang=en><meta name=author content=they><p>text", where)
    assert (page.language, page.author, page.tags, page.date) == ("de", "we", ("x",), where.date)


@pytest.mark.parametrize(
    ("text", "language"), [("Читай меня", "ru"), ("Read me", "en"), ("读我", ""), ("", "")]
)
def test_the_language_is_judged_by_the_letters_where_nothing_says_it(text: str, language: str) -> None:
    assert read(f"<p>{text}</p>").language == language


def test_html_without_structure_is_paragraphs_of_one_section() -> None:
    page = read("just text<br><br>and more")
    assert page.text == "just text\n\nand more"
    assert [section.level for section in page.sections] == [0]


@pytest.mark.parametrize("html", ["", "  \n", "<html></html>", "<!-- x -->", "<script>x</script>"])
def test_an_empty_document_is_a_page_without_passages(html: str) -> None:
    page = read(html)
    assert page.title == "page.html"
    assert chunk_page(page, Limits(), words).passages == ()


@pytest.mark.parametrize("depth", [200, 3_000, 10_000])
def test_deep_nesting_loses_no_text(depth: int) -> None:
    page = read("<title>t</title>" + "<div>" * depth + "deep" + "</div>" * depth + "<p>after</p>")
    assert page.text.split() == ["deep", "after"]


def test_a_binary_file_that_is_called_html_is_refused() -> None:
    with pytest.raises(BadSource, match="binary"):
        read(bytes(range(256)) * 10)


_WORDS = st.text(alphabet="abcжё€1.—", min_size=1, max_size=8)
_BLOCKS = st.sampled_from(
    "p div li ul ol dl dt dd table tr td th h1 h2 h3 pre section blockquote caption"
    " thead a b span br hr".split()
)
_ATTRIBUTES = st.sampled_from(["", " id=x", " id=y", " class=note"])
_TREES = st.recursive(
    _WORDS,
    lambda inner: st.tuples(_BLOCKS, _ATTRIBUTES, st.lists(inner, max_size=4)),
    max_leaves=40,
)


def _html(tree: object) -> str:
    if isinstance(tree, str):
        return f" {tree} "
    assert isinstance(tree, tuple)
    tag, attributes, children = tree
    if tag in ("br", "hr"):
        return f"<{tag}>" + "".join(map(_html, children))
    return f"<{tag}{attributes}>" + "".join(map(_html, children)) + f"</{tag}>"


def _leaves(tree: object) -> str:
    if isinstance(tree, str):
        return tree
    assert isinstance(tree, tuple)
    return "".join(map(_leaves, tree[2]))


@given(st.lists(_TREES, max_size=5))
def test_every_visible_character_is_in_the_text_in_order_whatever_the_markup(trees: list[object]) -> None:
    page = read("<!doctype html><body>" + "".join(map(_html, trees)))
    text = iter(visible(page.text))
    # markers of items and borders of cells are added; all else is there in order
    assert all(letter in text for letter in visible("".join(map(_leaves, trees))))
    limits = Limits(
        tokens=40, large_tokens=40, piece=60, large_piece=60, passage=120, part=80, row=20, rows=40
    )
    check_chunked(chunk_page(page, limits, words), limits)
