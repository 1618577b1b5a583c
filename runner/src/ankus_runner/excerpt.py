"""Parts of a text that is too long to be shown whole; what stood in a frame of untrusted text still does.

A place never lies inside a frame's own delimiter line, so that none is shown broken.
"""

_OPENED, _CLOSED = '\n<untrusted source="', "\n</untrusted>"


def cap(text: str, limit: int) -> str:
    """`text` in at most about `limit` characters: its head and tail, with the gap said in between."""
    return capped(text, limit)[0]


def capped(text: str, limit: int) -> tuple[str, int]:
    """The same, and where its head ends: the text's own end where it is shown whole."""
    tail = limit // 4
    head, end = part(text, 0, limit - tail)
    if len(text) <= limit or end >= len(text) - tail:
        return text, len(text)
    rest, _ = part(text, len(text) - tail, len(text))
    return f"{head}\n… {len(text) - end - tail} characters left out …\n{rest}", end


def part(text: str, start: int, end: int) -> tuple[str, int]:
    """About `text[start:end]`, framed where it lies in a frame, and where it ends."""
    start, end = _beside(text, start), _beside(text, end)
    closing = _CLOSED if _opening(text, end) else ""
    return f"{_opening(text, start)}{text[start:end]}{closing}", min(end, len(text))


def _beside(text: str, place: int) -> int:
    """A place, or the end of the delimiter line that it lies in."""
    line = text.rfind("\n", 0, place) + 1
    if not text.startswith((_OPENED[1:], _CLOSED[1:]), line) or place == line:
        return place
    end = text.find("\n", line)
    return max(place, end if end >= 0 else len(text))


def _opening(text: str, place: int) -> str:
    """The line that opened the frame in which a place lies; "" outside of frames."""
    before = f"\n{text[:place]}"
    opened = before.rfind(_OPENED)
    if opened <= before.rfind(_CLOSED):
        return ""
    return before[opened + 1 :].partition("\n")[0] + "\n"
