"""The examples in the README of shared are programs that work."""

import ipaddress
import re
import sys
from pathlib import Path
from types import ModuleType

import pytest

from ankus_shared.web import BlockedAddress, Guard
from tests.fixtures.mcp import ROOT, Program, connected
from tests.fixtures.site import Answer, running_site


def example(holding: str) -> str:
    """The one example that holds a text."""
    text = (ROOT / "shared" / "README.md").read_text("utf-8")
    (code,) = (code for code in re.findall(r"```python\n(.*?)```", text, re.DOTALL) if holding in code)
    return str(code)


@pytest.fixture
def readme_server(tmp_path: Path) -> Program:
    script = tmp_path / "barn.py"
    script.write_text(example("serve.run("), "utf-8")
    return Program("barn", (sys.executable, str(script)))


async def test_the_example_serves_its_tool_over_stdio(readme_server: Program) -> None:
    async with connected(readme_server, "stdio") as client:
        found = await client.call_tool("find_sheep", {"name": "Dolly"})
        missing = await client.call_tool("find_sheep", {"name": "Polly"})
    assert found.structured_content == {"name": "Dolly", "box": 3}
    assert missing.is_error
    assert missing.structured_content["error"]["code"] == "no_such_sheep"


async def test_the_example_fetches_a_page_and_nothing_of_an_inner_network() -> None:
    module = ModuleType("example")
    exec(compile(example("Fetcher("), "shared/README.md", "exec"), module.__dict__)
    loopback = Guard(networks=[ipaddress.ip_network("127.0.0.0/8")])
    with running_site() as site:
        site.pages["/"] = Answer("<p>Долли".encode(), content_type="text/html; charset=utf-8")
        assert await module.read(site.url(), loopback) == "<p>Долли"
        with pytest.raises(BlockedAddress):
            await module.read(site.url())
