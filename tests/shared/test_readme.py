"""The example in the README of shared is a program that works."""

import re
import sys
from pathlib import Path

import pytest

from tests.fixtures.mcp import ROOT, Program, connected


@pytest.fixture
def readme_server(tmp_path: Path) -> Program:
    (code,) = re.findall(
        r"```python\n(.*?)```", (ROOT / "shared" / "README.md").read_text("utf-8"), re.DOTALL
    )
    script = tmp_path / "barn.py"
    script.write_text(code, "utf-8")
    return Program("barn", (sys.executable, str(script)))


async def test_the_example_serves_its_tool_over_stdio(readme_server: Program) -> None:
    async with connected(readme_server, "stdio") as client:
        found = await client.call_tool("find_sheep", {"name": "Dolly"})
        missing = await client.call_tool("find_sheep", {"name": "Polly"})
    assert found.structured_content == {"name": "Dolly", "box": 3}
    assert missing.is_error
    assert missing.structured_content["error"]["code"] == "no_such_sheep"
