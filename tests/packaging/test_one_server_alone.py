"""Wheels are built, and one server works alone in a fresh environment, as its user would install it."""

import subprocess
import sys
import venv
from pathlib import Path

import pytest
from mcp import Client, StdioServerParameters, stdio_client

ROOT = Path(__file__).parents[2]


def run(*command: str | Path) -> None:
    """Run a command; its output is the message where it fails."""
    done = subprocess.run([str(part) for part in command], capture_output=True, text=True)
    assert done.returncode == 0, done.stdout + done.stderr


@pytest.fixture(scope="module")
def wheels(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The wheels of the server and of what it needs."""
    folder = tmp_path_factory.mktemp("wheels")
    for package in ("shared", "servers/postgres-sql"):
        run(sys.executable, "-m", "build", "--wheel", "--outdir", folder, ROOT / package)
    return folder


@pytest.mark.timeout(300)
async def test_the_postgres_server_alone_answers_over_stdio(wheels: Path, tmp_path: Path) -> None:
    venv.create(tmp_path / "venv", with_pip=True)
    python = tmp_path / "venv" / "bin" / "python"
    constraints = ROOT / "constraints.txt"
    run(python, "-m", "pip", "install", "-q", "--find-links", wheels, "-c", constraints, "ankus-postgres-sql")

    server = StdioServerParameters(
        command=str(python.with_name("ankus-postgres-sql")), env={"ANKUS_DATA_DIR": str(tmp_path / "data")}
    )
    async with Client(stdio_client(server)) as client:
        result = await client.call_tool("run_query", {"sql": "SELECT 40 + 2 AS answer"})

    assert not result.is_error
    assert "42" in result.content[0].text  # type: ignore[union-attr]


def test_every_package_ships_its_data_files_and_its_types(wheels: Path) -> None:
    from zipfile import ZipFile

    [server] = wheels.glob("ankus_postgres_sql-*.whl")
    names = ZipFile(server).namelist()
    assert any(name.endswith(".sql") for name in names)
    assert "ankus_postgres_sql/py.typed" in names
