"""The headings in front of a piece, as they are embedded: without numbers, and never too long."""

import re
from collections.abc import Iterable

from ankus_docs_rag.chunk.limits import CountTokens
from ankus_docs_rag.model import Page

JOINT = " > "
_WIDE = ("Part ", "Часть ")
_NUMBER = re.compile(
    r"^(?:(?:Chapter|Part|Appendix|Table|Figure|Example|Глава|Часть|Приложение|Таблица|Рисунок|Пример)\s+"
    r"(?:[A-Z\d]+(?:\.\d+)*|[IVXLC]+)\.\s+|(?:[A-Z]\.)?\d+(?:\.\d+)*\.\s+)"
)


def without_number(heading: str) -> str:
    """A heading without the number of its chapter, section or table."""
    return _NUMBER.sub("", heading) or heading


def path_of(page: Page, headings: tuple[str, ...]) -> str:
    """The headings in one line, from the chapter down, without those that a later one says again."""
    # a part of a book is too wide to tell anything, and a reference page says itself what it is of
    wide = page.kind == "reference" or page.part_of.startswith(_WIDE)
    first = () if wide else (page.part_of,)
    plain = [without_number(heading) for heading in (*first, *headings)]
    said = [f" {heading.lower()} " for heading in plain]
    kept = (
        heading
        for place, heading in enumerate(plain)
        if heading and not any(said[place] in later for later in said[place + 1 :])
    )
    return JOINT.join(kept)


def shortened(paths: Iterable[str], most: int, count_tokens: CountTokens) -> dict[str, str]:
    """Each path with at most so many tokens: what is on the left goes first."""
    short = {path: path for path in paths}
    waiting = list(short)
    while waiting:
        counts = count_tokens([short[path] for path in waiting])
        waiting = [path for path, count in zip(waiting, counts, strict=True) if count > most and short[path]]
        for path in waiting:
            short[path] = _without_first(short[path])
    return short


def _without_first(path: str) -> str:
    """Without the first heading; of the only one, without the first half of its words or characters."""
    if JOINT in path:
        return path.split(JOINT, 1)[1]
    words = path.split()
    return " ".join(words[(len(words) + 1) // 2 :]) if len(words) > 1 else path[(len(path) + 1) // 2 :]
