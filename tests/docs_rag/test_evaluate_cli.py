"""The commands: a run is kept, shown and compared; what is wrong ends in one line."""

from pathlib import Path

import pytest

from ankus_docs_rag.errors import BadQuestions
from ankus_docs_rag.evaluate import commands
from ankus_docs_rag.evaluate.cli import add_commands
from ankus_docs_rag.evaluate.run import Evaluation, read_saved, save
from ankus_docs_rag.evaluate.settings import EvalSettings
from ankus_shared.settings import command_line, run_command
from tests.docs_rag.evaluations import evaluation, question

QUESTIONS = [question(f"q{at}") for at in range(6)]


def runs(tmp_path: Path) -> tuple[Path, Path]:
    old, new = tmp_path / "old.json", tmp_path / "new.json"
    save(evaluation(QUESTIONS, {"ankus": [(2,)] * 6, "dense": [(3,)] * 6}), old)
    save(evaluation(QUESTIONS, {"ankus": [(1,)] * 6}), new)
    return old, new


def compared(*arguments: str) -> int:
    app = command_line("ankus-docs-rag", version="0", help="")
    add_commands(app)
    return run_command(app, ["compare", *arguments])


def test_two_kept_runs_are_compared(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    old, new = runs(tmp_path)

    assert compared(str(old), str(new), "--html", str(tmp_path / "page.html")) == 0

    shown = capsys.readouterr().out
    assert "B is better on 6 questions and worse on 0; 0 are in one run alone." in shown
    assert "new: ankus against old: ankus" in (tmp_path / "page.html").read_text("utf-8")


def test_two_systems_of_one_run_are_compared(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    old, _ = runs(tmp_path)

    assert compared(str(old), "--system", "ankus", "--other-system", "dense") == 0

    assert "B is better on 0 questions and worse on 6" in capsys.readouterr().out


def test_a_file_that_is_no_run_is_told_in_a_line(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "other.json").write_text("{}")

    assert compared(str(tmp_path / "other.json")) == 1

    assert "is no saved run" in capsys.readouterr().err


def test_a_run_is_kept_shown_and_written_as_a_page(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    run: Evaluation = evaluation(QUESTIONS, {"ankus": [(1,)] * 6})
    settings = EvalSettings(save=tmp_path / "run.json", html=tmp_path / "run.html")

    commands.show(run, settings, "questions")

    assert read_saved(tmp_path / "run.json") == run
    assert "Evaluation: questions" in (tmp_path / "run.html").read_text("utf-8")
    assert "6 answerable questions" in capsys.readouterr().out


async def test_a_half_that_no_question_is_of_is_told_before_anything_is_opened(tmp_path: Path) -> None:
    path = tmp_path / "questions.jsonl"
    path.write_text('{"question": "What?", "page": "a.html"}', encoding="utf-8")

    with pytest.raises(BadQuestions, match="no question of the half test"):
        await commands.evaluate_file(path, EvalSettings(half="test"), lambda: pytest.fail("was opened"))


@pytest.mark.parametrize("command", ["eval", "compare", "judge"])
def test_each_command_tells_its_flags(command: str, capsys: pytest.CaptureFixture[str]) -> None:
    app = command_line("ankus-docs-rag", version="0", help="")
    add_commands(app)

    assert run_command(app, [command, "--help"]) == 0

    flags = {"eval": "--baselines", "compare": "--other-system", "judge": "ANKUS_JUDGE_URL"}
    assert flags[command] in capsys.readouterr().out


def test_a_server_of_the_same_settings_searches_the_same_without_caches() -> None:
    settings = EvalSettings(model="bge-m3", work_mem="64MB", statement_timeout=7)

    serving = settings.serving()

    assert (serving.model, serving.work_mem, serving.statement_timeout) == ("bge-m3", "64MB", 7)
    assert (serving.query_cache, serving.result_cache) == (0, 0)
