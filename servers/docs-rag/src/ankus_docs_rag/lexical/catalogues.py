"""PostgreSQL's own message catalogues: thousands of sentences about a database, translated by people who
know it."""

import gettext
import re
import struct
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path

from ankus_docs_rag.errors import BadSource

ROOTS = tuple(
    Path(root)
    for root in (
        "/usr/share/locale",
        "/usr/local/share/locale",
        "/usr/local/pgsql/share/locale",
        "/opt/homebrew/share/postgresql/locale",
    )
)
_ROOTS_OF_VERSIONS = ("/usr/pgsql-*/share/locale", "/usr/lib/postgresql/*/share/locale")
_OURS = re.compile(
    r"(?:postgres|psql|libpq\d?|ecpg|ecpglib\d*|initdb|pgscripts|plpgsql|plperl|plpython|pltcl|pg_[a-z_]+)(?:\d*-[\d.]+)?\.mo"
)
_FORMAT = re.compile(r"%(?:\d+\$)?[-+ #0]*(?:\*|\d+)?(?:\.(?:\*|\d+))?(?:hh|h|ll|l|z|j|t)?[a-zA-Z%]")


def find_catalogues(language: str, roots: Sequence[Path] | None = None) -> list[Path]:
    """PostgreSQL's catalogues for a language on this machine, of all versions.

    Args:
        language: As folders are named, such as ru or pt_BR.
        roots: Folders of languages; by default those that the usual packages install to.
    """
    folders = [folder / language / "LC_MESSAGES" for folder in (_roots() if roots is None else roots)]
    return sorted(path for folder in folders for path in folder.glob("*.mo") if _OURS.fullmatch(path.name))


def catalogue_pairs(paths: Iterable[Path]) -> list[tuple[str, str]]:
    """Each message beside its translation, without format codes; equal pairs once, in order.

    Raises:
        BadSource: If a file is no catalogue.
    """
    found = {pair: None for path in paths for pair in _messages(path)}
    return sorted(found)


def _roots() -> list[Path]:
    return [
        *ROOTS,
        *(place for pattern in _ROOTS_OF_VERSIONS for place in sorted(Path("/").glob(pattern[1:]))),
    ]


def _messages(path: Path) -> Iterator[tuple[str, str]]:
    try:
        with path.open("rb") as file:
            catalogue = gettext.GNUTranslations(file)
    except (OSError, UnicodeDecodeError, ValueError, struct.error) as error:
        raise BadSource(
            f"{path} is no message catalogue.",
            hint="Give compiled catalogues of gettext, whose names end in .mo.",
        ) from error
    # the standard library has no public way to list what a catalogue holds
    for key, translation in vars(catalogue)["_catalog"].items():
        message = key[0] if isinstance(key, tuple) else key
        # a context stands before its message
        message = message.rpartition("\x04")[2]
        if message and translation:
            yield _plain(message), _plain(translation)


def _plain(message: str) -> str:
    return " ".join(_FORMAT.sub(" ", message).split())
