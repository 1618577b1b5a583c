"""The console script `ankus-docs-rag`; the commands are in `cli`."""

import sys

from ankus_docs_rag.cli import app
from ankus_shared.settings import run_command


def main() -> None:
    """Run the command line."""
    sys.exit(run_command(app))


if __name__ == "__main__":
    main()
