"""Pictures of a trial as SVG texts."""

from __future__ import annotations

import io
from typing import Any

import matplotlib
import numpy as np

from ..cohort_plots import GREY, PALETTE, dress, label

matplotlib.use("Agg")
from matplotlib import pyplot  # noqa: E402
from matplotlib.axes import Axes  # noqa: E402

BLUE, RED, GREEN = PALETTE[:3]
CLASS_COLOURS = ("#3a9a5b", "#d98c1f", "#c0392b", "#7a1f5c", "#444444")


def _svg(figure: pyplot.Figure) -> str:
    """The figure as text that is the same each time."""
    out = io.StringIO()
    with matplotlib.rc_context({"svg.hashsalt": "healthcast", "svg.fonttype": "path"}):
        figure.savefig(out, format="svg", facecolor="white", metadata={"Date": None})
    pyplot.close(figure)
    text = out.getvalue()
    return text[text.index("<svg") :]


def class_colour(k: int, n: int) -> str:
    """From harmless to harmful."""
    return CLASS_COLOURS[round(k * 2 / max(n - 1, 1))] if n <= 3 else CLASS_COLOURS[min(k, 4)]


def _verdict(row: dict[str, Any], better: str, neutral: float) -> str:
    """Grey if the interval has the neutral value in it, else green for the better and red for the worse."""
    if not np.isfinite(row["low"]) or row["low"] <= neutral <= row["high"]:
        return GREY
    if better == "neither":
        return BLUE
    return GREEN if (row["effect"] > neutral) == (better == "higher") else RED


def forest(endpoint: dict[str, Any]) -> str:
    """Effects of the arms against the reference with their intervals."""
    arms = [row for row in endpoint["arms"] if row.get("pairs")]
    ratio = endpoint["compare"] == "ratio"
    height = max(1.8, 0.9 + (0.3 if len(arms) <= 30 else 0.17) * len(arms))
    figure, axes = pyplot.subplots(figsize=(8.5, height), layout="constrained")
    for i, row in enumerate(arms):
        colour = _verdict(row, endpoint["better"], 1.0 if ratio else 0.0)
        if np.isfinite(row["low"]):
            axes.plot((row["low"], row["high"]), (i, i), color=colour, linewidth=2)
        axes.plot(row["effect"], i, "s", color=colour if np.isfinite(row["low"]) else BLUE, markersize=4)
    axes.axvline(1.0 if ratio else 0.0, color="#333333", linewidth=0.9)
    axes.set_yticks(range(len(arms)), [row["arm"] for row in arms], fontsize=9 if len(arms) <= 30 else 6.5)
    axes.set_ylim(len(arms) - 0.4, -0.6)
    name = (
        f"{endpoint['name']}: ratio to the reference"
        if ratio
        else label(f"change of {endpoint['name']}", endpoint["unit"])
    )
    dress(axes, name)
    return _svg(figure)


def drug_scores(classes: dict[str, Any]) -> str:
    """Score of each drug with what patients spread, known class as colour, thresholds as lines."""
    names, rows = classes["classes"], classes["drugs"]
    figure, axes = pyplot.subplots(figsize=(8.5, 0.9 + 0.24 * len(rows)), layout="constrained")
    for i, row in enumerate(rows):
        colour = class_colour(names.index(row["class"]), len(names))
        if np.isfinite(row["low"]):
            axes.plot((row["low"], row["high"]), (i, i), color=colour, linewidth=2, alpha=0.6)
        fill = colour if row["set"] == "training" else "white"
        axes.plot(row["score"], i, "o", markersize=6, markerfacecolor=fill, markeredgecolor=colour, markeredgewidth=1.6)
    for threshold in classes["thresholds"]:
        axes.axvline(threshold["value"], color="#333333", linewidth=1, linestyle="--")
        if np.isfinite(threshold["low"]):
            axes.axvspan(threshold["low"], threshold["high"], color="#333333", alpha=0.1, linewidth=0)
    axes.set_yticks(range(len(rows)), [row["drug"] for row in rows], fontsize=8)
    axes.set_ylim(len(rows) - 0.4, -0.6)
    for k, name in enumerate(names):
        axes.plot([], [], "o", color=class_colour(k, len(names)), label=name)
    axes.plot([], [], "o", markerfacecolor="#555555", markeredgecolor="#555555", label="fitted on")
    axes.plot([], [], "o", markerfacecolor="white", markeredgecolor="#555555", label="not fitted on")
    axes.legend(frameon=False, fontsize=8, loc="lower left", bbox_to_anchor=(0, 1), ncols=len(names) + 2)
    dress(axes, label(f"score: mean {classes['quantity']} over doses", classes["unit"]))
    return _svg(figure)


def probabilities(classes: dict[str, Any]) -> str:
    """Share of patients in each class, drug by drug."""
    names, rows = classes["classes"], classes["drugs"]
    figure, axes = pyplot.subplots(figsize=(8.5, 0.9 + 0.24 * len(rows)), layout="constrained")
    left = np.zeros(len(rows))
    for k, name in enumerate(names):
        share = np.array([row["probability"][name] for row in rows])
        axes.barh(range(len(rows)), share, left=left, color=class_colour(k, len(names)), label=name, height=0.75)
        left += share
    axes.set_yticks(range(len(rows)), [f"{row['drug']} ({row['class']})" for row in rows], fontsize=8)
    axes.set_ylim(len(rows) - 0.4, -0.6)
    axes.set_xlim(0, 1)
    axes.legend(frameon=False, fontsize=8, loc="lower left", bbox_to_anchor=(0, 1), ncols=len(names))
    dress(axes, "share of virtual patients (known class in brackets)")
    return _svg(figure)


def _roc_panel(axes: Axes, curve: dict[str, Any], name: str, colour: str) -> None:
    interval = f" [{curve['low']:.3f}, {curve['high']:.3f}]" if np.isfinite(curve["low"]) else ""
    text = f"{name}: AUC {curve['auc']:.3f}{interval}"
    axes.plot(curve["false_positive"], curve["true_positive"], color=colour, linewidth=1.8, label=text)


def rocs(classes: dict[str, Any]) -> str:
    """One panel a threshold, one line a set of drugs."""
    n = len(classes["classes"]) - 1
    figure, panels = pyplot.subplots(1, n, figsize=(4.4 * n, 4.4), layout="constrained", squeeze=False)
    for k, axes in enumerate(panels[0]):
        for (name, of), colour in zip(classes["sets"].items(), (BLUE, RED, "#333333"), strict=False):
            if np.isfinite(of["roc"][k]["auc"]):
                _roc_panel(axes, of["roc"][k], name, colour)
        curve = next(iter(classes["sets"].values()))["roc"][k]
        axes.plot((0, 1), (0, 1), color=GREY, linewidth=0.8, linestyle="--")
        axes.set_aspect("equal")
        axes.legend(frameon=False, fontsize=8, loc="lower right")
        title = f"{' or '.join(curve['harmful'])} against {' or '.join(curve['against'])}"
        dress(axes, "false positive rate", "true positive rate", title)
    return _svg(figure)
