"""The numbers of a trial: flow of patients, paired effects on endpoints, classes of drugs."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import numpy as np

from .. import __version__, cohort
from ..results import ResultsError
from .classify import classify
from .statistics import bca, bootstrap_means, holm, sign_flip
from .tables import Trial, read_trial

FLIPS = 9999
BETTER = ("lower", "higher", "neither")


# ---- Flow ------------------------------------------------------------------------------------------------------------


def reasons(messages: np.ndarray, most: int = 5) -> dict[str, int]:
    """Failures by what they say, numbers left out."""
    found: dict[str, int] = {}
    for text in messages:
        text = re.sub(r"[-+]?\d+(\.\d+)?([eE][-+]?\d+)?", "…", str(text)) or "no reason recorded"
        found[text] = found.get(text, 0) + 1
    ordered = sorted(found.items(), key=lambda item: -item[1])
    rest = sum(n for _, n in ordered[most:])
    return dict(ordered[:most]) | ({"other reasons": rest} if rest else {})


def flow_of(trial: Trial) -> dict[str, Any]:
    """Who was planned, who was left out and why, and how many pairs are analysed in each arm."""
    data, manifest = trial.data, trial.data.manifest
    planned = int(manifest.get("patients") or len(trial.patients))
    status = np.append(np.asarray(data.status), "missing")
    messages = np.append(np.asarray(data.message), "")
    arms = []
    for a, name in enumerate(trial.arms):
        mine = status[trial.row[trial.eligible, a]]
        failed = (mine != "done") & (mine != "missing")
        arms.append(
            {
                "arm": name,
                "eligible": int(trial.eligible.sum()),
                "done": int((mine == "done").sum()),
                "not_there": int((mine == "missing").sum()),
                "by_status": {s: int((mine == s).sum()) for s in cohort.STATUS[2:] if (mine == s).any()},
                "reasons": reasons(messages[trial.row[trial.eligible, a]][failed]),
            }
        )
    control = status[trial.row[:, trial.reference]]
    lost = (control != "done") & (control != "missing")
    return {
        "members_planned": int(manifest.get("members") or data.sizes["member"]),
        "members_done": int((data.status == "done").sum()),
        "patients_planned": planned,
        "reference_done": int((control == "done").sum()),
        "reference_failed": int(lost.sum()),
        "reference_not_there": planned - int((control == "done").sum()) - int(lost.sum()),
        "reference_reasons": reasons(messages[trial.row[lost, trial.reference]]),
        "rejected": int((control == "done").sum() - trial.eligible.sum()),
        "eligible": int(trial.eligible.sum()),
        "arms": arms,
    }


# ---- Endpoints -------------------------------------------------------------------------------------------------------


def _endpoints(trial: Trial) -> list[dict[str, Any]]:
    """As the manifest has them; every quantity if it has none."""
    given = trial.block.get("endpoints") or [{"quantity": str(q)} for q in trial.data.quantity.values]
    out = []
    for i, entry in enumerate(given):
        entry = {key: value for key, value in entry.items() if value is not None}
        if "quantity" not in entry:
            raise ResultsError(f"trial.endpoints[{i}]: there is no quantity")
        full = {"name": entry["quantity"], "definition": "", "better": "neither", "compare": "difference"} | entry
        if full["better"] not in BETTER or full["compare"] not in ("difference", "ratio"):
            raise ResultsError(
                f"trial.endpoints[{i}]: better is {full['better']!r}, compare is {full['compare']!r}; allowed: "
                f"{', '.join(BETTER)}; difference, ratio"
            )
        out.append(full)
    return out


def _effects(values: np.ndarray, reference: int, compare: str, name: str) -> np.ndarray:
    """(patients, arms) differences from the reference, of logarithms for ratios."""
    if compare == "ratio":
        if (values <= 0).any():
            raise ResultsError(f"endpoint {name}: ratios need positive values; {np.nanmin(values):g} was found")
        values = np.log(values)
    return values - values[:, [reference]]


def _summary(effects: np.ndarray, resampled: np.ndarray, level: float, ratio: bool) -> dict[str, Any]:
    """Effect and interval of one arm; of ratios the geometric mean."""
    n = int(np.isfinite(effects).sum())
    back = np.exp if ratio else lambda x: x
    mean = float(np.nanmean(effects)) if n else np.nan
    low, high = bca(effects, resampled, level)
    return {"pairs": n, "effect": float(back(mean)), "low": float(back(low)), "high": float(back(high))}


def _endpoint(trial: Trial, entry: dict[str, Any], samples: int, seed: int, level: float) -> dict[str, Any]:
    values = trial.table(entry["quantity"])[trial.eligible]
    strata = trial.strata[trial.eligible]
    ratio = entry["compare"] == "ratio"
    effects = _effects(values, trial.reference, entry["compare"], entry["name"])
    resampled = bootstrap_means(effects, samples, seed)
    p = sign_flip(effects, FLIPS, seed)
    names = sorted(set(strata)) if len(set(strata)) > 1 else []
    within = {s: bootstrap_means(effects[strata == s], samples, seed) for s in names}
    arms = []
    for a, arm in enumerate(trial.arms):
        there = np.isfinite(values[:, a])
        spread = float(np.nanstd(values[:, a], ddof=1)) if there.sum() > 1 else np.nan
        mean = float(np.nanmean(values[:, a])) if there.any() else np.nan
        row = {"arm": arm, "n": int(there.sum()), "mean": mean, "sd": spread}
        if a != trial.reference:
            row |= _summary(effects[:, a], resampled[:, a], level, ratio) | {"p": float(p[a])}
            row["without_value"] = int((trial.row[trial.eligible, a] >= 0).sum() - row["pairs"])
            row["strata"] = {
                s: _summary(effects[strata == s, a], boot[:, a], level, ratio) for s, boot in within.items()
            }
        arms.append(row)
    return entry | {"unit": trial.unit(entry["quantity"]), "arms": arms}


def analyse(path: Path) -> dict[str, Any]:
    """All numbers of a trial, as trial.json has them; NAN where there is no number."""
    trial = read_trial(path)
    level = float(trial.block.get("level", 0.95))
    samples, seed = int(trial.block.get("bootstrap", 2000)), int(trial.block.get("seed", 1))
    if not trial.eligible.any():
        raise ResultsError(f"{path}: no member of the reference arm is done and accepted yet")
    endpoints = []
    if len(trial.arms) > 1:
        endpoints = [_endpoint(trial, entry, samples, seed, level) for entry in _endpoints(trial)]
    tested = [row for endpoint in endpoints for row in endpoint["arms"] if "p" in row]
    for row, adjusted in zip(tested, holm(np.array([row["p"] for row in tested])), strict=True):
        row["p_holm"] = float(adjusted)
    attrs = trial.data.attrs
    wanted = trial.block.get("classify")
    return {
        "title": str(attrs.get("title") or "A trial"),
        "reference": trial.arms[trial.reference],
        "arms": trial.described,
        "level": level,
        "flow": flow_of(trial),
        "endpoints": endpoints,
        "classes": classify(trial, wanted, level, samples, seed) if wanted else None,
        "methods": {
            "interval": f"BCa bootstrap over patients, {samples} resamples, seed {seed}",
            "test": f"sign-flip permutation of paired effects, {FLIPS} permutations, seed {seed}",
            "multiplicity": f"Holm over {sum(np.isfinite(row['p']) for row in tested)} tests (all endpoints and arms)",
        },
        "provenance": {
            "cohort": str(path),
            "fingerprint": attrs.get("fingerprint", ""),
            "healthcast": attrs.get("version", ""),
            "healthcast_post": __version__,
            "inputs": trial.data.manifest.get("inputs", []),
            "seconds_of_members": float(np.nansum(trial.data.seconds)),
        },
    }
