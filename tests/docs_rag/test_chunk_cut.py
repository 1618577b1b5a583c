"""Text is cut at the best borders near an even length."""

from hypothesis import given
from hypothesis import strategies as st

from ankus_docs_rag.chunk.cut import cut


def parts(text: str, size: int, borders: tuple[int, ...] = ()) -> list[str]:
    return [text[start:end] for start, end in cut(text, 0, len(text), size, borders)]


def test_what_fits_is_not_cut() -> None:
    assert parts("  one two ", 8) == ["one two"]


def test_a_given_border_goes_before_all_others() -> None:
    assert parts("aa bb. cc\ndd ee", 12, (7,)) == ["aa bb.", "cc\ndd ee"]


def test_lines_go_before_sentences_before_words_before_letters() -> None:
    assert parts("aa. bb\ncc dd", 8) == ["aa. bb", "cc dd"]
    assert parts("aa. bb cc", 6) == ["aa.", "bb cc"]
    assert parts("aaaa bbbb", 6) == ["aaaa", "bbbb"]
    assert parts("aaaaaaaaa", 5) == ["aaaaa", "aaaa"]


def test_parts_are_about_even() -> None:
    assert [len(part) for part in parts("word " * 100, 260)] == [249, 249]


@given(
    st.text(alphabet="ab \n.ж", max_size=200),
    st.integers(1, 50),
    st.sets(st.integers(0, 200)).map(lambda places: tuple(sorted(places))),
)
def test_nothing_but_white_space_is_left_out_and_no_part_is_too_long(
    text: str, size: int, borders: tuple[int, ...]
) -> None:
    found = parts(text, size, borders)
    assert "".join("".join(found).split()) == "".join(text.split())
    assert all(0 < len(part) <= size and part == part.strip() for part in found)
