"""A conversation on a terminal, or from a pipe: a line a question."""

import os
import sys
from collections.abc import Awaitable, Callable
from contextlib import suppress

import anyio

from ankus_runner.errors import NotAnsweredError, QuestionError
from ankus_runner.outcome import Outcome
from ankus_runner.session import Session

PROMPT = "ankus> "
HELP = "A line is a question, which may refer to those before it. /new forgets them, /exit ends (or Ctrl-D)."


async def converse(
    session: Session, show: Callable[[Outcome], None], complain: Callable[[str], None], lines: "Lines"
) -> None:
    """Answer lines of standard input until it ends or says /exit.

    A question that cannot be answered is said and does not end the conversation.

    Args:
        session: The open session; its conversation grows.
        show: Given each outcome.
        complain: Given, in one line, why a question was not answered.
        lines: Standard input.

    Raises:
        RunnerError: The model or a server failed for good.
    """
    if session.unfinished is not None:
        complain(f"going on with: {session.unfinished.question}")
        await _answer(session.finish(), show, complain)
    while (line := await lines.next(PROMPT)) is not None:
        match line.strip():
            case "":
                continue
            case "/exit":
                return
            case "/new":
                session.earlier.clear()
            case "/help":
                complain(HELP)
            case question:
                await _answer(session.say(question), show, complain)


async def _answer(
    asked: Awaitable[Outcome], show: Callable[[Outcome], None], complain: Callable[[str], None]
) -> None:
    try:
        outcome = await asked
    except (NotAnsweredError, QuestionError) as error:
        complain(str(error))
    else:
        show(outcome)


class Lines:
    """The lines of standard input, waited for without a thread, which Ctrl-C could not end."""

    def __init__(self) -> None:
        self._rest = b""

    async def next(self, prompt: str = "") -> str | None:
        """The next line, None at the end; servers are watched meanwhile.

        Args:
            prompt: What a person on a terminal is shown before it.
        """
        if sys.stdin.isatty():
            sys.stderr.write(prompt)
            sys.stderr.flush()
        while b"\n" not in self._rest:
            with suppress(PermissionError):  # a regular file cannot be waited for, and is always ready
                await anyio.wait_readable(sys.stdin.fileno())
            if not (piece := os.read(sys.stdin.fileno(), 65_536)):
                break
            self._rest += piece
        line, newline, self._rest = self._rest.partition(b"\n")
        return (line + newline).decode(errors="replace") or None
