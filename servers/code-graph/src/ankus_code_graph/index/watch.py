"""Keeps a graph up to date while its tree is worked on."""

from collections.abc import Callable
from pathlib import Path

from watchfiles import DefaultFilter
from watchfiles import watch as watched

from ankus_code_graph.extract.catalog import is_catalog
from ankus_code_graph.index.indexer import Options, Report, Store, index

LOOK_MILLISECONDS = 5000


class _Sources(DefaultFilter):
    """Lets through changes of C files and of scripts."""

    def __call__(self, change: object, path: str) -> bool:
        if not path.endswith((".c", ".h")) and not is_catalog(path):
            return False
        return super().__call__(change, path)  # type: ignore[arg-type]


def watch(root: Path, name: str, writer: Store, options: Options, tell: Callable[[Report], None]) -> None:
    """Index again whenever files change, until interrupted.

    Args:
        tell: Told the report of each run that changed something.
    """
    changes = watched(
        root,
        watch_filter=_Sources(),
        raise_interrupt=True,
        yield_on_timeout=True,  # so that what the watcher missed, before it began too, is found by looking
        rust_timeout=LOOK_MILLISECONDS,
    )
    for _ in changes:
        report = index(root, name, writer, options, lambda stage, done, total: None)
        if report.changed or report.removed:
            tell(report)
