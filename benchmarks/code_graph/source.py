"""PostgreSQL's own source from Debian, unpacked once into the user's cache.

`apt-get source` with a state of its own reads the mirror that the machine itself uses: nothing is installed,
and the machine's own lists stay as they are. Only the pristine tarball is unpacked, without Debian's patches.
"""

import os
import shutil
import subprocess
import tarfile
import tempfile
from pathlib import Path

KEYRING = Path("/usr/share/keyrings/debian-archive-keyring.gpg")
CHOICES = (("trixie", "postgresql-17"), ("sid", "postgresql-18"), ("bookworm", "postgresql-15"))
"""Suites with the package to take of each; an index may name a version that the mirror no longer has."""
SECONDS = 300


class NoSource(Exception):
    """Raised with the reason why the source cannot be had on this machine."""


def default_folder() -> Path:
    """Where unpacked sources are kept."""
    cache = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache")
    return cache / "ankus-benchmarks" / "source"


def postgres_source(folder: Path) -> Path:
    """The root of an unpacked source below `folder`, which is fetched if there is none yet.

    Raises:
        NoSource: With what each choice said: no Debian, no mirror, or none of the packages is there.
    """
    if kept := sorted(folder.glob("postgresql-*")):
        return kept[-1]
    if shutil.which("apt-get") is None or not KEYRING.exists():
        raise NoSource("this is no Debian: name a folder, make bench-code-graph SOURCE=/path/to/source")
    folder.mkdir(parents=True, exist_ok=True)
    said = []
    for suite, package in CHOICES:
        try:
            return fetch(suite, package, folder)
        except NoSource as error:
            said.append(f"{suite}: {error}")
            print(f"no {package} from {suite}: {error}")
    raise NoSource("; ".join(said))


def fetch(suite: str, package: str, folder: Path) -> Path:
    """The pristine source of a package, unpacked below `folder`.

    Raises:
        NoSource: If it cannot be downloaded.
    """
    with tempfile.TemporaryDirectory(prefix="fetch-", dir=folder) as work:
        place = Path(work)
        apt = _apt(place, suite)
        _run([*apt, "update"], place)
        _run([*apt, "source", "--download-only", package], place)
        return unpack(place, folder)


def unpack(downloaded: Path, folder: Path) -> Path:
    """Unpacks the one pristine tarball of `downloaded` below `folder`, put in place at once.

    Raises:
        NoSource: If there is none.
    """
    tarballs = list(downloaded.glob("*.orig.tar.*"))
    if not tarballs:
        raise NoSource("the package has no pristine tarball")
    with tarfile.open(tarballs[0]) as archive:
        archive.extractall(downloaded / "unpacked", filter="data")
    [root] = (downloaded / "unpacked").iterdir()
    version = tarballs[0].name.split("_")[1].partition(".orig")[0]
    return root.rename(folder / f"postgresql-{version}")


def _apt(work: Path, suite: str) -> list[str]:
    state, cache = work / "state", work / "cache"
    for path in (state / "lists/partial", cache / "archives/partial"):
        path.mkdir(parents=True)
    (work / "status").touch()
    (work / "sources.list").write_text(f"deb-src [signed-by={KEYRING}] {_mirror()} {suite} main\n")
    options = {
        "Dir::Etc::sourcelist": work / "sources.list",
        "Dir::Etc::sourceparts": "-",
        "Dir::State": state,
        "Dir::State::status": work / "status",
        "Dir::Cache": cache,
        "Acquire::Languages": "none",
        "APT::Sandbox::User": "root",
    }
    return ["apt-get", "-q", "-y", *(f"-o{name}={value}" for name, value in options.items())]


def _mirror() -> str:
    """The Debian mirror of the machine's own sources."""
    targets = ["apt-get", "indextargets", "--format", "$(REPO_URI)", "Created-By: Packages"]
    found = _run(targets, Path("/")).split()
    if mirrors := [uri for uri in found if uri.rstrip("/").endswith("/debian")]:
        return mirrors[0]
    raise NoSource("the sources of apt name no Debian mirror")


def _run(command: list[str], folder: Path) -> str:
    """The output of a program.

    Raises:
        NoSource: With its last line, if it fails or takes too long.
    """
    environment = {"PATH": os.environ["PATH"], "LC_ALL": "C"}
    try:
        done = subprocess.run(
            command,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            cwd=folder,
            env=environment,
            timeout=SECONDS,
        )
    except subprocess.TimeoutExpired as error:
        raise NoSource(f"{command[0]} took longer than {SECONDS} seconds") from error
    if done.returncode:
        said = (done.stderr or done.stdout).strip().splitlines() or ["nothing"]
        raise NoSource(said[-1])
    return done.stdout
