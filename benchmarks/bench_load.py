"""Two hundred conversations at once: what the runner adds to the time that the model and the tools take.

    python -m benchmarks.bench_load [--conversations 200] [--steps 6] [--seconds 2.8] [--tool-seconds 0.2]

The model is scripted and takes a fixed time a step however many ask (first token after a quarter of it);
the tool takes a fixed time too. Both are programs of their own on the same machine. Ideal is the sum of these
times. The baseline is a bare client of the same run: the same requests and streams by the same HTTP library,
with the tool's time as a pause, and no agent. With the default an answer takes the 18 s that the reference
deployment of this kind reports as its mean (and 60 s as its p95). Conversations begin evenly within a step's
time. Goal: p95 of the agent at most 1.05 times the ideal.
"""

import json
import statistics
import subprocess
import sys
import time
from collections.abc import Awaitable, Callable, Generator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Annotated, Any

import anyio
import httpx2
import psutil
from cyclopts import App, Parameter
from rich.console import Console
from rich.table import Table

from ankus_runner.config import HostConfig
from ankus_runner.conversation import History
from ankus_runner.profile import Limits, Profile
from ankus_runner.prompting import prompt_of
from ankus_runner.session import Endpoint, open_session
from benchmarks.load.model import TOOL

app = App(help=__doc__, version_flags=[])


@dataclass(frozen=True)
class Load:
    """How many ask for how much."""

    conversations: int
    steps: int
    seconds: float
    tool_seconds: float
    tokens: int

    @property
    def ideal(self) -> float:
        """Seconds of one answer if nothing came on top."""
        return self.steps * self.seconds + (self.steps - 1) * self.tool_seconds


@dataclass(frozen=True)
class Times:
    """Of all answers, in seconds."""

    each: list[float]
    cpu: float
    """Of the process that asked, children left out."""
    bytes_each: float = 0.0
    """That a conversation added to its memory, its history kept."""

    @property
    def mean(self) -> float:
        """The mean."""
        return statistics.mean(self.each)

    @property
    def p95(self) -> float:
        """The 95th percentile."""
        return statistics.quantiles(self.each, n=20)[-1]


@contextmanager
def paced_model(load: Load) -> Generator[str]:
    """Run the model; its address."""
    command = [sys.executable, "-m", "benchmarks.load.model"]
    command += [str(load.steps), str(load.seconds / 4), str(load.seconds), str(load.tokens)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        try:
            yield process.stdout.readline().strip()
        finally:
            process.terminate()


async def measured(load: Load, ask: Callable[[int], Awaitable[None]]) -> Times:
    """Let all ask at once; they begin one after the other within the time of a step."""
    each: list[float] = []
    process = psutil.Process()

    async def one(number: int) -> None:
        await anyio.sleep(load.seconds * number / load.conversations)
        started = time.perf_counter()
        await ask(number)
        each.append(time.perf_counter() - started)

    before, memory = process.cpu_times(), process.memory_info().rss
    async with anyio.create_task_group() as group:
        for number in range(load.conversations):
            group.start_soon(one, number)
    after = process.cpu_times()
    cpu = after.user + after.system - before.user - before.system
    return Times(each, cpu, (process.memory_info().rss - memory) / load.conversations)


async def by_agent(load: Load, url: str) -> Times:
    """One prepared agent, a history for each conversation."""
    profile = Profile(
        name="load",
        description="Looks words up.",
        tools=(TOOL,),
        answer_after=(TOOL,),
        limits=Limits(steps=load.steps + 2),
        versions=prompt_of("Look words up.\n{{ tools }}"),
    )
    program = {"command": sys.executable, "args": ["-m", "benchmarks.load.tool", str(load.tool_seconds)]}
    config = HostConfig.model_validate({"mcpServers": {"paced": program}})
    histories = [History() for _ in range(load.conversations)]
    async with open_session(Endpoint(url, "paced"), config, profile) as session:

        async def ask(number: int) -> None:
            outcome = await session.agent.ask(f"What is word {number}?", earlier=histories[number])
            assert outcome.steps == load.steps

        return await measured(load, ask)


async def by_bare_client(load: Load, url: str) -> Times:
    """The same requests and streams, with nothing in between."""
    limits = httpx2.Limits(max_connections=None)
    async with httpx2.AsyncClient(timeout=120, limits=limits, trust_env=False) as client:

        async def ask(number: int) -> None:
            messages = [{"role": "user", "content": f"Question: What is word {number}?"}]
            for step in range(load.steps):
                text = await _streamed(client, url, messages)
                messages += [{"role": "assistant", "content": text}, {"role": "user", "content": "Found."}]
                if step < load.steps - 1:
                    await anyio.sleep(load.tool_seconds)

        return await measured(load, ask)


async def _streamed(client: httpx2.AsyncClient, url: str, messages: list[dict[str, str]]) -> str:
    body: dict[str, Any] = {"model": "paced", "messages": messages, "stream": True}
    text = ""
    async with client.stream("POST", f"{url}/v1/chat/completions", json=body) as response:
        async for line in response.aiter_lines():
            if line.startswith("data: {"):
                choices = json.loads(line[6:])["choices"]
                text += choices[0]["delta"].get("content", "") if choices else ""
    return text


@app.default
def main(
    *,
    conversations: Annotated[int, Parameter(help="How many ask at once.")] = 200,
    steps: Annotated[int, Parameter(help="Steps of each answer, the last of which answers.")] = 6,
    seconds: Annotated[float, Parameter(help="What a step of the model takes.")] = 2.8,
    tool_seconds: Annotated[float, Parameter(help="What a call of the tool takes.")] = 0.2,
    tokens: Annotated[int, Parameter(help="Tokens, and so pieces of the stream, of a step.")] = 40,
) -> None:
    """Measure both, one after the other, and print them beside the ideal."""
    load = Load(conversations, steps, seconds, tool_seconds, tokens)
    with paced_model(load) as url:
        bare = anyio.run(by_bare_client, load, url)
        agent = anyio.run(by_agent, load, url)
    table = Table(
        title=f"{conversations} conversations at once, {steps} steps each; ideal {load.ideal:.2f} s"
    )
    for name in (
        "who asks",
        "mean s",
        "p95 s",
        "p95 : ideal",
        "p95 : bare",
        "CPU ms a step",
        "KiB a conversation",
    ):
        table.add_column(name, justify="left" if name == "who asks" else "right")
    for name, times in (("bare client", bare), ("agent", agent)):
        table.add_row(
            name,
            f"{times.mean:.2f}",
            f"{times.p95:.2f}",
            f"{times.p95 / load.ideal:.3f}",
            f"{times.p95 / bare.p95:.3f}",
            f"{1000 * times.cpu / (conversations * steps):.1f}",
            f"{times.bytes_each / 1024:.0f}",
        )
    Console(width=110).print(table)
    overhead = agent.p95 / load.ideal - 1
    print(f"Overhead of the agent at p95: {overhead:.1%} of the ideal (goal: at most 5%).")


if __name__ == "__main__":
    app()
