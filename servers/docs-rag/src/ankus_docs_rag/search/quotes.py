"""Where a quote stands in a text, word for word; only white space and typographic marks may differ."""

import re
from dataclasses import dataclass

_MARKS = {
    "'": "['’‘`´]",
    '"': '["“”„«»]',
    "-": "[-‐‑‒–—−]",
}
_MARK = {character: pattern for pattern in _MARKS.values() for character in pattern.strip("[]")}
_ELLIPSIS = r"(?:\.\.\.|…|\[…\]|\[\.\.\.\])"
_ENDS = re.compile(rf"^\s*{_ELLIPSIS}\s*|\s*{_ELLIPSIS}\s*$")


@dataclass(frozen=True)
class Place:
    """A stretch of a text, in code points, end excluded."""

    start: int
    end: int
    exact: bool
    """Whether it is the quote to the letter, white space included."""


def find_quote(text: str, quote: str, start: int = 0) -> Place | None:
    """The first place of a quote in a text, or None.

    Args:
        quote: Verbatim; an ellipsis at its ends is left out.
    """
    wanted = _ENDS.sub("", quote).strip()
    if not wanted:
        return None
    at = text.find(wanted, start)
    if at >= 0:
        return Place(at, at + len(wanted), exact=True)
    found = re.compile(r"\s+".join(map(_loose, wanted.split()))).search(text, start)
    return Place(found.start(), found.end(), exact=False) if found else None


def _loose(word: str) -> str:
    return "".join(_MARK.get(character, re.escape(character)) for character in word)
