"""Thin by intent: the fixtures are in tests/fixtures."""

import os

import pytest
from hypothesis import settings

pytest_plugins = [
    "tests.fixtures.agent",
    "tests.fixtures.db",
    "tests.fixtures.llm",
    "tests.fixtures.manual",
    "tests.fixtures.memory",
    "tests.fixtures.shop",
    "tests.fixtures.toys",
    "tests.fixtures.traces",
    "tests.fixtures.code",
    "tests.fixtures.lighthouse",
    "tests.fixtures.temporary",
]

# workers and the programs of hundreds of tests compile nothing twice, whatever the machine's setting
os.environ.pop("PYTHONDONTWRITEBYTECODE", None)

# a deadline is a timed assertion: it fails on a busy machine
settings.register_profile("ankus", deadline=None)
settings.load_profile("ankus")


@pytest.fixture(scope="session")
def anyio_backend() -> str:
    """Everything runs on asyncio, as in production."""
    return "asyncio"
