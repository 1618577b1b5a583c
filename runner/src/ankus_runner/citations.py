"""What an answer cites: lines `file:line`, each of which the agent must have seen in an observation.

Lines are written as tools write them: `a/b.c:7`, `b.c:7-9`, `b.c:7,8`; text with line numbers is seen line by
line where it stands in a frame whose source is `a/b.c:7-9`.
"""

import re
from collections.abc import Iterable, Iterator

_FILE = r"(?<![\w./-])([\w.+-]+(?:/[\w.+-]+)*\.[A-Za-z]\w*)"
# models write ranges with a dash of either kind
_LINES = r":(\d+(?:[-–,]\s?\d+)*)"
_PLACE = re.compile(_FILE + _LINES)
_FRAME = re.compile(rf'<untrusted source="{_FILE}:\d+-\d+">$')
_NUMBERED = re.compile(r" *(\d+)  ")

Line = tuple[str, int]
"""A file as it was written, and the number of a line."""

SHOWN = 4
"""Lines that a complaint names as what could be cited."""


def complaint(answer: str, observations: Iterable[str]) -> str:
    """What is wrong with the citations of an answer, for the model to mend; "" where nothing is.

    Every line that is cited must have been seen. One must be cited, unless none was seen at all.
    """
    seen = list(dict.fromkeys(line for text in observations for line in _seen(text)))
    cited = list(_written(answer))
    unseen = [line for line in cited if not any(_same(line, other) for other in seen)]
    known = f"Cite what you saw, such as {_named(seen)}." if seen else "Nothing was seen: cite none."
    if unseen:
        return f"{_named(unseen)} stands in no observation. {known}"
    return f"The answer cites no file:line. {known}" if seen and not cited else ""


def _seen(observation: str) -> Iterator[Line]:
    yield from _written(observation)
    file = ""
    for line in observation.splitlines():
        if frame := _FRAME.match(line):
            file = frame[1]
        elif line == "</untrusted>":
            file = ""
        elif file and (numbered := _NUMBERED.match(line)):
            yield file, int(numbered[1])


def _written(text: str) -> Iterator[Line]:
    for place in _PLACE.finditer(text):
        for number in re.findall(r"\d+", place[2]):
            yield place[1], int(number)


def _same(cited: Line, seen: Line) -> bool:
    """Whether they are one line; a cited path may be the end of the one that was seen."""
    return cited[1] == seen[1] and f"/{seen[0]}".endswith(f"/{cited[0]}")


def _named(lines: list[Line]) -> str:
    return ", ".join(f"{file}:{number}" for file, number in lines[:SHOWN])
