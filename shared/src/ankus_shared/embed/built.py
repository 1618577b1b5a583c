"""The ONNX file that is made of the packed weights once, kept in the data directory under its own hash."""

import hashlib
import os
import tempfile
from pathlib import Path

from ankus_shared.embed.errors import ModelChanged
from ankus_shared.embed.packed import SHA256, Packed
from ankus_shared.embed.recipe import RECIPE
from ankus_shared.paths import data_dir

_STEM = f"e5-small-{RECIPE}-{SHA256[:12]}"


def built_model(packed: Packed, folder: Path | None = None) -> bytes:
    """The model, made if it is not there yet; two processes may do so at once.

    Args:
        folder: Where it is kept; `data_dir()/"embedders"` by default.

    Raises:
        ModelChanged: The file is not the one that was made.
        SettingsError: The data directory is none, or cannot be written.
    """
    folder = folder or data_dir() / "embedders"
    there = sorted(folder.glob(f"{_STEM}-*.onnx"))
    return _checked(there[0]) if there else _made(packed, folder)


def _checked(path: Path) -> bytes:
    content = path.read_bytes()
    if hashlib.sha256(content).hexdigest() != path.stem.rsplit("-", 1)[1]:
        raise ModelChanged(
            f"{path} is not what was made of the weights.", hint="Delete it: it is made again in seconds."
        )
    return content


def _made(packed: Packed, folder: Path) -> bytes:
    from ankus_shared.embed.graph import encoder  # `onnx` takes 0.3 s to import, and is needed here alone

    content: bytes = encoder(packed).SerializeToString(deterministic=True)
    folder.mkdir(parents=True, exist_ok=True)
    number, name = tempfile.mkstemp(dir=folder, prefix=f".{_STEM}-")
    beside = Path(name)
    try:
        with os.fdopen(number, "wb") as file:
            file.write(content)
        beside.replace(folder / f"{_STEM}-{hashlib.sha256(content).hexdigest()}.onnx")
    except OSError:
        beside.unlink(missing_ok=True)
        raise
    return content
