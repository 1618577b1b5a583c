"""Cuts a stretch of text into spans of about equal length, at the best borders there are."""

import re
from bisect import bisect_left, bisect_right
from collections.abc import Sequence

Span = tuple[int, int]

_LINE = re.compile(r"\n\s*")
_SENTENCE = re.compile(r"[.!?…:;][)\]\"'”»]*\s+")
_SPACE = re.compile(r"\s+")
_SHORTEST = 0.55
"""A span is no shorter than this share of the even length, as long as there is any border."""


def cut(text: str, start: int, end: int, size: int, borders: Sequence[int] = ()) -> list[Span]:
    """Spans of at most `size` characters that leave out nothing but white space.

    Args:
        borders: Places in order where a cut is best; else lines, sentences, words and, last, characters.
    """
    spans: list[Span] = []
    start, end = trim(text, start, end)
    while end - start > size:
        count = -(-(end - start) // size)
        place = _border(text, start, start + size, start + (end - start) // count, borders)
        spans.append(trim(text, start, place))
        start, end = trim(text, place, end)
    return [*spans, (start, end)] if end > start else spans


def trim(text: str, start: int, end: int) -> Span:
    """The span without white space at its ends."""
    while start < end and text[start].isspace():
        start += 1
    while end > start and text[end - 1].isspace():
        end -= 1
    return start, end


def _border(text: str, start: int, last: int, ideal: int, borders: Sequence[int]) -> int:
    """Where to cut: the best kind of border near the even length, after `start` and not after `last`."""
    least = start + max(1, int((ideal - start) * _SHORTEST))
    near = borders[bisect_left(borders, least) : bisect_right(borders, last)]
    if near:
        return min(near, key=lambda place: abs(place - ideal))
    for pattern in (_LINE, _SENTENCE, _SPACE):
        # a border may end beyond the window only by white space, which is trimmed
        places = [found.end() for found in pattern.finditer(text, least, last) if found.end() > least]
        if places:
            return min(places, key=lambda place: abs(place - ideal))
    return last
