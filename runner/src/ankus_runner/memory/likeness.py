"""When two texts say the same, so that the older is confirmed instead of a second one being kept.

Cosines alone cannot tell. By e5-small, "backups start before midnight" and "… after midnight" have 0.990,
"Ann manages Bob" and "Bob manages Ann" 0.995, while "Charts should have light themes" and "The user prefers
charts with a light theme" have 0.947. A fact that contradicts another must never vanish in it, and two rows
of one fact do little harm: so the words decide too. They have to be the same ones in the same order, but for
case, punctuation, articles and, where the cosine is high enough, endings.
"""

import re
import unicodedata
from itertools import takewhile

_WORD = re.compile(r"[\w'’]+")
_EMPTY = frozenset("a an the is are was were be это".split())
_SHORTEST_STEM = 4
_STEM_SHARE = 0.6
"""Of the longer of two forms, what they have in common at their beginning."""


def normal(text: str) -> str:
    """The words of a text that tell something, so that equal ones are one fact."""
    return " ".join(word.casefold() for word in words(text)) or text.strip()


def words(text: str) -> list[str]:
    """The same as a list, as they are written."""
    composed = unicodedata.normalize("NFKC", text).replace("ё", "е").replace("Ё", "Е")
    return [word for word in _WORD.findall(composed) if word.casefold() not in _EMPTY]


def same_words(one: str, other: str) -> bool:
    """Whether two texts have the same words in the same order, whatever the endings."""
    left, right = words(one), words(other)
    return len(left) == len(right) and all(map(_forms_of_one, left, right))


def _forms_of_one(one: str, other: str) -> bool:
    if one.casefold() == other.casefold():
        return True
    if not (one.isalpha() and other.isalpha() and one.islower() and other.islower()):
        return False  # another name, number or identifier
    common = sum(1 for _ in takewhile(lambda pair: pair[0] == pair[1], zip(one, other, strict=False)))
    return common >= max(_SHORTEST_STEM, _STEM_SHARE * max(len(one), len(other)))
