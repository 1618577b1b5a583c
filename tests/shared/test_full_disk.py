"""The embedded PostgreSQL on a disk that really gets full."""

from collections.abc import Iterator

import psutil
import psycopg
import pytest

from ankus_shared.errors import DependencyError
from ankus_shared.postgres import cluster, embedded_server
from tests.fixtures.disk import Disk, small_disk


@pytest.fixture
def disk(monkeypatch: pytest.MonkeyPatch) -> Iterator[Disk]:
    """A disk with room for a new data directory, which is not asked for its room beforehand."""
    monkeypatch.setattr(cluster, "NEEDED_BYTES", 0)
    with small_disk("200m") as disk:
        yield disk
        assert not servers_of(disk)


def servers_of(disk: Disk) -> list[str]:
    found = psutil.process_iter(["name", "cwd"])
    return [p.info["name"] for p in found if (p.info["cwd"] or "").startswith(str(disk.path))]


def test_a_disk_that_fills_up_while_a_data_directory_is_made_leaves_none(disk: Disk) -> None:
    disk.resize("20m")
    data = disk.path / "postgres"

    with pytest.raises(DependencyError, match=r"The disk is full: .*No space left on device") as caught:
        with embedded_server(data):
            pass

    assert "\n" not in str(caught.value)
    assert sorted(path.name for path in disk.path.iterdir()) == ["postgres.lock", "postgres.users"]
    disk.resize("200m")
    with embedded_server(data) as server, psycopg.connect(server.url()):
        pass


def test_a_server_that_cannot_start_on_a_full_disk_says_so_in_one_line(disk: Disk) -> None:
    data = disk.path / "postgres"
    with embedded_server(data):
        pass
    disk.leave(0)

    with pytest.raises(DependencyError, match=r"The disk is full: .*No space left on device") as caught:
        with embedded_server(data):
            pass

    assert "\n" not in str(caught.value)
    assert "database system is shut down" not in str(caught.value)  # what the log said before
    disk.resize("200m")
    with embedded_server(data) as server, psycopg.connect(server.url()):
        pass


def test_a_server_that_crashes_for_want_of_room_says_why_and_is_stopped(
    disk: Disk, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(cluster, "STOP_SECONDS", "3")
    data = disk.path / "postgres"

    with embedded_server(data) as server, psycopg.connect(server.url(), autocommit=True) as connection:
        assert server.panic() is None
        disk.leave(4_096)
        log = "SELECT pg_logical_emit_message(false, 'x', repeat('x', 1000000)) FROM generate_series(1, 40)"
        with pytest.raises(psycopg.OperationalError):
            connection.execute(log)
        assert "No space left on device" in str(server.panic())

    assert not servers_of(disk)
    disk.resize("200m")
    with embedded_server(data) as server, psycopg.connect(server.url()):
        pass
