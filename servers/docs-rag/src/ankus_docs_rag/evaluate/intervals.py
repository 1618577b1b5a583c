"""How sure a mean is, and whether two systems differ, by resampling the questions.

Intervals are percentiles of the bootstrap: Efron, "Bootstrap methods: another look at the jackknife"
(Annals of Statistics 7(1), 1979). Differences are tested by the paired randomisation test, which Smucker,
Allan & Carterette recommend for this ("A comparison of statistical significance tests for information
retrieval evaluation", CIKM 2007). Both are seeded: the same values give the same numbers.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

SEED = 20070101
RESAMPLES = 5_000
PERMUTATIONS = 20_000
_EXACT = 14
"""Up to so many questions that differ, all 2^n signs are tried."""
_SAME = 1e-12


@dataclass(frozen=True)
class Interval:
    """A mean, and between which bounds it is to be expected."""

    mean: float
    low: float
    high: float


def bootstrap(values: Sequence[float], *, level: float = 0.95, seed: int = SEED) -> Interval:
    """The mean of values with its percentile interval.

    Raises:
        ValueError: If there are no values.
    """
    if not values:
        raise ValueError("there is no mean of no values")
    sample = np.asarray(values, dtype=np.float64)
    drawn = np.random.default_rng(seed).integers(0, sample.size, size=(RESAMPLES, sample.size))
    low, high = np.quantile(sample[drawn].mean(axis=1), [(1 - level) / 2, (1 + level) / 2])
    mean = float(sample.mean())
    # rounding must not push the mean of equal values out of its interval
    return Interval(mean, min(float(low), mean), max(float(high), mean))


def randomisation_test(differences: Sequence[float], *, seed: int = SEED) -> float:
    """How often chance alone makes a mean difference this far from 0: the two-sided p-value.

    Under the null hypothesis each difference may as well have the other sign. With few questions that
    differ all signs are tried; else they are drawn, and the observed one counts as drawn too (Phipson &
    Smyth, "Permutation p-values should never be zero", 2010).
    """
    moved = np.asarray([one for one in differences if abs(one) > _SAME], dtype=np.float64)
    if not moved.size:
        return 1.0
    observed = abs(float(moved.sum())) - _SAME
    if moved.size <= _EXACT:
        return float(np.mean(np.abs(_all_signs(moved.size) @ moved) >= observed))
    signs = np.random.default_rng(seed).integers(0, 2, size=(PERMUTATIONS, moved.size), dtype=np.int8) * 2 - 1
    extreme = int(np.count_nonzero(np.abs(signs @ moved) >= observed))
    return (extreme + 1) / (PERMUTATIONS + 1)


def _all_signs(count: int) -> NDArray[np.float64]:
    numbers = np.arange(2**count, dtype=np.int64)[:, np.newaxis]
    signs: NDArray[np.float64] = (((numbers >> np.arange(count)) & 1) * 2 - 1).astype(np.float64)
    return signs
