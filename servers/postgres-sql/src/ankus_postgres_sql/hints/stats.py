"""What interleaved timings say: a ratio of medians with an interval, and a verdict with a dead zone."""

import random
import statistics
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

DEAD_ZONE = 1.2
"""How many times faster something has to be to count."""
MIN_PAIRS = 9
RESAMPLES = 1_000
CONFIDENCE = 0.95

Result = Literal["faster", "slower", "same", "unknown"]


@dataclass(frozen=True)
class Ratio:
    """Time of the original divided by that of the other: above 1 the other is faster."""

    value: float
    low: float
    high: float
    pairs: int

    @property
    def result(self) -> Result:
        """Faster or slower only outside of the dead zone, and only with the whole interval on that side."""
        if self.pairs < MIN_PAIRS:
            return "unknown"
        if self.value >= DEAD_ZONE and self.low > 1:
            return "faster"
        if self.value <= 1 / DEAD_ZONE and self.high < 1:
            return "slower"
        return "same"

    @property
    def text(self) -> str:
        """Such as `1.84 (1.70 to 1.99)`."""
        return f"{self.value:.2f} ({self.low:.2f} to {self.high:.2f})"


def ratio(original: Sequence[float], other: Sequence[float], seed: int = 0) -> Ratio:
    """The ratio of the medians of paired times, with a percentile bootstrap interval over the pairs.

    Args:
        original: Times of the original, in any unit, above 0.
        other: Times of the other, each run beside the one at the same place.
        seed: For the resampling, so that equal times give equal intervals.

    Raises:
        ValueError: If there are no pairs.
    """
    pairs = list(zip(original, other, strict=True))
    generator = random.Random(seed)  # noqa: S311 - no secret
    samples = sorted(_of_medians(generator.choices(pairs, k=len(pairs))) for _ in range(RESAMPLES))
    cut = int(RESAMPLES * (1 - CONFIDENCE) / 2)
    return Ratio(_of_medians(pairs), samples[cut], samples[-1 - cut], len(pairs))


def _of_medians(pairs: Sequence[tuple[float, float]]) -> float:
    first, second = zip(*pairs, strict=True)
    return float(statistics.median(first) / statistics.median(second))
