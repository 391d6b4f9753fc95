"""Intervals from held-out errors, whatever their distribution.

An interval is the prediction plus and minus q times the model's own scale, where q is a quantile of the same ratio over
patients that the model did not know (Lei et al. 2018, doi:10.1080/01621459.2017.1307116). `split` keeps patients for
that alone: coverage is then at least the level on average over draws. `cross` takes the ratios of cross-validation,
each from a model of the other folds, and lets the final model learn from all of them, in the manner of CV+ (Barber et
al. 2021, doi:10.1214/20-AOS1965): more data for both, without the strict guarantee.
"""

from __future__ import annotations

import math
from statistics import NormalDist

import numpy as np


def quantile(scores: np.ndarray, level: float) -> float:
    """The smallest q that covers a new score with probability of at least the level."""
    rank = math.ceil((len(scores) + 1) * level)
    return float(np.sort(scores)[rank - 1]) if rank <= len(scores) else math.inf


def scores(truth: np.ndarray, mean: np.ndarray, scale: np.ndarray) -> np.ndarray:
    """Errors in units of the model's own scale."""
    return np.abs(truth - mean) / scale


def wilson(hits: int, n: int, level: float = 0.95) -> tuple[float, float]:
    """Interval of a share (Wilson 1927, doi:10.1080/01621459.1927.10502953)."""
    if not n:
        return math.nan, math.nan
    z, p = NormalDist().inv_cdf(0.5 * (1 + level)), hits / n
    middle, spread = p + z**2 / (2 * n), z * math.sqrt(p * (1 - p) / n + z**2 / (4 * n**2))
    return (middle - spread) / (1 + z**2 / n), (middle + spread) / (1 + z**2 / n)
