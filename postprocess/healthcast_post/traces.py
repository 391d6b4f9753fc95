"""Draw probe voltages and electrograms against time."""

from __future__ import annotations

from pathlib import Path

import matplotlib

from .results import Traces

matplotlib.use("Agg")
from matplotlib import pyplot  # noqa: E402

TITLES = {"probes": ("Probes", "membrane voltage"), "ecg": ("Pseudo-ECG", "potential"), "burden": ("Tumour", "volume")}
MOST_IN_LEGEND = 12


def plot_traces(traces: Traces, output: Path, subtitle: str = "") -> None:
    """One picture with a line a column."""
    heading, quantity = TITLES.get(traces.title, (traces.title.capitalize(), "value"))
    figure, axes = pyplot.subplots(figsize=(9, 4.5), layout="constrained")
    for name, column in zip(traces.names, traces.values.T, strict=True):
        axes.plot(traces.times, column, label=name, linewidth=1.4)
    axes.set_xlabel(f"time ({traces.time_unit})")
    axes.set_ylabel(f"{quantity} ({traces.unit})" if traces.unit else quantity)
    axes.set_title(f"{heading} · {subtitle}" if subtitle else heading, loc="left", weight="bold")
    axes.grid(alpha=0.3)
    axes.spines[["top", "right"]].set_visible(False)
    if traces.times.size > 1:
        axes.set_xlim(traces.times[0], traces.times[-1])
    if 0 < len(traces.names) <= MOST_IN_LEGEND:
        axes.legend(frameon=False, loc="center left", bbox_to_anchor=(1.0, 0.5))
    figure.savefig(output, dpi=120, facecolor="white")
    pyplot.close(figure)
