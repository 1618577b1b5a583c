"""Where things are kept, and what is said where nothing can be."""

from pathlib import Path

import pytest

from ankus_shared.errors import SettingsError
from ankus_shared.paths import PathNotAllowed, allowed_path, data_dir


def test_a_folder_that_is_not_there_yet_can_be_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ANKUS_DATA_DIR", str(tmp_path / "a" / "b"))
    assert data_dir() == tmp_path / "a" / "b"
    assert not (tmp_path / "a").exists()


def test_a_file_in_the_place_of_a_folder_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "file").touch()
    monkeypatch.setenv("ANKUS_DATA_DIR", str(tmp_path / "file" / "deep"))
    with pytest.raises(SettingsError, match="file is no folder"):
        data_dir()


def test_a_client_looks_below_the_roots_only(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    inside, outside = tmp_path / "in", tmp_path / "out"
    inside.mkdir()
    outside.mkdir()
    (inside / "link").symlink_to(outside)
    assert allowed_path(str(inside / "deep"), [str(inside)]) == inside / "deep"
    for path in (outside, inside / "..", inside / "link", tmp_path / "inner"):
        with pytest.raises(PathNotAllowed, match="may not be read from here"):
            allowed_path(str(path), [str(inside)])
    monkeypatch.chdir(inside)
    assert allowed_path(".", []) == inside
    with pytest.raises(PathNotAllowed):
        allowed_path("..", [])


@pytest.mark.parametrize("path", [".env", ".ssh/id", "docs/.git/config"])
def test_a_client_reads_nothing_hidden(path: str, tmp_path: Path) -> None:
    with pytest.raises(PathNotAllowed, match="may not be read from here"):
        allowed_path(str(tmp_path / path), [str(tmp_path)])


def test_a_hidden_root_is_one_that_was_meant(tmp_path: Path) -> None:
    assert allowed_path(str(tmp_path / ".notes/a"), [str(tmp_path / ".notes")]) == tmp_path / ".notes/a"


@pytest.mark.parametrize("folder", ["/", "home"])
def test_a_server_that_was_started_at_the_top_shows_nothing_unasked(
    folder: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.chdir(tmp_path if folder == "home" else folder)

    with pytest.raises(PathNotAllowed) as told:
        allowed_path("docs", [])

    assert "--source-root" in told.value.hint
    assert allowed_path(str(tmp_path / "docs"), [str(tmp_path)]) == tmp_path / "docs"
