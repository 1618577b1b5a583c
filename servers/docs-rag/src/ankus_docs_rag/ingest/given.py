"""What a client gives to ingest: a path below the allowed folders, a URL, or a text."""

import contextlib
import re
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from ankus_docs_rag.errors import BadSource
from ankus_docs_rag.ingest.items import is_url
from ankus_shared.paths import allowed_path

_UNFIT = re.compile(r"[^\w.-]+")
_LONGEST = 80


@dataclass(frozen=True)
class Given:
    """One of path, url and text; title is the text's."""

    path: str = ""
    url: str = ""
    text: str = ""
    title: str = ""


@contextlib.contextmanager
def origin_of(given: Given, source: str, base_url: str, roots: tuple[str, ...]) -> Iterator[list[str]]:
    """The arguments of the command `ingest` that say what is ingested; a text lies in a file for so long.

    Args:
        roots: Folders that a path has to be below; by default the working directory.

    Raises:
        BadSource: If it is not one of the three.
        PathNotAllowed: If the path lies outside of the roots.
    """
    if sum(map(bool, (given.path, given.url, given.text))) != 1:
        raise BadSource("It takes one of path, url and text.", hint="Give one and leave the others out.")
    if given.url:
        if not is_url(given.url):
            raise BadSource(f"{given.url[:200]!r} is no address.", hint="Give one with http:// or https://.")
        yield [given.url]
    elif given.path:
        yield [str(allowed_path(given.path, roots)), *_based(base_url)]
    else:
        with tempfile.TemporaryDirectory(prefix="ankus-docs-") as folder:
            place = Path(folder) / f"{_slug(given.title)}.md"
            place.write_text(given.text, encoding="utf-8")
            yield [str(place), "--keep", *_based(base_url or f"text:{source}")]


def _based(base_url: str) -> list[str]:
    return [f"--base-url={base_url}"] if base_url else []


def _slug(title: str) -> str:
    """A title as the name of a file.

    Raises:
        BadSource: If nothing of it can be one.
    """
    slug = _UNFIT.sub("-", title.strip())[:_LONGEST].strip("-.")
    if not slug:
        raise BadSource("A text needs a title.", hint="Give title; the same one replaces the text later.")
    return slug
