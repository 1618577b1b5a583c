"""The guarantee of the context ladder, over conversations of any sizes, and the parts that it is made of."""

import re
from collections.abc import AsyncIterator, Iterator
from dataclasses import dataclass
from itertools import takewhile
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ankus_runner.chain import Chain
from ankus_runner.constraint import Call, StepGrammar
from ankus_runner.context import STRATEGIES, Context
from ankus_runner.conversation import Conversation, Turn
from ankus_runner.endpoints import ModelSpec
from ankus_runner.errors import ContextFullError
from ankus_runner.excerpt import cap, part
from ankus_runner.hosts import ToolResult
from ankus_runner.link import Link, Request
from ankus_runner.model import ChatModel, Message
from ankus_runner.profile import ContextPolicy, Limits, Profile
from ankus_runner.results import Results
from ankus_runner.rungs import mask
from ankus_runner.summary import WRITE
from ankus_runner.tokens import Tokens
from ankus_shared.untrusted import frame
from tests.fixtures.llm import LlamaServer
from tests.fixtures.scripted import Reply, ScriptedModel, call, serve_scripted

CONTEXT, ANSWER = 2_048, 400
ROOM = CONTEXT - ANSWER
SUMMARY = call(WRITE, {"goal": "g", "facts": [], "open_questions": [], "decisions": ["d"]})


@dataclass(frozen=True)
class Asked:
    """One question of a made-up conversation: the sizes of its texts, and the tools that it called."""

    question: int
    results: tuple[tuple[str, int], ...]
    answer: int


@pytest.fixture(scope="module")
def counting() -> Iterator[ScriptedModel]:
    """A model with a tokenizer that answers every request with a summary, or with what is no summary."""
    with serve_scripted(ScriptedModel(tokenizer=True, context=CONTEXT)) as model:
        yield model


@pytest.fixture(scope="module")
async def chain(counting: ScriptedModel) -> AsyncIterator[Chain]:
    """A client of it."""
    model = Chain([Link(ModelSpec(name="m", base_url=counting.url))])
    yield model
    await model.aclose()


def text(size: int) -> str:
    """A text of that many characters, a line break among them."""
    return ("слово word_1, \n" * (size // 15 + 1))[:size]


def profile(**context: Any) -> Profile:
    """A profile with that context policy."""
    limits = Limits(context_tokens=CONTEXT, observation_chars=3_000)
    policy = ContextPolicy.model_validate(context)
    return Profile(name="x", description="x", tools=("*",), limits=limits, context=policy)


def played(context: Context, asked: list[Asked], system: int, ends_invalid: bool) -> Conversation:
    """A conversation that went that way, without any reduction."""
    conversation = Conversation(text(system), text(20), "")
    for number, exchange in enumerate(asked):
        conversation.question, conversation.turns = f"Question {number}: {text(exchange.question)}", []
        for tool, size in exchange.results:
            step = f"Call: {tool} step {len(conversation.turns)} of {number}"
            result = ToolResult(text(size), None, failed=False)
            conversation.add(context.observed(conversation, step, Call(tool, {}), result))
        if exchange is not asked[-1]:
            conversation.settle(f"Final: {text(exchange.answer)}")
    if ends_invalid:
        conversation.add(Turn("Hm.", "Error: no step", invalid=True))
    return conversation


def pairs(messages: list[Message]) -> list[tuple[str, str]]:
    """The calls among messages, each with the message after it."""
    contents = [message["content"] for message in messages]
    return [(step, contents[i + 1]) for i, step in enumerate(contents) if step.startswith("Call: ")]


results = st.lists(st.tuples(st.sampled_from("ab"), st.integers(0, 9_000)), max_size=8).map(tuple)
conversations = st.lists(
    st.builds(Asked, question=st.integers(0, 600), results=results, answer=st.integers(1, 600)),
    min_size=1,
    max_size=5,
)


@settings(max_examples=60)
@given(
    asked=conversations,
    system=st.integers(0, 2_500),
    invalid=st.booleans(),
    sums_up=st.booleans(),
    strategy=st.sampled_from(sorted(STRATEGIES)),
    newest=st.integers(1, 4),
    pins=st.sampled_from([(), ("a",), ("*",)]),
)
async def test_whatever_the_sizes_what_is_sent_fits_and_calls_have_their_results(
    counting: ScriptedModel,
    chain: Chain,
    asked: list[Asked],
    system: int,
    invalid: bool,
    sums_up: bool,
    strategy: str,
    newest: int,
    pins: tuple[str, ...],
) -> None:
    counting.respond = lambda _: SUMMARY if sums_up else Reply("No.")
    context = Context(profile(strategy=strategy, newest=newest, pins=pins), chain)
    conversation = played(context, asked, system, invalid)
    before, question = conversation.messages(), conversation.question
    results_before = [turn for turn in conversation.every_turn() if not turn.invalid]

    try:
        await context.fit(conversation, ANSWER)
    except ContextFullError:
        alone = Conversation(text(system), text(20), question)
        assert await chain.tokens(alone.messages()) > ROOM
        return

    after = conversation.messages()
    assert await chain.tokens(after) <= ROOM
    if await chain.tokens(before) <= ROOM:
        assert after == before
    assert after[0] == before[0]
    assert after[1]["content"].startswith(text(20).strip())
    assert any(message["content"].strip().endswith(question.strip()) for message in after)
    assert [message["role"] for message in after[1:]] == (["user", "assistant"] * len(after))[
        : len(after) - 1
    ]
    calls = dict(pairs(before))
    kept = [step for step, _ in pairs(after)]
    assert kept == [step for step in calls if step in kept]
    for step, result in pairs(after):
        assert result == calls[step] or "reads it again" in result
    if results_before and not pins:
        newest_turn = results_before[-1]
        alone = Conversation(text(system), text(20), question, turns=[newest_turn])
        if await chain.tokens(alone.messages()) + 150 <= ROOM:  # 150: its question's size is the others'
            in_present = newest_turn.step.endswith(f"of {len(asked) - 1}")
            assert not in_present or newest_turn.observation in [message["content"] for message in after]


async def test_masks_name_the_result_and_leave_short_ones_alone(chain: Chain) -> None:
    context = Context(profile(), chain)
    conversation = played(context, [Asked(5, (("a", 900), ("b", 3), ("a", 900)), 5)], 10, False)

    for _ in mask(conversation, ()):
        pass

    shown = conversation.observations()
    assert '{"handle":"obs1","offset":0}' in shown[0]
    assert shown[1] == f"Observation: {text(3)}"
    assert conversation.handles() == ["obs1", "obs3"]


@given(st.lists(st.integers(0, 50), min_size=1, max_size=20), st.integers(0, 100))
def test_the_newest_results_are_kept_within_the_limit(sizes: list[int], most: int) -> None:
    results = Results()
    for size in sizes:
        results.keep("x" * size, most)

    left = [len(kept) for kept in results.texts.values()]
    assert left == sizes[len(sizes) - len(left) :]
    assert sum(left) <= most or len(left) == 1
    assert list(results.texts)[-1] == f"obs{len(sizes)}"


OUTSIDE = st.lists(st.sampled_from(["Ω", "\n", "<untrusted", "</untrusted>", "ΩΩΩΩ ", ">"]), max_size=60)


@given(st.lists(OUTSIDE, min_size=1, max_size=4), st.integers(1, 80))
def test_parts_join_to_the_whole_and_text_from_outside_stays_in_its_frame(
    bodies: list[list[str]], limit: int
) -> None:
    whole = "Found:\n" + "\nand\n".join(frame("".join(body), "https://a") for body in bodies) + "\nEnd."

    at, raw = 0, ""
    while at < len(whole):
        shown, end = part(whole, at, at + limit)
        assert end > at
        raw, at = raw + whole[at:end], end
        assert "Ω" not in _unframed(shown)

    assert raw == whole
    assert "Ω" not in _unframed(cap(whole, limit))


def _unframed(shown: str) -> str:
    """What stands outside of frames, by lines: a frame goes on to the line that closes it."""
    lines, outside = iter(shown.splitlines()), list[str]()
    for line in lines:
        if re.fullmatch(r'<untrusted source="[^"]*">', line):
            list(takewhile(lambda inner: inner != "</untrusted>", lines))
        else:
            outside.append(line)
    return "\n".join(outside)


async def test_tokens_are_never_counted_too_few_and_hardly_too_many_on_the_real_server(
    llama_server: LlamaServer,
) -> None:
    model = ChatModel(llama_server.url)
    tokens = Tokens(model)
    conversation = Conversation("You help.", "Tables: a, b", "Question: why?")
    for number in range(6):
        conversation.add(Turn(f"Call: a {{{number}}}", f"Observation: \n{text(90 * number)}"))
        messages = conversation.messages()
        answer = await model.complete(messages, max_tokens=1)

        assert answer.usage.prompt <= await tokens.of(messages) <= answer.usage.prompt + 2 * len(messages) + 8
    await model.aclose()


async def test_a_real_model_sums_up_under_the_grammar(llama_server: LlamaServer) -> None:
    model = Chain([Link(ModelSpec(name="m", base_url=llama_server.url))])
    limits = Limits(context_tokens=1_024)
    policy = ContextPolicy(strategy="summarise", newest=1, summary_tokens=256)
    agent = Profile(name="x", description="x", tools=("*",), limits=limits, context=policy)
    warned: list[Any] = []
    context = Context(agent, model)
    conversation = Conversation("You help.", "", "Question: Which words are there?")
    for number in range(5):
        result = ToolResult(f"The word {number} is apple. " * 25, None, failed=False)
        conversation.add(context.observed(conversation, f"Call: a {number}", Call("a", {}), result))

    usage = await context.fit(conversation, ANSWER, warned.append)
    answer = await model.complete(Request(conversation.messages(), StepGrammar(), max_tokens=1))

    assert answer.usage.prompt <= 1_024 - ANSWER
    if conversation.history.summary:  # a model of 135M may well write on to its limit
        assert conversation.history.summary.startswith("Goal: ")
        assert usage.completion > 0
    else:
        assert "could not be summed up" in str(warned)
    await model.aclose()
