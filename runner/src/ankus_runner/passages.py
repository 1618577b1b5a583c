"""What an answer cites by number: passages, each of which the agent must have seen in an observation.

A tool numbers its passages from 1, each as `[1] where it is from` above a frame of its text. In the
conversation the numbers go on from one observation to the next, so that each means one passage.
"""

import re
from collections.abc import Iterable
from dataclasses import dataclass

_HEAD = re.compile(
    r'^(Observation: )?\[(\d{1,4})\](?= [^\n]*\n<untrusted source="([^"\n]*)">$)', re.MULTILINE
)
_CITED = re.compile(r"\[(\d{1,4}(?:\s?[,;–-]\s?\d{1,4})*)\]")
NOT_THERE = re.compile(r"not in the documents|в документах (?:этого )?нет|нет в документах", re.IGNORECASE)
"""How an answer says that the documents do not have one, and so need not cite."""


@dataclass(frozen=True)
class Source:
    """A passage that an answer cites: its number, and where it is."""

    number: int
    url: str


def numbered(observation: str, earlier: Iterable[str]) -> str:
    """An observation with its passages numbered on from those of earlier ones."""
    first = max(_seen(earlier), default=0)
    numbers = iter(range(first + 1, first + 1 + len(_HEAD.findall(observation))))
    return _HEAD.sub(lambda head: f"{head[1] or ''}[{next(numbers)}]", observation)


def complaint(answer: str, observations: Iterable[str]) -> str:
    """What is wrong with the citations of an answer, for the model to mend; "" where nothing is.

    Every number must be of a passage that was seen. One must be there, unless none was seen at all, or the
    answer says that it is not in the documents.
    """
    seen = _seen(observations)
    cited = _numbers(answer)
    unseen = [number for number in cited if number not in seen]
    known = f"Cite passages that you saw, such as [{max(seen)}]." if seen else "Nothing was seen: cite none."
    if unseen:
        return f"There is no passage {', '.join(f'[{number}]' for number in unseen[:4])}. {known}"
    if seen and not cited and not NOT_THERE.search(answer):
        return f"The answer cites no passage. {known} Or say: not in the documents."
    return ""


def sources(answer: str, observations: Iterable[str]) -> tuple[Source, ...]:
    """The passages that an answer cites, in the order of their numbers."""
    seen = _seen(observations)
    return tuple(Source(number, seen[number]) for number in sorted(set(_numbers(answer))) if number in seen)


def _seen(observations: Iterable[str]) -> dict[int, str]:
    return {int(head[2]): head[3] for text in observations for head in _HEAD.finditer(text)}


def _numbers(answer: str) -> list[int]:
    """The numbers that an answer cites, `[1]`, `[1, 3]` or `[2-4]`."""
    found: list[int] = []
    for group in _CITED.findall(answer):
        for part in re.split(r"[,;]", group):
            low, *high = (int(number) for number in re.split(r"[–-]", part))
            found += range(low, min(high[0], low + 50) + 1) if high else [low]
    return list(dict.fromkeys(found))
