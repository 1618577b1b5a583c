"""The table `[memory]` of a profile: whether its agent remembers its users, and how much."""

from pydantic import BaseModel, ConfigDict, Field


class MemoryPolicy(BaseModel):
    """What is kept of a user of this profile, and what comes back."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    enabled: bool = False
    """Whether the agent has the tools ankus__remember, ankus__recall and ankus__forget."""
    recall_at_start: int = Field(0, ge=0, le=50)
    """Facts that a question begins with, those that are nearest to it; 0 for none."""
    most: int = Field(8, ge=1, le=50)
    """Facts that one recall brings."""
    half_life_days: float = Field(90.0, gt=0)
    """Days after which a fact that nobody confirmed counts half."""
    floor: float = Field(0.02, ge=0, lt=1)
    """Strength (confidence, faded) below which a fact is deleted."""
    least: float = Field(0.4, ge=0, le=1)
    """Likeness to what is asked (0 to 1) below which a fact is not recalled."""
    same: float = Field(0.97, ge=0.5, le=1)
    """Cosine from which two texts with the same words, in other forms, are one fact."""
    facts: int = Field(500, ge=1, le=5_000)
    """Facts that are kept of one user."""
    fact_chars: int = Field(400, ge=40, le=1_400)
    """Longest fact."""
