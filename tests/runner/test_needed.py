"""A profile starts the servers that it names, and no others."""

import sys
from typing import Any

import pytest

from ankus_runner.config import HostConfig
from ankus_runner.errors import ConfigError
from ankus_runner.needed import needed
from ankus_runner.profile import PreludeCall, Profile
from ankus_runner.session import Endpoint, open_session
from tests.fixtures.scripted import ScriptedModel


def config(*names: str) -> HostConfig:
    """An mcp.json with these servers."""
    return HostConfig.model_validate({"mcpServers": {name: {"command": "x"} for name in names}})


def profile(*tools: str, **more: Any) -> Profile:
    """A profile with these tools."""
    return Profile(name="p", description="d", tools=tools, **more)


@pytest.mark.parametrize(
    ("pattern", "servers"),
    [
        ("code-graph__find_symbol", ["code-graph"]),
        ("code-graph__*", ["code-graph"]),
        ("postgres-sql__run_[qx]*", ["postgres-sql"]),
        ("*", ["postgres-sql", "code-graph", "a", "a__b"]),
        ("*__find_symbol", ["postgres-sql", "code-graph", "a", "a__b"]),
        ("?ode-graph__*", ["postgres-sql", "code-graph", "a", "a__b"]),
        ("code*__find_symbol", ["code-graph"]),
        ("a__b__c", ["a", "a__b"]),
        ("a__*", ["a", "a__b"]),
        ("a*", ["a", "a__b"]),
    ],
)
def test_a_pattern_names_each_server_of_which_a_tool_could_match(pattern: str, servers: list[str]) -> None:
    chosen = needed(config("postgres-sql", "code-graph", "a", "a__b"), profile(pattern))

    assert list(chosen.mcpServers) == servers


def test_the_calls_before_a_question_name_servers_too() -> None:
    calls = {"prelude": (PreludeCall(tool="b__x"),), "on_question": (PreludeCall(tool="c__x"),)}

    chosen = needed(config("c", "d", "b", "a"), profile("a__x", **calls))

    assert list(chosen.mcpServers) == ["c", "b", "a"]


@pytest.mark.parametrize(
    "pattern", ["code-graph__find_symbol", "code*", "code-graph__*", "run_query", "b__x"]
)
def test_a_server_that_is_not_in_mcp_json_is_named(pattern: str) -> None:
    with pytest.raises(ConfigError) as caught:
        needed(config("postgres-sql", "bb"), profile("postgres-sql__*", pattern))

    assert pattern in str(caught.value)
    assert "'p'" in str(caught.value)
    assert "postgres-sql, bb" in caught.value.hint


async def test_a_server_that_the_profile_does_not_name_is_not_started(
    scripted: ScriptedModel, toy_config: HostConfig, toy_profile: Profile
) -> None:
    broken = {"command": sys.executable, "args": ["-c", "raise SystemExit('started all the same')"]}
    servers = HostConfig.model_validate(
        {"mcpServers": {**toy_config.model_dump()["mcpServers"], "z": broken}}
    )

    async with open_session(Endpoint(scripted.url, "m"), servers, toy_profile) as session:
        assert "toy__look_up(" in session.agent.prefix
