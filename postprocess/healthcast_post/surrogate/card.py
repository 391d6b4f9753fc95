"""The model card: what a surrogate was learnt from, how good it is where, what it is for and what not."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import matplotlib
import numpy as np

from ..cohort_plots import GREY, PALETTE, dress, label

matplotlib.use("Agg")
from matplotlib import pyplot  # noqa: E402

USE = """Predicts what healthcast would compute for a member of the same cohort with other values of the inputs: for
sensitivity analyses, calibration and screening of many virtual patients. Check what matters with the simulation."""
LIMITS = """- It stands for the simulation, not for people: errors of the physics come on top, and credibility of the
  physics (ASME V&V 40) does not carry over by itself.
- Valid inside the ranges below, for the base case of the provenance. `hc-post predict` says of each row whether it is
  outside: out of a range, of a level that training did not have, or farther from the centre (Mahalanobis) than all of
  training. Intervals hold for rows like those of training only.
- Intervals cover on average over rows, not for each kind of row: see the strata, if there are any.
- The model file has numbers and JSON only; opening it runs no code from it. Its figures are as good as the cohort that
  the fingerprint names."""


def _number(value: float | None) -> str:
    return "–" if value is None else f"{value:.4g}"


def _row(*cells: object) -> str:
    return "| " + " | ".join(str(cell) for cell in cells) + " |"


def _table(head: list[str], rows: list[list[object]]) -> str:
    return "\n".join([_row(*head), _row(*["---"] * len(head)), *(_row(*row) for row in rows)])


def markdown(card: dict[str, Any], picture: str) -> str:
    """The card for people."""
    data, spent, made = card["data"], card["cost"], card["provenance"]
    percent = f"{100 * card['level']:g} %"
    errors, tried, strata = [], [], []
    for name, about in card["quantities"].items():
        held = about["held_out"]
        cover = (
            f"{100 * held['coverage']:.1f} % ({100 * held['coverage_low']:.1f} to {100 * held['coverage_high']:.1f})"
        )
        sizes = [_number(held[key]) for key in ("rmse", "mae", "largest_error")]
        row = [label(name, about["unit"]), about["method"], f"{held['r2']:.6f}", *sizes, cover]
        errors.append([*row, _number(held["mean_width"])])
        rmses = ", ".join(f"{key} {_number(value)}" for key, value in about["cross_validation_rmse"].items())
        tried.append([name, rmses, _number(held["rmse_linear"]), _number(held["rmse_of_the_mean"])])
        for stratum, part in held.get("strata", {}).items():
            strata.append([name, stratum, part["members"], f"{part['r2']:.6f}", _number(part["rmse"]),
                           f"{100 * part['coverage']:.1f} %"])  # fmt: skip
    ranges = [
        [
            c["name"],
            c["unit"],
            ", ".join(c["levels"]) or f"{c['low']:.6g} to {c['high']:.6g}",
            "yes" if c["log"] else "",
        ]
        for c in card["inputs"]
    ]
    head = ["quantity", "method", "R2", "RMSE", "MAE", "largest", f"coverage of {percent} intervals", "mean width"]
    fixed = ", ".join(f"{name} = {value:g}" for name, value in card["fixed"].items())
    used = " and left out." if data["accepted_only"] else "; they are used too."
    worth = ", ".join(f"for {int(n):,} members {_number(v)}" for n, v in spent["speed_up_with_training"].items())
    parts = [
        f"# {card['title']}",
        f"## Intended use\n{USE}",
        f"## Errors on {data['patients_held_out']} held-out patients",
        _table(head, errors),
        f"![held out]({picture})",
        "### By stratum\n" + _table(["quantity", "stratum", "members", "R2", "RMSE", "coverage"], strata)
        if strata
        else "",
        f"## Limits\n{LIMITS}",
        "## Inputs\n" + _table(["name", "unit", "range of training", "by its logarithm"], ranges),
        f"Fixed in training: {fixed}" if fixed else "",
        f"## Data\n{data['members']} members of {data['patients']} patients; split by patient: "
        f"{data['patients_learnt']} to learn and calibrate, {data['patients_held_out']} held out. "
        f"Arms: {', '.join(data['arms'])}; strata: "
        f"{', '.join(data['strata'])}. {data['rejected']} of the members were not accepted{used}",
        "## Method\nChosen for each quantity by the error of 5-fold cross-validation over patients to learn from "
        "(one that is far behind on the first fold is not tried on the others); intervals are conformal "
        f"({card['conformal']}).",
        _table(["quantity", "cross-validation RMSE", "held out: linear model", "held out: the mean"], tried),
        f"## Cost\nA prediction with its interval takes {spent['seconds_a_prediction']:.2e} s, a simulation "
        f"{_number(spent['seconds_a_simulation'])} s: {_number(spent['speed_up'])} times faster. Training took "
        f"{_number(spent['training_seconds'])} s after {spent['members_simulated']} simulations; with both counted it "
        f"pays from {_number(spent['pays_from_members'])} members on, and the factor is {worth}.",
        "## Provenance\n" + "\n".join(f"- {key}: {json.dumps(value)}" for key, value in made.items()),
    ]
    return "\n\n".join(part for part in parts if part) + "\n"


def draw(held: dict[str, np.ndarray], card: dict[str, Any], output: Path) -> None:
    """Truth against prediction on held-out members, and the errors with the intervals around them."""
    size = (4.4 * len(held), 7.4)
    figure, panels = pyplot.subplots(
        2, len(held), figsize=size, layout="constrained", squeeze=False, height_ratios=(3, 2)
    )
    for (top, bottom), (name, rows) in zip(panels.T, held.items(), strict=True):
        truth, mean, half = rows[np.argsort(rows[:, 1])].T
        about = card["quantities"][name]
        text = label(name, about["unit"])
        ends = (min(truth.min(), mean.min()), max(truth.max(), mean.max()))
        top.plot(ends, ends, color=GREY, linewidth=1)
        top.scatter(truth, mean, s=6, color=PALETTE[0], linewidths=0)
        dress(top, f"simulated {text}", f"predicted {text}", f"{name}: R2 {about['held_out']['r2']:.6f}")
        inside = np.abs(truth - mean) <= half
        bottom.fill_between(mean, -half, half, color=PALETTE[0], alpha=0.2, linewidth=0, label="interval")
        for mask, colour in ((inside, PALETTE[0]), (~inside, PALETTE[1])):
            bottom.scatter(mean[mask], (truth - mean)[mask], s=6, color=colour, linewidths=0)
        covered = f"{100 * about['held_out']['coverage']:.1f} % inside"
        dress(bottom, f"predicted {text}", "simulated - predicted", covered)
        bottom.legend(frameon=False, fontsize="small")
    figure.suptitle("Held-out members", x=0.01, ha="left", weight="bold")
    figure.savefig(output, dpi=110, facecolor="white")
    pyplot.close(figure)


def write(card: dict[str, Any], held: dict[str, np.ndarray], model: Path) -> list[Path]:
    """Card as markdown and JSON, and its picture, beside the model file."""
    paths = [model.with_suffix(f".card.{ending}") for ending in ("md", "json", "png")]
    draw(held, card, paths[2])
    paths[0].write_text(markdown(card, paths[2].name))
    paths[1].write_text(json.dumps(card, indent=1) + "\n")
    return paths
