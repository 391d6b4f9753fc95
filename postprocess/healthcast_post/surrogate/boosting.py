"""Gradient boosting of regression trees: grown by scikit-learn, kept and evaluated as plain arrays."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

TREES = 500
DEPTH = 4
RATE = 0.06


@dataclass
class Boosting:
    """Nodes of all trees, one after another; leaves point at themselves."""

    base: float
    roots: np.ndarray  # first node of each tree
    feature: np.ndarray
    threshold: np.ndarray
    left: np.ndarray
    right: np.ndarray
    value: np.ndarray  # of nodes, learning rate included
    depth: int

    @staticmethod
    def fit(x: np.ndarray, y: np.ndarray, seed: int, like: Boosting | None = None) -> Boosting:  # noqa: ARG004
        """Least squares boosting (Friedman 2001, doi:10.1214/aos/1013203451) with subsampling; `like` is not needed."""
        from sklearn.ensemble import GradientBoostingRegressor

        trees = GradientBoostingRegressor(
            n_estimators=TREES,
            max_depth=DEPTH,
            learning_rate=RATE,
            subsample=0.7,
            min_samples_leaf=5,
            random_state=seed,
        ).fit(x, y)
        return Boosting.of_trees([tree.tree_ for tree in trees.estimators_[:, 0]], float(np.mean(y)))

    @staticmethod
    def of_trees(trees: list[Any], base: float) -> Boosting:
        """From scikit-learn's public arrays of nodes."""
        counts = [tree.node_count for tree in trees]
        roots = np.concatenate([[0], np.cumsum(counts)[:-1]]).astype(np.int64)
        parts: dict[str, list[np.ndarray]] = {name: [] for name in ("feature", "threshold", "left", "right", "value")}
        for tree, root in zip(trees, roots, strict=True):
            own = np.arange(tree.node_count)
            leaf = tree.children_left < 0
            parts["feature"].append(np.where(leaf, 0, tree.feature))
            parts["threshold"].append(tree.threshold)
            parts["left"].append(root + np.where(leaf, own, tree.children_left))
            parts["right"].append(root + np.where(leaf, own, tree.children_right))
            parts["value"].append(RATE * tree.value.reshape(-1))
        joined = {name: np.concatenate(values) for name, values in parts.items()}
        return Boosting(base, roots, **joined, depth=max(tree.max_depth for tree in trees))

    def predict(self, x: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Sum over trees, and ones: it has no opinion on where its errors are larger."""
        x = np.asarray(x, dtype=np.float32)  # what the trees were grown on
        mean, rows = np.full(len(x), self.base), np.arange(len(x))
        for root in self.roots:
            node = np.full(len(x), root)
            for _ in range(self.depth):
                lower = x[rows, self.feature[node]] <= self.threshold[node]
                node = np.where(lower, self.left[node], self.right[node])
            mean += self.value[node]
        return mean, np.ones(len(x))

    def save(self) -> tuple[dict[str, Any], dict[str, np.ndarray]]:
        """Attributes and arrays that make it up."""
        names = ("roots", "feature", "threshold", "left", "right", "value")
        return {"base": self.base, "depth": self.depth}, {name: getattr(self, name) for name in names}

    @staticmethod
    def load(about: dict[str, Any], arrays: dict[str, np.ndarray]) -> Boosting:
        """The inverse of save."""
        return Boosting(base=about["base"], depth=about["depth"], **arrays)
