"""Reads `git diff -U0`: which lines of which files a change touches."""

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field

_HUNK = re.compile(rb"@@ -(\d+)(?:,(\d+))? \+(\d+)(?:,(\d+))? @@")
_ESCAPE = re.compile(rb'\\([0-7]{3}|[abtnvfr"\\])')
_LETTERS = {b"a": 7, b"b": 8, b"t": 9, b"n": 10, b"v": 11, b"f": 12, b"r": 13, b'"': 34, b"\\": 92}


@dataclass(frozen=True)
class Lines:
    """A run of lines of the old or the new text; `count` is 0 where they are only in the other one."""

    start: int
    count: int

    def touches(self, first: int, last: int) -> bool:
        """Whether they lie within first..last; a gap does where both its neighbours are inside."""
        if self.count:
            return self.start <= last and self.start + self.count - 1 >= first
        return first <= self.start < last


@dataclass
class FileChange:
    """What changes in one file; a path is "" where the file is not there before, or afterwards."""

    old_path: str = ""
    new_path: str = ""
    old: list[Lines] = field(default_factory=list)
    new: list[Lines] = field(default_factory=list)


def read_patch(lines: Iterable[bytes]) -> Iterator[FileChange]:
    """The files of a patch with context of no lines, each as soon as it is whole.

    Args:
        lines: Of the patch, with or without their line ends.
    """
    change: FileChange | None = None
    skip = 0
    for line in lines:
        if line.startswith(b"\\"):
            continue  # no newline at the end of the file
        if skip and line[:1] in (b"+", b"-"):
            skip -= 1  # text, which may itself look like a header
        elif line.startswith(b"diff --git "):
            if change is not None:
                yield change
            change, skip = FileChange(*_paths(line)), 0
        elif change is not None:
            skip = _header(change, line.rstrip(b"\r\n"))
    if change is not None:
        yield change


def _header(change: FileChange, line: bytes) -> int:
    """Read one line that is no text; how many lines of text follow it."""
    if hunk := _HUNK.match(line):
        start, count, new_start, new_count = (int(number) if number else 1 for number in hunk.groups())
        change.old.append(Lines(start, count))
        change.new.append(Lines(new_start, new_count))
        return count + new_count
    if line.startswith(b"--- "):
        change.old_path = _path(line[4:])
    elif line.startswith(b"+++ "):
        change.new_path = _path(line[4:])
    elif line.startswith(b"new file mode"):
        change.old_path = ""
    elif line.startswith(b"deleted file mode"):
        change.new_path = ""
    return 0


def _paths(line: bytes) -> tuple[str, str]:
    """Both paths of `diff --git a/x b/x`, which are the same as renames are not looked for."""
    rest = line.removeprefix(b"diff --git ").rstrip(b"\r\n")
    half = rest[len(rest) // 2 + 1 :]
    path = _path(half)
    return path, path


def _path(written: bytes) -> str:
    """A path without its prefix a/ or b/ and the quotes that git puts around odd ones; "" for /dev/null."""
    text = written.rstrip(b"\t")
    if text == b"/dev/null":
        return ""
    if text.startswith(b'"') and text.endswith(b'"'):
        text = _ESCAPE.sub(_unescaped, text[1:-1])
    return text[2:].decode("utf-8", "surrogateescape")


def _unescaped(match: re.Match[bytes]) -> bytes:
    escaped = match[1]
    return bytes([_LETTERS[escaped] if escaped in _LETTERS else int(escaped, 8) & 255])
