"""Names from outside (titles, paths, tags, authors), as errors and structured content show them."""

from collections.abc import Iterable

from ankus_shared.untrusted import frame

LONGEST = 200
"""Characters that a name is shown with."""


def one_name(name: str) -> str:
    """A name in one line of a bounded length."""
    line = " ".join(name.split())
    return line if len(line) <= LONGEST else f"{line[: LONGEST - 1]}…"


def framed_list(names: Iterable[str], source: str) -> str:
    """Names as data: one a line, framed.

    Args:
        source: Where they come from.
    """
    return frame("\n".join(map(one_name, names)), source)
