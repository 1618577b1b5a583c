"""The barn server, with a folder of its own for each test."""

import sys
from pathlib import Path

import pytest

from tests.fixtures.mcp import Program


@pytest.fixture
def barn(tmp_path: Path) -> Program:
    """How to start the barn server."""
    command = (sys.executable, "-m", "tests.shared.barn_server")
    return Program("barn", command, env={"BARN_FOLDER": str(tmp_path)})
