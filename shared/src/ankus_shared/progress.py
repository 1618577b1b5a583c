"""How long work tells what it does: a bar for a person, or lines of JSON for `ankus_shared.job`."""

import json
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Literal

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TaskID, TextColumn, TimeElapsedColumn

from ankus_shared.errors import AnkusError

Form = Literal["bar", "lines"]
Tell = Callable[[str, int, int], None]
"""Told (stage, done, total)."""


@contextmanager
def shown(form: Form) -> Iterator[Tell]:
    """Progress as a bar on standard error, or as lines of JSON, of which a failure is the last."""
    if form == "bar":
        with _bar() as tell:
            yield tell
        return
    try:
        yield lambda stage, done, total: _write_line({"stage": stage, "done": done, "total": total})
    except AnkusError as error:
        _write_line({"error": {"code": error.code, "message": error.message, "hint": error.hint}})
        raise


def conclude(form: Form, text: str, report: dict[str, object]) -> None:
    """Say on standard output what came of it: the text for a person, both for a program."""
    if form == "lines":
        _write_line({"report": report, "text": text})
    else:
        sys.stdout.write(f"{text}\n")
        sys.stdout.flush()


@contextmanager
def _bar() -> Iterator[Tell]:
    columns = (TextColumn("{task.description:8}"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn())
    with Progress(*columns, console=Console(stderr=True)) as bar:
        tasks: dict[str, TaskID] = {}

        def tell(stage: str, done: int, total: int) -> None:
            if stage not in tasks:
                tasks[stage] = bar.add_task(stage, total=total)
            bar.update(tasks[stage], completed=done, total=total)

        yield tell


def _write_line(said: dict[str, object]) -> None:
    sys.stdout.write(json.dumps(said) + "\n")
    sys.stdout.flush()
