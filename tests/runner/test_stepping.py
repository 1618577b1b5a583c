"""Step by step: each call is shown and waits for a key."""

import os
import pty
from collections.abc import Iterator

import pytest

from ankus_runner.config import HostConfig
from ankus_runner.errors import StoppedError
from ankus_runner.events import CallMade, Event, Paused
from ankus_runner.hooks import Hooks, KeepNothing
from ankus_runner.keyboard import Keyboard
from ankus_runner.stepping import StepByStep
from tests.fixtures.agent import OpenAgent
from tests.fixtures.program import Command, the_line
from tests.fixtures.scripted import ScriptedModel, call, final

STEPS = [call("toy__look_up", {"word": "a secret-word"}), call("toy__look_up", {"word": "b"}), final("Both.")]


@pytest.fixture
def toy_config(toys: HostConfig) -> HostConfig:
    """The toy server of the module."""
    return toys


@pytest.fixture
def keys() -> list[str]:
    """What is pressed, one key a question."""
    return []


@pytest.fixture
def hooks(keys: list[str]) -> Iterator[Hooks]:
    keyboard, terminal = pty.openpty()

    def say(text: str) -> None:
        if text.endswith(": "):
            os.write(keyboard, keys.pop(0).encode())

    yield Hooks(keeper=StepByStep(KeepNothing(), Keyboard(say, terminal), ["secret-word"]))
    for end in (keyboard, terminal):
        os.close(end)


def seen(events: list[Event]) -> list[str]:
    return [type(event).__name__ for event in events if isinstance(event, Paused | CallMade)]


@pytest.mark.parametrize(
    ("pressed", "happened"),
    [("gg", ["Paused", "CallMade", "Paused", "CallMade"]), ("a", ["Paused", "CallMade", "CallMade"])],
)
async def test_a_person_goes_on_call_by_call_or_lets_it_go_on(
    open_agent: OpenAgent,
    scripted: ScriptedModel,
    events: list[Event],
    hooks: Hooks,
    keys: list[str],
    pressed: str,
    happened: list[str],
) -> None:
    scripted.play(*STEPS)
    keys += pressed

    async with open_agent(hooks=hooks) as session:
        assert (await session.say("both?")).answer == "Both."

    assert seen(events) == happened
    assert keys == []
    assert "secret-word" not in str([event for event in events if isinstance(event, Paused)])


async def test_a_person_stops_the_run_before_the_call(
    open_agent: OpenAgent, scripted: ScriptedModel, events: list[Event], hooks: Hooks, keys: list[str]
) -> None:
    scripted.play(*STEPS)
    keys += "gs"

    async with open_agent(hooks=hooks) as session:
        with pytest.raises(StoppedError):
            await session.say("both?")

    assert seen(events) == ["Paused", "CallMade", "Paused"]


def test_without_a_terminal_there_is_no_step_by_step() -> None:
    done = Command("ankus").run(
        "ask", "How many?", "--step", "--base-url", "http://127.0.0.1:9", "--no-traces"
    )

    assert done.returncode == 2
    assert "--step needs a terminal" in the_line(done)
