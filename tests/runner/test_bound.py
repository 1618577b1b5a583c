"""What a profile fills in, hides or narrows of a tool: the model neither sees nor writes anything else."""

from ankus_runner.config import HostConfig
from ankus_runner.events import CallMade, Event
from ankus_runner.hooks import Hooks
from ankus_runner.profile import BoundTool, Profile
from ankus_runner.session import Endpoint, open_session
from tests.fixtures.scripted import ScriptedModel, call, final


async def asked(
    scripted: ScriptedModel, config: HostConfig, profile: Profile, bound: BoundTool, events: list[Event]
) -> None:
    """One question that looks a word up, with a tool bound."""
    scripted.play(call("toy__look_up", {"word": "fig"}), final("A fig."))
    changed = profile.model_copy(update={"bound": (bound,)})
    async with open_session(Endpoint(scripted.url, "m"), config, changed, Hooks(events.append)) as session:
        await session.ask("What is a fig?")


async def test_what_is_hidden_keeps_its_default(
    scripted: ScriptedModel, toy_config: HostConfig, toy_profile: Profile, events: list[Event]
) -> None:
    await asked(scripted, toy_config, toy_profile, BoundTool(tool="toy__look_up", hide=("times",)), events)

    request = scripted.requests[0]
    assert "toy__look_up(word: string)" in request["messages"][0]["content"]
    assert "times" not in request["grammar"]
    assert CallMade("toy__look_up", {"word": "fig"}) in events


async def test_what_is_filled_in_is_not_written(
    scripted: ScriptedModel, toy_config: HostConfig, toy_profile: Profile, events: list[Event]
) -> None:
    await asked(scripted, toy_config, toy_profile, BoundTool(tool="toy__look_up", fill={"times": 2}), events)

    assert "times" not in scripted.requests[0]["grammar"]
    assert CallMade("toy__look_up", {"word": "fig", "times": 2}) in events


async def test_what_is_narrowed_is_offered_so(
    scripted: ScriptedModel, toy_config: HostConfig, toy_profile: Profile, events: list[Event]
) -> None:
    bound = BoundTool(tool="toy__look_up", narrow={"word": {"enum": ["fig", "fir"]}})

    await asked(scripted, toy_config, toy_profile, bound, events)

    assert '"\\"fir\\""' in scripted.requests[0]["grammar"]


async def test_strings_of_calls_are_as_long_as_the_profile_lets_them_be(
    scripted: ScriptedModel, toy_config: HostConfig, toy_profile: Profile
) -> None:
    limits = toy_profile.limits.model_copy(update={"string_chars": 77})
    scripted.play(call("toy__look_up", {"word": "fig"}), final("A fig."))

    changed = toy_profile.model_copy(update={"limits": limits})
    async with open_session(Endpoint(scripted.url, "m"), toy_config, changed) as session:
        await session.ask("What is a fig?")

    assert "{0,76}" in scripted.requests[0]["grammar"]
