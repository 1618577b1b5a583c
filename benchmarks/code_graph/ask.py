"""The tools' answers to the questions of questions.toml, over MCP, scored.

    python -m benchmarks.code_graph.ask [--graph NAME] [--show]

An answer is right if it holds every name of `has`, none of `lacks` (as whole words), and says the right
number of calls of a path. The settings of the server (`ANKUS_DATABASE_URL` …) are those of this command.
"""

import argparse
import os
import re
import sys
from collections import Counter
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any

import anyio
from mcp import Client, StdioServerParameters, stdio_client
from mcp.types import TextContent

from benchmarks.code_graph.questions import Question, read_questions

PAGE = 200
COMMAND = (sys.executable, "-m", "ankus_code_graph")


@dataclass(frozen=True, slots=True)
class Scored:
    """What an answer lacks, holds wrongly, and what else is wrong: a path's length, an error."""

    question: Question
    absent: tuple[str, ...]
    wrong: tuple[str, ...]
    other: str = ""

    @property
    def right(self) -> bool:
        return not (self.absent or self.wrong or self.other)

    def __str__(self) -> str:
        parts = (
            f"absent: {', '.join(self.absent)}" if self.absent else "",
            f"wrong: {', '.join(self.wrong)}" if self.wrong else "",
            self.other,
        )
        return f"{self.question.ask} {'; '.join(part for part in parts if part)}"


def call_of(question: Question) -> tuple[str, dict[str, Any]]:
    """The tool that answers a kind of question, and its arguments."""
    subject = {"symbol": question.subject}
    paged = subject | {"limit": PAGE}
    calls: dict[str, tuple[str, dict[str, Any]]] = {
        "callers": ("find_callers", paged | {"through_pointers": False}),
        "callers by macros": ("find_callers", paged | {"through_pointers": False}),
        "callees": ("find_callees", paged | {"through_pointers": False}),
        "writers": ("find_references", paged | {"access": "write"}),
        "macro writers": ("find_references", paged | {"access": "write"}),
        "readers": ("find_references", paged | {"access": "read"}),
        "field users": ("find_references", paged),
        "field writers": ("find_references", paged | {"access": "write"}),
        "includes": (
            "list_includes",
            {"file": question.subject, "direction": "included_by", "limit": PAGE},
        ),
        "path": ("find_call_path", _path(question)),
        "no path": ("find_call_path", _path(question)),
        "definition": ("find_symbol", {"name": question.subject, "kind": "function"}),
    }
    return calls[question.kind]


def score(question: Question, text: str, structured: dict[str, Any]) -> Scored:
    """What is wrong with an answer."""
    absent = tuple(name for name in question.has if not _holds(text, name))
    wrong = tuple(name for name in question.lacks if _holds(text, name))
    length = structured.get("length")
    said = ""
    if question.steps and length != question.steps:
        said = f"{length} calls instead of {question.steps}"
    return Scored(question, absent, wrong, said)


@asynccontextmanager
async def server() -> AsyncGenerator[Client]:
    """A client of the server, as a process of its own over stdio."""
    command, *arguments = COMMAND
    parameters = StdioServerParameters(command=command, args=arguments, env=dict(os.environ))
    assert sys.__stderr__ is not None
    async with Client(stdio_client(parameters, errlog=sys.__stderr__)) as client:
        yield client


class Refused(Exception):
    """Raised where a tool answers with an error; the message is the error's text."""


async def answer(client: Client, tool: str, arguments: dict[str, Any]) -> tuple[str, dict[str, Any]]:
    """The text of a tool's answer and its structured part.

    Raises:
        Refused: If it is an error.
    """
    result = await client.call_tool(tool, arguments)
    text = "\n".join(part.text for part in result.content if isinstance(part, TextContent))
    if result.is_error:
        raise Refused(text)
    return text, result.structured_content or {}


async def ask_all(client: Client, graph: str) -> list[Scored]:
    """The score of every question."""
    scored = []
    for question in read_questions():
        tool, arguments = call_of(question)
        try:
            told = await answer(client, tool, arguments | {"graph": graph})
        except Refused as error:
            scored.append(Scored(question, tuple(question.has), (), f"error: {error}"))
        else:
            scored.append(score(question, *told))
    return scored


def summary(scored: list[Scored]) -> str:
    """Right answers by kind and of all."""
    asked = Counter(one.question.kind for one in scored)
    right = Counter(one.question.kind for one in scored if one.right)
    lines = [f"{kind:18}{right[kind]:4} of {count}" for kind, count in asked.items()]
    return "\n".join([*lines, f"{'all':18}{right.total():4} of {asked.total()}"])


def main() -> None:
    parser = argparse.ArgumentParser(description="score the tools' answers")
    parser.add_argument("--graph", default="", help="its name; empty for the only one")
    parser.add_argument("--show", action="store_true", help="say what is wrong with each wrong answer")
    arguments = parser.parse_args()

    async def run() -> list[Scored]:
        async with server() as client:
            return await ask_all(client, arguments.graph)

    scored = anyio.run(run)
    for one in scored:
        if arguments.show and not one.right:
            print(f"{one.question.kind}: {one}")
    print(summary(scored))


def _path(question: Question) -> dict[str, Any]:
    ends = {"from_symbol": question.subject, "to_symbol": question.to}
    return ends | {"max_paths": 1, "through_pointers": False}


def _holds(text: str, name: str) -> bool:
    return re.search(rf"(?<![\w./-]){re.escape(name)}(?![\w./-]*\w)", text) is not None


if __name__ == "__main__":
    main()
