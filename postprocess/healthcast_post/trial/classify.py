"""Classes of drugs by a score: thresholds fitted on some drugs and applied to the others, ROC curves, confusion.

The score of a drug is the mean of a quantity over doses, for each patient; lower is more harmful. Classes are ordered
from harmless to harmful.
"""

from __future__ import annotations

import csv
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from ..results import ResultsError

if TYPE_CHECKING:
    from .tables import Trial

BISECTIONS = 45  # to rounding
REFITS = 200  # resamples of patients for the intervals of thresholds


# ---- Thresholds ------------------------------------------------------------------------------------------------------


def cuts(score: np.ndarray, known: np.ndarray, n_classes: int, weight: np.ndarray | None = None) -> np.ndarray:
    """Falling thresholds with the fewest errors of ordered classes; the middle of the widest such gap each.

    Threshold k parts classes below k + 1 (above it) from the others; each is found by itself and then made to fall.
    """
    weight = np.ones(len(score)) if weight is None else weight
    order = np.argsort(score)
    s, y, w = score[order], known[order], weight[order]
    distinct = np.flatnonzero(np.diff(s) > 0)
    out = []
    for k in range(1, n_classes):
        harmful = (y >= k) * w
        harmless = (y < k) * w
        # errors if all up to and including number i are called harmful
        errors = np.cumsum(harmless) + harmful.sum() - np.cumsum(harmful)
        if not distinct.size:
            out.append(float(s[0]))
            continue
        best = distinct[errors[distinct] <= errors[distinct].min() + 1e-9]
        gap = best[np.argmax(s[best + 1] - s[best])]
        out.append(0.5 * float(s[gap] + s[gap + 1]))
    return np.minimum.accumulate(out)


def separated(score: np.ndarray, known: np.ndarray, n_classes: int) -> bool:
    """Whether some threshold parts two neighbouring classes without an error: no finite logistic fit then."""
    for k in range(1, n_classes):
        low, high = score[known >= k], score[known < k]
        if low.size and high.size and low.max() >= high.min():
            return False
    return True


def _logistic(x: np.ndarray) -> np.ndarray:
    return 0.5 * (1 + np.tanh(0.5 * x))


def class_probabilities(score: np.ndarray, offsets: np.ndarray, slope: float) -> np.ndarray:
    """(scores, classes) of the proportional odds model: P(class >= k) = 1 / (1 + exp(slope score - offset_k))."""
    above = _logistic(offsets[None] - slope * score[:, None])
    edges = np.hstack([np.ones((len(score), 1)), above, np.zeros((len(score), 1))])
    return edges[:, :-1] - edges[:, 1:]


def ordinal_fit(score: np.ndarray, known: np.ndarray, n_classes: int, weight: np.ndarray | None = None) -> tuple:
    """Maximum likelihood of proportional odds (McCullagh 1980) by Fisher scoring: offsets and slope."""
    weight = np.ones(len(score)) if weight is None else weight
    centre, scale = score.mean(), score.std() or 1.0
    x = (score - centre) / scale
    share = np.array([np.average(known >= k, weights=weight) for k in range(1, n_classes)])
    theta = np.append(np.log(share / (1 - share)), 1.0)

    def likelihood(t: np.ndarray) -> float:
        p = class_probabilities(x, t[:-1], t[-1])[np.arange(len(x)), known]
        ordered = bool(np.all(np.diff(t[:-1]) < 0))
        return float(weight @ np.log(np.maximum(p, 1e-300))) if ordered else -np.inf

    value = likelihood(theta)
    for _ in range(100):
        above = _logistic(theta[None, :-1] - theta[-1] * x[:, None])
        density = above * (1 - above)  # derivative of P(class >= k) by its argument
        edge = np.zeros((len(x), n_classes + 1, n_classes))
        for k in range(n_classes - 1):
            edge[:, k + 1, k] = density[:, k]
            edge[:, k + 1, -1] = -density[:, k] * x
        slopes = edge[:, :-1] - edge[:, 1:]  # of each class's probability
        p = np.maximum(class_probabilities(x, theta[:-1], theta[-1]), 1e-12)
        chosen = np.arange(len(x)), known
        gradient = (weight / p[chosen]) @ slopes[chosen]
        flat = (slopes * np.sqrt(weight[:, None] / p)[:, :, None]).reshape(-1, n_classes)
        information = flat.T @ flat
        step = np.linalg.solve(information + 1e-12 * np.eye(n_classes), gradient)
        length = 1.0
        while length > 1e-8 and likelihood(theta + length * step) < value:
            length *= 0.5
        theta = theta + length * step
        new = likelihood(theta)
        if abs(new - value) < 1e-10 * (1 + abs(value)):
            break
        value = new
    slope = theta[-1] / scale
    return theta[:-1] + slope * centre, slope


def likeliest_changes(offsets: np.ndarray, slope: float, low: float, high: float) -> np.ndarray:
    """Where the likeliest class changes as the score falls, by bisection."""
    out = []
    for k in range(1, len(offsets) + 1):
        a, b = low, high
        for _ in range(BISECTIONS):
            middle = 0.5 * (a + b)
            harmful = class_probabilities(np.array([middle]), offsets, slope)[0].argmax() >= k
            a, b = (middle, b) if harmful else (a, middle)
        out.append(0.5 * (a + b))
    return np.array(out)


def fit_thresholds(
    score: np.ndarray, known: np.ndarray, n: int, method: str, weight: np.ndarray | None = None
) -> tuple:
    """Falling thresholds and the method that was used: a fit to classes that do not overlap has no maximum."""
    if method == "logistic" and not separated(score, known, n):
        offsets, slope = ordinal_fit(score, known, n, weight)
        if slope > 0:
            span = np.ptp(score)
            return likeliest_changes(offsets, slope, score.min() - span, score.max() + span), "logistic"
    return cuts(score, known, n, weight), "cut"


def assign(score: np.ndarray, thresholds: np.ndarray) -> np.ndarray:
    """Number of the class of each score."""
    return (np.asarray(score)[..., None] <= thresholds).sum(axis=-1)


# ---- ROC -------------------------------------------------------------------------------------------------------------


def auc(score: np.ndarray, harmful: np.ndarray) -> float:
    """Probability that a harmful drug scores lower than another one; ties count half."""
    low, high = score[harmful], score[~harmful]
    if not low.size or not high.size:
        return np.nan
    order = np.sort(high)
    beaten = high.size - 0.5 * (np.searchsorted(order, low, "left") + np.searchsorted(order, low, "right"))
    return float(beaten.mean() / high.size)


def roc(score: np.ndarray, harmful: np.ndarray) -> dict[str, list[float]]:
    """False and true positive rates as the threshold rises."""
    steps = np.concatenate([[-np.inf], np.unique(score)])
    called = score[None] <= steps[:, None]
    return {
        "false_positive": (called[:, ~harmful].mean(axis=1) if (~harmful).any() else np.zeros(len(steps))).tolist(),
        "true_positive": (called[:, harmful].mean(axis=1) if harmful.any() else np.zeros(len(steps))).tolist(),
    }


def _auc_of_drugs(score: np.ndarray, harmful: np.ndarray, level: float, samples: int, seed: int) -> dict[str, float]:
    """With an interval over drugs, resampled within the two groups."""
    random, found = np.random.default_rng(seed), []
    low, high = np.flatnonzero(harmful), np.flatnonzero(~harmful)
    if low.size and high.size:
        for _ in range(samples):
            rows = np.concatenate([random.choice(low, low.size), random.choice(high, high.size)])
            found.append(auc(score[rows], harmful[rows]))
    ends = np.quantile(found, (0.5 * (1 - level), 0.5 * (1 + level))) if found else (np.nan, np.nan)
    return {"auc": auc(score, harmful), "low": float(ends[0]), "high": float(ends[1])}


# ---- The whole -------------------------------------------------------------------------------------------------------


def _drugs(wanted: dict[str, Any]) -> list[dict[str, str]]:
    """Known classes: in the manifest, or in a table that it names."""
    if wanted.get("drugs"):
        return wanted["drugs"]
    path = Path(str(wanted.get("table", "")))
    if not path.is_file():
        raise ResultsError(f"trial.classify: there are no classes of drugs (neither drugs nor a table: {path})")
    with path.open() as file:
        rows = list(csv.DictReader(line for line in file if not line.startswith("#")))
    columns = wanted.get("class_column", "tdp_risk"), wanted.get("set_column", "set")
    return [{"name": row["drug"], "class": row[columns[0]], "set": row[columns[1]]} for row in rows]


def scores(trial: Trial, wanted: dict[str, Any]) -> dict[str, np.ndarray]:
    """Score of each drug by eligible patient; NAN where a dose has no value."""
    values = trial.table(wanted["quantity"])[trial.eligible]
    drug, dose = wanted.get("drug", "drug"), wanted.get("dose", "dose")
    doses = [float(d) for d in wanted.get("doses", (1, 2, 3, 4))]
    columns: dict[str, dict[float, int]] = {}
    for a, entry in enumerate(trial.described):
        if drug in entry and dose in entry and float(entry[dose]) in doses:
            columns.setdefault(str(entry[drug]), {})[float(entry[dose])] = a
    found = {}
    for name, arms in columns.items():
        lacking = [f"{d:g}" for d in doses if d not in arms]
        if lacking:
            raise ResultsError(f"trial.classify: {name} has no arm with dose {', '.join(lacking)}")
        found[name] = values[:, [arms[d] for d in doses]].mean(axis=1)
    return found


def _confusion(known: np.ndarray, given: np.ndarray, n: int) -> list[list[int]]:
    return [[int(((known == i) & (given == j)).sum()) for j in range(n)] for i in range(n)]


def classify(trial: Trial, wanted: dict[str, Any], level: float, samples: int, seed: int) -> dict[str, Any]:
    """Thresholds from the training drugs, classes of all, and how good they are."""
    names = [str(c) for c in wanted.get("classes", ("low", "intermediate", "high"))]
    by_drug = scores(trial, wanted)
    about = {d["name"]: d for d in _drugs(wanted) if d["name"] in by_drug}
    unknown = {d["class"] for d in about.values()} - set(names)
    if unknown:
        raise ResultsError(f"trial.classify: unknown class {', '.join(sorted(unknown))}; allowed: {', '.join(names)}")
    drugs = [name for name in by_drug if name in about and np.isfinite(by_drug[name]).any()]
    if not drugs:
        raise ResultsError("trial.classify: no drug has both a known class and a score")
    table = np.array([by_drug[name] for name in drugs])  # (drugs, patients)
    known = np.array([names.index(about[name]["class"]) for name in drugs])
    train = np.array([about[name]["set"] == wanted.get("train", "training") for name in drugs])
    if set(known[train]) != set(range(len(names))):
        raise ResultsError(f"trial.classify: training drugs are needed in each of the classes {', '.join(names)}")
    thresholds, method, spread = _fit(table[train], known[train], len(names), wanted.get("method", "logistic"), seed)
    ends = (0.5 * (1 - level), 0.5 * (1 + level))
    median = np.nanmedian(table, axis=1)
    given = assign(median, thresholds)
    sets = {"training": train, "validation": ~train, "all": np.ones(len(drugs), dtype=bool)}
    population = table.shape[1] > 1
    rows = []
    for i in np.argsort(median):
        mine = table[i][np.isfinite(table[i])]
        share = np.bincount(assign(mine, thresholds), minlength=len(names)) / mine.size
        low, high = np.quantile(mine, ends) if population else (np.nan, np.nan)
        row = {"drug": drugs[i], "class": names[known[i]], "set": "training" if train[i] else "validation"}
        row |= {"score": float(median[i]), "low": float(low), "high": float(high), "patients": int(mine.size)}
        rows.append(row | {"given": names[given[i]], "probability": dict(zip(names, share.tolist(), strict=True))})
    return {
        "quantity": wanted["quantity"],
        "unit": trial.unit(wanted["quantity"]),
        "doses": [float(d) for d in wanted.get("doses", (1, 2, 3, 4))],
        "classes": names,
        "method": method,
        "method_asked": wanted.get("method", "logistic"),
        "thresholds": [
            {"between": [names[k], names[k + 1]], "value": float(t), "low": float(lo), "high": float(hi)}
            for k, (t, (lo, hi)) in enumerate(zip(thresholds, np.quantile(spread, ends, axis=0).T, strict=True))
        ],
        "patients": int(table.shape[1]),
        "drugs": rows,
        "without_score": sorted(set(by_drug) - set(drugs)),
        "without_class": sorted(set(by_drug) - set(about)),
        "sets": {
            name: {
                "drugs": int(mask.sum()),
                "correct": int((given[mask] == known[mask]).sum()),
                "confusion": _confusion(known[mask], given[mask], len(names)),
                "roc": [
                    _roc_of(names, k, table[mask], median[mask], known[mask], level, samples, seed)
                    for k in range(1, len(names))
                ],
            }
            for name, mask in sets.items()
            if mask.any()
        },
        "published": _published(wanted.get("published"), median, known),
    }


def _published(published: dict[str, Any] | None, median: np.ndarray, known: np.ndarray) -> dict[str, Any] | None:
    """What others found, and how many of our scores fall into the right class at their thresholds."""
    if not published or not published.get("thresholds"):
        return published
    ours = assign(median, np.array(published["thresholds"], dtype=float))
    return published | {"ours_at_these_thresholds": {"correct": int((ours == known).sum()), "total": len(known)}}


def _fit(table: np.ndarray, known: np.ndarray, n: int, method: str, seed: int) -> tuple[np.ndarray, str, np.ndarray]:
    """Thresholds on all scores of the training drugs, and again on resampled patients."""
    there = np.isfinite(table)
    score, classes = table[there], np.broadcast_to(known[:, None], table.shape)[there]
    # each drug counts once however many of its patients have a score
    weight = np.broadcast_to(1 / np.maximum(there.sum(axis=1, keepdims=True), 1), table.shape)[there]
    thresholds, used = fit_thresholds(score, classes, n, method, weight)
    n_patients = table.shape[1]
    if n_patients < 2:
        return thresholds, used, np.full((1, n - 1), np.nan)
    random, spread = np.random.default_rng(seed), []
    patient = np.broadcast_to(np.arange(n_patients), table.shape)[there]
    for _ in range(REFITS):
        times = np.bincount(random.integers(0, n_patients, n_patients), minlength=n_patients)[patient]
        kept = times > 0
        if len(set(classes[kept])) < n:
            continue  # of a campaign that is not complete
        refit = fit_thresholds(score[kept], classes[kept], n, used, (weight * times)[kept])
        spread.append(refit[0])
    return thresholds, used, np.array(spread or [np.full(n - 1, np.nan)])


def _roc_of(
    names: list[str],
    k: int,
    table: np.ndarray,
    median: np.ndarray,
    known: np.ndarray,
    level: float,
    samples: int,
    seed: int,
) -> dict[str, Any]:
    """Of classes from k on against those below, of medians over patients, with intervals over drugs and patients."""
    harmful = known >= k
    out = {"harmful": names[k:], "against": names[:k]} | _auc_of_drugs(median, harmful, level, samples, seed)
    out |= roc(median, harmful)
    complete = table[:, np.isfinite(table).all(axis=0)]
    if complete.shape[1] > 1 and harmful.any() and not harmful.all():
        each = [auc(column, harmful) for column in complete.T]
        ends = np.quantile(each, (0.5 * (1 - level), 0.5, 0.5 * (1 + level)))
        out["by_patient"] = {"low": float(ends[0]), "median": float(ends[1]), "high": float(ends[2])}
    return out
