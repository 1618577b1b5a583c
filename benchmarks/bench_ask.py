"""The agent beside the bare model, on the thirty questions of the example database.

    python -m benchmarks.bench_ask [--only ID ...] [--out FILE]

The baseline is the same model in the same run, asked once with the whole schema in the prompt and no
tools. A question is right if the result of its SQL is the gold SQL's: a bag of rows, columns in any order,
rows in order only where the words ask for one (`benchmarks.results`).
"""

import json
import re
import sys
import time
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from functools import partial
from pathlib import Path
from typing import Annotated

import anyio
from cyclopts import App, Parameter
from rich.console import Console
from rich.table import Table

from ankus_runner.config import HostConfig, read_config
from ankus_runner.embedded import embedded_engine
from ankus_runner.errors import RunnerError
from ankus_runner.model import ChatModel, Message, Usage
from ankus_runner.models import DEFAULT_MODEL, ensure
from ankus_runner.models_cli import progress_bar
from ankus_runner.profile import load_profile
from ankus_runner.session import Endpoint, open_session
from benchmarks.execution import Executor, Result, shop_executor
from benchmarks.questions import Question, load_questions
from benchmarks.results import same_result

ROOT = Path(__file__).parent.parent
SCHEMA = ROOT / "examples" / "shop" / "schema.sql"
BARE = "Write one PostgreSQL query that answers the question. Reply with the SQL alone, in ```sql fences."

app = App(help=__doc__, version_flags=[])


@dataclass(frozen=True)
class Attempt:
    """What one way of asking made of one question."""

    question: str
    sql: str
    answered: bool
    executable: bool
    right: bool
    steps: int
    tokens: int
    seconds: float
    problem: str = ""


def judged(
    question: Question,
    gold: Result,
    executor: Executor,
    sql: str,
    *,
    steps: int,
    usage: Usage,
    seconds: float,
    answered: bool = True,
    problem: str = "",
) -> Attempt:
    """Run a query and compare its result with the gold one."""
    result = executor.run(sql) if sql else None
    right = result is not None and same_result(
        gold.columns,
        gold.rows,
        result.columns,
        result.rows,
        ordered=question.ordered,
        allow_extra_columns=question.extra_columns,
    )
    tokens = usage.prompt - usage.cached + usage.completion
    return Attempt(
        question.id, sql, answered, result is not None, right and answered, steps, tokens, seconds, problem
    )


async def ask_agent(
    questions: Sequence[Question],
    gold: dict[str, Result],
    executor: Executor,
    endpoint: Endpoint,
    config: HostConfig,
) -> list[Attempt]:
    """Every question by the agent, one after the other, with one engine and one server."""
    attempts = []
    async with open_session(endpoint, config, load_profile("assistant")) as session:
        for question in questions:
            started = time.monotonic()
            try:
                outcome = await session.ask(question.question)
            except RunnerError as error:
                attempt = Attempt(
                    question.id, "", False, False, False, 0, 0, time.monotonic() - started, str(error)
                )
            else:
                sql = str(outcome.evidence.arguments.get("sql", "")) if outcome.evidence else ""
                attempt = judged(
                    question,
                    gold[question.id],
                    executor,
                    sql,
                    steps=outcome.steps,
                    usage=outcome.usage,
                    seconds=outcome.seconds,
                )
            attempts.append(_said(attempt))
    return attempts


async def ask_bare(
    questions: Sequence[Question], gold: dict[str, Result], executor: Executor, gguf: Path
) -> list[Attempt]:
    """Every question once, with the whole schema in the prompt."""
    attempts = []
    async with embedded_engine(gguf) as engine:
        model = ChatModel(engine.base_url, api_key=engine.api_key, extra={"cache_prompt": True})
        for question in questions:
            started = time.monotonic()
            messages: list[Message] = [
                {"role": "system", "content": f"{BARE}\n\n{SCHEMA.read_text('utf-8')}"},
                {"role": "user", "content": question.question},
            ]
            answer = await model.complete(messages, max_tokens=400)
            seconds = time.monotonic() - started
            attempt = judged(
                question,
                gold[question.id],
                executor,
                sql_of(answer.text),
                steps=1,
                usage=answer.usage,
                seconds=seconds,
            )
            attempts.append(_said(attempt))
        await model.aclose()
    return attempts


def sql_of(text: str) -> str:
    """The SQL of an answer: what its first fence holds, or all of it."""
    fenced = re.search(r"```(?:\w*)\s*(.*?)(?:```|$)", text, re.DOTALL)
    return (fenced.group(1) if fenced else text).strip().rstrip(";")


def _said(attempt: Attempt) -> Attempt:
    verdict = "right" if attempt.right else "wrong" if attempt.executable else "failed"
    print(f"  {verdict:6} {attempt.seconds:6.1f} s  {attempt.question}", file=sys.stderr, flush=True)
    return attempt


def report(ways: dict[str, list[Attempt]]) -> None:
    """Print what each way made of each question, the sums, and the ratio of right ones."""
    console = Console(width=110)
    console.print(_each(ways))
    table = Table(
        "", "answered", "executable", "right", "steps", "tokens", "seconds", title="of each question's mean"
    )
    for way, attempts in ways.items():
        n = len(attempts)
        counts = [sum(getattr(a, what) for a in attempts) for what in ("answered", "executable", "right")]
        means = [sum(getattr(a, what) for a in attempts) / n for what in ("steps", "tokens", "seconds")]
        table.add_row(way, *(f"{count} of {n}" for count in counts), *(f"{mean:.1f}" for mean in means))
    console.print(table)
    if len(ways) == 2:
        agent, bare = (sum(a.right for a in attempts) for attempts in ways.values())
        console.print(f"right by result, agent : bare model = {agent} : {bare} = {agent / max(bare, 1):.2f}")


def _each(ways: dict[str, list[Attempt]]) -> Table:
    table = Table("question", *ways, "steps", "seconds")
    for row in zip(*ways.values(), strict=True):
        verdicts = ["right" if a.right else "wrong" if a.executable else "failed" for a in row]
        table.add_row(row[0].question, *verdicts, str(row[0].steps), f"{row[0].seconds:.1f}")
    return table


@app.default
def main(
    *,
    only: Annotated[tuple[str, ...], Parameter(negative=())] = (),
    baseline: bool = True,
    out: Path | None = None,
) -> None:
    """Ask every question both ways and print the figures.

    Parameters
    ----------
    only:
        Ask only the questions with these ids.
    baseline:
        Ask the bare model too.
    out:
        Write every attempt, SQL included, to this JSON file.
    """
    questions = [question for question in load_questions() if not only or question.id in only]
    with progress_bar() as progress:
        gguf = ensure(DEFAULT_MODEL, progress)
    ways: dict[str, list[Attempt]] = {}
    with shop_executor() as executor:
        gold = {question.id: executor.run(question.sql) for question in questions}
        known = {key: result for key, result in gold.items() if result is not None}
        run = partial(
            ask_agent, questions, known, executor, Endpoint(gguf=gguf), read_config(ROOT / "mcp.json")
        )
        ways["agent"] = anyio.run(run)
        if baseline:
            ways["bare model"] = anyio.run(partial(ask_bare, questions, known, executor, gguf))
    if out is not None:
        out.write_text(
            json.dumps({way: [asdict(a) for a in made] for way, made in ways.items()}, indent=1), "utf-8"
        )
    report(ways)


if __name__ == "__main__":
    app()
