"""Saved prompt states: a key for exactly one prefix, intact files only, and not too many of them."""

import os
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ankus_runner.states import PromptStates, state_key


@pytest.fixture
def states(tmp_path: Path) -> PromptStates:
    return PromptStates(tmp_path / "states", kept=3)


def save(states: PromptStates, key: str, content: bytes, *, modified: float | None = None) -> Path:
    (states.folder / states.scratch_name(key)).write_bytes(content)
    path = states.adopt(key)
    if modified is not None:
        os.utime(path, (modified, modified))
    return path


def test_the_folder_is_for_its_owner_alone(states: PromptStates) -> None:
    assert states.folder.stat().st_mode & 0o777 == 0o700


def test_what_was_saved_is_found(states: PromptStates) -> None:
    assert states.find("k") is None
    path = save(states, "k", b"state")

    assert states.find("k") == path
    assert states.find("other") is None


def test_saving_again_replaces_the_older_state(states: PromptStates) -> None:
    save(states, "k", b"old")
    new = save(states, "k", b"new")

    assert list(states.folder.iterdir()) == [new]


@given(content=st.binary(min_size=1, max_size=200), data=st.data())
def test_one_changed_byte_makes_a_state_unusable(
    tmp_path_factory: pytest.TempPathFactory, content: bytes, data: st.DataObject
) -> None:
    states = PromptStates(tmp_path_factory.mktemp("states"))
    path = save(states, "k", content)
    at = data.draw(st.integers(min_value=0, max_value=len(content) - 1))
    path.write_bytes(content[:at] + bytes([content[at] ^ 0xFF]) + content[at + 1 :])

    assert states.find("k") is None
    assert not path.exists()


def test_the_newest_states_stay_and_use_makes_one_new(states: PromptStates) -> None:
    for number in range(3):
        save(states, f"k{number}", b"%d" % number, modified=1000 + number)
    states.find("k0")
    save(states, "k3", b"3")

    assert {path.name.split(".")[0] for path in states.folder.iterdir()} == {"k0", "k2", "k3"}


def test_what_a_dead_process_left_half_written_is_removed(states: PromptStates) -> None:
    pid_max = (
        int(Path("/proc/sys/kernel/pid_max").read_text()) if os.path.exists("/proc/sys/kernel") else 10**7
    )
    (states.folder / f"k.{pid_max + 1}.tmp").write_bytes(b"half")
    (states.folder / f"k.{os.getppid()}.tmp").write_bytes(b"being written")
    save(states, "other", b"state")

    names = {path.name for path in states.folder.iterdir()}
    assert f"k.{pid_max + 1}.tmp" not in names
    assert f"k.{os.getppid()}.tmp" in names


def test_a_key_is_of_one_model_file_one_context_and_one_prefix(tmp_path: Path) -> None:
    model = tmp_path / "m.gguf"
    model.write_bytes(b"GGUF")
    os.utime(model, (1000, 1000))
    key = state_key(model, 8192, "prefix")

    assert state_key(model, 8192, "prefix") == key
    others = [state_key(model, 4096, "prefix"), state_key(model, 8192, "prefix.")]
    os.utime(model, (1001, 1001))
    others.append(state_key(model, 8192, "prefix"))
    assert key not in others
    assert len(set(others)) == 3
