"""The command `ankus`; the rest is imported within it, so that Ctrl-C meanwhile is one line, no traceback."""

import sys


def main() -> None:
    """The console script."""
    try:
        from ankus_runner.cli import main as run
    except KeyboardInterrupt:
        sys.stderr.write("ankus: interrupted\n")
        sys.exit(130)
    run()


if __name__ == "__main__":
    main()
