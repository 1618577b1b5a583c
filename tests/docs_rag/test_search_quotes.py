"""Quotes: found word for word, whatever the white space and the typographic marks."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ankus_docs_rag.search.quotes import find_quote

TEXT = "VACUUM reclaims storage\n   occupied by “dead” tuples — and it’s cheap. Use VACUUM FULL rarely."


@pytest.mark.parametrize(
    ("quote", "exact"),
    [
        ("occupied by “dead” tuples", True),
        ("reclaims storage occupied", False),
        ('occupied by "dead" tuples - and it\'s cheap', False),
        ("… reclaims storage occupied …", False),
        ("Use VACUUM FULL rarely...", True),
    ],
)
def test_a_verbatim_quote_is_found(quote: str, exact: bool) -> None:
    place = find_quote(TEXT, quote)

    assert place is not None
    assert place.exact is exact


@pytest.mark.parametrize(
    "quote",
    ["occupied by dead tuples", "vacuum reclaims", "storage by", "", "…", "VACUUM FULL is rarely used"],
)
def test_what_differs_in_a_word_is_not_found(quote: str) -> None:
    assert find_quote(TEXT, quote) is None


words = st.lists(st.text(st.characters(codec="utf-8", exclude_categories=("Z", "C")), min_size=1), min_size=1)


@given(words, words, words, st.sampled_from([" ", "\n", "  \t"]))
def test_the_place_of_a_quote_has_its_words(
    before: list[str], quote: list[str], after: list[str], space: str
) -> None:
    text = space.join([*before, *quote, *after])
    wanted = " ".join(quote)

    place = find_quote(text, wanted)

    if place is None:
        assert wanted.startswith(("...", "…", "[")) or wanted.endswith(("...", "…", "]"))
    else:
        found = text[place.start : place.end].split()
        assert len(found) == len(find_words(wanted))


def find_words(quote: str) -> list[str]:
    place = find_quote(quote, quote)
    assert place is not None
    return quote[place.start : place.end].split()
