"""The commands `ankus-docs-rag eval`, `compare` and `judge`.

from ankus_docs_rag.evaluate import cli
cli.add_compare(app)
app.command(name="eval")(…)   # with the settings of the database: see `evaluate_file`
app.command(name="judge")(…)  # and `judge_file`
"""

import json
from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Annotated

from cyclopts import App
from rich.console import Console
from rich.progress import Progress

from ankus_docs_rag.embed.embedder import Embedder
from ankus_docs_rag.errors import BadQuestions
from ankus_docs_rag.evaluate import judge, run
from ankus_docs_rag.evaluate.asking import opened_judge
from ankus_docs_rag.evaluate.compare import compare
from ankus_docs_rag.evaluate.questions import Question, read_questions
from ankus_docs_rag.evaluate.settings import CompareSettings, EvalSettings, JudgeSettings
from ankus_docs_rag.evaluate.systems import Opener, about, systems_of
from ankus_docs_rag.evaluate.tables import comparison_table, judgement_table, tables_of
from ankus_shared.settings import FLAT

COMPARE = CompareSettings()


def add_compare(app: App) -> None:
    """Register `compare` with the command line."""

    @app.command(name="compare")
    def compare_runs(
        first: Path, second: Path | None = None, settings: Annotated[CompareSettings, FLAT] = COMPARE
    ) -> None:
        """Compare two saved runs, or two systems of one: FIRST is A, SECOND is B."""
        other = second or first
        names = (first.stem, other.stem)
        saved = run.read_saved(first)
        against = saved if second is None else run.read_saved(second)
        comparison = compare(saved, against, settings.system, settings.other_system, names)
        if settings.html is not None:
            # here: it loads the renderer of the plots
            from ankus_docs_rag.evaluate.report import comparison_html

            title = f"{comparison.b} against {comparison.a}"
            settings.html.write_text(comparison_html(comparison, title), encoding="utf-8")
        console = Console()
        console.print(comparison_table(comparison))
        print(
            f"B is better on {len(comparison.wins)} questions and worse on {len(comparison.losses)}; "
            f"{comparison.left_out} are in one run alone."
        )


async def evaluate_file(path: Path, settings: EvalSettings, opener: Opener) -> run.Evaluation:
    """Ask the questions of a file; keep and show what came of it as the settings say.

    Raises:
        BadQuestions: If the file is wrong, or has no question of that half.
    """
    questions = _of_half(read_questions(path), settings.half, path)
    depth = max(run.DEPTH, *settings.k)
    async with opener() as opened:
        systems = await systems_of(
            opened, settings.system, settings.profile, with_baselines=settings.baselines, depth=depth
        )
        with Progress(console=Console(stderr=True), transient=True) as bar:
            tasks = {name: bar.add_task(name, total=len(questions)) for name in systems}
            evaluation = await run.evaluate(
                questions,
                systems,
                settings.k,
                mode=settings.mode,
                about={"questions": f"{path.name} ({settings.half})", **await about(opened)},
                progress=lambda name, done, _: bar.update(tasks[name], completed=done),
            )
    show(evaluation, settings, path.stem)
    return evaluation


def show(evaluation: run.Evaluation, settings: EvalSettings, name: str) -> None:
    """Print the tables, and write the files that were asked for."""
    if settings.save is not None:
        run.save(evaluation, settings.save)
    if settings.html is not None:
        # here: it loads the renderer of the plots
        from ankus_docs_rag.evaluate.report import to_html

        settings.html.write_text(to_html(evaluation, f"Evaluation: {name}"), encoding="utf-8")
    console = Console()
    for table in tables_of(evaluation):
        console.print(table)


async def judge_file(path: Path, settings: JudgeSettings, embedder: Embedder | None) -> list[judge.Judged]:
    """Have the answers of a file judged; keep and show what came of it.

    Raises:
        BadQuestions: If the file is wrong.
        JudgeUnavailable: If the judge does not answer.
    """
    answers = judge.read_answers(path)
    with Progress(console=Console(stderr=True), transient=True) as bar:
        task = bar.add_task("judge", total=len(answers))
        async with opened_judge(settings) as opened:
            judged = await judge.judge_all(
                answers,
                opened,
                embedder,
                similarity_weight=settings.similarity_weight,
                progress=lambda done, _: bar.update(task, completed=done),
            )
    if settings.save is not None:
        lines = (json.dumps(asdict(one), ensure_ascii=False) + "\n" for one in judged)
        settings.save.write_text("".join(lines), encoding="utf-8")
    Console().print(judgement_table(judge.means_of(judged), len(answers)))
    return judged


def _of_half(questions: Sequence[Question], half: str, path: Path) -> list[Question]:
    kept = [question for question in questions if half in ("all", question.half)]
    if not kept:
        raise BadQuestions(f"{path} has no question of the half {half}.", hint='Give them "half": "fit".')
    return kept
