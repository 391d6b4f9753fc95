"""Draw a calibration in a tissue: best fit and scan over the anatomy, probability of the next scan, volumes over time."""

from __future__ import annotations

from pathlib import Path

import h5py
import matplotlib
import numpy as np
import pyvista as pv

from .results import Results, ResultsError, text_of
from .tumours import AXES, DENSITY, FAINT, LINES, PLANES, grid_of, triangulation

matplotlib.use("Agg")
from matplotlib import colors, pyplot  # noqa: E402
from matplotlib.axes import Axes  # noqa: E402
from matplotlib.cm import ScalarMappable  # noqa: E402
from matplotlib.lines import Line2D  # noqa: E402

PROBABILITY = "Purples"
SCAN = "#ffffff"
LEVELS = {"visible": 0.5, "enhancing": 1.5}  # of the field `scan`
MARGIN = 25.0  # mm around what is to be seen


def _cut(grid: pv.UnstructuredGrid, across: int, place: np.ndarray) -> pv.PolyData | None:
    """A slice as triangles; not on a plane of nodes, where two layers of cells meet."""
    normal = np.eye(3)[across]
    piece = grid.slice(normal=normal, origin=place + 1e-3 * normal)
    return piece.triangulate() if piece.n_cells else None


def _line(axes: Axes, mesh: object, values: np.ndarray, level: float, colour: str, style: str) -> None:
    if np.nanmin(values) < level < np.nanmax(values):
        axes.tricontour(mesh, values, levels=[level], colors=[colour], linewidths=1.4, linestyles=[style])


def _panel(axes: Axes, grid: pv.UnstructuredGrid, plane: tuple, place: np.ndarray, box: np.ndarray, row: dict) -> None:
    """One slice: anatomy in grey, a field in colour, its isolines, the scan's outline."""
    name, across, right, up = plane
    axes.set_title(f"{name}, {AXES[across]} = {place[across]:.0f} mm", fontsize=9, loc="left")
    axes.set_aspect("equal")
    axes.axis("off")
    piece = _cut(grid, across, place)
    if piece is None:
        return
    mesh = triangulation(piece, right, up)
    axes.tripcolor(mesh, facecolors=np.asarray(piece.cell_data["shade"]), cmap="gray", vmin=0, vmax=1, rasterized=True)
    colour = np.asarray(piece.point_data[row["colour"]])
    if colour.max() > FAINT:
        axes.tricontourf(mesh, colour, levels=np.linspace(FAINT, 1, 34), cmap=row["map"], vmin=0, vmax=1, alpha=0.75,
                         extend="max")  # fmt: skip
    for kind, (field, level) in row["lines"].items():
        _line(axes, mesh, np.asarray(piece.point_data[field]), level, LINES[kind], "solid")
    if row["scan"]:
        shown = np.asarray(piece.point_data["scan"])
        for level in LEVELS.values():
            _line(axes, mesh, shown, level, SCAN, "dashed")
    axes.set_xlim(box[right])
    axes.set_ylim(box[up])


def _rows(summary: dict, fields: list[str], times: np.ndarray) -> list[dict]:
    """What each row of slices shows: the last scan that was used, then the last day that was predicted."""
    scans = {scan["day"]: scan for scan in summary["scans"]}
    used = [day for day, scan in scans.items() if not scan["held_out"]]
    threshold = {kind: summary["scans"][0][kind]["threshold"] for kind in LINES}
    density = {kind: ("u", threshold[kind]) for kind in LINES}
    rows = [{"day": used[-1], "title": "best fit", "colour": "u", "map": DENSITY, "label": "density", "lines": density,
             "scan": True}]  # fmt: skip
    if summary["predictions"]:
        day = summary["predictions"][-1]["day"]
        held_out = [p["day"] for p in summary["predictions"] if p["day"] in scans]
        day = held_out[-1] if held_out else day
        row = {"day": day, "title": "prediction", "colour": "u", "map": DENSITY, "label": "density", "lines": density}
        if "probability_visible" in fields:
            lines = {kind: (f"probability_{kind}", 0.5) for kind in LINES}
            row |= {"colour": "probability_visible", "map": PROBABILITY, "label": "probability: visible", "lines": lines}
        rows.append(row | {"scan": day in scans})
    for row in rows:
        row["frame"] = int(np.argmin(np.abs(times - row["day"])))
    return rows


def _load(grid: pv.UnstructuredGrid, results: Results, fields: list[str], frame: int) -> None:
    for field in fields:
        grid.point_data[field] = results.frame(field, frame)


def _window(grid: pv.UnstructuredGrid, threshold: float) -> tuple[np.ndarray, np.ndarray]:
    """The middle of the tumour, and a box around it that stays on the anatomy."""
    points, density = np.asarray(grid.points), np.asarray(grid.point_data["u"])
    seen = density > threshold if np.any(density > threshold) else density >= density.max()
    seen |= np.nan_to_num(np.asarray(grid.point_data["scan"])) > 0
    low, high = points[seen].min(axis=0) - MARGIN, points[seen].max(axis=0) + MARGIN
    weights = density**2
    middle = (points * weights[:, None]).sum(axis=0) / weights.sum()
    return middle, np.stack([np.maximum(low, points.min(axis=0)), np.minimum(high, points.max(axis=0))], axis=1)


def _volumes(axes: Axes, file: h5py.File, summary: dict) -> None:
    """Both volumes over time: bands of the posterior, the best fit, and scans (held-out ones are open)."""
    curve, held_out = file["curve"], np.asarray(file["scans/held_out"]) > 0
    days = np.asarray(curve["day"])
    colour = {"visible": "#c99400", "enhancing": LINES["enhancing"]}
    for kind in LINES:
        data = {part: np.asarray(curve[f"{kind}_{part}"]) for part in ("low", "high", "scan_low", "scan_high", "median")}
        axes.fill_between(days, data["scan_low"], data["scan_high"], color=colour[kind], alpha=0.12, linewidth=0)
        axes.fill_between(days, data["low"], data["high"], color=colour[kind], alpha=0.3, linewidth=0)
        axes.plot(days, data["median"], color=colour[kind], linewidth=1.6, label=kind)
        volumes = np.asarray(file["scans"][kind])
        scans = np.asarray(file["scans/day"])
        axes.plot(scans[~held_out], volumes[~held_out], "o", color=colour[kind], markeredgecolor="black", markersize=5)
        axes.plot(scans[held_out], volumes[held_out], "o", color="white", markeredgecolor=colour[kind], markersize=6,
                  markeredgewidth=1.6)  # fmt: skip
        if "predictions" in file:
            p = file["predictions"]
            middle = np.asarray(p[f"{kind}_median"])
            spread = np.vstack([middle - np.asarray(p[f"{kind}_scan_low"]), np.asarray(p[f"{kind}_scan_high"]) - middle])
            axes.errorbar(np.asarray(p["day"]), middle, spread, fmt="none", color=colour[kind], capsize=4)
    handles, names = axes.get_legend_handles_labels()
    handles += [Line2D([], [], marker="o", color="grey", linestyle="none"),
                Line2D([], [], marker="o", color="white", markeredgecolor="grey", linestyle="none")]  # fmt: skip
    axes.legend(handles, [*names, "scans", "held-out scans"], frameon=False, fontsize=8)
    axes.set_xlabel("time (days)")
    axes.set_ylabel("volume (mL)")
    axes.set_ylim(bottom=0)
    axes.set_title(f"bands: {100 * summary['level']:g} % of tumours (dark), of scans (light)", fontsize=9, loc="left")
    axes.grid(alpha=0.3)
    axes.spines[["top", "right"]].set_visible(False)


def _unknown(axes: Axes, file: h5py.File, name: str, unknown: dict) -> None:
    """Samples of an unknown, or its interval where there are none."""
    if "samples" in file:
        samples = file["samples"][name]
        unit = text_of(samples.attrs["unit"])
        axes.hist(np.asarray(samples), bins=20, color="#2a6fb0", alpha=0.75)
        name = name if unit in ("", "1") else f"{name} ({unit})"
    else:
        axes.axvspan(unknown["low"], unknown["high"], color="#2a6fb0", alpha=0.3)
    axes.axvline(unknown["best"], color="black", linewidth=1)
    if "truth" in unknown:
        axes.axvline(unknown["truth"], color="#c0392b", linewidth=1.5)
    axes.set_xlabel(name, fontsize=8)
    axes.set_yticks([])
    axes.tick_params(labelsize=7)
    axes.spines[["top", "right", "left"]].set_visible(False)


def plot_tissue_calibration(folder: Path, summary: dict, output: Path) -> str:
    """Draw the picture; returns a line that says what it shows."""
    if not (folder / "results.h5").is_file():
        raise ResultsError(f"{folder}/results.h5: there is no such file")
    results = Results(folder)
    grid, times = grid_of(results), results.times()
    fields = ["u", "scan"] + (["probability_visible", "probability_enhancing"] if "ensemble" in summary else [])
    rows = _rows(summary, fields, times)
    names = list(summary["unknowns"])
    figure = pyplot.figure(figsize=(11, 3.4 * len(rows) + 4.4), layout="constrained")
    parts = figure.add_gridspec(len(rows) + 2, 1, height_ratios=[3.4] * len(rows) + [2.8, 1.2])
    _load(grid, results, fields, rows[-1]["frame"])
    place, box = _window(grid, min(level for _, level in rows[0]["lines"].values()))
    for number, row in enumerate(rows):
        _load(grid, results, fields, row["frame"])
        panels = parts[number].subgridspec(1, 3)
        axes = [figure.add_subplot(panels[k]) for k in range(3)]
        for panel, plane in zip(axes, PLANES, strict=True):
            _panel(panel, grid, plane, place, box, row)
        axes[0].text(-0.02, 0.5, f"day {row['day']:g}: {row['title']}", transform=axes[0].transAxes, rotation=90,
                     va="center", ha="right", weight="bold")  # fmt: skip
        scale = ScalarMappable(norm=colors.Normalize(0, 1), cmap=row["map"])
        figure.colorbar(scale, ax=axes, label=row["label"], shrink=0.7, pad=0.01)
    with h5py.File(folder / "calibration.h5") as file:
        _volumes(figure.add_subplot(parts[len(rows)]), file, summary)
        panels = parts[len(rows) + 1].subgridspec(1, len(names))
        for column, name in enumerate(names):
            _unknown(figure.add_subplot(panels[column]), file, name, summary["unknowns"][name])
    figure.suptitle(f"{summary['title'] or 'Calibration in a tissue'}\nyellow: visible, red: enhancing, dashed: scan",
                    weight="bold", fontsize=11)  # fmt: skip
    figure.savefig(output, dpi=130, facecolor="white")
    pyplot.close(figure)
    return f"calibration in a tissue: {len(names)} unknowns, {len(summary['scans'])} scans"
