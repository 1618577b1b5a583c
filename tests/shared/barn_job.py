"""A long job: counts sheep and ends as it is told to; run as a program by tests.

python -m tests.shared.barn_job count|fail|crash|wait
"""

import os
import signal
import sys

from ankus_shared.errors import LimitError
from ankus_shared.progress import conclude, shown


def main(how: str) -> int:
    """Count to three."""
    if how == "crash":
        return 3
    with shown("lines") as tell:
        for number in range(1, 4):
            tell("count", number, 3)
        tell("shear", 1, 2)
        if how == "fail":
            raise LimitError("The barn is full.", hint="Build another.")
        if how == "wait":
            signal.pause()
        conclude("lines", "3 sheep", {"sheep": 3, "fence": os.environ.get("ANKUS_FENCE")})
    return 0


if __name__ == "__main__":
    sys.stderr = open(os.devnull, "w")  # a failure's traceback is of no use here
    sys.exit(main(sys.argv[1]))
