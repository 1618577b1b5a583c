"""A person at a terminal: a key, a line or an editor, waited for without a thread, which Ctrl-C cannot end.

What was typed before a question was shown is thrown away, so that nothing is answered by accident.
"""

import json
import os
import shlex
import subprocess
import tempfile
import termios
import tty
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import anyio

from ankus_runner.approvals import Answer, Asked
from ankus_runner.errors import ApprovalError

ASKED = "May this call be made? [y]es, [n]o, [e]dit, [a]lways in this session: "
ALWAYS = "Always: [c] this very call, [t] any call of this tool: "
REASON = "Why not? (Enter for no reason): "
WRITTEN = "The arguments, as one line of JSON: "


@dataclass(frozen=True)
class Keyboard:
    """A terminal that can be asked.

    Args:
        say: Shows a text, without a line break behind it.
        fd: Where keys come from.
        editor: A command that edits a file; "" where there is none.
    """

    say: Callable[[str], None]
    fd: int = 0
    editor: str = ""

    async def key(self, question: str, keys: str) -> str:
        """One key of these, in lower case; any other is ignored.

        Raises:
            ApprovalError: The terminal is gone.
        """
        with _single_keys(self.fd):
            self.say(question)
            while True:
                pressed = (await self._read()).decode(errors="replace")[:1].lower()
                if pressed in keys:
                    self.say(f"{pressed}\n")
                    return pressed

    async def line(self, question: str) -> str:
        """A line, without its end."""
        termios.tcflush(self.fd, termios.TCIFLUSH)
        self.say(question)
        read = b""
        while not read.endswith(b"\n"):
            read += await self._read()
        return read.decode(errors="replace").strip()

    async def edited(self, text: str) -> str:
        """A text as the person has edited it, in their editor or as a line.

        Raises:
            ApprovalError: The editor cannot be started, or failed.
        """
        if not self.editor:
            return await self.line(WRITTEN)
        with tempfile.TemporaryDirectory() as folder:
            path = anyio.Path(folder, "arguments.json")
            await path.write_text(text, "utf-8")
            try:
                command = [*shlex.split(self.editor), str(path)]
                await anyio.run_process(command, stdin=self.fd, stdout=None, stderr=None)
                return await path.read_text("utf-8")
            except (OSError, ValueError, subprocess.SubprocessError) as error:
                raise ApprovalError(f"The editor '{self.editor}' failed: {error}.") from error

    async def _read(self) -> bytes:
        await anyio.wait_readable(self.fd)
        if not (read := os.read(self.fd, 4_096)):
            raise ApprovalError("The terminal was closed.")
        return read


@dataclass(frozen=True)
class KeyboardAsker:
    """Asks about calls by one key; what the call is has been shown already.

    Args:
        keyboard: Where.
        by: Who sits there.
    """

    keyboard: Keyboard
    by: str

    async def ask(self, asked: Asked) -> Answer:
        """See `approvals.Asker`."""
        match await self.keyboard.key(ASKED, "ynea"):
            case "y":
                return Answer("approve", by=self.by)
            case "n":
                return Answer("refuse", reason=await self.keyboard.line(REASON), by=self.by)
            case "a":
                which = await self.keyboard.key(ALWAYS, "ct")
                return Answer("approve", by=self.by, remember="tool" if which == "t" else "call")
        return Answer("edit", await self._edited(asked.arguments), by=self.by)

    async def _edited(self, arguments: dict[str, Any]) -> dict[str, Any]:
        """The arguments that the person writes, who is told of what is no JSON object."""
        text = json.dumps(arguments, indent=2, ensure_ascii=False)
        while True:
            text = await self.keyboard.edited(text)
            try:
                value = json.loads(text)
                problem = "" if isinstance(value, dict) else "it is no object"
            except ValueError as error:
                problem = str(error)
            if not problem:
                return dict(value)
            question = f"That is no JSON object: {problem}. [e]dit again, [k]eep the call as it was: "
            if await self.keyboard.key(question, "ek") == "k":
                return arguments


@contextmanager
def _single_keys(fd: int) -> Iterator[None]:
    """Keys come one by one and are not echoed; Ctrl-C stays what it is."""
    before = termios.tcgetattr(fd)
    tty.setcbreak(fd, termios.TCSAFLUSH)
    try:
        yield
    finally:
        termios.tcsetattr(fd, termios.TCSADRAIN, before)
