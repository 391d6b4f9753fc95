"""Draw a calibration (posterior, prediction band with scans) or a schedule (front, doses, cohort)."""

from __future__ import annotations

import json
from pathlib import Path

import h5py
import matplotlib
import numpy as np

matplotlib.use("Agg")
from matplotlib import pyplot  # noqa: E402
from matplotlib.axes import Axes  # noqa: E402

from .results import text_of  # noqa: E402

BLUE, RED, GREY = "#2a6fb0", "#c0392b", "#777777"


def kind_of(folder: Path) -> str:
    """What `kind` the summary of a folder has; empty if none."""
    try:
        return str(json.loads((folder / "summary.json").read_text()).get("kind", ""))
    except (OSError, ValueError):
        return ""


def _dress(axes: Axes, x: str, y: str) -> None:
    axes.set_xlabel(x)
    axes.set_ylabel(y)
    axes.grid(alpha=0.3)
    axes.spines[["top", "right"]].set_visible(False)


def _posterior(axes: Axes, samples: h5py.Dataset, name: str, truth: float | None) -> None:
    values = np.asarray(samples)
    unit = text_of(samples.attrs["unit"])
    axes.hist(values, bins=40, color=BLUE, alpha=0.75)
    for p in (2.5, 97.5):
        axes.axvline(np.percentile(values, p), color=BLUE, linewidth=1, linestyle="--")
    if truth is not None:
        axes.axvline(truth, color=RED, linewidth=1.5, label="truth")
        axes.legend(frameon=False, fontsize="small")
    _dress(axes, f"{name} ({unit})", "samples")


def _band(axes: Axes, file: h5py.File, level: float) -> None:
    curve = {name: np.asarray(data) for name, data in file["curve"].items()}
    axes.fill_between(curve["day"], curve["scan_low"], curve["scan_high"], color=BLUE, alpha=0.12, linewidth=0,
                      label=f"{100 * level:g} % of scans")  # fmt: skip
    axes.fill_between(curve["day"], curve["low"], curve["high"], color=BLUE, alpha=0.3, linewidth=0,
                      label=f"{100 * level:g} % of tumours")  # fmt: skip
    axes.plot(curve["day"], curve["median"], color=BLUE, linewidth=1.6, label="median")
    axes.plot(np.asarray(file["scans/day"]), np.asarray(file["scans/volume"]), "o", color="black", markersize=5, label="scans")
    if "predictions" in file:
        days, median = np.asarray(file["predictions/day"]), np.asarray(file["predictions/median"])
        low, high = np.asarray(file["predictions/scan_low"]), np.asarray(file["predictions/scan_high"])
        spread = np.vstack([median - low, high - median])
        axes.errorbar(days, median, spread, fmt="s", color=RED, markersize=5, capsize=4, label="predicted scans")
    top = axes.get_ylim()[1]
    if "fractions" in file:
        axes.vlines(np.asarray(file["fractions/day"]), 0, 0.03 * top, color=GREY, linewidth=1, label="fractions")
    axes.set_ylim(0, top)
    _dress(axes, "time (days)", "tumour volume (mL)")
    axes.legend(frameon=False, fontsize="small")


def _plot_calibration(folder: Path, summary: dict, output: Path) -> str:
    with h5py.File(folder / "calibration.h5") as file:
        names = list(summary["unknowns"])
        figure = pyplot.figure(figsize=(11, 6.4), layout="constrained")
        grid = figure.add_gridspec(2, max(len(names), 2), height_ratios=[1.6, 1])
        _band(figure.add_subplot(grid[0, :]), file, summary["level"])
        for column, name in enumerate(names):
            truth = summary["unknowns"][name].get("truth")
            _posterior(figure.add_subplot(grid[1, column]), file["samples"][name], name, truth)
    figure.suptitle(summary["title"] or "Calibration", weight="bold")
    figure.savefig(output, dpi=120, facecolor="white")
    pyplot.close(figure)
    return f"calibration: {len(names)} unknowns, {len(summary['scans'])} scans"


def _point(axes: Axes, plan: dict | None, marker: str, label: str, colour: str) -> None:
    if plan:
        axes.plot(plan["total_gy"], plan["superquantile_days"], marker, color=colour, markersize=9, label=label)


def _plot_schedule(summary: dict, output: Path) -> str:
    front = summary["front"]
    total = [plan["total_gy"] for plan in front]
    figure, (left, right) = pyplot.subplots(1, 2, figsize=(12, 4.8), layout="constrained")
    left.fill_between(total, [p["low_days"] for p in front], [p["high_days"] for p in front], color=BLUE, alpha=0.12,
                      linewidth=0, label="95 % of the posterior")  # fmt: skip
    left.plot(total, [p["median_days"] for p in front], color=BLUE, linestyle="--", label="median")
    worst = 100 * (1 - summary["risk_level"])
    left.plot(total, [p["superquantile_days"] for p in front], "o-", color=BLUE, markersize=4,
              label=f"mean of the worst {worst:.0f} %")  # fmt: skip
    _point(left, summary["reference"], "X", "reference", RED)
    _point(left, summary["equal_dose"], "^", "best at equal dose", "#27874b")
    _point(left, summary["equal_control"], "<", "least dose for equal control", "#b07c1e")
    left.set_yscale("log")
    _dress(left, "total dose (Gy)", "time to progression (days)")
    left.legend(frameon=False, fontsize="small")
    plans = [("reference", summary["reference"]), ("equal dose", summary["equal_dose"])]
    plans += [("equal control", summary["equal_control"])] if summary["equal_control"] else []
    plans += [(f"{plan['total_gy']:.0f} Gy", plan) for plan in front]
    doses = np.array([plan["doses_gy"] for _, plan in plans])
    image = right.imshow(doses, cmap="Blues", aspect="auto", vmin=0)
    right.set_yticks(range(len(plans)), [name for name, _ in plans])
    right.set_xticks(range(doses.shape[1]), [str(week + 1) for week in range(doses.shape[1])])
    right.set_xlabel("week")
    for row, column in np.ndindex(*doses.shape):
        dark = doses[row, column] > 0.6 * doses.max()
        right.text(column, row, f"{doses[row, column]:.1f}", ha="center", va="center", fontsize=7,
                   color="white" if dark else "black")  # fmt: skip
    figure.colorbar(image, ax=right, label="Gy a fraction")
    figure.suptitle(summary["title"] or "Schedule", weight="bold")
    figure.savefig(output, dpi=120, facecolor="white")
    pyplot.close(figure)
    return f"schedule: {len(front)} plans of a front"


def _plot_cohort(folder: Path, summary: dict, output: Path) -> str:
    panels = {"superquantile_gain_days_at_equal_dose": "gain at equal dose, worst cases (days)",
              "true_gain_days_at_equal_dose": "gain at equal dose, true tumours (days)",
              "dose_change_gy_at_equal_control": "change of dose at equal control (Gy)"}  # fmt: skip
    figure, axes = pyplot.subplots(1, len(panels), figsize=(13, 4), layout="constrained")
    with h5py.File(folder / "schedule.h5") as file:
        for panel, (name, label) in zip(axes, panels.items(), strict=True):
            values = np.asarray(file["cohort"][name])
            panel.hist(values, bins=25, color=BLUE, alpha=0.75)
            panel.axvline(float(np.median(values)), color=RED, label=f"median {np.median(values):.1f}")
            panel.legend(frameon=False)
            _dress(panel, label, "patients")
    figure.suptitle(f"{summary['title'] or 'Schedule'} · {summary['cohort']['patients']} patients", weight="bold")
    figure.savefig(output, dpi=120, facecolor="white")
    pyplot.close(figure)
    return f"schedule: {summary['cohort']['patients']} patients"


def plot_calibration(folder: Path, output: Path) -> str:
    """One picture of a calibration or schedule; what it shows in a line."""
    summary = json.loads((folder / "summary.json").read_text())
    if summary["kind"] == "calibration":
        return _plot_calibration(folder, summary, output)
    if summary["kind"] == "schedule":
        return _plot_cohort(folder, summary, output) if "cohort" in summary else _plot_schedule(summary, output)
    from .tissue_calibration import plot_tissue_calibration  # needs pyvista

    return plot_tissue_calibration(folder, summary, output)
