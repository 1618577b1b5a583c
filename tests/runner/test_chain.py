"""Several models as one: what fails is passed over, told, and left alone; nothing is shown twice."""

from collections.abc import AsyncGenerator, Callable, Generator
from contextlib import AbstractAsyncContextManager, ExitStack, asynccontextmanager, suppress
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ankus_runner.chain import Chain
from ankus_runner.config import HostConfig
from ankus_runner.constraint import Final, StepGrammar, render_json_step
from ankus_runner.constraint import parse_step as parse
from ankus_runner.endpoints import Models, ModelSpec
from ankus_runner.errors import EndpointError, ModelsFailedError, NotAnsweredError
from ankus_runner.events import Event, ModelDecided, PromptRead, StepDiscarded, TextArrived, Warned
from ankus_runner.hooks import Hooks
from ankus_runner.link import Link, Request
from ankus_runner.profile import Profile
from ankus_runner.resilience import Breaker, BreakerLimits
from ankus_runner.results import READ
from ankus_runner.session import Endpoint, Session, open_session
from tests.fixtures.llm import LlamaServer
from tests.fixtures.scripted import Reply, ScriptedModel, call, final, serve_scripted

LOOK = call("toy__look_up", {"word": "apple"})
ANSWER = final("An apple is an apple.")
NOWHERE = "http://127.0.0.1:9"
ASK = Request([{"role": "user", "content": "Answer."}], StepGrammar(), max_tokens=50)

OpenModels = Callable[..., AbstractAsyncContextManager[Session]]


def as_json(reply: Reply) -> Reply:
    """The same step in the JSON dialect."""
    return Reply(render_json_step(parse(reply.text)))


def shown(events: list[Event]) -> str:
    """What stands on a person's screen in the end."""
    text = ""
    for event in events:
        if isinstance(event, StepDiscarded):
            text = ""
        elif isinstance(event, TextArrived):
            text += event.text
    return text


def decisions(events: list[Event]) -> list[tuple[str, str]]:
    """What was decided of which model."""
    return [(event.model, event.decision) for event in events if isinstance(event, ModelDecided)]


@pytest.fixture
def pair() -> Generator[tuple[ScriptedModel, ScriptedModel]]:
    """A llama.cpp that is bound by GBNF, and another server that knows json_schema alone."""
    with ExitStack() as stack:
        small = stack.enter_context(serve_scripted(ScriptedModel("llama.cpp", ("gbnf",))))
        large = stack.enter_context(serve_scripted(ScriptedModel("other", ("json_schema",))))
        yield small, large


@pytest.fixture
def open_models(toy_config: HostConfig, toy_profile: Profile, events: list[Event]) -> OpenModels:
    """Open a session over models at these addresses, by name."""

    @asynccontextmanager
    async def opened(settings: dict[str, Any] | None = None, **urls: str) -> AsyncGenerator[Session]:
        specs = [{"name": name, "base_url": url, "model": "m"} for name, url in urls.items()]
        models = Models.model_validate({"models": specs} | (settings or {}))
        endpoint = Endpoint(models=models.chosen())
        async with open_session(endpoint, toy_config, toy_profile, Hooks(events.append)) as session:
            yield session

    return opened


@asynccontextmanager
async def chained(*links: Link) -> AsyncGenerator[Chain]:
    """A chain that is closed."""
    chain = Chain(links)
    try:
        yield chain
    finally:
        await chain.aclose()


def link(url: str, name: str = "small", breaker: Breaker | None = None, **settings: Any) -> Link:
    """A model at that address."""
    return Link(ModelSpec(name=name, base_url=url, **settings), breaker=breaker)


@pytest.mark.parametrize(
    "fault",
    [
        Reply(status=401),
        Reply(status=429, headers={"Retry-After": "3600"}),
        Reply(status=500),
        Reply("Thought: I beg", break_after=7),
        Reply(raw="data: nonsense\n\n"),
        Reply(raw="<html></html>", media_type="text/html"),
    ],
)
async def test_where_a_model_fails_the_next_goes_on_in_its_own_dialect(
    fault: Reply,
    pair: tuple[ScriptedModel, ScriptedModel],
    open_models: OpenModels,
    events: list[Event],
) -> None:
    small, large = pair
    small.play(LOOK, fault, fault, fault, fault, fault)
    large.play(as_json(ANSWER), repeat_last=True)

    async with open_models(small=small.url, large=large.url) as session:
        outcome = await session.ask("apple?")

    assert outcome.answer == "An apple is an apple."
    assert "grammar" in small.requests[0]
    assert large.requests[0]["response_format"]["type"] == "json_schema"
    assert large.requests[0]["messages"][2]["content"] == LOOK.text
    assert ("small", "is passed over for large") in decisions(events)
    assert shown(events).endswith(as_json(ANSWER).text)
    assert "I beg" not in shown(events)


async def test_a_model_that_is_left_alone_is_tried_after_its_rest(
    pair: tuple[ScriptedModel, ScriptedModel], events: list[Event]
) -> None:
    small, large = pair
    small.play(Reply(status=401), ANSWER)
    large.play(as_json(ANSWER), repeat_last=True)
    now = [0.0]
    breaker = Breaker(BreakerLimits(seconds=30), lambda: now[0])

    async with chained(link(small.url, breaker=breaker), link(large.url, "large")) as chain:
        wrote = [(await chain.complete(ASK)).model, (await chain.complete(ASK)).model]
        now[0] = 30
        wrote.append((await chain.complete(ASK, listener=events.append)).model)

    assert decisions(events) == [("small", "is tried")]
    assert wrote == ["large", "large", "small"]
    assert len(small.requests) == 2


async def test_a_model_that_is_down_at_the_start_is_told_and_passed_over(
    pair: tuple[ScriptedModel, ScriptedModel], open_models: OpenModels, events: list[Event]
) -> None:
    _, large = pair
    large.play(as_json(LOOK), as_json(ANSWER))

    async with open_models(small=NOWHERE, large=large.url) as session:
        outcome = await session.ask("apple?")

    assert outcome.answer == "An apple is an apple."
    assert any(isinstance(event, Warned) and "'small' cannot be used now" in event.reason for event in events)


async def test_a_model_that_obeys_no_grammar_is_passed_over(
    pair: tuple[ScriptedModel, ScriptedModel], open_models: OpenModels, events: list[Event]
) -> None:
    small, large = pair
    small.obeys = ()
    large.play(as_json(LOOK), as_json(ANSWER))

    async with open_models(small=small.url, large=large.url) as session:
        await session.ask("apple?")

    assert small.requests == []
    assert any(isinstance(event, ModelDecided) and "obeys no grammar" in event.reason for event in events)


async def test_where_all_fail_each_is_named_with_its_cause(
    pair: tuple[ScriptedModel, ScriptedModel], open_models: OpenModels
) -> None:
    small, large = pair
    small.play(Reply(status=401, text="no key"))
    large.play(Reply(status=500, text="out of memory"), repeat_last=True)

    async with open_models(small=small.url, large=large.url) as session:
        with pytest.raises(ModelsFailedError, match=r"small: .*401: no key.*large: .*500: out of memory"):
            await session.ask("apple?")


async def test_where_none_is_there_at_the_start_each_is_named(open_models: OpenModels) -> None:
    with pytest.raises(ModelsFailedError, match=r"small: .* large: "):
        async with open_models(small=NOWHERE, large=NOWHERE):
            pytest.fail("it opened")


FAULTS = st.sampled_from(
    [
        Reply(status=500),
        Reply(status=401),
        Reply("Thought: I beg", break_after=7),
        Reply("Thought: I beg", finish_reason="content_filter"),
        Reply(raw='data: {"choices": [{"delta": {"content": "Thought: "}}]}\n\ndata: 1\n\n'),
        Reply(raw=""),
        ANSWER,
    ]
)


@settings(max_examples=12)
@given(st.lists(FAULTS, max_size=6), st.lists(FAULTS, max_size=6))
async def test_whatever_fails_what_is_shown_in_the_end_is_what_was_written(
    first: list[Reply], second: list[Reply]
) -> None:
    events: list[Event] = []
    written = ""
    with (
        serve_scripted(ScriptedModel().play(*first)) as small,
        serve_scripted(ScriptedModel().play(*second)) as large,
    ):
        async with chained(link(small.url), link(large.url, "large")) as chain:
            with suppress(ModelsFailedError):
                written = (await chain.complete(ASK, listener=events.append)).text

    assert shown(events) == written
    assert written in ("", ANSWER.text)


async def test_a_key_that_a_server_repeats_is_in_no_error() -> None:
    with serve_scripted(ScriptedModel().play(Reply(status=401, text="wrong key: sk-planted"))) as server:
        spec = ModelSpec(name="small", base_url=server.url)
        async with chained(Link(spec, "sk-planted")) as chain:
            with pytest.raises(EndpointError, match=r"wrong key: \[key\] Set the key_file") as caught:
                await chain.complete(ASK)

    assert "sk-planted" not in repr(caught.value)


@pytest.mark.parametrize("settings", [{}, {"thinking": "off"}, {"thinking": "budget", "thinking_tokens": 16}])
async def test_the_real_llama_cpp_takes_over_and_obeys(
    settings: dict[str, Any], llama_server: LlamaServer, events: list[Event]
) -> None:
    request = replace(ASK, grammar=StepGrammar(thought_chars=20, final_chars=40), max_tokens=100)
    spec = ModelSpec(name="large", base_url=llama_server.url, prompt_cache=False, **settings)
    async with chained(link(NOWHERE), Link(spec, extra={"return_progress": True})) as chain:
        written = await chain.complete(request, listener=events.append)

    assert any(isinstance(event, PromptRead) for event in events)
    assert shown(events) == written.text
    assert (written.model, written.binding.dialect) == ("large", "gbnf")
    assert isinstance(written.step().action, Final)


@pytest.mark.parametrize("engine", ["llama.cpp", "vllm", "other"])
@pytest.mark.parametrize("way", ["off", "budget"])
async def test_every_engine_thinks_in_either_way(engine: Any, way: str) -> None:
    budget: dict[str, Any] = {"thinking_tokens": 20} if way == "budget" else {}
    obeys = ("gbnf",) if engine == "llama.cpp" else ("json_schema",)
    thinking = "an apple" if way == "budget" else ""
    reply = Reply(ANSWER.text if engine == "llama.cpp" else as_json(ANSWER).text, thinking=thinking)
    with serve_scripted(ScriptedModel(engine, obeys).play(reply)) as server:
        async with chained(link(server.url, thinking=way, **budget)) as chain:
            written = await chain.complete(ASK)

    request = server.requests[0]
    constraint = str(request.get("grammar") or request["response_format"])
    assert written.step() == parse(ANSWER.text)
    assert ("hought" in constraint) == (way == "off")
    assert request["max_tokens"] == (70 if way == "budget" else 50)
    if engine != "other":
        assert request["chat_template_kwargs"] == {"enable_thinking": way == "budget"}


async def test_a_thought_without_end_is_ended_and_the_step_written_without_one(events: list[Event]) -> None:
    endless = Reply(thinking="hm hm hm hm", hold=True)
    with serve_scripted(ScriptedModel().play(endless, ANSWER)) as server:
        async with chained(link(server.url, thinking="budget", thinking_tokens=3)) as chain:
            written = await chain.complete(ASK, listener=events.append)

    assert written.text == shown(events) == ANSWER.text
    assert decisions(events) == [("small", "does not think")]
    assert server.requests[1]["chat_template_kwargs"] == {"enable_thinking": False}
    assert "Thought" in server.requests[1]["grammar"]


async def test_room_is_kept_for_a_thought(toy_config: HostConfig, toy_profile: Profile) -> None:
    thinking = {"thinking": "budget", "thinking_tokens": 7000}
    with serve_scripted(ScriptedModel().play(ANSWER)) as server:
        spec = {"name": "small", "base_url": server.url, **thinking}
        models = Models.model_validate({"models": [spec]})
        async with open_session(Endpoint(models=models), toy_config, toy_profile) as session:
            with pytest.raises(NotAnsweredError, match="there is room for 792"):
                await session.ask("apple? " * 300)


async def test_the_prompt_cache_of_llama_cpp_has_a_switch() -> None:
    with serve_scripted(ScriptedModel().play(ANSWER, ANSWER)) as server:
        for cache in (True, False):
            async with chained(link(server.url, prompt_cache=cache)) as chain:
                await chain.complete(ASK)

    assert [request["cache_prompt"] for request in server.requests] == [True, False]


async def test_a_step_that_does_not_pass_is_written_by_the_next_and_both_are_counted(
    pair: tuple[ScriptedModel, ScriptedModel], open_models: OpenModels, events: list[Event]
) -> None:
    small, large = pair
    small.play(Reply("I will look."), Reply("Thought: x\nFinal: An apple is an apple."))
    large.play(as_json(LOOK))

    async with open_models({"cascade": ["parse"]}, small=small.url, large=large.url) as session:
        outcome = await session.ask("apple?")

    assert outcome.steps == 2
    assert outcome.usage.prompt == 300
    assert decisions(events) == [("small", "is passed over for large"), ("small", "is taken")]
    assert "I will look." not in shown(events)


async def test_a_call_that_a_check_has_run_is_not_run_again(
    pair: tuple[ScriptedModel, ScriptedModel],
    open_models: OpenModels,
    events: list[Event],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    small, large = pair
    small.play(LOOK, ANSWER)

    async with open_models({"cascade": ["run"]}, small=small.url, large=large.url) as session:
        made = watched(session, monkeypatch)
        await session.ask("apple?")

    assert made == [{"word": "apple"}]
    assert large.requests == []


async def test_a_result_that_is_read_again_passes_the_checks_without_a_call(
    pair: tuple[ScriptedModel, ScriptedModel], open_models: OpenModels, monkeypatch: pytest.MonkeyPatch
) -> None:
    small, large = pair
    long = call("toy__look_up", {"word": "apple", "times": 200})
    read = call(READ, {"handle": "obs1", "offset": 0})
    small.play(long, long, read, ANSWER)
    cascade = {"cascade": ["plan", "run", "agree"], "plan_tool": "toy__fail_always"}

    async with open_models(cascade, small=small.url, large=large.url) as session:
        made = watched(session, monkeypatch)
        outcome = await session.ask("apple?")

    assert outcome.steps == 3
    assert len(made) == 1
    assert large.requests == []


async def test_a_call_that_does_not_go_well_is_made_by_the_next(
    pair: tuple[ScriptedModel, ScriptedModel], open_models: OpenModels, events: list[Event]
) -> None:
    small, large = pair
    small.play(call("toy__look_up", {"word": "xapple"}), ANSWER)
    large.play(as_json(LOOK))

    async with open_models({"cascade": ["run"]}, small=small.url, large=large.url) as session:
        outcome = await session.ask("apple?")

    assert outcome.evidence is not None
    assert outcome.evidence.arguments == {"word": "apple"}
    assert any(isinstance(event, ModelDecided) and "write it without x" in event.reason for event in events)


@pytest.mark.parametrize(
    ("second", "agree"),
    [
        (LOOK, True),
        (call("toy__look_up", {"word": "apple", "times": 1}), True),
        (call("toy__look_up", {"word": "pear"}), False),
        (Reply("Hm."), False),
        (Reply(status=400), False),
    ],
)
async def test_a_second_sample_agrees_by_its_call_or_its_result(
    second: Reply, agree: bool, pair: tuple[ScriptedModel, ScriptedModel], open_models: OpenModels
) -> None:
    small, large = pair
    small.play(LOOK, second, ANSWER)
    large.play(as_json(LOOK))

    async with open_models({"cascade": ["agree"]}, small=small.url, large=large.url) as session:
        await session.ask("apple?")

    assert small.requests[1]["temperature"] > small.requests[0]["temperature"]
    assert len(large.requests) == (0 if agree else 1)


async def test_a_call_that_cannot_be_planned_is_made_by_the_next(
    pair: tuple[ScriptedModel, ScriptedModel], open_models: OpenModels, events: list[Event]
) -> None:
    small, large = pair
    small.play(call("toy__fail_always", {"reason": "rust"}), ANSWER)
    large.play(as_json(LOOK))
    cascade = {"cascade": ["plan"], "plan_tool": "toy__fail_always"}

    async with open_models(cascade, small=small.url, large=large.url) as session:
        await session.ask("apple?")

    assert any(isinstance(event, ModelDecided) and "cannot be planned: " in event.reason for event in events)


async def test_a_step_that_did_not_pass_is_taken_where_the_next_fails(
    pair: tuple[ScriptedModel, ScriptedModel], open_models: OpenModels, events: list[Event]
) -> None:
    small, large = pair
    small.play(call("toy__look_up", {"word": "xapple"}), LOOK, ANSWER)
    large.play(Reply(status=401))

    async with open_models({"cascade": ["run"]}, small=small.url, large=large.url) as session:
        outcome = await session.ask("apple?")

    assert outcome.answer == "An apple is an apple."
    assert ("small", "is taken") in decisions(events)


def watched(session: Session, monkeypatch: pytest.MonkeyPatch) -> list[dict[str, Any]]:
    """The arguments of the calls that reach the servers from now on."""
    made: list[dict[str, Any]] = []
    hosts = session.agent.parts.hosts
    real = hosts.call

    async def call(server: str, tool: str, arguments: dict[str, Any], *, seconds: float) -> Any:
        made.append(arguments)
        return await real(server, tool, arguments, seconds=seconds)

    monkeypatch.setattr(hosts, "call", call)
    return made
