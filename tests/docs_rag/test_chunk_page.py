"""Passages follow what a page is made of; nothing is lost, and nothing is over the limit."""

from collections.abc import Sequence

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from ankus_docs_rag.chunk import Limits, chunk_page
from ankus_docs_rag.model import BlockKind, Chunked, Page, Passage
from ankus_docs_rag.read import Where
from ankus_docs_rag.read.compose import Composer
from ankus_docs_rag.read.html import read_html
from tests.docs_rag.pages import check_chunked, check_page, words


def chunked(html: str, limits: Limits | None = None) -> Chunked:
    (page,) = read_html("<title>Title</title>" + html, Where("page.html"))
    found = chunk_page(page, limits or Limits(), words)
    check_chunked(found, limits or Limits())
    return found


def texts(found: Chunked) -> list[str]:
    return [found.page.text[passage.start : passage.end] for passage in found.passages]


def sentence(number: int) -> str:
    return f"This is sentence number {number} of a text that goes on. "


def test_a_section_is_a_passage_with_the_headings_above_it() -> None:
    found = chunked("<h1 id=a>A</h1><p>one<p>two<h2 id=b>B</h2><p>three")
    assert texts(found) == ["A\n\none\n\ntwo", "B\n\nthree"]
    assert [(passage.anchor, passage.headings) for passage in found.passages] == [
        ("a", ("Title", "A")),
        ("b", ("Title", "A", "B")),
    ]
    assert found.passages[1].pieces[0].embedded == "Title > A > B\nthree"


def test_a_heading_alone_joins_what_follows() -> None:
    found = chunked("<h1 id=a>A</h1><h2 id=b>B</h2><p>text")
    assert texts(found) == ["A\n\nB\n\ntext"]
    assert found.passages[0].anchor == "b"


def test_a_heading_without_text_does_not_join_its_sibling() -> None:
    found = chunked("<h1 id=a>A</h1><h2 id=b>B</h2><h2 id=c>C</h2><p>text")
    assert texts(found) == ["A\n\nB", "C\n\ntext"]
    assert [passage.anchor for passage in found.passages] == ["b", "c"]
    assert found.passages[0].pieces[0].embedded == "Title > A > B\nB"


def test_a_heading_at_the_end_is_a_passage_of_its_own() -> None:
    assert texts(chunked("<p>text<h1>End</h1>")) == ["text", "End"]


def test_a_long_section_is_cut_between_blocks_into_parts_of_about_even_length() -> None:
    found = chunked("<h1>A</h1>" + "".join(f"<p>{sentence(n) * 5}</p>" for n in range(20)))
    sizes = [passage.end - passage.start for passage in found.passages]
    assert len(sizes) == 4
    assert all(1_000 <= size <= 1_800 for size in sizes)
    assert all(text.endswith("on.") for text in texts(found))


def test_parts_are_not_cut_between_a_paragraph_and_its_code() -> None:
    blocks = "".join(f"<p>{sentence(n) * 8} Example {n}:</p><pre>code {n};</pre>" for n in range(8))
    for text in texts(chunked(blocks)):
        assert text.count("Example") == text.count("code ")


def test_sections_with_other_anchors_are_never_merged() -> None:
    assert texts(chunked("<h2 id=a>A</h2><p>x<h2 id=b>B</h2><p>y")) == ["A\n\nx", "B\n\ny"]


def test_an_entry_is_a_passage_that_its_term_heads() -> None:
    found = chunked(
        "<h1>A</h1><p>intro<dl><dt id=x>wal_level (enum)<dd>How much.<dt>fsync<dd>Sync.</dl>outro"
    )
    assert [(passage.form, passage.headings[2:], passage.names) for passage in found.passages] == [
        ("section", (), ()),
        ("entry", ("wal_level (enum)",), ("wal_level",)),
        ("entry", ("fsync",), ("fsync",)),
        ("section", (), ()),
    ]


def test_further_pieces_of_a_long_entry_repeat_its_term() -> None:
    found = chunked(f"<dl><dt>fsync<dd><p>{sentence(1) * 50}</dl>")
    embedded = [piece.embedded for passage in found.passages for piece in passage.pieces]
    assert embedded[0].startswith("Title\nfsync\n")
    assert all(text.startswith("Title > fsync\n") for text in embedded[1:])
    assert [passage.names for passage in found.passages] == [("fsync",), ()]


def test_short_rows_are_together_and_long_ones_alone_below_the_columns_names() -> None:
    long = "z" * 120
    found = chunked(
        f"<table><tr><th>A<th>B<tr><td>1<td>x<tr><td>2<td>y<tr><td>3<td>{long}<tr><td>4<td>w</table>"
    )
    assert texts(found) == ["A | B\n\n1 | x\n2 | y", f"3 | {long}", "4 | w"]
    assert found.passages[2].pieces[0].embedded == "Title\nA | B\n4 | w"
    assert {passage.form for passage in found.passages} == {"row"}


def test_a_row_with_an_anchor_is_a_passage_of_its_own() -> None:
    found = chunked("<table id=t><tr><th>A<tr><td>x<tr id=r><td>y<tr><td>z</table>")
    assert [passage.anchor for passage in found.passages] == ["t", "r", "t"]


def test_the_title_of_a_table_heads_its_rows_and_not_those_of_the_next_one() -> None:
    table = (
        "<div class=table id={0}><p class=title>Table {0}</p>"
        "<table><tr><th>C{0}<th>D<tr><td>x<td>y</table></div>"
    )
    found = chunked("<h1>A</h1>" + table.format("1") + table.format("2"))
    assert [passage.headings for passage in found.passages] == [
        ("Title", "A", "Table 1"),
        ("Title", "A", "Table 2"),
    ]
    assert found.passages[1].pieces[0].embedded.endswith("C2 | D\nx | y")


def test_a_page_of_pure_code_is_cut_at_the_ends_of_lines() -> None:
    code = "\n".join(f"line_{number} = call({number})" for number in range(400))
    found = chunked(f"<pre>{code}</pre>")
    assert {passage.form for passage in found.passages} == {"code"}
    assert all(text.startswith("line_") and text.endswith(")") for text in texts(found))
    assert max(passage.end - passage.start for passage in found.passages) <= Limits().passage


def test_a_word_of_ten_thousand_characters_is_within_the_limits() -> None:
    found = chunked(f"<p>{'x' * 10_000}</p>")
    assert (
        max(words([piece.embedded for passage in found.passages for piece in passage.pieces]))
        <= Limits().tokens
    )


def test_headings_take_a_third_of_a_piece_at_most_and_lose_what_is_on_the_left() -> None:
    heads = [f"heading {number} {'long ' * 12}".strip() for number in range(1, 7)]
    html = "".join(f"<h{number}>{head}</h{number}>" for number, head in enumerate(heads, start=1))
    found = chunked(html + "<p>text", Limits(tokens=90))
    path = found.passages[0].pieces[0].embedded.split("\n")[0]
    assert words([path])[0] <= 30
    assert path.endswith(heads[-1])
    assert found.passages[0].headings == ("Title", *heads)


def test_numbers_of_chapters_are_in_the_headings_but_not_embedded() -> None:
    found = chunked("<h1>Appendix A. Codes</h1><h2>20.5.1. Settings</h2><h3>Table 9.9. X</h3><p>t")
    assert found.passages[0].pieces[0].embedded == "Title > Codes > Settings > X\nt"
    assert found.passages[0].headings[2] == "20.5.1. Settings"


def test_pieces_of_prose_are_short_and_end_with_sentences() -> None:
    found = chunked(f"<p>{''.join(sentence(number) for number in range(30))}</p>")
    pieces = [piece for passage in found.passages for piece in passage.pieces]
    assert all(piece.end - piece.start <= Limits().piece for piece in pieces)
    assert all(piece.embedded.endswith("on.") for piece in pieces)


def test_limits_that_nothing_fits_are_refused() -> None:
    with pytest.raises(ValueError, match="at least"):
        Limits(tokens=3)


def test_a_tokenizer_that_fits_nothing_is_an_error_and_no_endless_loop() -> None:
    (page,) = read_html("<p>text", Where("a.html"))
    with pytest.raises(ValueError, match="one character"):
        chunk_page(page, Limits(), lambda texts: [999 if text else 0 for text in texts])


def test_bytes_may_be_tokens() -> None:
    (page,) = read_html("<h1>" + "𠀀" * 30 + "</h1><p>" + "𠀀" * 100, Where("a.html"))
    limits = Limits(tokens=24, large_tokens=24)
    found = chunk_page(page, limits, _bytes)
    assert max(_bytes([piece.embedded for one in found.passages for piece in one.pieces])) <= 24


def _bytes(texts: Sequence[str]) -> list[int]:
    return [8 + len(text.encode()) for text in texts]


_KINDS: st.SearchStrategy[BlockKind] = st.sampled_from(
    ["heading", "paragraph", "list_item", "term", "code", "table_row", "question", "answer"]
)
_TEXTS = st.one_of(
    st.text(alphabet="ab |:.\n-ж€", min_size=1, max_size=40),
    st.text(alphabet="ab. \n", min_size=60, max_size=200),
    st.integers(50, 400).map(lambda count: "x" * count),
)
_STEPS = st.lists(
    st.tuples(st.integers(0, 4), _TEXTS, _KINDS, st.integers(0, 3), st.sampled_from(["", "a", "b"])),
    max_size=20,
)


@given(
    _STEPS,
    st.sampled_from(["guide", "reference", "sql", "index", "qa", "release_notes"]),
    st.integers(24, 60),
)
@example([(0, "a", "term", 0, ""), (1, "b", "heading", 0, "")], "guide", 24)
def test_any_page_is_covered_by_passages_and_pieces_within_the_limits(
    steps: list[tuple[int, str, BlockKind, int, str]], kind: str, tokens: int
) -> None:
    composer = Composer()
    for level, text, block, group, anchor in steps:
        if level:
            composer.open(text, level, anchor)
        else:
            composer.add(text, block, anchor, group)
    page: Page = composer.page(Where("p"), "", kind)  # type: ignore[arg-type]
    check_page(page)
    limits = Limits(tokens, tokens, piece=50, large_piece=70, passage=120, part=80, row=20, rows=40)
    found = chunk_page(page, limits, words)
    check_chunked(found, limits)
    assert all(_is_whole(passage) for passage in found.passages)


def _is_whole(passage: Passage) -> bool:
    return bool(passage.headings) and bool(passage.pieces) and len(set(passage.names)) == len(passage.names)
