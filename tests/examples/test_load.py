"""Loading the example shop: once, whole or not at all, and never over tables of somebody else."""

import os
import shutil
import signal
import subprocess
from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest

from ankus_shared.postgres import DatabaseUnavailable, embedded_server
from examples.shop import database, marker
from tests.examples.conftest import REPOSITORY, Shop, load_command, run_load
from tests.fixtures.disk import small_disk


def test_the_first_load_says_what_it_does_and_the_second_says_and_starts_nothing(shop: Shop) -> None:
    assert "12 tables, 77," in shop.first.stderr
    assert shop.first.stdout == ""
    assert (shop.second.returncode, shop.second.stdout, shop.second.stderr) == (0, "", "")
    assert not shop.started_by_second


def test_help_tells_where_the_example_goes_and_how_to_send_it_elsewhere(
    tmp_path: Path,
) -> None:
    told = run_load(tmp_path, "--help").stdout
    for word in ("embedded PostgreSQL", "--database-url", "ANKUS_SHOP_DATABASE_URL", "--force"):
        assert word in told
    assert list(tmp_path.iterdir()) == []


@pytest.fixture
def cluster(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A data directory as far as the marker looks at it."""
    monkeypatch.setenv("ANKUS_DATA_DIR", str(tmp_path))
    folder = tmp_path / "postgres"
    folder.mkdir()
    (folder / "PG_VERSION").write_text("18\n")
    return folder


def test_the_marker_is_fresh_until_the_data_directory_is_removed_or_made_anew(cluster: Path) -> None:
    assert not marker.is_fresh()
    marker.write()
    assert marker.is_fresh()
    born = (cluster / "PG_VERSION").stat().st_mtime_ns
    shutil.rmtree(cluster)
    assert not marker.is_fresh()
    cluster.mkdir()
    (cluster / "PG_VERSION").write_text("18\n")
    os.utime(cluster / "PG_VERSION", ns=(born + 1, born + 1))
    assert not marker.is_fresh()


@pytest.mark.parametrize("content", ["", "{", "[]", '{"digest": "of another version"}'])
def test_a_marker_that_is_broken_or_of_another_version_is_stale(cluster: Path, content: str) -> None:
    marker.write()
    (cluster.parent / "shop.json").write_text(content)
    assert not marker.is_fresh()


def test_an_interrupted_load_leaves_the_old_database_whole_and_the_next_load_cleans_up(shop: Shop) -> None:
    command, environment = load_command(shop.data)
    loading = subprocess.Popen(
        [*command, "--force"], env=environment, cwd=REPOSITORY, stderr=subprocess.PIPE, text=True
    )
    assert loading.stderr is not None
    assert "Loading" in loading.stderr.readline()
    loading.send_signal(signal.SIGINT)
    _, told = loading.communicate(timeout=60)
    assert loading.returncode == 130
    assert "Traceback" not in told
    with psycopg.connect(shop.url.format("shop")) as connection:
        assert connection.execute("SELECT count(*) FROM orders").fetchone() == (15_000,)

    assert run_load(shop.data, "--force").returncode == 0
    with psycopg.connect(shop.url.format("postgres")) as connection:
        names = connection.execute("SELECT datname FROM pg_database WHERE datname LIKE 'shop%'").fetchall()
    assert names == [("shop",)]


def test_a_lost_marker_costs_no_second_load(shop: Shop, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ANKUS_DATA_DIR", str(shop.data))
    (shop.data / "shop.json").unlink()
    assert run_load(shop.data).stderr == ""
    assert marker.is_fresh()


def test_a_database_called_shop_that_is_not_the_example_is_left_alone(
    shop: Shop, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("ANKUS_DATA_DIR", str(shop.data))
    with psycopg.connect(shop.url.format("postgres"), autocommit=True) as admin:
        admin.execute("ALTER DATABASE shop RENAME TO kept")
        admin.execute("CREATE DATABASE shop")
        try:
            with pytest.raises(database.ExampleError, match="not the example"):
                database.load_embedded()
        finally:
            admin.execute("DROP DATABASE shop")
            admin.execute("ALTER DATABASE kept RENAME TO shop")


@pytest.fixture
def mine(shop: Shop) -> Iterator[str]:
    """The URL of an empty database of one's own."""
    with psycopg.connect(shop.url.format("postgres"), autocommit=True) as admin:
        admin.execute("CREATE DATABASE mine")
        yield shop.url.format("mine")
        admin.execute("DROP DATABASE mine WITH (FORCE)")


def test_a_database_of_ones_own_is_loaded_once_and_again_by_force(mine: str, shop: Shop) -> None:
    assert run_load(shop.data, "--database-url", mine).returncode == 0
    with psycopg.connect(mine, autocommit=True) as connection:
        connection.execute("DELETE FROM reviews")
        assert run_load(shop.data, "--database-url", mine).stderr == ""
        assert connection.execute("SELECT count(*) FROM reviews").fetchone() == (0,)
        assert run_load(shop.data, "--database-url", mine, "--force").returncode == 0
        reviews = connection.execute("SELECT count(*) FROM reviews").fetchone()
        assert reviews is not None
        assert reviews[0] > 5000


@pytest.mark.parametrize("force", [False, True])
def test_tables_of_somebody_else_are_named_and_left_alone(mine: str, force: bool) -> None:
    with psycopg.connect(mine, autocommit=True) as connection:
        connection.execute("CREATE TABLE orders AS SELECT 42 AS answer")
        with pytest.raises(database.ExampleError, match="other tables of these names: orders"):
            database.load_into(mine, force=force)
        assert connection.execute("SELECT * FROM orders").fetchall() == [(42,)]
        assert _tables(connection) == ["orders"]


def test_a_load_that_fails_in_the_middle_leaves_nothing(mine: str) -> None:
    with psycopg.connect(mine, autocommit=True) as connection:
        connection.execute("CREATE TYPE reviews AS ENUM ('good', 'bad')")
        with pytest.raises(database.ExampleError, match="reviews"):
            database.load_into(mine)
        assert _tables(connection) == []


def _tables(connection: psycopg.Connection[tuple[str]]) -> list[str]:
    query = "SELECT tablename::text FROM pg_tables WHERE schemaname = 'public' ORDER BY 1"
    return [name for (name,) in connection.execute(query)]


def test_a_database_that_cannot_be_reached_is_one_line_without_the_password(tmp_path: Path) -> None:
    url = "postgresql://me:s3cret@127.0.0.1:9/mine"
    with pytest.raises(DatabaseUnavailable):
        database.load_into(url)
    done = run_load(tmp_path, "--database-url", url)
    assert done.returncode == 1
    assert len(done.stderr.splitlines()) == 1
    assert "127.0.0.1:9" in done.stderr
    assert "s3cret" not in done.stderr


def test_a_disk_that_fills_up_is_one_line_and_leaves_no_half_of_the_example() -> None:
    with small_disk("250m") as disk:
        with embedded_server(disk.path / "postgres"):
            pass
        disk.leave(6_144)
        full = run_load(disk.path)
        disk.resize("250m")
        again = run_load(disk.path)

    assert full.returncode == 1
    assert "No space left on device." in full.stderr.splitlines()[-1]
    assert "Traceback" not in full.stderr
    assert again.returncode == 0, again.stderr
