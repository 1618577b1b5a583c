"""The files of a source tree: which there are, and their bytes, whatever stands in the way."""

import os
from collections.abc import Iterator
from dataclasses import dataclass
from fnmatch import fnmatch
from pathlib import Path

from ankus_code_graph.errors import BadSource
from ankus_code_graph.extract.catalog import is_catalog

_SKIPPED_FOLDERS = frozenset({".git", ".hg", ".svn", "node_modules", ".venv", "__pycache__"})
_SUFFIXES = (".c", ".h")


@dataclass(frozen=True, slots=True)
class Found:
    """A file that may be indexed."""

    path: str
    """Relative to the root, with slashes."""
    size: int
    mtime_ns: int


def find_files(
    root: Path, include: tuple[str, ...] = (), exclude: tuple[str, ...] = (), most_bytes: int = 8 << 20
) -> tuple[list[Found], list[str]]:
    """The C files below a folder, by path, and what was passed over with the reason.

    Links are not followed, so that nothing outside of the tree, and nothing twice, is read.

    Args:
        include: Patterns of paths, such as `src/backend/*`; by default every .c and .h file.
        exclude: Patterns of paths that are left out.
        most_bytes: Larger files are passed over.

    Raises:
        BadSource: If the root is no folder that can be read, or holds no C at all.
    """
    if not root.is_dir():
        raise BadSource(f"{root} is not a folder.", hint="Give the folder of a C source tree.")
    found: list[Found] = []
    problems: list[str] = []
    for path, entry in _walk(root, "", problems):
        if not _wanted(path, include, exclude):
            continue
        try:
            path.encode()
            status = entry.stat(follow_symlinks=False)
        except (UnicodeEncodeError, OSError) as error:
            problems.append(f"{path.encode('utf-8', 'backslashreplace').decode()}: {_reason(error)}")
            continue
        if status.st_size > most_bytes:
            problems.append(f"{path}: {status.st_size >> 20} MB are too many")
            continue
        found.append(Found(path, status.st_size, status.st_mtime_ns))
    if not any(one.path.endswith(_SUFFIXES) for one in found):
        raise BadSource(f"{root} holds no C files.", hint="Give a folder with .c or .h files below it.")
    return sorted(found, key=lambda one: one.path), problems


def read_bytes(root: Path, path: str) -> bytes:
    """A file's bytes.

    Raises:
        OSError: If it is gone or cannot be read.
        ValueError: If it is no text.
    """
    data = (root / path).read_bytes()
    if b"\0" in data[:8192]:
        raise ValueError("it is binary")
    return data


def _reason(error: Exception) -> str:
    return "its name is no UTF-8" if isinstance(error, UnicodeEncodeError) else str(error)


def _wanted(path: str, include: tuple[str, ...], exclude: tuple[str, ...]) -> bool:
    if not path.endswith(_SUFFIXES) and not is_catalog(path):
        return False
    if any(fnmatch(path, pattern) for pattern in exclude):
        return False
    return not include or any(fnmatch(path, pattern) for pattern in include)


def _walk(root: Path, folder: str, problems: list[str]) -> Iterator[tuple[str, os.DirEntry[str]]]:
    try:
        entries = sorted(os.scandir(root / folder), key=lambda entry: entry.name)
    except OSError as error:
        problems.append(f"{folder or '.'}: {error.strerror}")
        return
    for entry in entries:
        path = f"{folder}/{entry.name}" if folder else entry.name
        if entry.is_dir(follow_symlinks=False):
            if entry.name not in _SKIPPED_FOLDERS:
                yield from _walk(root, path, problems)
        elif entry.is_file(follow_symlinks=False):
            yield path, entry
