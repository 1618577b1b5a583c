"""Pictures that tools drew, as files."""

from pathlib import Path

import pytest

from ankus_runner.errors import PictureError
from ankus_runner.hosts import Image
from ankus_runner.pictures import save_pictures


def test_each_picture_takes_the_first_number_that_is_free(tmp_path: Path) -> None:
    folder = tmp_path / "new" / "charts"
    first = save_pictures([Image("image/png", b"a"), Image("image/svg+xml", b"b")], folder)
    second = save_pictures([Image("image/png", b"c")], folder)

    assert [path.name for path in (*first, *second)] == ["chart-1.png", "chart-1.svg", "chart-2.png"]
    assert (folder / "chart-2.png").read_bytes() == b"c"


def test_a_folder_that_cannot_be_made_is_a_clear_error(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(PictureError, match="Cannot write a picture"):
        save_pictures([Image("image/png", b"a")], tmp_path / "file" / "charts")
