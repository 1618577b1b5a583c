"""A hit finds a place by page and quote, or by page and anchor; each place is found once."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ankus_docs_rag.evaluate.questions import Gold
from ankus_docs_rag.evaluate.relevance import HitKey, Mode, Ranks, on_page, one_spaced, ranks_of


def hit(path: str = "wal.html", text: str = "", *anchors: str, number: int = 1) -> HitKey:
    return HitKey(path, f"https://example.org/docs/{path}", anchors, text, number)


QUOTED = Gold(page="wal.html", anchor="GUC-WAL-LEVEL", quote="wal_level determines how much")


def test_a_quote_is_found_over_line_breaks() -> None:
    found = ranks_of([QUOTED], [hit(), hit("wal.html", "…\nwal_level  determines\n how much is written")])

    assert found == (2,)


def test_an_anchor_is_enough_where_the_quote_is_in_another_part() -> None:
    assert ranks_of([QUOTED], [hit("wal.html", "other text", "TOP", "GUC-WAL-LEVEL")]) == (1,)


def test_the_quote_on_another_page_is_no_find() -> None:
    assert ranks_of([QUOTED], [hit("copy.html", QUOTED.quote, QUOTED.anchor)]) == (None,)


@pytest.mark.parametrize(("mode", "rank"), [("passage", 2), ("page", 1)])
def test_a_place_that_stands_elsewhere_too_is_found_there(mode: Mode, rank: int) -> None:
    twice = QUOTED.model_copy(
        update={"alternatives": (Gold(page="tuning.html", quote="all that WAL holds"),)}
    )
    hits = [hit("tuning.html", "checkpoints"), hit("tuning.html", "This is all that WAL holds.")]
    assert ranks_of([twice], hits, mode) == (rank,)


def test_a_place_without_quote_and_anchor_is_its_page() -> None:
    assert ranks_of([Gold(page="wal.html")], [hit("a.html"), hit("wal.html")]) == (2,)


def test_an_empty_quote_is_in_no_text() -> None:
    assert ranks_of([Gold(page="wal.html", anchor="A")], [hit("wal.html", "anything", "B")]) == (None,)


def test_a_place_that_is_found_again_gains_nothing_more() -> None:
    twice = [hit("wal.html", QUOTED.quote, number=1), hit("wal.html", QUOTED.quote, number=2)]

    assert ranks_of([QUOTED], twice) == (1,)


def test_one_hit_may_find_two_places() -> None:
    other = Gold(page="wal.html", quote="is written")

    assert ranks_of([QUOTED, other], [hit("wal.html", f"{QUOTED.quote} is written")]) == (1, 1)


def test_by_page_two_places_on_one_page_are_one() -> None:
    places = [QUOTED, Gold(page="wal.html", quote="other"), Gold(page="b.html", quote="b")]

    assert ranks_of(places, [hit("wal.html", "nothing of it")], "page") == (1, None)


def test_a_page_is_known_by_its_path_the_end_of_it_or_its_url() -> None:
    deep = HitKey("html/wal.html", "https://example.org/15/wal.html#A", (), "", 1)

    assert on_page(deep, "html/wal.html")
    assert on_page(deep, "wal.html")
    assert on_page(deep, "https://example.org/15/wal.html")
    assert on_page(deep, "15/wal.html")
    assert not on_page(deep, "al.html")
    assert not on_page(deep, "html")


TEXTS = st.text("ab \n", max_size=12)
HITS = st.lists(
    st.builds(hit, st.sampled_from(["a.html", "b.html"]), TEXTS, st.sampled_from(["", "A"])), max_size=6
)
PLACES = st.lists(
    st.builds(
        Gold,
        page=st.sampled_from(["a.html", "b.html"]),
        anchor=st.sampled_from(["", "A"]),
        quote=st.sampled_from(["", "a b", "ab"]),
    ),
    max_size=4,
)


def by_hand(places: list[Gold], hits: list[HitKey]) -> Ranks:
    ranks: list[int | None] = [None] * len(places)
    for rank in range(len(hits), 0, -1):
        one = hits[rank - 1]
        for at, place in enumerate(places):
            quoted = place.quote != "" and " ".join(place.quote.split()) in " ".join(one.text.split())
            anchored = place.anchor != "" and place.anchor in one.anchors
            anywhere = place.quote == "" and place.anchor == ""
            if one.path == place.page and (quoted or anchored or anywhere):
                ranks[at] = rank
    return tuple(ranks)


@given(PLACES, HITS)
def test_ranks_are_those_of_a_search_from_behind(places: list[Gold], hits: list[HitKey]) -> None:
    assert ranks_of(places, hits) == by_hand(places, hits)


@given(st.text())
def test_spacing_twice_changes_nothing_more(text: str) -> None:
    assert one_spaced(one_spaced(text)) == one_spaced(text)
