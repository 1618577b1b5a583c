"""A person and a plan: on a terminal, and by `ankus ask --approve-plan`."""

import os
from collections.abc import Sequence
from pathlib import Path

import pytest

from ankus_runner.cli import app
from ankus_runner.config import HostConfig
from ankus_runner.constraint import parse_plan
from ankus_runner.errors import ConfigError
from ankus_runner.plan_approval import (
    PlanApproved,
    PlanEdited,
    PlanRefused,
    PlanVerdict,
    TerminalPlanApprover,
)
from ankus_shared.settings import run_command
from tests.fixtures.scripted import Reply, ScriptedModel, final

PLAN = 'E1 = toy__weigh {"word":"fig"}\nE2 = toy__look_up {"word":$E1/word}'


async def judged(*lines: str, problems: Sequence[str] = ()) -> tuple[PlanVerdict, str]:
    said, typed = list[str](), list(lines)

    async def line() -> str | None:
        return typed.pop(0) if typed else None

    return await TerminalPlanApprover(said.append, line).judge("Who?", parse_plan(PLAN), problems), "\n".join(
        said
    )


@pytest.mark.parametrize(
    ("lines", "verdict"),
    [
        (["y\n"], PlanApproved()),
        (["да\n"], PlanApproved()),
        (["n\n"], PlanRefused()),
        (["\n"], PlanRefused()),
        ([], PlanRefused()),
        (["weigh pears\n"], PlanRefused("weigh pears")),
        (["e\n", "E1 = toy__weigh {}\n", "\n"], PlanEdited("E1 = toy__weigh {}")),
        (["e\n", "E1 = toy__weigh {}"], PlanEdited("E1 = toy__weigh {}")),
    ],
)
async def test_a_line_is_a_verdict_and_only_a_yes_runs_the_plan(
    lines: list[str], verdict: PlanVerdict
) -> None:
    found, said = await judged(*lines)

    assert found == verdict
    assert PLAN in said


async def test_what_was_wrong_with_an_edit_is_said_with_the_plan() -> None:
    _, said = await judged("n", problems=["E1: there is no tool toy__fly now."])

    assert said.startswith("That plan cannot run: E1: there is no tool toy__fly now.")


@pytest.fixture
def flags(tmp_path: Path, scripted: ScriptedModel, toy_config: HostConfig) -> list[str]:
    """A profile that plans, and the toy server."""
    scripted.play(Reply(f"Thought: x\n{PLAN}"), final("A fig is a fig."))
    profile = 'name = "p"\ndescription = "d"\nmode = "rewoo"\ntools = ["toy__*"]\n'
    (tmp_path / "profile.toml").write_text(profile, "utf-8")
    (tmp_path / "prompts" / "1").mkdir(parents=True)
    (tmp_path / "prompts" / "1" / "system.md.j2").write_text("{{ tools }}", "utf-8")
    (tmp_path / "mcp.json").write_text(toy_config.model_dump_json(exclude_defaults=True), "utf-8")
    files = ["--profile", str(tmp_path), "--mcp", str(tmp_path / "mcp.json")]
    unkept = ["--no-traces", "--no-conversations"]
    return ["ask", "What is a fig?", "--approve-plan", *unkept, "--base-url", scripted.url, *files]


@pytest.mark.parametrize(
    ("typed", "status", "shown"), [("y\n", 0, "A fig is a fig."), ("", 1, "was refused")]
)
def test_ask_waits_for_a_persons_word(
    flags: list[str],
    typed: str,
    status: int,
    shown: str,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    reading, writing = os.pipe()
    os.write(writing, typed.encode())
    os.close(writing)
    with os.fdopen(reading) as stdin:
        monkeypatch.setattr("sys.stdin", stdin)
        assert run_command(app, flags) == status

    out, err = capsys.readouterr()
    assert "E2 toy__look_up after E1" in out
    assert PLAN in err
    assert shown in out + err
    assert ('E2 = toy__look_up {"word": "fig"}' in out) is (status == 0)


def test_a_profile_without_plans_has_none_to_approve(flags: list[str], tmp_path: Path) -> None:
    profile = tmp_path / "profile.toml"
    profile.write_text(profile.read_text("utf-8").replace("rewoo", "react"), "utf-8")

    with pytest.raises(ConfigError, match="makes no plans"):
        app(flags, exit_on_error=False)
