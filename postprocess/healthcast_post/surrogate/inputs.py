"""What goes into a surrogate: named parameters as columns of numbers, and where they were during training."""

from __future__ import annotations

import csv
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from ..results import ResultsError

if TYPE_CHECKING:
    import xarray as xr

LOGARITHM = 10.0  # a positive parameter that varies by more than this factor is used by its logarithm


@dataclass
class Column:
    """One input: a number (its logarithm if log), or one of the levels (texts)."""

    name: str
    unit: str = ""
    log: bool = False
    low: float = np.nan
    high: float = np.nan
    levels: list[str] = field(default_factory=list)


@dataclass
class Inputs:
    """All inputs, with their limits; fixed: parameters that had one value in training."""

    columns: list[Column]
    fixed: dict[str, float]
    centre: np.ndarray = field(default_factory=lambda: np.empty(0))  # of encoded columns
    whiten: np.ndarray = field(default_factory=lambda: np.empty((0, 0)))  # (encoded, rank): to unit covariance
    farthest: float = np.inf  # largest Mahalanobis distance of a training member

    def encode(self, table: dict[str, np.ndarray]) -> np.ndarray:
        """(rows, encoded columns); categories one column a level."""
        parts = []
        for column in self.columns:
            if column.name not in table:
                raise ResultsError(
                    f'there is no input "{column.name}"; wanted: {", ".join(c.name for c in self.columns)}'
                )
            values = table[column.name]
            if column.levels:
                parts += [(values == level).astype(float) for level in column.levels]
            elif column.log:
                with np.errstate(invalid="ignore", divide="ignore"):
                    parts.append(np.log(np.where(values > 0, values, np.nan)))
            else:
                parts.append(np.asarray(values, dtype=float))
        return np.column_stack(parts)

    def learn_limits(self, encoded: np.ndarray) -> None:
        """Centre, covariance and largest distance of training members."""
        self.centre = encoded.mean(axis=0)
        covariance = np.atleast_2d(np.cov(encoded, rowvar=False))
        values, vectors = np.linalg.eigh(covariance)
        kept = values > 1e-10 * values.max()  # levels of a category add up to one
        self.whiten = vectors[:, kept] / np.sqrt(values[kept])
        self.farthest = float(self.distance(encoded).max())

    def distance(self, encoded: np.ndarray) -> np.ndarray:
        """Mahalanobis distance from the centre of training."""
        return np.sqrt((((encoded - self.centre) @ self.whiten) ** 2).sum(axis=1))

    def outside(self, table: dict[str, np.ndarray]) -> list[str]:
        """For each row why it is not like the training members; empty if it is."""
        encoded = self.encode(table)
        why: list[list[str]] = [[] for _ in range(len(encoded))]
        for column in self.columns:
            values = table[column.name]
            if column.levels:
                bad, text = ~np.isin(values, column.levels), f"{column.name} is not a level of training"
            else:
                low, high = column.low, column.high
                slack = 1e-9 * max(abs(low), abs(high))
                bad = ~((values >= low - slack) & (values <= high + slack))
                text = f"{column.name} is not in {low:.4g} to {high:.4g}"
            for i in np.flatnonzero(bad):
                why[i].append(text)
        for name, value in self.fixed.items():
            if name in table:
                for i in np.flatnonzero(~np.isclose(table[name], value, rtol=1e-9, atol=0)):
                    why[i].append(f"{name} was {value:.6g} in all of training")
        for i in np.flatnonzero(self.distance(encoded) > self.farthest * (1 + 1e-9)):
            why[i] = why[i] or ["farther from the centre than all of training"]
        return ["; ".join(texts) for texts in why]

    def to_json(self) -> dict[str, Any]:
        """As the model file has it."""
        columns = [{key: value for key, value in vars(c).items() if value == value} for c in self.columns]  # no NAN
        return {
            "columns": columns,
            "fixed": self.fixed,
            "centre": self.centre.tolist(),
            "whiten": self.whiten.tolist(),
            "farthest": self.farthest,
        }

    @staticmethod
    def from_json(about: dict[str, Any]) -> Inputs:
        """The inverse of to_json."""
        columns = [Column(**entry) for entry in about["columns"]]
        arrays = np.array(about["centre"], dtype=float), np.array(about["whiten"], dtype=float)
        return Inputs(columns, about["fixed"], *arrays, about["farthest"])


def table_of(data: xr.Dataset) -> dict[str, np.ndarray]:
    """Parameters of a cohort by name, categories as texts, with stratum and arm."""
    categories = data.manifest.get("categories") or {}
    table: dict[str, np.ndarray] = {}
    for i, name in enumerate(str(p) for p in data.parameter.values):
        values = np.asarray(data.parameters)[:, i]
        if name in categories:
            values = np.array([str(text) for text in categories[name]])[values.astype(int)]
        table[name] = values
    for name in ("stratum", "arm"):
        table.setdefault(name, np.asarray(data[name]).astype(str))
    return table


def inputs_of(data: xr.Dataset, table: dict[str, np.ndarray]) -> Inputs:
    """Which parameters vary, how, and in what range."""
    units = dict(zip(data.parameter.values.tolist(), data.parameter_unit.values.tolist(), strict=True))
    columns, fixed = [], {}
    for name, values in table.items():
        if values.dtype.kind in "UO":
            levels = sorted(set(values.tolist()))
            if len(levels) > 1:
                columns.append(Column(name, levels=levels))
            continue
        if not np.isfinite(values).all():
            raise ResultsError(f"parameter {name} is not a number for some members")
        low, high = float(values.min()), float(values.max())
        if high > low:
            columns.append(Column(name, units.get(name, ""), low > 0 and high > LOGARITHM * low, low, high))
        else:
            fixed[name] = low
    if not columns:
        raise ResultsError("no parameter of the cohort varies: there is nothing to learn from")
    return Inputs(columns, fixed)


def read_csv(path: Path, inputs: Inputs) -> dict[str, np.ndarray]:
    """A CSV with a line of names; columns that the surrogate does not know are kept as texts."""
    if not path.is_file():
        raise ResultsError(f"{path}: there is no such file")
    with path.open(newline="") as file:
        rows = list(csv.DictReader(line for line in file if line.strip() and not line.startswith("#")))
    if not rows:
        raise ResultsError(f"{path}: there are no rows under a line of names")
    numbers = {c.name for c in inputs.columns if not c.levels} | set(inputs.fixed)
    table: dict[str, np.ndarray] = {}
    for name in rows[0]:
        texts = [row[name] for row in rows]
        if name not in numbers:
            table[name] = np.array([text or "" for text in texts], dtype=str)
            continue
        table[name] = np.empty(len(texts))
        for i, text in enumerate(texts):
            try:
                table[name][i] = float(text)
            except (TypeError, ValueError):
                raise ResultsError(f"{path}: row {i + 1}: {name}: found {text!r}; allowed: a number") from None
    lacking = [c.name for c in inputs.columns if c.name not in table]
    if lacking:
        raise ResultsError(f"{path}: there is no column {', '.join(lacking)}; found: {', '.join(table)}")
    return table
