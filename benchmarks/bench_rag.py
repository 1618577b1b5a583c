"""docs-rag over PostgreSQL's manual: cost of the index, what is found beside baselines, latency; XQuAD.

    python -m benchmarks.bench_rag [--manual FOLDER] [--xquad FOLDER] [--data FOLDER] [--half fit|test]

All in one run. The index is kept, so that a second run only brings it up to date. Weights are fitted on the
other half of the questions. A passage counts as found where it holds the quote: see benchmarks/rag.
"""

import os
import sys
from collections.abc import Sequence
from pathlib import Path

import anyio
import numpy as np
from cyclopts import App
from rich.console import Console

from ankus_docs_rag.evaluate.questions import Question, read_questions
from ankus_docs_rag.evaluate.run import evaluate
from ankus_docs_rag.evaluate.summary import ALL, NDCG, RECALL, summarise
from ankus_docs_rag.evaluate.systems import Opened, about, opened_search, systems_of
from ankus_docs_rag.evaluate.tables import tables_of
from ankus_docs_rag.search.request import Filters
from ankus_docs_rag.settings import Settings
from ankus_docs_rag.store.connect import STORE
from benchmarks.code_graph.spent import Failed, PostgresClock, run_measured
from benchmarks.rag import xquad as xquad_files
from benchmarks.rag.asking import Filtered, by_quote, configured, embedding_seconds, latencies
from benchmarks.rag.questions import QUESTIONS, Half
from tests.fixtures.apt import Missing, cache_folder
from tests.fixtures.manual import find_manual, version_of

SETTINGS = Settings(query_cache=0)
CALLERS = 20
XQUAD_EVERY = 5
"""One in so many of its questions is asked in each direction."""
XQUAD_SYSTEMS = ("ankus", "dense")
WIDTH = 160

app = App(help=__doc__, version_flags=[])


@app.default
def main(
    manual: Path | None = None, xquad: Path | None = None, data: Path | None = None, *, half: Half = "test"
) -> None:
    """Print what docs-rag costs and finds.

    Args:
        manual: The folder with the manual's HTML; Debian's by default.
        xquad: The folder with xquad.en.json and xquad.ru.json; without it, there is no table of it.
        data: Where the indexes are kept; in the user's cache by default.
        half: Of the questions.
    """
    folder = data or cache_folder("ankus-benchmarks") / "rag"
    try:
        measure_manual(manual or find_manual(), folder / "manual", half)
        if xquad is not None:
            measure_xquad(xquad, folder / "xquad")
    except Missing as error:
        sys.exit(f"No manual: {error}")
    except Failed as error:
        sys.exit(f"The ingest failed: {error}")


def measure_manual(manual: Path, data: Path, half: Half) -> None:
    """Ingest the manual, and ask the questions of one half.

    Raises:
        Failed: If it cannot be ingested.
    """
    os.environ["ANKUS_DATA_DIR"] = str(data)
    # held here, so that the server outlives each command and its CPU can be read
    with STORE.embedded() as server:
        version = version_of(manual)
        print(f"PostgreSQL's manual of {version}")
        ingest(manual, "pg15", PostgresClock(server.data_dir), "--version", version, "--language", "en")
        questions = [by_quote(one) for one in read_questions(QUESTIONS) if one.half == half]
        anyio.run(ask_manual, questions)


def measure_xquad(folder: Path, data: Path) -> None:
    """Ingest the paragraphs of both languages, and ask in each direction.

    Raises:
        Failed: If they cannot be ingested.
    """
    os.environ["ANKUS_DATA_DIR"] = str(data)
    paragraphs = xquad_files.read_xquad(folder)
    with STORE.embedded() as server:
        for language in xquad_files.LANGUAGES:
            # in a place that stays, or the next run would take all of them for new pages
            xquad_files.write_pages(paragraphs[language], data / "pages")
            pages, clock = data / "pages" / language, PostgresClock(server.data_dir)
            ingest(pages, f"xquad-{language}", clock, "--language", language)
        anyio.run(ask_xquad, paragraphs)


def ingest(folder: Path, source: str, postgres: PostgresClock, *options: str) -> None:
    """Bring a source up to date, and print what it took.

    Raises:
        Failed: If the command fails.
    """
    program = Path(sys.executable).with_name("ankus-docs-rag")
    spent = run_measured([program, "ingest", folder, "--source", source, *options])
    # among the lines of the progress
    print(next(line for line in spent.output.splitlines() if line.startswith(f"{source}: ")))
    print(
        f"  {spent.cpu:.1f} s of CPU, and PostgreSQL's {postgres.since():.1f}; {spent.wall:.1f} s in all; "
        f"{spent.memory:,.0f} MiB at most"
    )


async def ask_manual(questions: Sequence[Question]) -> None:
    """Print the table of all systems, and how long a search takes."""
    async with opened_search(SETTINGS) as docs:
        print("; ".join(f"{name} {value}" for name, value in (await about(docs)).items()))
        evaluation = await evaluate(questions, await systems_of(docs))
        console = Console(width=WIDTH)
        for table in tables_of(evaluation):
            console.print(table)
        await measure_latency(docs, [question.question for question in questions])


async def measure_latency(docs: Opened, asked: Sequence[str]) -> None:
    """Print the time of a search alone and among many, and what of it is not the model's."""
    alone = await latencies(docs, asked, 1)
    model = embedding_seconds(docs, asked)
    together = await latencies(docs, asked, CALLERS)
    print(f"ms of a search alone: {_quantiles(alone)}; with {CALLERS} callers: {_quantiles(together)}")
    beside = float(np.median(alone) - np.median(model)) * 1000
    print(f"ms of the embedding alone: {_quantiles(model)}; the search beside it: p50 {beside:.1f}")


async def ask_xquad(paragraphs: dict[xquad_files.Language, tuple[xquad_files.Paragraph, ...]]) -> None:
    """Print nDCG and recall of each direction."""
    async with opened_search(SETTINGS) as docs:
        print(f"XQuAD, every {XQUAD_EVERY}th question: {NDCG}, {RECALL}")
        for direction, (_, searched) in xquad_files.DIRECTIONS.items():
            filters = Filters(source=tuple(f"xquad-{language}" for language in searched))
            systems = {
                name: Filtered(docs.docs, configured(docs.searcher, name), filters) for name in XQUAD_SYSTEMS
            }
            asked = xquad_files.questions(paragraphs, direction)[::XQUAD_EVERY]
            rows = [row for row in summarise(await evaluate(asked, systems)) if row.group == ALL]
            cells = [
                f"{row.system} {row.measures[NDCG].mean:.3f}, {row.measures[RECALL].mean:.3f}" for row in rows
            ]
            print(f"  {direction}: {'; '.join(cells)}")


def _quantiles(seconds: Sequence[float]) -> str:
    median, slow = np.quantile(np.array(seconds) * 1000, [0.5, 0.95])
    return f"p50 {median:.1f}, p95 {slow:.1f}"


if __name__ == "__main__":
    app()
