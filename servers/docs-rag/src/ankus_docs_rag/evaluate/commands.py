"""What the commands `eval`, `compare` and `judge` do; `cli` has their flags."""

import json
from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path

import anyio.to_thread
from rich.console import Console
from rich.progress import Progress

from ankus_docs_rag.embed.catalogue import open_embedder
from ankus_docs_rag.errors import BadQuestions
from ankus_docs_rag.evaluate import judge, run
from ankus_docs_rag.evaluate.asking import opened_judge
from ankus_docs_rag.evaluate.compare import compare
from ankus_docs_rag.evaluate.questions import Question, read_questions
from ankus_docs_rag.evaluate.report import comparison_html, judgement_html, to_html
from ankus_docs_rag.evaluate.settings import CompareSettings, EvalSettings, JudgeSettings
from ankus_docs_rag.evaluate.systems import Opener, about, opened_search, systems_of
from ankus_docs_rag.evaluate.tables import comparison_table, judgement_table, tables_of
from ankus_shared.embed.embedder import Embedder


async def evaluate_store(path: Path, settings: EvalSettings) -> None:
    """`eval`: as `evaluate_file`, over the documents that the settings tell."""
    await evaluate_file(path, settings, lambda: opened_search(settings.serving()))


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
        settings.html.write_text(to_html(evaluation, f"Evaluation: {name}"), encoding="utf-8")
    console = Console()
    for table in tables_of(evaluation):
        console.print(table, "")


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
    if settings.html is not None:
        settings.html.write_text(judgement_html(judged, f"Answers judged: {path.stem}"), encoding="utf-8")
    Console().print(judgement_table(judge.means_of(judged), len(answers)))
    return judged


def _of_half(questions: Sequence[Question], half: str, path: Path) -> list[Question]:
    kept = [question for question in questions if half in ("all", question.half)]
    if not kept:
        raise BadQuestions(f"{path} has no question of the half {half}.", hint='Give them "half": "fit".')
    return kept


def compare_files(first: Path, second: Path, settings: CompareSettings) -> None:
    """`compare`: show how B differs from A.

    Raises:
        BadQuestions: If a file is no saved run, or they cannot be compared.
    """
    saved = run.read_saved(first)
    against = saved if second == first else run.read_saved(second)
    names = (first.stem, second.stem)
    comparison = compare(saved, against, settings.system, settings.other_system, names)
    if settings.html is not None:
        title = f"{comparison.b} against {comparison.a}"
        settings.html.write_text(comparison_html(comparison, title), encoding="utf-8")
    console = Console()
    console.print(comparison_table(comparison))
    console.print(
        f"B is better on {len(comparison.wins)} questions and worse on {len(comparison.losses)}; "
        f"{comparison.left_out} are in one run alone.",
        highlight=False,
        soft_wrap=True,
    )


async def judge_answers(path: Path, settings: JudgeSettings) -> None:
    """`judge`: as `judge_file`, with the model that the settings tell."""
    if not settings.vectors:
        await judge_file(path, settings, None)
        return
    embedder = await anyio.to_thread.run_sync(open_embedder, settings)
    try:
        await judge_file(path, settings, embedder)
    finally:
        embedder.close()
