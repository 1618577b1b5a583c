"""The commands `ankus-docs-rag eval`, `compare` and `judge`.

    from ankus_docs_rag.evaluate.cli import add_commands
    add_commands(app)

What they need is loaded only when one of them runs: plots, the search, a client of the judge.
"""

from pathlib import Path
from typing import Annotated

import anyio
from cyclopts import App

from ankus_docs_rag.evaluate.settings import CompareSettings, EvalSettings, JudgeSettings
from ankus_shared.settings import FLAT

EVAL = EvalSettings()
COMPARE = CompareSettings()


def add_commands(app: App) -> None:
    """Register them with the command line."""
    app.command(name="eval")(evaluate_questions)
    app.command(name="compare")(compare_runs)
    app.command(name="judge")(judge_answers)


def evaluate_questions(questions: Path, settings: Annotated[EvalSettings, FLAT] = EVAL) -> None:
    """Ask the QUESTIONS of a file (JSON lines), and print what is found beside baselines."""
    from ankus_docs_rag.evaluate import commands

    anyio.run(commands.evaluate_store, questions, settings)


def compare_runs(
    first: Path, second: Path | None = None, settings: Annotated[CompareSettings, FLAT] = COMPARE
) -> None:
    """Compare the saved runs FIRST (A) and SECOND (B), or two systems of FIRST; tell what chance can do."""
    from ankus_docs_rag.evaluate import commands

    commands.compare_files(first, second or first, settings)


def judge_answers(answers: Path, settings: Annotated[JudgeSettings, FLAT]) -> None:
    """Have a model judge the ANSWERS of a file (JSON lines): faithfulness, relevancy, correctness."""
    from ankus_docs_rag.evaluate import commands

    anyio.run(commands.judge_answers, answers, settings)
