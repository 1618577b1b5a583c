"""A model is pulled onto a disk that really gets full: never half a model, and the next run goes on."""

import pytest

from ankus_runner import models
from ankus_runner.errors import DiskSpaceError
from ankus_runner.model_files import model_path, models_dir
from ankus_runner.models import pull
from ankus_runner.sources import Hub
from tests.fixtures.disk import small_disk
from tests.fixtures.hub import fake_hub, tiny_entry

BODY = b"GGUF" + bytes(range(256)) * 8_000
ENTRY = tiny_entry(BODY)


@pytest.mark.parametrize("size", ["8k", "1m", "2004k"])
def test_on_a_full_disk_there_is_no_half_of_a_model(monkeypatch: pytest.MonkeyPatch, size: str) -> None:
    monkeypatch.setattr(models, "_check_space", lambda *_: None)  # there was room when the fetch began
    with small_disk("4m") as disk, fake_hub(BODY) as hub:
        monkeypatch.setenv("ANKUS_DATA_DIR", str(disk.path))
        models_dir().mkdir()
        disk.resize(size)

        with pytest.raises(DiskSpaceError, match=r"The disk of .* is full\."):
            pull(ENTRY, progress=lambda *_: None, sources=[Hub(hub.url)])
        assert not model_path(ENTRY).exists()

        disk.resize("4m")
        assert pull(ENTRY, progress=lambda *_: None, sources=[Hub(hub.url)]).read_bytes() == BODY
