"""A person at a real pseudo-terminal: by one key a call is made, refused, edited or always made."""

import json
import os
import pty
import select
import subprocess
import termios
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from ankus_runner.approvals import Answer, Asked
from ankus_runner.config import HostConfig
from ankus_runner.errors import ApprovalError
from ankus_runner.keyboard import ALWAYS, ASKED, REASON, WRITTEN, Keyboard, KeyboardAsker
from tests.fixtures.program import Command, environment
from tests.fixtures.scripted import ScriptedModel, call, final

CALL = Asked("r", "ann", "toy__drop_table", {"name": "orders"}, "d")
ANKUS = Command("ankus")


@dataclass
class Pty:
    """Both ends of a pseudo-terminal."""

    keyboard: int
    terminal: int

    def types(self, answers: dict[str, str], editor: str = "") -> KeyboardAsker:
        """An asker at this terminal, where somebody types an answer to each question that they know."""

        def say(text: str) -> None:
            for question, answer in answers.items():
                if question in text:
                    os.write(self.keyboard, answer.encode())

        return KeyboardAsker(Keyboard(say, self.terminal, editor), "bob")


@pytest.fixture
def typed() -> Iterator[Pty]:
    keyboard, terminal = pty.openpty()
    yield Pty(keyboard, terminal)
    for end in (keyboard, terminal):
        os.close(end)


@pytest.mark.parametrize(
    ("answers", "said"),
    [
        ({ASKED: "y"}, Answer("approve", by="bob")),
        ({ASKED: "Y"}, Answer("approve", by="bob")),
        ({ASKED: "n", REASON: "not now\n"}, Answer("refuse", reason="not now", by="bob")),
        ({ASKED: "n", REASON: "\n"}, Answer("refuse", by="bob")),
        ({ASKED: "a", ALWAYS: "c"}, Answer("approve", by="bob", remember="call")),
        ({ASKED: "a", ALWAYS: "t"}, Answer("approve", by="bob", remember="tool")),
        ({ASKED: "e", WRITTEN: '{"name":"x"}\n'}, Answer("edit", {"name": "x"}, by="bob")),
        ({ASKED: "e", WRITTEN: "[1]\n", "no JSON object": "k"}, Answer("edit", CALL.arguments, by="bob")),
    ],
)
async def test_what_is_typed_is_what_is_said(typed: Pty, answers: dict[str, str], said: Answer) -> None:
    before = termios.tcgetattr(typed.terminal)

    assert await typed.types(answers).ask(CALL) == said

    assert termios.tcgetattr(typed.terminal) == before


async def test_what_was_typed_before_the_question_answers_nothing(typed: Pty) -> None:
    os.write(typed.keyboard, b"yyyy\n")
    select.select([typed.terminal], [], [], 60)  # it has arrived

    answer = await typed.types({ASKED: "n", REASON: "\n"}).ask(CALL)

    assert answer.verdict == "refuse"


async def test_arguments_are_edited_in_the_persons_editor(typed: Pty, tmp_path: Path) -> None:
    editor = tmp_path / "editor"
    editor.write_text('#!/bin/sh\nsed -i s/orders/drafts/ "$1"\n')
    editor.chmod(0o700)

    answer = await typed.types({ASKED: "e"}, str(editor)).ask(CALL)

    assert answer == Answer("edit", {"name": "drafts"}, by="bob")


async def test_an_editor_that_fails_is_told(typed: Pty) -> None:
    with pytest.raises(ApprovalError, match="/bin/false"):
        await typed.types({ASKED: "e"}, "/bin/false").ask(CALL)


@dataclass(frozen=True)
class Ankus:
    """`ankus ask` over the toys and a scripted model."""

    typed: Pty
    flags: list[str]

    def at_terminal(self, *flags: str, answers: list[tuple[str, str]]) -> str:
        """All that is shown, where somebody at a terminal answers one question after the other."""
        ends: dict[str, Any] = dict.fromkeys(("stdin", "stdout", "stderr"), self.typed.terminal)
        command = [ANKUS.path, "ask", "Drop it.", *self.flags, *flags]
        seen = unread = ""
        with subprocess.Popen(command, env=environment(), **ends) as process:
            while process.poll() is None or self._ready(0):
                if self._ready(0.1):
                    text = os.read(self.typed.keyboard, 65_536).decode(errors="replace")
                    seen, unread = seen + text, unread + text
                if answers and answers[0][0] in unread:
                    unread = ""
                    os.write(self.typed.keyboard, answers.pop(0)[1].encode())
        return seen

    def _ready(self, seconds: float) -> bool:
        return bool(select.select([self.typed.keyboard], [], [], seconds)[0])

    def piped(self, *flags: str) -> subprocess.CompletedProcess[str]:
        """The same where nobody is."""
        return ANKUS.run("ask", "Drop it.", *self.flags, *flags)


@pytest.fixture
def ankus(
    typed: Pty, toys: HostConfig, scripted: ScriptedModel, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> Ankus:
    monkeypatch.setenv("TOY_FOLDER", str(tmp_path))
    servers = {"toy": {"url": getattr(toys.mcpServers["toy"], "url")}}  # noqa: B009
    (tmp_path / "mcp.json").write_text(json.dumps({"mcpServers": servers}), "utf-8")
    (tmp_path / "prompts" / "1").mkdir(parents=True)
    (tmp_path / "prompts" / "1" / "system.md.j2").write_text("{{ tools }}", "utf-8")
    profile = 'name = "toys"\ndescription = "Toys."\ntools = ["toy__*"]\n'
    (tmp_path / "profile.toml").write_text(profile, "utf-8")
    place = ["--profile", str(tmp_path), "--mcp", str(tmp_path / "mcp.json"), "--base-url", scripted.url]
    return Ankus(typed, [*place, "--no-traces", "--no-conversations"])


def test_ankus_ask_shows_a_call_that_may_destroy_and_waits_for_a_key(
    ankus: Ankus, scripted: ScriptedModel, tmp_path: Path
) -> None:
    scripted.play(call("toy__drop_table", {"name": "orders"}), final("Gone."))

    seen = ankus.at_terminal(answers=[(ASKED, "y")])

    assert "toy__drop_table would be called with" in seen
    assert '"name": "orders"' in seen
    assert "(approved by" in seen
    assert "Gone." in seen
    assert (tmp_path / "dropped-orders").exists()


def test_without_a_terminal_the_tool_cannot_even_be_written(
    ankus: Ankus, scripted: ScriptedModel, tmp_path: Path
) -> None:
    scripted.play(call("toy__drop_table", {"name": "orders"}), final("Kept."))

    done = ankus.piped("--json")

    assert done.returncode == 0, done.stderr
    assert "toy__drop_table" not in str(scripted.requests[0])
    assert "toy__look_up" in scripted.requests[0]["grammar"]
    assert not (tmp_path / "dropped-orders").exists()
