"""A fact about a user or the user's data, and how it fades while nobody confirms it."""

from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any

DAY_SECONDS = 86_400
MOST_CONFIDENCE = 0.99
"""However often a fact was told."""


@dataclass(frozen=True)
class Owner:
    """Whose facts: no statement reaches those of another user."""

    user: str
    profile: str


@dataclass(frozen=True)
class Fact:
    """One row.

    Attributes:
        source: "the user", or the tool whose result it is from, with the result's handle.
        run_id: Of the run that stored it, or confirmed it last.
    """

    id: int
    profile: str
    text: str
    source: str
    run_id: str
    confidence: float
    made_at: datetime
    confirmed_at: datetime
    recalled_at: datetime | None
    times_seen: int

    @property
    def handle(self) -> str:
        """How the model names it."""
        return f"fact{self.id}"

    def line(self) -> str:
        """The fact as a model reads it, on one line."""
        told = f"{self.confirmed_at:%Y-%m-%d}, confidence {self.confidence:.2g}, from {self.source}"
        return f"{self.handle} ({told}): {self.text}"

    def as_json(self) -> dict[str, Any]:
        """All of it, with times in ISO 8601, in UTC."""
        return {
            name: value.isoformat() if isinstance(value, datetime) else value
            for name, value in asdict(self).items()
        }


@dataclass(frozen=True)
class Found:
    """A fact that was recalled."""

    fact: Fact
    likeness: float
    """To what was asked, 0 to 1."""
    score: float
    """likeness x confidence x 0.5^(age / half-life)."""


def confirmed(old: float, new: float) -> float:
    """Confidence in what was told twice, taken for independent: a noisy-or (Pearl 1988, 4.3.2)."""
    return max(min(round(1 - (1 - old) * (1 - new), 6), MOST_CONFIDENCE), old)
