"""The cache of tools' results: what is kept, for how long, and what empties it."""

from typing import Any

import pytest

from ankus_runner.catalogue import Tool
from ankus_runner.hosts import Hosts, ToolResult
from ankus_runner.tool_calls import MOST_KEPT, REHEARSED_SECONDS, ToolCalls

READ = Tool("toy__read", "toy", "read", "", {}, {}, read_only=True)
WRITE = Tool("toy__write", "toy", "write", "", {}, {})


class Counting(Hosts):
    """A server whose every answer is another."""

    def __init__(self) -> None:
        super().__init__({})
        self.made = 0
        self.failing = False

    async def call(self, server: str, tool: str, arguments: Any, *, seconds: float) -> ToolResult:
        self.made += 1
        return ToolResult(f"answer {self.made}", None, failed=self.failing)


@pytest.fixture
def hosts() -> Counting:
    """The server."""
    return Counting()


@pytest.fixture
def now() -> list[float]:
    """The time, which stands."""
    return [0.0]


@pytest.fixture
def calls(hosts: Counting, now: list[float]) -> ToolCalls:
    """Calls that keep what both tools answer for a minute, as far as they may."""
    return ToolCalls(hosts, 20, {READ.name, WRITE.name}, 60, lambda: now[0])


async def test_the_same_call_is_answered_from_before_whatever_the_order_of_its_arguments(
    calls: ToolCalls, hosts: Counting
) -> None:
    first = await calls.call(READ, {"a": 1, "b": [2]})
    again = await calls.call(READ, {"b": [2], "a": 1})
    other = await calls.call(READ, {"a": 1, "b": ["2"]})

    assert (first.text, again.text, other.text) == ("answer 1", "answer 1", "answer 2")
    assert (first.cached, again.cached) == (False, True)


async def test_a_result_is_good_for_its_seconds(calls: ToolCalls, now: list[float]) -> None:
    await calls.call(READ, {})
    now[0] = 59
    assert (await calls.call(READ, {})).cached
    now[0] = 60
    assert not (await calls.call(READ, {})).cached


async def test_a_call_that_may_write_is_always_made_and_empties_the_cache(
    calls: ToolCalls, hosts: Counting
) -> None:
    await calls.call(READ, {})
    await calls.call(WRITE, {})
    await calls.call(WRITE, {})

    assert not (await calls.call(READ, {})).cached
    assert hosts.made == 4


async def test_a_failure_is_not_kept(calls: ToolCalls, hosts: Counting) -> None:
    hosts.failing = True
    await calls.call(READ, {})
    hosts.failing = False

    assert (await calls.call(READ, {})).text == "answer 2"


async def test_nothing_is_kept_unless_it_is_asked_for(hosts: Counting) -> None:
    calls = ToolCalls(hosts, 20)
    await calls.call(READ, {})

    assert (await calls.call(READ, {})).text == "answer 2"


async def test_the_oldest_goes_first(calls: ToolCalls) -> None:
    for number in range(MOST_KEPT + 1):
        await calls.call(READ, {"n": number})

    assert (await calls.call(READ, {"n": 1})).cached
    assert not (await calls.call(READ, {"n": 0})).cached


async def test_a_rehearsed_call_is_made_once_and_soon(hosts: Counting, now: list[float]) -> None:
    calls = ToolCalls(hosts, 20, clock=lambda: now[0])
    await calls.rehearse(READ, {})
    await calls.rehearse(READ, {})
    assert (await calls.call(READ, {})).text == "answer 1"
    assert (await calls.call(READ, {})).text == "answer 2"

    await calls.rehearse(READ, {})
    now[0] = REHEARSED_SECONDS
    assert (await calls.call(READ, {})).text == "answer 4"
