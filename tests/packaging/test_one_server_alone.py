"""Wheels are built, and one server works alone in a fresh environment, as its user would install it."""

import subprocess
import sys
import venv
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from zipfile import ZipFile

import pytest
from mcp import Client, StdioServerParameters, stdio_client

ROOT = Path(__file__).parents[2]


def run(*command: str | Path) -> None:
    """Run a command; its output is the message where it fails."""
    done = subprocess.run([str(part) for part in command], capture_output=True, text=True)
    assert done.returncode == 0, done.stdout + done.stderr


@dataclass(frozen=True)
class Case:
    """One server, a call that its user would make first, and what the answer holds."""

    name: str
    tool: str
    arguments: dict[str, Any]
    answer: str

    @property
    def package(self) -> str:
        """The name of its import package."""
        return f"ankus_{self.name.replace('-', '_')}"


OWLS = {"source": "zoo", "title": "Owls", "text": "# Owls\n\nAn owl eats mice."}
CASES = [
    Case("postgres-sql", "run_query", {"sql": "SELECT 40 + 2 AS answer"}, "42"),
    Case("code-graph", "list_graphs", {}, "There is no graph yet"),
    Case("docs-rag", "ingest_source", OWLS, "zoo: 1 pages, 1 changed"),
]
each_server = pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)


@pytest.fixture(scope="module")
def wheels(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The wheels of the servers and of what they need."""
    folder = tmp_path_factory.mktemp("wheels")
    for package in ("shared", *(f"servers/{case.name}" for case in CASES)):
        run(sys.executable, "-m", "build", "--wheel", "--outdir", folder, ROOT / package)
    return folder


@each_server
@pytest.mark.timeout(300)
async def test_a_server_alone_answers_over_stdio(wheels: Path, tmp_path: Path, case: Case) -> None:
    venv.create(tmp_path / "venv", with_pip=False)
    python = tmp_path / "venv" / "bin" / "python"
    constraints, package = ROOT / "constraints.txt", f"ankus-{case.name}"
    # our pip for its Python, and bytecode of only what the server imports: half the time
    pip = (sys.executable, "-m", "pip", "--python", python, "install", "-q", "--no-compile")
    run(*pip, "--find-links", wheels, "-c", constraints, package)

    server = StdioServerParameters(
        command=str(python.with_name(package)), env={"ANKUS_DATA_DIR": str(tmp_path / "data")}
    )
    async with Client(stdio_client(server)) as client:
        result = await client.call_tool(case.tool, case.arguments)

    assert not result.is_error
    assert case.answer in result.content[0].text  # type: ignore[union-attr]


@each_server
def test_every_package_ships_its_data_files_and_its_types(wheels: Path, case: Case) -> None:
    [server] = wheels.glob(f"{case.package}-*.whl")
    names = set(ZipFile(server).namelist())
    source = ROOT / "servers" / case.name / "src"
    kept = {str(path.relative_to(source)) for path in source.rglob("*.*") if "__pycache__" not in path.parts}
    assert f"{case.package}/py.typed" in kept
    assert any(name.endswith(".sql") for name in kept)
    assert not kept - names
