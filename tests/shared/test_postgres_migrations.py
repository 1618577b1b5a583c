"""Numbered migrations: each once, in order, and never changed afterwards."""

import sys
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from ankus_shared.postgres import MigrationError, migrate
from tests.fixtures.db import Clone

Write = Callable[[dict[str, str]], str]


@pytest.fixture
def write(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Write:
    """Writes the migrations of a package and gives the package's name."""
    monkeypatch.syspath_prepend(str(tmp_path))
    name = f"migrated_{tmp_path.name.replace('-', '_')}"
    folder = tmp_path / name / "migrations"
    folder.mkdir(parents=True)
    (tmp_path / name / "__init__.py").write_text("")

    def written(files: dict[str, str]) -> str:
        for old in folder.iterdir():
            old.unlink()
        for file, text in files.items():
            (folder / file).write_text(text, encoding="utf-8")
        sys.modules.pop(name, None)
        return name

    return written


def test_each_is_applied_once_and_in_order(clone: Clone, write: Write) -> None:
    files = {
        "0002_more.sql": "ALTER TABLE t ADD y int;",
        "0001_table.sql": "CREATE TABLE t (x int);",
        "x.txt": "",
    }
    with clone.admin() as connection:
        assert migrate(connection, write(files)) == ["0001_table", "0002_more"]
        assert migrate(connection, write(files)) == []
        files["0003_rows.sql"] = "INSERT INTO t VALUES (1, 2); INSERT INTO t VALUES (3, 100);"
        assert migrate(connection, write(files)) == ["0003_rows"]
        assert connection.execute("SELECT sum(x + y) FROM t").fetchone() == (106,)


def test_one_that_fails_leaves_nothing_and_can_be_mended(clone: Clone, write: Write) -> None:
    with clone.admin() as connection:
        with pytest.raises(MigrationError, match=r"0001_bad of .* failed: .*nowhere"):
            migrate(connection, write({"0001_bad.sql": "CREATE TABLE t (x int); SELECT * FROM nowhere;"}))
        assert migrate(connection, write({"0001_good.sql": "CREATE TABLE t (x int); SELECT '100%'"})) == [
            "0001_good"
        ]


def test_a_changed_file_a_gap_and_a_lost_file_are_errors(clone: Clone, write: Write) -> None:
    two = {"0001_a.sql": "SELECT 1", "0002_b.sql": "SELECT 2"}
    with clone.admin() as connection:
        migrate(connection, write(two))
        with pytest.raises(MigrationError, match=r"0001_a .* was changed"):
            migrate(connection, write({**two, "0001_a.sql": "SELECT 3"}))
        with pytest.raises(MigrationError, match="does not have"):
            migrate(connection, write({"0001_a.sql": "SELECT 1"}))
        with pytest.raises(MigrationError, match="migration 4 where 3 belongs"):
            migrate(connection, write({**two, "0004_d.sql": "SELECT 4"}))
        with pytest.raises(MigrationError, match="NNNN_name"):
            migrate(connection, write({**two, "3_c.sql": "SELECT 3"}))


def test_several_processes_may_start_at_once(clone: Clone, write: Write) -> None:
    package = write(
        {"0001_once.sql": "CREATE TABLE once (x int); SELECT count(*) FROM pg_class a, pg_class b"}
    )

    def apply(_: int) -> list[str]:
        with clone.admin() as connection:
            return migrate(connection, package)

    with ThreadPoolExecutor(4) as threads:
        assert sorted(threads.map(apply, range(4))) == [[], [], [], ["0001_once"]]
