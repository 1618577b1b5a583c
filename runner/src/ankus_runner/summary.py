"""A summary of what is about to be left out, by the same models, as one call of a tool that only it may make.

Its grammar is a step's grammar, so it holds in every dialect; the source of each fact is one of the results'
handles, or the question, and can be nothing else.
"""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from typing import Any

from ankus_runner.catalogue import BUILT_IN, Tool, validate
from ankus_runner.chain import Chain
from ankus_runner.constraint import Call, StepGrammar, normalise
from ankus_runner.constraint.shorthand import one_line
from ankus_runner.conversation import Conversation, History, Turn
from ankus_runner.errors import RunnerError
from ankus_runner.events import Listener
from ankus_runner.link import Request
from ankus_runner.model import Message, Usage
from ankus_runner.templates import packaged

WRITE = f"{BUILT_IN}__summarise"
STRING_CHARS = 240
MOST_RESULTS = 30
"""Results that are named as possible sources, the newest ones."""

ASKED = "summarise.md.j2"


class SummaryError(RunnerError):
    """Raised when what the model wrote is no summary."""

    code = "no_summary"


@dataclass(frozen=True)
class Summary:
    """A summary as the prompt shows it, and what it cost."""

    text: str
    usage: Usage


async def summarise(model: Chain, old: Conversation, max_tokens: int, listener: Listener) -> Summary:
    """Have the model sum up a conversation that fits into its context together with `request`.

    Raises:
        SummaryError: What it wrote is cut off or no summary.
        MalformedStep: It is not even a step.
        EndpointError: No model can write it.
    """
    tool = _tool(_sources(old))
    grammar = StepGrammar(tools=[tool], final=False, thought_chars=None, string_chars=STRING_CHARS)
    answer = await model.complete(Request(request(old), grammar, max_tokens), listener=listener)
    if answer.finish_reason == "length":
        raise SummaryError(f"It was cut off at {max_tokens} tokens.")
    action = answer.step().action
    if not isinstance(action, Call) or action.name != WRITE or validate(tool, action.arguments):
        raise SummaryError("It does not have the form of one.")
    return Summary(written(action.arguments), answer.usage)


def before(conversation: Conversation, kept: Collection[int]) -> Conversation:
    """The part of a conversation that stands before the first turn or exchange that is kept, by `id`."""
    history = conversation.history
    past = History([], history.summary, history.left_out, results=history.results)
    question, turns, lessons = conversation.question, conversation.turns, conversation.lessons
    for exchange in history.exchanges:
        if id(exchange) in kept or any(id(turn) in kept for turn in exchange.turns):
            question, turns, lessons = exchange.question, list(exchange.turns), []
            break
        past.exchanges.append(exchange)
    first = next((i for i, turn in enumerate(turns) if id(turn) in kept), len(turns))
    return Conversation(conversation.system, conversation.opening, question, past, turns[:first], lessons)


def request(old: Conversation) -> list[Message]:
    """The messages that ask for it: the conversation's, so that the prefix cache hits, and the request."""
    messages = old.messages()
    results = [f"{turn.handle}: {one_line(turn.step, 120)}" for turn in _results(old)]
    asked = packaged(ASKED, "tool", "results").render(tool=WRITE, results=results)
    content = f"{messages[-1]['content']}\n\n{asked}"
    return [*messages[:-1], {"role": "user", "content": content}]


def written(summary: dict[str, Any]) -> str:
    """A summary as lines of text."""
    lines = [f"Goal: {summary['goal']}", "Facts:"]
    lines += [f"- {fact['fact']} ({fact['source']})" for fact in summary["facts"]]
    for title, key in (("Open questions:", "open_questions"), ("Decisions:", "decisions")):
        lines += [title, *(f"- {line}" for line in summary[key])] if summary[key] else []
    return "\n".join(lines)


def _results(old: Conversation) -> list[Turn]:
    return [turn for turn in old.every_turn() if turn.handle][-MOST_RESULTS:]


def _sources(old: Conversation) -> list[str]:
    before = old.history.results.named(old.history.summary)[-MOST_RESULTS:]
    return list(dict.fromkeys(["question", *before, *(turn.handle for turn in _results(old))]))


def _tool(sources: Sequence[str]) -> Tool:
    fact = _object({"fact": {"type": "string"}, "source": {"enum": list(sources)}})
    texts = {"type": "array", "items": {"type": "string"}, "maxItems": 4}
    schema = _object(
        {
            "goal": {"type": "string"},
            "facts": {"type": "array", "items": fact, "maxItems": 8},
            "open_questions": texts,
            "decisions": texts,
        }
    )
    return Tool(WRITE, BUILT_IN, "summarise", "", normalise(schema), schema, read_only=True)


def _object(properties: dict[str, Any]) -> dict[str, Any]:
    required = list(properties)
    return {"type": "object", "properties": properties, "required": required, "additionalProperties": False}
