"""A writer that stops in the middle of its load, says so, and waits: to be killed.

python -m tests.code_graph.half_load URL
"""

import sys

from ankus_code_graph.model import Changes
from ankus_code_graph.settings import StoreSettings
from ankus_code_graph.store.writer import open_writer
from tests.code_graph.small import small_changes, store, vertex


def stop(stage: str, done: int, total: int) -> None:
    """Rows went out, and the transaction is open."""
    if done > 1000:
        print("half", flush=True)
        sys.stdin.read()


def changes() -> Changes:
    """All of the small graph gone, many others instead."""
    old = small_changes()
    functions = [vertex("Function", f"new_{number}") for number in range(5000)]
    return Changes([*(v.id for v in old.vertices), *(e.id for e in old.edges)], functions)


if __name__ == "__main__":
    with open_writer(StoreSettings(database_url=sys.argv[1])) as writer:
        store(writer, changes(), progress=stop)
