"""How large passages and pieces may be."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

CountTokens = Callable[[Sequence[str]], list[int]]
"""Tokens of each text, with whatever the model adds to one."""
LEAST_TOKENS = 24
"""Below this, not even one character with what the model adds would fit for certain."""


@dataclass(frozen=True)
class Limits:
    """Sizes in characters of a page's text, unless it says tokens."""

    tokens: int = 256
    """Most tokens of a piece as it is embedded."""
    large_tokens: int = 400
    """The same for release notes and indexes, which are many and seldom meant."""
    piece: int = 900
    large_piece: int = 1600
    passage: int = 1800
    """A section or an entry up to this length is one passage."""
    part: int = 1200
    """About the length of the parts of a longer one."""
    row: int = 100
    """A table's row of this length is a passage of its own."""
    rows: int = 900
    """Most length of shorter rows that are one passage together."""

    def __post_init__(self) -> None:
        if min(self.tokens, self.large_tokens) < LEAST_TOKENS:
            raise ValueError(f"a piece needs at least {LEAST_TOKENS} tokens")
        if not 0 < self.piece <= self.large_piece or not 0 < self.part <= self.passage:
            raise ValueError("sizes are above 0, and a part is no larger than a passage")
