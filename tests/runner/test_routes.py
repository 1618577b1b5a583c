"""Rules of a profile by which a question is asked of other models."""

from typing import Any

import pytest
from pydantic import ValidationError

from ankus_runner.config import HostConfig
from ankus_runner.endpoints import Models
from ankus_runner.errors import ConfigError
from ankus_runner.events import Event, ModelDecided
from ankus_runner.hooks import Hooks
from ankus_runner.profile import Profile
from ankus_runner.routes import Route, check_routes, routed
from ankus_runner.session import Endpoint, open_session
from tests.fixtures.scripted import ScriptedModel, call, final, serve_scripted

HARD = Route(matches="why|почему", models=("large", "small"))
LONG = Route(longer_than=20, language="ru", models=("large",))


def test_the_first_rule_that_applies_decides() -> None:
    assert routed([HARD, LONG], "Почему так медленно работает запрос?")[0] == ("large", "small")
    assert routed([HARD, LONG], "Сколько заказов было в мае?")[0] == ("large",)


@pytest.mark.parametrize("question", ["How many orders are there in all of May?", "Сколько?"])
def test_where_none_applies_the_models_stay_as_they_are(question: str) -> None:
    assert routed([HARD, LONG], question) == ((), "")


@pytest.mark.parametrize("wrong", [{"matches": "("}, {}, {"language": "de"}, {"matches": "a", "models": []}])
def test_a_rule_that_says_nothing_or_cannot_be_read_is_refused(wrong: dict[str, Any]) -> None:
    with pytest.raises(ValidationError):
        Route.model_validate({"models": ["large"]} | wrong)


@pytest.mark.parametrize("models", [("huge",), ("large", "large")])
def test_a_rule_that_leads_nowhere_is_refused_with_what_there_is(models: tuple[str, ...]) -> None:
    with pytest.raises(ConfigError, match="which is none of the models or stands twice") as refused:
        check_routes([Route(matches="a", models=models)], ["small", "large"])

    assert "There are: large, small." in str(refused.value)


async def test_a_hard_question_goes_to_the_large_model_and_the_reason_is_told(
    toy_config: HostConfig, toy_profile: Profile, events: list[Event]
) -> None:
    profile = toy_profile.model_copy(update={"routes": (HARD,)})
    with serve_scripted(ScriptedModel()) as small, serve_scripted(ScriptedModel()) as large:
        small.play(call("toy__look_up", {"word": "a"}), final("Easy."))
        large.play(call("toy__look_up", {"word": "a"}), final("Hard."))
        specs = [{"name": "small", "base_url": small.url}, {"name": "large", "base_url": large.url}]
        endpoint = Endpoint(models=Models.model_validate({"models": specs}).chosen())
        async with open_session(endpoint, toy_config, profile, Hooks(events.append)) as session:
            easy, hard = await session.ask("What is a?"), await session.ask("Why is a?")

    assert (easy.answer, hard.answer) == ("Easy.", "Hard.")
    assert [(len(small.requests)), len(large.requests)] == [2, 2]
    [decided] = [event for event in events if isinstance(event, ModelDecided)]
    assert (decided.model, decided.decision) == ("large", "is asked first")
    assert decided.reason == "it matches 'why|почему'"
