"""What an answer cites by number: passages, each of which the agent must have seen in an observation.

A passage is a frame of text from outside with a line above it that says where it is from. The runner puts a
number before that line, in the place of the tool's own, `[1] where it is from`; in a conversation the numbers
go on from one observation to the next, so that each means one passage.
"""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from itertools import count

_OPENED = r'\n\n?<untrusted source="([^"\n]*)">$'
_HEAD = re.compile(rf"^(?:\[\d+\] )?(?=[^\n]+{_OPENED})", re.MULTILINE)
_NUMBERED = re.compile(rf"^(?:Observation: )?\[(\d+)\] [^\n]+{_OPENED}", re.MULTILINE)
_CLOSED = re.compile(r"^</untrusted>$", re.MULTILINE)
_CITED = re.compile(r"\[(\d{1,4}(?:\s?[,;–-]\s?\d{1,4})*)\]")
NOT_THERE = re.compile(r"not in the documents|в документах (?:этого )?нет|нет в документах", re.IGNORECASE)
"""How an answer says that the documents do not have one, and so need not cite."""
_CYRILLIC = re.compile("[а-яё]", re.IGNORECASE)


@dataclass(frozen=True)
class Source:
    """A passage that an answer cites: its number, and where it is."""

    number: int
    url: str


def numbered(observation: str, earlier: Iterable[str]) -> str:
    """An observation with its passages numbered on from those of earlier ones."""
    numbers = count(max(_seen(earlier), default=0) + 1)
    return _HEAD.sub(lambda _: f"[{next(numbers)}] ", observation)


def whole(text: str, limit: int) -> int:
    """Where the last of the passages ends that are whole within `limit` characters; 0 where none is."""
    if len(text) <= limit:
        return len(text)
    return max((closed.end() for closed in _CLOSED.finditer(text, 0, limit)), default=0)


def openings(question: str, observations: Iterable[str]) -> tuple[str, ...]:
    """What an answer may begin with: the number of a passage that was seen, or that none has the answer.

    A small model that reads English goes on in English, whatever the question's language, unless a word of
    that language comes first.
    """
    russian = _CYRILLIC.search(question) is not None
    word, none = (
        ("По документам, ", "В документах этого нет: ") if russian else ("", "Not in the documents: ")
    )
    return (*(f"[{number}] {word}" for number in _seen(observations)), none)


def complaint(answer: str, observations: Iterable[str]) -> str:
    """What is wrong with the citations of an answer, for the model to mend; "" where nothing is.

    Every number must be of a passage that was seen. One must be there, unless none was seen at all, or the
    answer says that it is not in the documents.
    """
    seen = _seen(observations)
    cited = _numbers(answer)
    unseen = [number for number in cited if number not in seen]
    known = f"Cite passages that you saw, such as [{min(seen)}]." if seen else "Nothing was seen: cite none."
    if unseen:
        return f"There is no passage {', '.join(f'[{number}]' for number in unseen[:4])}. {known}"
    if seen and not cited and not NOT_THERE.search(answer):
        return f"The answer cites no passage. {known} Write it again, with numbers."
    return ""


def sources(answer: str, observations: Iterable[str]) -> tuple[Source, ...]:
    """The passages that an answer cites, in the order of their numbers."""
    seen = _seen(observations)
    return tuple(Source(number, seen[number]) for number in sorted(set(_numbers(answer))) if number in seen)


def _seen(observations: Iterable[str]) -> dict[int, str]:
    return {int(head[1]): head[2] for text in observations for head in _NUMBERED.finditer(text)}


def _numbers(answer: str) -> list[int]:
    """The numbers that an answer cites, `[1]`, `[1, 3]` or `[2-4]`."""
    found: list[int] = []
    for group in _CITED.findall(answer):
        for part in re.split(r"[,;]", group):
            low, *high = (int(number) for number in re.split(r"[–-]", part))
            found += range(low, min(high[0], low + 50) + 1) if high else [low]
    return list(dict.fromkeys(found))
