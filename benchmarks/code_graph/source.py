"""PostgreSQL's own source from Debian, unpacked once into the user's cache.

Only the pristine tarball is unpacked, without Debian's patches.
"""

import tarfile
import tempfile
from pathlib import Path

from tests.fixtures.apt import Missing, apt_get, cache_folder, run

CHOICES = (("trixie", "postgresql-17"), ("sid", "postgresql-18"), ("bookworm", "postgresql-15"))
"""Suites with the package to take of each; an index may name a version that the mirror no longer has."""
SECONDS = 300


def default_folder() -> Path:
    """Where unpacked sources are kept."""
    return cache_folder("ankus-benchmarks") / "source"


def postgres_source(folder: Path) -> Path:
    """The root of an unpacked source below `folder`, which is fetched if there is none yet.

    Raises:
        Missing: With what each choice said: no Debian, no mirror, or none of the packages is there.
    """
    if kept := sorted(folder.glob("postgresql-*")):
        return kept[-1]
    folder.mkdir(parents=True, exist_ok=True)
    said = []
    for suite, package in CHOICES:
        try:
            return fetch(suite, package, folder)
        except Missing as error:
            said.append(f"{suite}: {error}")
            print(f"no {package} from {suite}: {error}")
    raise Missing(f"{'; '.join(said)}. Name a folder: make bench-code-graph SOURCE=/path/to/source")


def fetch(suite: str, package: str, folder: Path) -> Path:
    """The pristine source of a package, unpacked below `folder`.

    Raises:
        Missing: If it cannot be downloaded.
    """
    with tempfile.TemporaryDirectory(prefix="fetch-", dir=folder) as work:
        place = Path(work)
        command = apt_get(place, "deb-src", suite, SECONDS)
        run([*command, "source", "--download-only", package], SECONDS, place)
        return unpack(place, folder)


def unpack(downloaded: Path, folder: Path) -> Path:
    """Unpacks the one pristine tarball of `downloaded` below `folder`, put in place at once.

    Raises:
        Missing: If there is none.
    """
    tarballs = list(downloaded.glob("*.orig.tar.*"))
    if not tarballs:
        raise Missing("the package has no pristine tarball")
    with tarfile.open(tarballs[0]) as archive:
        archive.extractall(downloaded / "unpacked", filter="data")
    [root] = (downloaded / "unpacked").iterdir()
    version = tarballs[0].name.split("_")[1].partition(".orig")[0]
    return root.rename(folder / f"postgresql-{version}")
