"""Learn a surrogate of a cohort's quantities: split by patient, choose by cross-validation, measure on the held out."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass
from importlib import metadata, util
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from .. import __version__, cohort
from ..results import ResultsError
from . import conformal
from .inputs import Inputs, inputs_of, table_of
from .model import Method, Output, Surrogate

if TYPE_CHECKING:
    import xarray as xr

FEWEST = 40  # patients to learn from
FOLDS = 5
BEHIND = 1.5  # times the smallest error of the first fold: not tried further
SPLIT = 0.25  # of the training patients for calibration, if they are kept apart


def _gp(kind: str) -> Callable[..., Method]:
    from .gp import GaussianProcess

    return lambda x, y, seed, like=None: GaussianProcess.fit(kind, x, y, seed, like)


def _boosting() -> Callable[..., Method]:
    from .boosting import Boosting

    return Boosting.fit


CANDIDATES: dict[str, Callable[[], Callable[..., Method]]] = {
    "Gaussian process, squared exponential": lambda: _gp("rbf"),
    "Gaussian process, Matern 5/2": lambda: _gp("matern52"),
    "gradient boosting": _boosting,
}


@dataclass(frozen=True)
class Options:
    """What the user can choose."""

    quantities: tuple[str, ...] = ()  # none: all that vary and are not yes or no
    arm: str = ""  # none: all arms; the arm becomes an input if there are several
    accepted_only: bool = False
    level: float = 0.95
    held_out: float = 0.2
    conformal: str = "cross"  # or split
    seed: int = 1


# ---- Data ------------------------------------------------------------------------------------------------------------


def select(data: xr.Dataset, options: Options) -> xr.Dataset:
    """The members to learn from."""
    keep = np.asarray(data.status == "done")
    if options.accepted_only:
        keep &= np.asarray(data.accepted)
    if options.arm:
        if options.arm not in data.arm.values:
            raise ResultsError(f'there is no arm "{options.arm}"; there are: {", ".join(sorted(set(data.arm.values)))}')
        keep &= np.asarray(data.arm == options.arm)
    chosen = data.isel(member=np.flatnonzero(keep))
    patients = len(np.unique(chosen.patient))
    if patients < FEWEST:
        raise ResultsError(f"{patients} patients with results are too few to learn from; allowed: {FEWEST} and more")
    return chosen


def quantities_of(data: xr.Dataset, options: Options) -> list[str]:
    """Names of what is learnt: of their own accord no yes or no (a regression is no model of these)."""
    names = [str(q) for q in data.quantity.values]
    for name in options.quantities:
        if name not in names:
            raise ResultsError(f'the cohort has no quantity "{name}"; it has: {", ".join(names)}')
    if options.quantities:
        return list(options.quantities)
    patients, values = np.asarray(data.patient), np.asarray(data.quantities)
    out = []
    for name, column in zip(names, values.T, strict=True):
        there = np.isfinite(column)
        if len(np.unique(column[there])) > 2 and len(np.unique(patients[there])) >= 2 * FEWEST:
            out.append(name)
    if not out:
        raise ResultsError("no quantity of the cohort varies enough to learn: see --quantities")
    return out


def shares(patients: np.ndarray, sizes: list[float], seed: int) -> list[np.ndarray]:
    """Masks of rows that part the patients at random into shares of these sizes."""
    ids, inverse = np.unique(patients, return_inverse=True)
    order = np.random.default_rng(seed).permutation(len(ids))
    ends = np.round(np.cumsum([0.0, *sizes]) / sum(sizes) * len(ids)).astype(int)
    out = []
    for a, b in zip(ends[:-1], ends[1:], strict=True):
        chosen = np.zeros(len(ids), dtype=bool)
        chosen[order[a:b]] = True
        out.append(chosen[inverse])
    return out


# ---- Learning --------------------------------------------------------------------------------------------------------


@dataclass
class Candidate:
    """A method, learnt from all rows, and what its likes learnt from other folds say of each row."""

    fit: Callable[..., Method]
    method: Method
    mean: np.ndarray
    scale: np.ndarray

    def predict_fold(self, x: np.ndarray, y: np.ndarray, held: np.ndarray, seed: int) -> None:
        """By a model that did not know the patients of this fold; it takes the whole one's hyperparameters."""
        model = self.fit(x[~held], y[~held], seed, self.method)
        self.mean[held], self.scale[held] = model.predict(x[held])


def cross_validate(x: np.ndarray, y: np.ndarray, patients: np.ndarray, seed: int) -> dict[str, tuple[Candidate, float]]:
    """All candidates with their errors; those that are far behind on the first fold are not tried on the others."""
    folds = shares(patients, [1.0] * FOLDS, seed)
    tried = {}
    for name, make in CANDIDATES.items():
        fit = make()
        candidate = Candidate(fit, fit(x, y, seed), np.full(len(y), np.nan), np.ones(len(y)))
        candidate.predict_fold(x, y, folds[0], seed)
        tried[name] = candidate
    first = {name: rmse(y[folds[0]], c.mean[folds[0]]) for name, c in tried.items()}
    out = {}
    for name, candidate in tried.items():
        rows = folds[0]
        if first[name] <= BEHIND * min(first.values()):
            for i, held in enumerate(folds[1:], start=1):
                candidate.predict_fold(x, y, held, seed + i)
            rows = np.ones(len(y), dtype=bool)
        out[name] = candidate, rmse(y[rows], candidate.mean[rows])
    return out


def rmse(truth: np.ndarray, mean: np.ndarray) -> float:
    """Root mean square error."""
    return float(np.sqrt(np.mean((truth - mean) ** 2)))


def r2(truth: np.ndarray, mean: np.ndarray) -> float:
    """Share of the variance that is explained."""
    return 1 - float(np.sum((truth - mean) ** 2) / max(np.sum((truth - truth.mean()) ** 2), 1e-300))


def measure(truth: np.ndarray, mean: np.ndarray, low: np.ndarray, high: np.ndarray) -> dict[str, Any]:
    """Errors and coverage on members that the model does not know."""
    inside = (truth >= low) & (truth <= high)
    ends = conformal.wilson(int(inside.sum()), len(truth))
    return {
        "members": len(truth),
        "r2": r2(truth, mean),
        "rmse": rmse(truth, mean),
        "mae": float(np.mean(np.abs(truth - mean))),
        "largest_error": float(np.max(np.abs(truth - mean))),
        "coverage": float(inside.mean()),
        "coverage_low": ends[0],
        "coverage_high": ends[1],
        "mean_width": float(np.mean(high - low)),
    }


def _learn(
    x: np.ndarray, y: np.ndarray, patients: np.ndarray, options: Options
) -> tuple[Method, float, dict[str, Any]]:
    """The best method on these rows, its factor for intervals, and how the choice was made."""
    kept = np.ones(len(y), dtype=bool)
    if options.conformal == "split":
        kept, _ = shares(patients, [1 - SPLIT, SPLIT], options.seed + 1)
    tried = cross_validate(x[kept], y[kept], patients[kept], options.seed + 2)
    errors = {name: error for name, (_, error) in tried.items()}
    best = min((name for name in tried if np.isfinite(tried[name][0].mean).all()), key=errors.__getitem__)
    chosen = tried[best][0]
    if options.conformal == "split":
        found = conformal.scores(y[~kept], *chosen.method.predict(x[~kept]))
    else:
        found = conformal.scores(y[kept], chosen.mean, chosen.scale)
    q = conformal.quantile(found, options.level)
    return chosen.method, q, {"method": best, "cross_validation_rmse": errors, "calibrated_on": len(found), "q": q}


def _linear(x: np.ndarray, y: np.ndarray, new: np.ndarray) -> np.ndarray:
    """Ordinary least squares, for comparison."""
    basis = np.column_stack([np.ones(len(x)), x])
    return np.column_stack([np.ones(len(new)), new]) @ np.linalg.lstsq(basis, y, rcond=None)[0]


def train(path: Path, options: Options) -> tuple[Surrogate, dict[str, np.ndarray]]:
    """A surrogate with its card, and truth and prediction of the held out members (for pictures) by quantity."""
    if not all(util.find_spec(name) for name in ("scipy", "sklearn")):
        raise ResultsError("hc-post train needs scikit-learn: pip install 'healthcast-post[surrogate]'")
    started = time.perf_counter()
    data = select(cohort.load(path), options)
    table, patients = table_of(data), np.asarray(data.patient)
    test, known = shares(patients, [options.held_out, 1 - options.held_out], options.seed)
    inputs = inputs_of(data, {name: values[known] for name, values in table.items()})
    x = inputs.encode(table)
    inputs.learn_limits(x[known])
    outside = np.array([bool(text) for text in inputs.outside(table)])
    outputs, quantities, held = [], {}, {}
    for name in quantities_of(data, options):
        y = np.asarray(data.quantities.sel(quantity=name))
        there = np.isfinite(y) & np.isfinite(x).all(axis=1)
        rows = known & there
        if len(np.unique(patients[rows])) < FEWEST:
            raise ResultsError(f"{name}: too few patients have a value to learn from; allowed: {FEWEST} and more")
        unit = str(data.quantity_unit.sel(quantity=name).values)
        method, q, about = _learn(x[rows], y[rows], patients[rows], options)
        outputs.append(Output(name, unit, method, q, options.level))
        rows = test & there
        mean, scale = method.predict(x[rows])
        about |= {"unit": unit, "without_value": int((~there).sum())}
        about["held_out"] = measure(y[rows], mean, mean - q * scale, mean + q * scale)
        about["held_out"]["outside"] = int(outside[rows].sum())
        about["held_out"]["rmse_of_the_mean"] = rmse(y[rows], np.full(rows.sum(), y[known & there].mean()))
        about["held_out"]["rmse_linear"] = rmse(y[rows], _linear(x[known & there], y[known & there], x[rows]))
        strata = np.asarray(data.stratum)
        if len(set(strata)) > 1:
            about["held_out"]["strata"] = {
                str(s): measure(*(v[strata[rows] == s] for v in (y[rows], mean, mean - q * scale, mean + q * scale)))
                for s in sorted(set(strata[rows]))
            }
        quantities[name] = about
        held[name] = np.column_stack([y[rows], mean, q * scale])
    surrogate = Surrogate(inputs, outputs, {})
    seconds = time.perf_counter() - started
    surrogate.card = _card(path, data, options, inputs, quantities, (known, test))
    surrogate.card["cost"] = cost(surrogate, {k: v[known] for k, v in table.items()}, data, int(known.sum()), seconds)
    return surrogate, held


def cost(
    surrogate: Surrogate, table: dict[str, np.ndarray], data: xr.Dataset, learnt: int, seconds: float
) -> dict[str, Any]:
    """Seconds of training and of a prediction against those of a simulation."""
    rows = np.resize(np.arange(len(next(iter(table.values())))), 2000)
    many = {name: values[rows] for name, values in table.items()}
    surrogate.predict({name: values[:2] for name, values in table.items()})  # factors are made once
    started = time.perf_counter()
    surrogate.predict(many)
    surrogate.outside(many)
    one = (time.perf_counter() - started) / len(rows)
    simulation = float(np.nanmean(data.seconds))
    spent = seconds + simulation * data.sizes["member"]
    worth = {n: simulation * n / (spent + one * n) for n in (10_000, 1_000_000)}
    return {
        "training_seconds": seconds,
        "seconds_a_prediction": one,
        "seconds_a_simulation": simulation,
        "members_simulated": data.sizes["member"],
        "speed_up": simulation / one,
        "speed_up_with_training": {str(n): value for n, value in worth.items()},
        "pays_from_members": float(spent / (simulation - one)) if simulation > one else None,
    }


def _card(
    path: Path,
    data: xr.Dataset,
    options: Options,
    inputs: Inputs,
    quantities: dict[str, Any],
    masks: tuple[np.ndarray, np.ndarray],
) -> dict[str, Any]:
    patients = np.asarray(data.patient)
    known, test = masks
    return {
        "title": f"Surrogate of {data.attrs.get('title') or path}",
        "kind": Surrogate.kind,
        "inputs": inputs.to_json()["columns"],
        "fixed": inputs.fixed,
        "quantities": quantities,
        "level": options.level,
        "conformal": options.conformal,
        "data": {
            "members": data.sizes["member"],
            "patients": len(np.unique(patients)),
            "patients_learnt": len(np.unique(patients[known])),
            "patients_held_out": len(np.unique(patients[test])),
            "accepted_only": options.accepted_only,
            "rejected": int((~np.asarray(data.accepted)).sum()),
            "arms": sorted(set(data.arm.values.tolist())),
            "strata": sorted(set(data.stratum.values.tolist())),
        },
        "provenance": {
            "cohort": str(path),
            "fingerprint": data.attrs.get("fingerprint", ""),
            "healthcast": data.attrs.get("version", ""),
            "healthcast_post": __version__,
            "numpy": np.__version__,
            "scikit_learn": metadata.version("scikit-learn"),
            "seed": options.seed,
            "base": data.manifest.get("inputs", []),
        },
    }
