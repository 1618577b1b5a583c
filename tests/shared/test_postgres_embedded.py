"""The embedded PostgreSQL: made whole or not at all, shared, stopped by the last, back after a crash."""

import os
import shutil
import signal
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

import psutil
import psycopg
import pytest

from ankus_shared.errors import DependencyError
from ankus_shared.postgres import EmbeddedServer, cluster, embedded_server
from ankus_shared.postgres.cluster import Cluster
from tests.fixtures.db import Server

HOLD = """
import sys, pathlib
from ankus_shared.postgres import embedded_server
with embedded_server(pathlib.Path(sys.argv[1])):
    print("holding", flush=True)
    sys.stdin.readline()
"""


@pytest.fixture
def data() -> Iterator[Path]:
    """Where a data directory can be made; in a short path that the system user can reach."""
    folder = Path(tempfile.mkdtemp(prefix="ankus-"))
    yield folder / "postgres"
    assert not _servers(folder / "postgres")
    shutil.rmtree(folder)


def test_text_of_other_languages_is_compared_and_folded(embedded: Server) -> None:
    with embedded.admin("world") as connection:
        row = connection.execute(
            "SELECT lower('ЖУК'), upper('ёж'), 'Жук' ILIKE 'жУК', 'ЖУК' ~* 'жук', initcap('иван'),"
            " (SELECT string_agg(x, '' ORDER BY x) FROM unnest(ARRAY['в', 'а', 'б', 'z', 'a']) x)"
        ).fetchone()
    assert row == ("жук", "ЁЖ", True, True, "Иван", "azабв")


def test_a_server_is_made_started_and_stopped(data: Path) -> None:
    with embedded_server(data) as server:
        assert _answers(server)
        assert len(_servers(data)) == 1
        assert data.stat().st_mode & 0o077 == 0
    assert not _servers(data)
    assert sorted(path.name for path in data.parent.iterdir()) == [
        "postgres", "postgres.lock", "postgres.users",
    ]  # fmt: skip


def test_the_last_of_several_processes_stops_the_server(data: Path) -> None:
    with embedded_server(data) as server:
        other = _hold(data)
        with embedded_server(data):
            pass
        assert _answers(server)
    assert _servers(data)
    other.communicate("\n")
    assert not _servers(data)


def test_a_killed_process_does_not_keep_the_server_running(data: Path) -> None:
    other = _hold(data)
    other.send_signal(signal.SIGKILL)
    other.communicate()
    assert _servers(data)
    with embedded_server(data) as server:
        assert _answers(server)
    assert not _servers(data)


def test_a_crashed_server_is_started_again(data: Path) -> None:
    with embedded_server(data) as server:
        with psycopg.connect(server.url(), autocommit=True) as connection:
            connection.execute("CREATE TABLE kept (x int)")
        (postmaster,) = _servers(data)
        children = postmaster.children()
        postmaster.kill()
        psutil.wait_procs([postmaster, *children])
    assert (data / "postmaster.pid").exists()
    with embedded_server(data) as server, psycopg.connect(server.url()) as connection:
        connection.execute("SELECT * FROM kept")


def test_a_process_number_in_use_by_another_program_does_not_hinder(data: Path) -> None:
    with embedded_server(data):
        lines = (data / "postmaster.pid").read_text().split("\n")
    (data / "postmaster.pid").write_text("\n".join([str(os.getpid()), *lines[1:]]))
    with embedded_server(data) as server:
        assert _answers(server)


def test_the_path_may_be_long_and_odd(data: Path) -> None:
    odd = data.parent / ("длинный путь, с 'кавычками' " + "x" * 60) / "postgres"
    with embedded_server(odd) as server:
        assert _answers(server)
        assert server.socket_dir != odd
        assert server.socket_dir.stat().st_mode & 0o077 == 0
    server.socket_dir.rmdir()
    short = data.parent / "a 'b', c"
    with embedded_server(short) as server:
        assert _answers(server)


def test_nothing_is_left_where_making_fails(data: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(made: Cluster) -> None:
        (made.data / "half").write_text("made")
        raise KeyboardInterrupt

    monkeypatch.setattr(Cluster, "_initdb", fail)
    with pytest.raises(KeyboardInterrupt), embedded_server(data):
        pass
    assert sorted(path.name for path in data.parent.iterdir()) == ["postgres.lock", "postgres.users"]


STARTING = """
import sys
from pathlib import Path
from ankus_shared.postgres import embedded_server

with embedded_server(Path(sys.argv[1])):
    print("in")
"""


def test_who_is_interrupted_while_the_server_starts_leaves_none_behind(data: Path) -> None:
    with embedded_server(data):
        pass
    with subprocess.Popen([sys.executable, "-c", STARTING, str(data)], stdout=subprocess.PIPE) as process:
        while not _starter(process.pid):
            assert process.poll() is None
        process.send_signal(signal.SIGINT)
        said, _ = process.communicate()

    assert said == b""
    assert not [each for each in psutil.process_iter(["cwd"]) if each.info["cwd"] == str(data)]


def _starter(pid: int) -> bool:
    """Whether the server that this process starts has just begun to."""
    try:
        return any(each.name() == "postgres" for each in psutil.Process(pid).children(recursive=True))
    except psutil.Error:  # one has just ended
        return False


def test_what_a_kill_left_of_the_making_is_cleared(data: Path) -> None:
    partial = data.with_name("postgres.partial")
    partial.mkdir()
    (partial / "PG_VERSION").write_text("18\n")
    with embedded_server(data) as server:
        assert _answers(server)
    assert not partial.exists()


def test_a_full_disk_is_one_line_and_leaves_nothing(data: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(cluster, "NEEDED_BYTES", 1 << 60)
    with pytest.raises(DependencyError, match="The disk is full") as caught, embedded_server(data):
        pass
    assert "\n" not in str(caught.value)
    assert not data.exists()


def test_a_folder_of_other_things_is_not_touched(data: Path) -> None:
    data.mkdir()
    (data / "thesis.txt").write_text("precious")
    with pytest.raises(DependencyError, match="is not a PostgreSQL data directory"), embedded_server(data):
        pass
    assert (data / "thesis.txt").read_text() == "precious"


def test_a_directory_of_another_version_is_said(data: Path) -> None:
    data.mkdir()
    (data / "PG_VERSION").write_text("17\n")
    with pytest.raises(DependencyError, match="made by PostgreSQL 17"), embedded_server(data):
        pass


def test_a_server_that_does_not_start_says_why(data: Path) -> None:
    with embedded_server(data):
        pass
    with (data / "postgresql.conf").open("a") as configuration:
        configuration.write("max_connections = many\n")
    with pytest.raises(DependencyError, match="max_connections") as caught, embedded_server(data):
        pass
    assert "server.log" in caught.value.hint


def test_a_file_where_a_folder_belongs_is_one_line(data: Path) -> None:
    data.parent.joinpath("file").write_text("")
    with (
        pytest.raises(DependencyError, match="cannot use its folder"),
        embedded_server(data.parent / "file" / "postgres"),
    ):
        pass


def _hold(data: Path) -> "subprocess.Popen[str]":
    """Another process that holds the server until it is told to let go."""
    process = subprocess.Popen(
        [sys.executable, "-c", HOLD, str(data)], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    )
    assert process.stdout is not None
    while process.stdout.readline() != "holding\n":
        assert process.poll() is None
    return process


def _answers(server: EmbeddedServer) -> bool:
    with psycopg.connect(server.url()) as connection:
        return connection.execute("SELECT 1").fetchone() == (1,)


def _servers(data: Path) -> list[psutil.Process]:
    """The server processes that have `data` as their working directory, without their children."""
    found = []
    for process in psutil.process_iter(["name", "cwd", "ppid", "status"]):
        info = process.info
        if info["name"] == "postgres" and info["cwd"] == str(data) and info["status"] != psutil.STATUS_ZOMBIE:
            found.append(process)
    pids = {process.pid for process in found}
    return [process for process in found if _parent(process) not in {*pids, None}]


def _parent(process: psutil.Process) -> int | None:
    """The parent of a process; None of one that has ended meanwhile."""
    try:
        return process.ppid()
    except psutil.NoSuchProcess:
        return None
