"""Draw a study of a cell: action potential, calcium and currents, restitution curves, currents under voltage clamp."""

from __future__ import annotations

import json
from pathlib import Path

import h5py
import matplotlib
import numpy as np

from .results import ResultsError, text_of

matplotlib.use("Agg")
from matplotlib import pyplot  # noqa: E402
from matplotlib.axes import Axes  # noqa: E402

MOST_LINES = 9  # traces or currents in one panel
MAIN = ["INa", "INaL", "ICaL", "Ito", "IKr", "IKs", "IK1", "IKur", "INaCa", "INaK", "If", "ICaT"]
UNITS = {"dose": "x Cmax", "concentration_nM": "nM", "interval_ms": "ms", "cycle_length_ms": "ms", "voltage_mv": "mV"}


def is_cell(folder: Path) -> bool:
    """Whether the folder holds a study of a cell."""
    try:
        return "protocol" in json.loads((folder / "summary.json").read_text())
    except (OSError, ValueError):
        return False


def _dress(axes: Axes, x: str, y: str) -> None:
    axes.set_xlabel(x)
    axes.set_ylabel(y)
    axes.grid(alpha=0.3)
    axes.spines[["top", "right"]].set_visible(False)


class _Trace:
    """One group of traces.h5."""

    def __init__(self, group: h5py.Group) -> None:
        self.name = group.name.strip("/")
        self.key = next((key for key in group.attrs if key in UNITS), None)
        self.value = float(group.attrs[self.key]) if self.key else None
        self.time = np.asarray(group["t"]) - float(group["t"][0])
        self.columns = {**dict(group["states"].items()), **dict(group["currents"].items())}
        self.current_names = list(group["currents"])

    def label(self) -> str:
        """For a legend."""
        return f"{self.value:g} {UNITS[self.key]}" if self.key else ""

    def __contains__(self, name: str) -> bool:
        """Whether there is such a column."""
        return name in self.columns

    def values(self, name: str) -> np.ndarray:
        """Read a column."""
        return np.asarray(self.columns[name])

    def unit(self, name: str) -> str:
        """Unit of a column."""
        return text_of(self.columns[name].attrs["unit"])


def _spread(traces: list[_Trace]) -> list[_Trace]:
    """At most MOST_LINES of the traces, from first to last."""
    if len(traces) <= MOST_LINES:
        return traces
    return [traces[i] for i in np.unique(np.linspace(0, len(traces) - 1, MOST_LINES).round().astype(int))]


def _overlay(axes: Axes, traces: list[_Trace], name: str) -> None:
    shown = _spread(traces)
    for i, trace in enumerate(shown):
        colour = pyplot.get_cmap("viridis")(0.9 * i / max(len(shown) - 1, 1))
        scale, unit = (1e3, "uM") if trace.unit(name) == "mM" and name == "Cai" else (1, trace.unit(name))
        axes.plot(trace.time, scale * trace.values(name), color=colour, linewidth=1.4, label=trace.label())
    _dress(axes, "time (ms)", f"{name} ({unit})")
    if len(shown) > 1:
        axes.legend(frameon=False, fontsize="small")


def _currents(axes: Axes, trace: _Trace) -> None:
    """Membrane currents of one trace, the usual ones first; INa goes off the scale that the others need."""
    there = [name for name in trace.current_names if trace.unit(name) == "A/F"]
    names = ([name for name in MAIN if name in there] + [name for name in there if name not in MAIN])[:MOST_LINES]
    sizes = {name: float(np.abs(trace.values(name)).max()) for name in names}
    others = max((size for name, size in sizes.items() if name != "INa"), default=0.0)
    height = others if 0 < 5 * others < sizes.get("INa", 0.0) else max(sizes.values())
    for i, name in enumerate(names):
        axes.plot(trace.time, trace.values(name), linewidth=1.2, label=name, color=pyplot.get_cmap("tab10")(i % 10))
    if height > 0:
        axes.set_ylim(-1.15 * height, 1.15 * height)
    _dress(axes, "time (ms)", "current (A/F)" + (f", {trace.label()}" if trace.key else ""))
    axes.legend(frameon=False, fontsize="small", ncols=2)


def _restitution(axes: Axes, summary: dict) -> None:
    for record in summary["records"]:
        points = [p for p in record["restitution"] if p["captured"] and p["di_ms"] is not None]
        key = next((key for key in ("dose", "concentration_nM") if key in record), None)
        label = f"{record[key]:g} {UNITS[key]}" if key else "APD90"
        points.sort(key=lambda p: p["di_ms"])
        (line,) = axes.plot([p["di_ms"] for p in points], [p["apd90_ms"] for p in points], "o-", markersize=4, label=label)
        pairs = [p for p in points if p.get("apd90_previous_ms") is not None]
        if pairs:
            axes.plot(
                [p["cycle_length_ms"] - p["apd90_ms"] for p in pairs],
                [p["apd90_previous_ms"] for p in pairs],
                "s",
                markersize=4,
                markerfacecolor="none",
                color=line.get_color(),
                label="the beat before",
            )
    _dress(axes, "diastolic interval (ms)", "APD90 (ms)")
    axes.legend(frameon=False, fontsize="small")


def _largest(points: list[dict], which: str, membrane: list[str]) -> list[str]:
    """Names of the membrane currents that get largest."""
    names = [name for name in points[0][which] if name in membrane] if membrane else list(points[0][which])
    sizes = {name: max(abs(p[which][name] or 0) for p in points) for name in names}
    return sorted(sizes, key=lambda name: -sizes[name])[:6]


def _clamp(axes: list[Axes], summary: dict, traces: list[_Trace]) -> None:
    membrane = [name for name in traces[0].current_names if traces[0].unit(name) == "A/F"] if traces else []
    points = summary["records"][0]["clamp"]
    for panel, which in zip(axes, ("peak", "late"), strict=True):
        for name in _largest(points, which, membrane):
            panel.plot([p["voltage_mv"] for p in points], [p[which][name] for p in points], "o-", markersize=4, label=name)
        panel.axhline(0, color="#888", linewidth=0.8)
        _dress(panel, "clamp potential (mV)", f"{which} current (A/F)")
        panel.legend(frameon=False, fontsize="small")


def _panels(summary: dict, traces: list[_Trace]) -> list:
    """What is drawn: functions of an Axes."""
    panels = []
    if "restitution" in summary["records"][0]:
        panels.append(lambda axes: _restitution(axes, summary))
    if traces:
        panels.append(lambda axes: _overlay(axes, traces, "V"))
        if "Cai" in traces[0]:
            panels.append(lambda axes: _overlay(axes, traces, "Cai"))
        one = {"voltage_clamp": len(traces) // 2, "pace": 0}.get(summary["protocol"], -1)
        panels.append(lambda axes: _currents(axes, traces[one]))
    return panels


def plot_cell(folder: Path, output: Path) -> str:
    """One picture of the study in a folder; what it shows in a line."""
    summary = json.loads((folder / "summary.json").read_text())
    path = folder / "traces.h5"
    if not path.is_file() and "restitution" not in summary["records"][0] and "clamp" not in summary["records"][0]:
        raise ResultsError(f"{folder}: there are no traces to draw (output.trace_beats is 0)")
    with h5py.File(path) if path.is_file() else h5py.File("none", "w", driver="core", backing_store=False) as file:
        traces = sorted((_Trace(group) for group in file.values()), key=lambda trace: trace.value or 0)
        panels = _panels(summary, traces)
        clamped = "clamp" in summary["records"][0]
        n = len(panels) + (2 if clamped else 0)
        columns = 2 if n > 1 else 1
        rows = -(-n // columns)
        figure, axes = pyplot.subplots(rows, columns, figsize=(6.2 * columns, 3.6 * rows), layout="constrained", squeeze=False)
        flat = list(axes.flat)
        for panel, draw in zip(flat, panels, strict=False):
            draw(panel)
        if clamped:
            _clamp(flat[len(panels) : n], summary, traces)
        for empty in flat[n:]:
            empty.set_visible(False)
    model = summary["model"]["title"]
    figure.suptitle(f"{summary['title'] or model} · {summary['protocol'].replace('_', ' ')}", weight="bold")
    figure.savefig(output, dpi=120, facecolor="white")
    pyplot.close(figure)
    return f"{summary['model']['name']}: {summary['protocol']}, {len(traces)} traces"

