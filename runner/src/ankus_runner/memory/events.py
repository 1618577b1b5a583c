"""What is told of memory: nothing is kept or deleted without one of these."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Remembered:
    """A fact is kept, or one that was known is confirmed."""

    fact: int
    text: str
    source: str
    confidence: float
    confirmed: bool


@dataclass(frozen=True)
class Forgotten:
    """A fact is deleted: by the model, or as it has faded."""

    fact: int
    reason: str
