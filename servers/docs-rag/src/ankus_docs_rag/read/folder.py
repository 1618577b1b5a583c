"""The files of a folder that can be read, or the one file that a path names."""

import os
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from fnmatch import fnmatch
from pathlib import Path
from urllib.parse import quote

from ankus_docs_rag.errors import BadSource
from ankus_docs_rag.read.files import MOST_BYTES, SourceFile
from ankus_docs_rag.read.formats import FORMATS, format_of
from ankus_docs_rag.read.where import Where

_SKIPPED = frozenset({"node_modules", "__pycache__"})


@dataclass(frozen=True)
class Found:
    """What a path holds."""

    files: tuple[SourceFile, ...]
    """By path."""
    problems: tuple[str, ...] = ()
    """What was passed over, with the reason."""


def find_files(
    root: Path,
    include: Sequence[str] = (),
    exclude: Sequence[str] = (),
    *,
    base_url: str = "",
    about: Where | None = None,
    most_bytes: int = MOST_BYTES,
) -> Found:
    """The documents below a folder, or one file. Links and hidden folders are not followed.

    Args:
        include: Patterns of paths; by default every file of a known format.
        exclude: Patterns of paths that are left out.
        base_url: Address of the folder, for the pages' URLs; by default that of each file.
        about: What is known of all pages: language, date, author, tags.
        most_bytes: Larger files are refused when they are read.

    Raises:
        BadSource: If nothing is there, or nothing that can be read.
    """
    about = about or Where("")
    problems: list[str] = []
    files = [
        _file(place, replace(about, path=path, url=_url(base_url, path)), most_bytes)
        for path, place in _candidates(root, problems)
        if _is_wanted(path, include, exclude, alone=path == root.name and root.is_file())
    ]
    if not files:
        raise BadSource(
            f"{root} holds no document that can be read.",
            hint=f"Known are files ending in {', '.join(sorted(FORMATS))}; include others by a pattern.",
        )
    return Found(tuple(sorted(files, key=lambda file: file.path)), tuple(problems))


def _candidates(root: Path, problems: list[str]) -> Iterator[tuple[str, Path]]:
    if root.is_file():
        return iter([(root.name, root)])
    if not root.is_dir():
        raise BadSource(f"There is no {root}.", hint="Give the path of a folder or a file.")
    return _walk(root, problems)


def _walk(root: Path, problems: list[str]) -> Iterator[tuple[str, Path]]:
    def note(error: OSError) -> None:
        problems.append(f"{error.filename}: {error.strerror}")

    for folder, folders, names in os.walk(root, onerror=note):
        folders[:] = sorted(name for name in folders if not name.startswith(".") and name not in _SKIPPED)
        for name in sorted(names):
            place = Path(folder, name)
            path = place.relative_to(root).as_posix()
            if place.is_symlink() or not place.is_file():
                continue
            if _is_storable(path):
                yield path, place
            else:
                problems.append(f"{path.encode('utf-8', 'backslashreplace').decode()}: its name is no UTF-8")


def _is_storable(path: str) -> bool:
    try:
        path.encode()
    except UnicodeEncodeError:
        return False
    return True


def _is_wanted(path: str, include: Sequence[str], exclude: Sequence[str], *, alone: bool) -> bool:
    if any(fnmatch(path, pattern) for pattern in exclude):
        return False
    if include:
        return any(fnmatch(path, pattern) for pattern in include)
    return alone or bool(format_of(path))


def _file(place: Path, where: Where, most_bytes: int) -> SourceFile:
    status = place.stat()
    return SourceFile(place, where, status.st_size, status.st_mtime_ns, most_bytes)


def _url(base: str, path: str) -> str:
    return f"{base.rstrip('/')}/{quote(path)}" if base else ""
