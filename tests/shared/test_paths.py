"""Where things are kept, and what is said where nothing can be."""

from pathlib import Path

import pytest

from ankus_shared.errors import SettingsError
from ankus_shared.paths import data_dir


def test_a_folder_that_is_not_there_yet_can_be_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ANKUS_DATA_DIR", str(tmp_path / "a" / "b"))
    assert data_dir() == tmp_path / "a" / "b"
    assert not (tmp_path / "a").exists()


def test_a_file_in_the_place_of_a_folder_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "file").touch()
    monkeypatch.setenv("ANKUS_DATA_DIR", str(tmp_path / "file" / "deep"))
    with pytest.raises(SettingsError, match="file is no folder"):
        data_dir()
