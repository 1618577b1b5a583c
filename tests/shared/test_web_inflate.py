"""Unpacking: all of it, or a typed error, and never more than the limit."""

import gzip
import zlib
from collections.abc import Callable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ankus_shared.web import FetchFailed, TooLarge, gunzip
from ankus_shared.web.inflate import Inflater

MIB = 2**20
PACKERS: dict[str, Callable[[bytes], bytes]] = {
    "gzip": gzip.compress,
    "x-gzip": gzip.compress,
    "deflate": zlib.compress,
    "identity": bytes,
    "": bytes,
}


def unpacked(coding: str, data: bytes, most: int = MIB, step: int = 7) -> bytes:
    """What an inflater makes of data that arrives in steps."""
    inflater = Inflater(coding, most)
    for start in range(0, len(data), step):
        inflater.feed(data[start : start + step])
    return inflater.finish()


@given(st.binary(max_size=300), st.sampled_from(sorted(PACKERS)), st.integers(1, 50))
def test_what_was_packed_comes_out_however_it_arrives(body: bytes, coding: str, step: int) -> None:
    assert unpacked(coding, PACKERS[coding](body), step=step) == body


@given(st.lists(st.binary(max_size=50), min_size=1, max_size=4), st.integers(1, 50))
def test_members_of_gzip_one_after_another_are_one_body(bodies: list[bytes], step: int) -> None:
    assert unpacked("gzip", b"".join(map(gzip.compress, bodies)), step=step) == b"".join(bodies)


@given(st.binary(min_size=1, max_size=100), st.integers(1, 99))
def test_a_packed_body_without_its_end_is_an_error(body: bytes, percent: int) -> None:
    packed = gzip.compress(body)
    with pytest.raises(FetchFailed):
        unpacked("gzip", packed[: max(1, len(packed) * percent // 100)])


@pytest.mark.parametrize("coding", ["gzip", "deflate"])
def test_a_bomb_stops_at_the_limit(coding: str) -> None:
    bomb = PACKERS[coding](bytes(50 * MIB))
    inflater = Inflater(coding, MIB)
    with pytest.raises(TooLarge):
        inflater.feed(bomb)
    assert len(inflater.so_far) == MIB
    assert len(inflater._body) < 2 * MIB, "it must stop at once"


def test_a_body_that_unpacks_to_nothing_for_ever_is_too_large() -> None:
    empty = gzip.compress(b"")
    with pytest.raises(TooLarge):
        unpacked("gzip", empty * 100, most=1000)


def test_a_body_of_thousands_of_empty_members_is_refused() -> None:
    with pytest.raises(FetchFailed, match="more than 100 parts"):
        gunzip(gzip.compress(b"") * 50_000, 5 * MIB)


def test_a_body_of_exactly_the_limit_passes() -> None:
    assert unpacked("", bytes(1000), most=1000) == bytes(1000)
    with pytest.raises(TooLarge):
        unpacked("", bytes(1001), most=1000)


def test_padding_behind_the_end_is_left_away() -> None:
    assert unpacked("gzip", gzip.compress(b"page") + bytes(50)) == b"page"


@pytest.mark.parametrize("data", [b"<html>", b"\x1f\x8b\x08 and then nonsense", b"\x1f\x8b"])
def test_what_is_not_packed_as_said_is_an_error(data: bytes) -> None:
    with pytest.raises(FetchFailed):
        unpacked("gzip", data)


@pytest.mark.parametrize("coding", ["br", "zstd", "gzip, gzip", "nonsense"])
def test_a_coding_that_nobody_asked_for_is_an_error(coding: str) -> None:
    with pytest.raises(FetchFailed, match="nobody asked for"):
        Inflater(coding, MIB)


def test_gunzip_unpacks_gzip_and_leaves_the_rest_alone() -> None:
    assert gunzip(gzip.compress(b"<urlset/>"), MIB) == b"<urlset/>"
    assert gunzip(b"<urlset/>", MIB) == b"<urlset/>"
    with pytest.raises(TooLarge):
        gunzip(gzip.compress(bytes(2 * MIB)), MIB)
