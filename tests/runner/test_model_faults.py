"""What one endpoint may do wrong, and what comes of it: another attempt, or an error that says why."""

import asyncio
import json
import threading
from collections.abc import AsyncGenerator, Generator
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from typing import Any

import pytest
import stamina

from ankus_runner.errors import BreakerOpenError, EndpointError, StalledError, StreamBrokenError
from ankus_runner.model import ChatModel, Completion, Message
from ankus_runner.resilience import Breaker, BreakerLimits, Retries, Timeouts
from ankus_runner.thinking import ThinkingTooLong
from tests.fixtures.scripted import Reply, ScriptedModel, serve_scripted

ASK: list[Message] = [{"role": "user", "content": "Say something."}]
GOOD = Reply("A good answer.")
DONE = "data: [DONE]\n\n"


def event(chunk: Any) -> str:
    """An event of a stream."""
    return f"data: {json.dumps(chunk)}\n\n"


def piece(text: str, finish_reason: str | None = None) -> str:
    """An event that brings text."""
    return event({"choices": [{"delta": {"content": text}, "finish_reason": finish_reason}]})


@asynccontextmanager
async def chat_model(url: str, **settings: Any) -> AsyncGenerator[ChatModel]:
    """A client that is closed."""
    model = ChatModel(url, "m", **settings)
    try:
        yield model
    finally:
        await model.aclose()


class Reader:
    """What a person sees: text as it comes, forgotten where the attempt failed."""

    def __init__(self) -> None:
        self.text = ""
        self.reasons: list[str] = []

    def discard(self, error: EndpointError) -> None:
        self.text = ""
        self.reasons.append(str(error))

    async def ask(self, url: str, **settings: Any) -> Completion:
        async with chat_model(url, **settings) as model:
            return await model.complete(
                ASK, max_tokens=50, on_text=lambda text: self.say(text), on_retry=self.discard
            )

    def say(self, text: str) -> None:
        self.text += text


PASSING = {
    "429 with seconds": Reply(status=429, headers={"Retry-After": "1"}),
    "429 with a date": Reply(status=429, headers={"Retry-After": "Sun, 06 Nov 1994 08:49:37 GMT"}),
    "500": Reply(status=500),
    "503": Reply(status=503, text="overloaded"),
    "a break before the first token": Reply("Half an answer.", break_after=0),
    "a break in the middle": Reply("Half an answer.", break_after=7),
    "no JSON": Reply(raw=piece("Half") + "data: {not json\n\n"),
    "JSON that is no chunk": Reply(raw=piece("Half") + "data: [1]\n\n"),
    "a delta that is no object": Reply(raw=piece("Half") + event({"choices": [{"delta": "text"}]})),
    "an empty body": Reply(raw=""),
    "nothing but the end": Reply(raw=DONE),
    "no finish_reason": Reply(raw=piece("Half") + DONE),
    "a finish_reason that ends no answer": Reply("Half", finish_reason="abort"),
    "an error inside of the stream": Reply(
        raw=piece("Half") + event({"error": {"message": "out of memory"}})
    ),
}


@pytest.mark.parametrize("fault", PASSING.values(), ids=PASSING.keys())
@pytest.mark.parametrize("engine", ["llama.cpp", "vllm", "other"])
async def test_a_passing_fault_is_tried_again_and_nothing_is_seen_twice(fault: Reply, engine: Any) -> None:
    reader = Reader()
    with serve_scripted(ScriptedModel(engine).play(fault, GOOD)) as server:
        answer = await reader.ask(server.url)

    assert answer.text == reader.text == "A good answer."
    assert len(reader.reasons) == 1
    assert len(server.requests) == 2


@pytest.mark.parametrize(
    ("fault", "complaint"),
    [
        (PASSING["an empty body"], "sent an empty answer"),
        (PASSING["no finish_reason"], "no finish_reason came"),
        (PASSING["no JSON"], "no chunk of an answer"),
        (PASSING["a break in the middle"], "broke off its answer"),
        (Reply(raw="<html>Log in</html>", media_type="text/html"), "something else than a stream"),
        (Reply("x", finish_reason="content_filter"), "ended its answer with 'content_filter'"),
    ],
)
async def test_a_lasting_fault_says_what_it_was(fault: Reply, complaint: str) -> None:
    with serve_scripted(ScriptedModel().play(fault, repeat_last=True)) as server:
        with pytest.raises(StreamBrokenError, match=complaint):
            await Reader().ask(server.url)


async def test_a_page_that_is_no_stream_is_not_asked_for_again() -> None:
    fault = Reply(raw="<html>Log in</html>", media_type="text/html")
    with serve_scripted(ScriptedModel().play(fault, GOOD)) as server:
        with pytest.raises(StreamBrokenError):
            await Reader().ask(server.url)

    assert len(server.requests) == 1


async def test_a_refused_connection_is_tried_again() -> None:
    reader = Reader()
    with pytest.raises(EndpointError, match="cannot be reached"):
        await reader.ask("http://127.0.0.1:9")

    assert len(reader.reasons) == 3


async def test_an_answer_that_does_not_begin_in_time_is_left() -> None:
    times = Timeouts(first_token=0.1, between_tokens=60)
    with serve_scripted(ScriptedModel().play(Reply(hold=True))) as server:
        with pytest.raises(StalledError, match=r"no first token within 0\.1 s"):
            await Reader().ask(server.url, timeouts=times)
        await asyncio.to_thread(server.hung_up.wait)

    assert len(server.requests) == 1


async def test_an_answer_that_does_not_go_on_in_time_is_tried_again() -> None:
    reader, times = Reader(), Timeouts(first_token=60, between_tokens=0.1)
    with serve_scripted(ScriptedModel().play(Reply("Half", hold=True), GOOD)) as server:
        answer = await reader.ask(server.url, timeouts=times)
        await asyncio.to_thread(server.hung_up.wait)

    assert answer.text == reader.text == "A good answer."
    assert "stalled: nothing more for 0.1 s" in reader.reasons[0]


@pytest.fixture
def pauses(monkeypatch: pytest.MonkeyPatch) -> Generator[list[float]]:
    """The pauses of retries, which last no time at all."""
    paused: list[float] = []
    real, ours = asyncio.sleep, threading.current_thread()

    async def sleep(seconds: float, result: Any = None) -> Any:
        if threading.current_thread() is not ours:
            return await real(seconds, result)
        paused.append(seconds)
        return await real(0, result)

    monkeypatch.setattr(asyncio, "sleep", sleep)
    stamina.set_testing(False)
    yield paused
    stamina.set_testing(True, attempts=4, cap=True)


@pytest.mark.parametrize("date", [False, True])
async def test_the_pause_is_the_one_that_the_server_asks_for(date: bool, pauses: list[float]) -> None:
    until = format_datetime(datetime.now(UTC) + timedelta(seconds=30), usegmt=True) if date else "30"
    with serve_scripted(
        ScriptedModel().play(Reply(status=429, headers={"Retry-After": until}), GOOD)
    ) as server:
        await Reader().ask(server.url)

    assert 25 <= max(pauses) <= 30


async def test_a_pause_that_would_be_too_long_is_an_error() -> None:
    fault = Reply(status=429, headers={"Retry-After": "3600"})
    with serve_scripted(ScriptedModel().play(fault, GOOD)) as server:
        with pytest.raises(EndpointError, match="429") as caught:
            await Reader().ask(server.url, retries=Retries(longest_wait=60))

    assert caught.value.retry_after == 3600
    assert len(server.requests) == 1


async def test_attempts_end_once_the_breaker_is_open() -> None:
    breaker = Breaker(BreakerLimits(failures=2))
    with serve_scripted(ScriptedModel().play(Reply(status=500), repeat_last=True)) as server:
        with pytest.raises(BreakerOpenError, match=r"after 2 failures; the last: .* 500"):
            await Reader().ask(server.url, breaker=breaker)

    assert len(server.requests) == 2


@pytest.mark.parametrize("engine", ["llama.cpp", "vllm", "other"])
async def test_a_thought_is_apart_from_the_answer_whatever_its_field(engine: Any) -> None:
    thoughts: list[str] = []
    with serve_scripted(ScriptedModel(engine).play(Reply("42.", thinking="six by seven"))) as server:
        async with chat_model(server.url) as model:
            answer = await model.complete(ASK, max_tokens=50, on_thinking=thoughts.append)

    assert (answer.text, answer.thinking) == ("42.", "six by seven ")
    assert "".join(thoughts) == answer.thinking


async def test_a_thought_that_stands_in_the_text_is_taken_out() -> None:
    reader = Reader()
    reply = Reply("<think>\nsix by seven</think>\n\n42 < 43.")
    with serve_scripted(ScriptedModel().play(reply)) as server:
        answer = await reader.ask(server.url)

    assert answer.text == reader.text == "42 < 43."
    assert answer.thinking == "\nsix by seven"


async def test_a_thought_over_its_budget_is_ended_by_the_client() -> None:
    reply = Reply(thinking="one two three four", hold=True)
    with serve_scripted(ScriptedModel().play(reply)) as server:
        async with chat_model(server.url) as model:
            with pytest.raises(ThinkingTooLong, match="over its 3 tokens"):
                await model.complete(ASK, max_tokens=50, thinking_tokens=3)
