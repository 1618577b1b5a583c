"""Reads files and finds in them what a finder finds: whole pieces first, lines only where it matches."""

import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from ankus_code_graph.errors import BadSource
from ankus_code_graph.search.pattern import Finder
from ankus_code_graph.sources import read_source, source_hash

SECONDS = 10.0
MOST_LINES = 5_000
"""Matching lines that are collected; more are not counted."""
LONGEST_LINE = 240
"""Characters of a line that are shown."""
_PIECE = 64 << 10
"""Bytes between two looks at the clock; a piece ends with a line, unless a line is longer."""


@dataclass(frozen=True, slots=True)
class Line:
    """One line that matches."""

    path: str
    number: int
    text: str


@dataclass(slots=True)
class Scan:
    """What was found; `late` and `full` say that the search was cut short."""

    lines: list[Line] = field(default_factory=list)
    searched: int = 0
    unread: list[str] = field(default_factory=list)
    changed: set[str] = field(default_factory=set)
    """Files with matching lines whose text is not the indexed one any more."""
    late: bool = False
    full: bool = False


def scan(
    root: Path, files: Mapping[str, bytes], finder: Finder, *, pieces: bool, seconds: float = SECONDS
) -> Scan:
    """Search files of a tree; blocks, up to `seconds`: call it in a thread.

    Args:
        root: Folder that the paths are relative to.
        files: The indexed hash of each file, by path; they are searched in this order.
        pieces: Whether what is found stands within one line, so that a file may be searched piece by piece.
    """
    found, deadline = Scan(), time.monotonic() + seconds
    for path, known in files.items():
        try:
            data = read_source(root, path)
        except BadSource:
            found.unread.append(path)
            continue
        lines = _lines(path, data, finder, _cut if pieces else _whole, deadline)
        _collect(found, lines)
        if found.lines and found.lines[-1].path == path and source_hash(data) != known:
            found.changed.add(path)
        found.late = time.monotonic() > deadline
        if found.late or found.full:
            break
        found.searched += 1
    return found


def _collect(found: Scan, lines: Iterator[Line]) -> None:
    for line in lines:
        if len(found.lines) == MOST_LINES:
            found.full = True
            return
        found.lines.append(line)


def _lines(
    path: str, data: bytes, finder: Finder, pieces: Callable[[bytes], Iterator[bytes]], deadline: float
) -> Iterator[Line]:
    """The lines of a file that match, each once."""
    number = 1
    for piece in pieces(data):
        if time.monotonic() > deadline:
            return
        counted, shown = 0, -1
        for place in finder(piece):
            if place <= shown:
                continue
            number += piece.count(b"\n", counted, place)
            counted = place
            shown, text = _line_at(piece, place)
            yield Line(path, number, text)
        number += piece.count(b"\n", counted)


def _line_at(piece: bytes, place: int) -> tuple[int, str]:
    """Where the line around a place ends, and its text, cut around the place where it is long."""
    start, end = piece.rfind(b"\n", 0, place) + 1, piece.find(b"\n", place)
    end = len(piece) if end < 0 else end
    if end - start > LONGEST_LINE:
        start, last = max(start, place - LONGEST_LINE // 4), end
        cut = piece[start : start + LONGEST_LINE]
        return last, f"…{cut.decode(errors='replace').strip()}…"
    return end, piece[start:end].decode(errors="replace").rstrip().expandtabs(4)


def _whole(data: bytes) -> Iterator[bytes]:
    yield data


def _cut(data: bytes) -> Iterator[bytes]:
    """A file in pieces that end with a line's end, or after `_PIECE` bytes of one line."""
    start = 0
    while start < len(data):
        end = min(start + _PIECE, len(data))
        if end < len(data):
            end = (data.rfind(b"\n", start, end) + 1) or end
        yield data[start:end]
        start = end
