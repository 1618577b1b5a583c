"""How sure a difference is: 95% intervals, from the two samples alone.

Shares: Newcombe's interval, from two of Wilson's ("Interval estimation for the difference between
independent proportions", Statistics in Medicine 17, 1998, method 10). Means and quantiles: percentile
bootstrap (Efron and Tibshirani, "An Introduction to the Bootstrap", 1993, ch. 13), seeded, so that the same
runs give the same.
"""

import math
import random
from collections.abc import Callable, Sequence
from statistics import fmean

Z = 1.959964
"""97.5% of a normal distribution lie below it."""
RESAMPLES = 1_000
Interval = tuple[float, float]
Statistic = Callable[[Sequence[float]], float]


def mean(values: Sequence[float]) -> float:
    """The mean."""
    return fmean(values)


def median(values: Sequence[float]) -> float:
    """Half of the values lie below it."""
    return _quantile(values, 0.5)


def p95(values: Sequence[float]) -> float:
    """95% of the values lie below it."""
    return _quantile(values, 0.95)


def share_difference(hits: int, of: int, other_hits: int, of_others: int) -> Interval:
    """The interval of the other share less this one; neither sample may be empty."""
    low, high = wilson(hits, of)
    other_low, other_high = wilson(other_hits, of_others)
    one, other = hits / of, other_hits / of_others
    return (
        other - one - math.hypot(other - other_low, high - one),
        other - one + math.hypot(other_high - other, one - low),
    )


def wilson(hits: int, of: int) -> Interval:
    """Wilson's interval of a share."""
    share, square = hits / of, Z * Z
    middle = share + square / (2 * of)
    around = Z * math.sqrt(share * (1 - share) / of + square / (4 * of * of))
    low, high = ((middle + sign * around) / (1 + square / of) for sign in (-1, 1))
    return max(low, 0.0), min(high, 1.0)


def difference(values: Sequence[float], others: Sequence[float], statistic: Statistic) -> Interval:
    """The interval of a statistic of the others less that of these; neither sample may be empty."""
    chance = random.Random(0)  # noqa: S311 - of no secret
    differences = [
        statistic(chance.choices(others, k=len(others))) - statistic(chance.choices(values, k=len(values)))
        for _ in range(RESAMPLES)
    ]
    return _quantile(differences, 0.025), _quantile(differences, 0.975)


def _quantile(values: Sequence[float], share: float) -> float:
    """The value below which a share of them lies, between two neighbours as PostgreSQL's percentile_cont."""
    ordered = sorted(values)
    place = share * (len(ordered) - 1)
    low, high = ordered[math.floor(place)], ordered[math.ceil(place)]
    return low + (high - low) * (place - math.floor(place))
