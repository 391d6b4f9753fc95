"""Paired effects: bootstrap intervals over patients, a sign-flip test, Holm's adjustment."""

from __future__ import annotations

from collections.abc import Iterator
from statistics import NormalDist

import numpy as np

BYTES = 64e6  # of resampling weights in memory at a time
NORMAL = NormalDist()


def _chunks(total: int, width: int) -> Iterator[int]:
    """Sizes of blocks of resamples that fit into memory."""
    size = max(1, int(BYTES / (8 * max(width, 1))))
    while total > 0:
        yield min(size, total)
        total -= size


def bootstrap_means(values: np.ndarray, samples: int, seed: int) -> np.ndarray:
    """Means of resamples of the rows (patients), (samples, columns); NAN is no value. All columns share resamples."""
    there = np.isfinite(values)
    filled = np.where(there, values, 0.0)
    random, means = np.random.default_rng(seed), []
    for n in _chunks(samples, len(values)):
        weights = random.multinomial(len(values), np.full(len(values), 1 / len(values)), size=n).astype(float)
        with np.errstate(invalid="ignore", divide="ignore"):
            means.append((weights @ filled) / (weights @ there))
    return np.concatenate(means)


def bca(values: np.ndarray, resampled: np.ndarray, level: float) -> tuple[float, float]:
    """Bias-corrected and accelerated interval of a mean (Efron 1987, doi:10.1080/01621459.1987.10478410)."""
    values, resampled = values[np.isfinite(values)], resampled[np.isfinite(resampled)]
    if values.size < 2:
        return np.nan, np.nan
    mean, off = values.mean(), values - values.mean()
    if np.ptp(values) <= 1e-14 * abs(mean):
        return float(mean), float(mean)
    below = np.mean(resampled < mean) + 0.5 * np.mean(resampled == mean)
    bias = NORMAL.inv_cdf(float(np.clip(below, 1 / (2 * resampled.size), 1 - 1 / (2 * resampled.size))))
    acceleration = float((off**3).sum() / (6 * (off**2).sum() ** 1.5))

    def end(p: float) -> float:
        z = bias + NORMAL.inv_cdf(p)
        return float(np.quantile(resampled, NORMAL.cdf(bias + z / (1 - acceleration * z))))

    return end(0.5 * (1 - level)), end(0.5 * (1 + level))


def sign_flip(values: np.ndarray, samples: int, seed: int) -> np.ndarray:
    """Two-sided p of "no effect" for each column: signs of the patients' effects are random then.

    Exact in level whatever the distribution, as long as it is symmetric under the hypothesis; not below
    1 / (samples + 1).
    """
    filled = np.where(np.isfinite(values), values, 0.0)
    observed = np.abs(filled.sum(axis=0))
    random, exceeded = np.random.default_rng(seed), np.zeros(values.shape[1])
    for n in _chunks(samples, len(values)):
        signs = random.integers(0, 2, size=(n, len(values))).astype(float) * 2 - 1
        exceeded += (np.abs(signs @ filled) >= observed * (1 - 1e-12)).sum(axis=0)
    p = (1 + exceeded) / (samples + 1)
    return np.where(np.isfinite(values).sum(axis=0) >= 2, p, np.nan)


def holm(p: np.ndarray) -> np.ndarray:
    """Adjusted p of a family of tests (Holm 1979); NAN is not a test."""
    adjusted = np.full(len(p), np.nan)
    order = [i for i in np.argsort(p) if np.isfinite(p[i])]
    largest = 0.0
    for rank, i in enumerate(order):
        largest = max(largest, min(1.0, (len(order) - rank) * float(p[i])))
        adjusted[i] = largest
    return adjusted
