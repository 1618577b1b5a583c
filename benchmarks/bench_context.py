"""Prefix-cache hits and tokens of each context strategy, over twelve steps on the real llama.cpp.

    python -m benchmarks.bench_context [--model NAME] [--strategies mask,hybrid]

Each step is a query and a result of some 700 characters, given, so that all strategies read the same. At
each step the model reads the whole prompt and writes some tokens (and summaries, where a strategy has any).
The baseline is no strategy: the same conversation in a context that holds all of it. A strategy has a
context of 3,072 tokens, half of what the conversation takes. Evaluated are the tokens that the server did
not have in its cache; tokens do not depend on how busy the machine is, seconds do.
"""

import sys
import time
from dataclasses import dataclass, field
from pathlib import Path
from typing import Annotated

import anyio
from cyclopts import App, Parameter
from rich.console import Console
from rich.table import Table

from ankus_runner.chain import Chain
from ankus_runner.constraint import Call, StepGrammar
from ankus_runner.context import STRATEGIES, Context
from ankus_runner.conversation import Conversation
from ankus_runner.embedded import Engine, embedded_engine
from ankus_runner.endpoints import single
from ankus_runner.events import Event, ModelAnswered
from ankus_runner.hosts import ToolResult
from ankus_runner.link import Link, Request
from ankus_runner.models import DEFAULT_MODEL, ensure
from ankus_runner.models_cli import progress_bar
from ankus_runner.profile import ContextPolicy, Limits, Profile

STEPS = 12
NARROW, WIDE = 3_072, 8_192
"""Tokens of context with a strategy and without one."""
ANSWER_TOKENS = 400
TABLES = ("orders", "customers", "products", "payments", "cities", "stores")

app = App(help=__doc__, version_flags=[])


@dataclass
class Sent:
    """What the model read and wrote for one conversation."""

    prompt: int = 0
    cached: int = 0
    requests: int = 0
    longest: int = 0
    seconds: float = 0.0
    hits: list[float] = field(default_factory=list)

    def __call__(self, event: Event) -> None:
        """Count an answer of the model."""
        if isinstance(event, ModelAnswered):
            usage = event.completion.usage
            self.prompt += usage.prompt
            self.cached += usage.cached
            self.requests += 1
            self.longest = max(self.longest, usage.prompt)
            self.hits.append(usage.cached / usage.prompt)

    @property
    def evaluated(self) -> int:
        """Tokens that were not in the cache."""
        return self.prompt - self.cached


def turn(number: int) -> tuple[str, Call, ToolResult]:
    """A step, its call and what that answered."""
    table = TABLES[number % len(TABLES)]
    sql = f"SELECT id, name, total FROM {table} ORDER BY total DESC LIMIT 60 OFFSET {60 * number}"
    rows = [
        f"| {number * 1000 + row} | {table}-{row * 37 % 101} | {row * 7919 % 10007}.50 |" for row in range(22)
    ]
    step = f'Thought: look at {table}, page {number}.\nCall: db__run_query {{"sql":"{sql}"}}'
    return step, Call("db__run_query", {"sql": sql}), ToolResult("\n".join(rows), None, failed=False)


async def read(engine: Engine, strategy: str | None) -> Sent:
    """Let the model read a conversation step by step."""
    limits = Limits(context_tokens=NARROW if strategy else WIDE)
    policy = ContextPolicy.model_validate({"strategy": strategy} if strategy else {})
    profile = Profile(name="x", description="x", tools=("*",), limits=limits, context=policy)
    chain = Chain([Link(single(engine.base_url), engine.api_key)])
    await chain.prepare()
    await chain.complete(Request([{"role": "user", "content": "Hello!"}], StepGrammar(), 4))  # an empty cache
    context, sent, started = Context(profile, chain), Sent(), time.perf_counter()
    question = "Question: Which of all tables has the largest total, and which row is it?"
    conversation = Conversation(
        "You answer questions by SQL. " * 20, f"Tables: {', '.join(TABLES)}", question
    )
    for number in range(STEPS):
        await context.fit(conversation, ANSWER_TOKENS, sent)
        request = Request(conversation.messages(), StepGrammar(thought_chars=60), 24)
        await chain.complete(request, listener=sent)
        conversation.add(context.observed(conversation, *turn(number)))
    sent.seconds = time.perf_counter() - started
    await chain.aclose()
    return sent


async def run(gguf: Path, strategies: list[str]) -> dict[str, Sent]:
    """All strategies on one server, one after the other."""
    async with embedded_engine(gguf, context_tokens=WIDE) as engine:
        found = dict[str, Sent]()
        for strategy in (None, *strategies):
            name = strategy or "no strategy"
            found[name] = await read(engine, strategy)
            print(f"{name}: {found[name].seconds:.0f} s", file=sys.stderr, flush=True)
    return found


@app.default
def main(
    *,
    model: Annotated[str, Parameter(help="Of `ankus models list`, or a GGUF file.")] = DEFAULT_MODEL,
    strategies: Annotated[str, Parameter(help="Which ones, with commas.")] = ",".join(STRATEGIES),
) -> None:
    """Measure and print them beside no strategy."""
    with progress_bar() as progress:
        gguf = ensure(model, progress)
    found = anyio.run(run, gguf, strategies.split(","))
    base = found["no strategy"]
    table = Table(
        title=f"{STEPS} steps on {gguf.stem}; a context of {NARROW} tokens, without a strategy of {WIDE}"
    )
    heads = (
        "strategy",
        "tokens sent",
        ": none",
        "cache hits",
        "evaluated",
        ": none",
        "longest prompt",
        "requests",
        "s",
    )
    for head in heads:
        table.add_column(head, justify="left" if head == "strategy" else "right")
    for name, sent in found.items():
        table.add_row(
            name,
            f"{sent.prompt:,}",
            f"{sent.prompt / base.prompt:.2f}",
            f"{sent.cached / sent.prompt:.1%}",
            f"{sent.evaluated:,}",
            f"{sent.evaluated / base.evaluated:.2f}",
            f"{sent.longest:,}",
            str(sent.requests),
            f"{sent.seconds:.0f}",
        )
    Console(width=120).print(table)


if __name__ == "__main__":
    app()
