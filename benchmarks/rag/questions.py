"""The questions of questions.jsonl: what is asked of PostgreSQL 15's manual, and where it is answered."""

import hashlib
from collections.abc import Iterable, Iterator
from itertools import groupby
from pathlib import Path
from typing import Literal

from pydantic import BaseModel, ConfigDict

QUESTIONS = Path(__file__).with_name("questions.jsonl")
RELEASES = ("15.18", "15.20")
"""Releases of the manual that the quotes were checked in; a later one may have changed a sentence."""

Language = Literal["en", "ru"]
Kind = Literal["identifier", "natural", "paraphrase", "multi-hop", "no-answer"]
Half = Literal["fit", "test"]


class Place(BaseModel):
    """Where something stands: a quote, and the innermost element with an id around it."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    page: str
    anchor: str
    quote: str


class Gold(Place):
    """A place that a full answer needs; it may say the same elsewhere."""

    alternatives: tuple[Place, ...] = ()

    @property
    def places(self) -> tuple[Place, ...]:
        """Each place that will do."""
        return (self, *self.alternatives)


class Question(BaseModel):
    """What a reader of the manual may ask."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    id: str
    question: str
    language: Language
    kind: Kind
    gold: tuple[Gold, ...]
    answerable: bool
    half: Half
    """Weights are fitted on one half, and measured on the other."""
    missing: str = ""
    """The name that the manual does not have."""
    version: str = ""
    """The release of PostgreSQL that has it, if one has."""

    @property
    def places(self) -> Iterator[Place]:
        """All places, alternatives too."""
        return (place for gold in self.gold for place in gold.places)


def read_questions(path: Path = QUESTIONS) -> list[Question]:
    """The questions of a file.

    Raises:
        pydantic.ValidationError: If a line is not one.
    """
    lines = path.read_text(encoding="utf-8").split("\n")
    return [Question.model_validate_json(line) for line in lines if line]


def halves(questions: Iterable[Question]) -> dict[str, Half]:
    """The half of each id: of every kind and language every second one, in the order of a hash of the id."""
    ordered = sorted(questions, key=lambda question: (_stratum(question), _hash(question.id)))
    assigned: dict[str, Half] = {}
    even = True
    for _, group in groupby(ordered, key=_stratum):
        for question in group:
            assigned[question.id] = "fit" if even else "test"
            even = not even
    return assigned


def _stratum(question: Question) -> tuple[str, str]:
    return question.kind, question.language


def _hash(text: str) -> str:
    return hashlib.blake2b(text.encode(), digest_size=8).hexdigest()
