"""The official MCP conformance suite, at both protocol versions that it knows requirements for.

The fixture server has everything that the suite calls by name. A real server has none of that, so only
the scenarios that need no fixture count there.
"""

import re
from concurrent.futures import ThreadPoolExecutor

import pytest

from tests.conformance.conftest import Servers
from tests.conformance.servers import SERVERS
from tests.fixtures.node import NodeUnavailableError, OfficialSuite, official_suite

REVISIONS = ("2025-11-25", "2026-07-28")

# what a server with one tool and no resource passes; `server-stateless` asks for two diagnostic tools
WITHOUT_FIXTURE = {
    "2025-11-25": (
        "server-initialize",
        "server-session-lifecycle",
        "server-sse-multiple-streams",
        "ping",
        "tools-list",
        "resources-list",
        "prompts-list",
        "dns-rebinding-protection",
    ),
    "2026-07-28": (
        "server-sse-multiple-streams",
        "tools-list",
        "resources-list",
        "prompts-list",
        "sep-2164-resource-not-found",
        "caching",
        "http-header-validation",
        "input-required-result-unsupported-methods",
        "dns-rebinding-protection",
    ),
}


@pytest.fixture(scope="session")
def suite() -> OfficialSuite:
    """The suite; a test that needs it is skipped where it cannot be had."""
    try:
        return official_suite()
    except NodeUnavailableError as error:
        pytest.skip(str(error))


@pytest.mark.parametrize("revision", REVISIONS)
def test_the_fixture_server_meets_every_requirement(
    suite: OfficialSuite, servers: Servers, revision: str
) -> None:
    url = servers.over_http("everything").url
    done = suite.run("server", "--url", url, "--requirements", revision)
    assert done.returncode == 0, done.stdout[-6000:] + done.stderr[-2000:]
    assert len(re.findall(r"^✓ .*, 0 failed$", done.stdout, re.MULTILINE)) >= 30


@pytest.fixture(scope="module")
def required(suite: OfficialSuite, servers: Servers) -> dict[tuple[str, str], str]:
    """What the suite says of each real server at each revision.

    It runs all that the revision requires: one start of Node for all scenarios, and all runs at once, since
    the scenarios mostly wait.
    """
    runs = [(name, revision) for name in SERVERS if name != "everything" for revision in REVISIONS]
    urls = {name: servers.over_http(name).url for name, _ in runs}

    def said(run: tuple[str, str]) -> str:
        done = suite.run("server", "--url", urls[run[0]], "--requirements", run[1])
        return done.stdout + done.stderr

    with ThreadPoolExecutor(len(runs)) as pool:
        return dict(zip(runs, pool.map(said, runs), strict=True))


@pytest.mark.parametrize(
    ("revision", "scenario"),
    [(revision, scenario) for revision in REVISIONS for scenario in WITHOUT_FIXTURE[revision]],
)
@pytest.mark.parametrize("name", [name for name in SERVERS if name != "everything"])
def test_a_real_server_passes_what_needs_no_fixture(
    required: dict[tuple[str, str], str], name: str, revision: str, scenario: str
) -> None:
    said = required[name, revision]
    assert re.search(rf"^✓ {scenario}: [1-9]\d* passed, 0 failed$", said, re.MULTILINE), said[-20_000:]
