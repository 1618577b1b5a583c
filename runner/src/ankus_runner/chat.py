"""A conversation on a terminal, or from a pipe: a line a question."""

import sys
from collections.abc import Awaitable, Callable

import anyio
import anyio.to_thread

from ankus_runner.errors import NotAnsweredError, QuestionError
from ankus_runner.run import Outcome
from ankus_runner.session import Session

PROMPT = "ankus> "
HELP = "A line is a question, which may refer to those before it. /new forgets them, /exit ends (or Ctrl-D)."


async def converse(
    session: Session, show: Callable[[Outcome], None], complain: Callable[[str], None]
) -> None:
    """Answer lines of standard input until it ends or says /exit.

    A question that cannot be answered is said and does not end the conversation.

    Args:
        session: The open session; its conversation grows.
        show: Given each outcome.
        complain: Given, in one line, why a question was not answered.

    Raises:
        RunnerError: The model or a server failed for good.
    """
    while (line := await _read(PROMPT if sys.stdin.isatty() else "")) is not None:
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


async def _read(prompt: str) -> str | None:
    """The next line, None at the end; a thread waits for it, so that servers are watched meanwhile."""
    if prompt:
        sys.stderr.write(prompt)
        sys.stderr.flush()
    line = await anyio.to_thread.run_sync(sys.stdin.readline, abandon_on_cancel=True)
    return line or None
