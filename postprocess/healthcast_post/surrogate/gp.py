"""Gaussian process with a length scale for each input, on the residual of a linear trend.

Rasmussen & Williams 2006, chapters 2 and 5 (ISBN 0-262-18253-X).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

LEARN_ON = 600  # members that hyperparameters are learnt on
MOST = 4000  # members that predictions stand on
BLOCK = 2000  # predictions at a time


def _distances(a: np.ndarray, b: np.ndarray) -> np.ndarray:
    """Squared distances."""
    out = (a**2).sum(axis=1)[:, None] + (b**2).sum(axis=1)[None] - 2 * a @ b.T
    return np.maximum(out, 0.0)


def covariance(kind: str, squared: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Correlation at squared scaled distances, and its derivative by a length scale's logarithm.

    The derivative is to be multiplied by the squared scaled distance along that dimension.
    """
    if kind == "rbf":
        k = np.exp(-0.5 * squared)
        return k, k
    r = np.sqrt(5.0 * squared)  # Matern 5/2
    decay = np.exp(-r)
    return (1 + r + r**2 / 3) * decay, (5 / 3) * (1 + r) * decay


def evidence(theta: np.ndarray, kind: str, x: np.ndarray, y: np.ndarray) -> tuple[float, np.ndarray]:
    """Minus the logarithm of the marginal likelihood, and its gradient by theta.

    theta: logarithms of length scales, of the signal's and of the noise's standard deviation.
    """
    from scipy.linalg import lapack

    z = x / np.exp(theta[:-2])
    signal, noise = np.exp(2 * theta[-2]), np.exp(2 * theta[-1])
    k, slope = covariance(kind, _distances(z, z))
    matrix = signal * k
    matrix[np.diag_indices(len(y))] += noise + 1e-10 * signal
    factor, failed = lapack.dpotrf(matrix, lower=True, overwrite_a=True)
    if failed:
        return 1e25, np.zeros_like(theta)
    inverse = np.tril(lapack.dpotri(factor, lower=True)[0])
    inverse += np.tril(inverse, -1).T
    alpha = inverse @ y
    value = 0.5 * y @ alpha + np.log(np.diag(factor)).sum() + 0.5 * len(y) * np.log(2 * np.pi)
    weight = inverse - np.outer(alpha, alpha)  # twice the derivative by the covariance matrix
    m = signal * weight * slope
    rows = m.sum(axis=1)
    # sum over pairs of m_ab (z_a - z_b)^2, without a matrix for each dimension
    scales = rows @ z**2 - np.einsum("ad,ad->d", z, m @ z)
    gradient = np.concatenate([scales, [signal * (weight * k).sum(), noise * np.trace(weight)]])
    return float(value), gradient


@dataclass
class GaussianProcess:
    """Fitted: encoded inputs and targets of training, hyperparameters; factors are made when they are needed."""

    kind: str  # rbf or matern52
    x: np.ndarray  # (members, inputs), not scaled
    y: np.ndarray
    centre: np.ndarray
    scale: np.ndarray
    theta: np.ndarray

    @staticmethod
    def fit(kind: str, x: np.ndarray, y: np.ndarray, seed: int, like: GaussianProcess | None = None) -> GaussianProcess:
        """Hyperparameters of the largest evidence on at most LEARN_ON members, or those of another process."""
        random = np.random.default_rng(seed)
        if len(x) > MOST:
            kept = random.permutation(len(x))[:MOST]
            x, y = x[kept], y[kept]
        centre, scale = x.mean(axis=0), np.where(x.std(axis=0) > 0, x.std(axis=0), 1.0)
        if like is not None:
            return GaussianProcess(kind, x, y, like.centre, like.scale, like.theta)
        from scipy.optimize import minimize

        rows = random.permutation(len(x))[:LEARN_ON]
        start = np.concatenate([np.full(x.shape[1], np.log(3.0)), [0.0, np.log(0.1)]])
        model = GaussianProcess(kind, x, y, centre, scale, start)
        z, residual = model._scaled(x)[rows], model._residual()[rows]
        bounds = [(np.log(0.05), np.log(1e3))] * x.shape[1] + [(np.log(1e-3), np.log(1e3)), (np.log(1e-5), np.log(3.0))]
        found = minimize(
            evidence,
            start,
            args=(kind, z, residual),
            jac=True,
            method="L-BFGS-B",
            bounds=bounds,
            options={"maxiter": 60},
        )
        model.theta = found.x
        return model

    def _scaled(self, x: np.ndarray) -> np.ndarray:
        return (x - self.centre) / self.scale

    def _trend(self, z: np.ndarray) -> np.ndarray:
        if not hasattr(self, "_line"):
            basis = np.column_stack([np.ones(len(self.x)), self._scaled(self.x)])
            self._line = np.linalg.lstsq(basis, self.y, rcond=None)[0]
            off = self.y - basis @ self._line
            self._unit = float(off.std()) or 1.0
        return self._line[0] + z @ self._line[1:]

    def _residual(self) -> np.ndarray:
        """Of training, in units of its standard deviation."""
        trend = self._trend(self._scaled(self.x))
        return (self.y - trend) / self._unit

    def _factor(self) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        if not hasattr(self, "_root"):
            z = self._scaled(self.x) / np.exp(self.theta[:-2])
            signal, noise = np.exp(2 * self.theta[-2]), np.exp(2 * self.theta[-1])
            k = signal * covariance(self.kind, _distances(z, z))[0]
            factor = np.linalg.cholesky(k + (noise + 1e-10 * signal) * np.eye(len(z)))
            root = np.linalg.inv(factor)
            self._root = z, root, root.T @ (root @ self._residual())
        return self._root

    def predict(self, x: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Mean and standard deviation (of a new simulation) at encoded inputs."""
        z, root, alpha = self._factor()
        signal, noise = np.exp(2 * self.theta[-2]), np.exp(2 * self.theta[-1])
        mean, sd = np.empty(len(x)), np.empty(len(x))
        for start in range(0, len(x), BLOCK):
            part = slice(start, start + BLOCK)
            new = self._scaled(x[part])
            k = signal * covariance(self.kind, _distances(new / np.exp(self.theta[:-2]), z))[0]
            mean[part] = self._trend(new) + self._unit * (k @ alpha)
            variance = signal + noise - ((k @ root.T) ** 2).sum(axis=1)
            sd[part] = self._unit * np.sqrt(np.maximum(variance, 1e-2 * noise))
        return mean, sd

    def save(self) -> tuple[dict[str, Any], dict[str, np.ndarray]]:
        """Attributes and arrays that make it up."""
        arrays = {"x": self.x, "y": self.y, "centre": self.centre, "scale": self.scale, "theta": self.theta}
        return {"kernel": self.kind}, arrays

    @staticmethod
    def load(about: dict[str, Any], arrays: dict[str, np.ndarray]) -> GaussianProcess:
        """The inverse of save."""
        return GaussianProcess(about["kernel"], *(arrays[name] for name in ("x", "y", "centre", "scale", "theta")))
