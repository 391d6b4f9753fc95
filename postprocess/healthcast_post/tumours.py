"""Draw a tumour: slices through its densest place over the anatomy, and its volumes over time with its treatments."""

from __future__ import annotations

import json
from pathlib import Path

import matplotlib
import numpy as np
import pyvista as pv

from .results import Results, ResultsError, Traces

matplotlib.use("Agg")
from matplotlib import colors, pyplot  # noqa: E402
from matplotlib.axes import Axes  # noqa: E402
from matplotlib.cm import ScalarMappable  # noqa: E402
from matplotlib.figure import Figure  # noqa: E402
from matplotlib.lines import Line2D  # noqa: E402
from matplotlib.tri import Triangulation  # noqa: E402

# Name, the axis across, and those to the right and up.
PLANES = [("axial", 2, 0, 1), ("coronal", 1, 0, 2), ("sagittal", 0, 1, 2)]
AXES = "xyz"
FAINT = 0.01  # densities below are not coloured
LINES = {"visible": "#ffd23f", "enhancing": "#d7263d"}
ARROWS = 22  # of displacement, across a slice
STRESS = "YlOrRd"
MARKS = {"surgery": "#444444", "radiotherapy": "#7b4ea3", "chemotherapy": "#2a9d8f", "immunotherapy": "#e07a5f"}
DENSITY = colors.LinearSegmentedColormap.from_list("density", ["#3b4cc0", "#2fa4a0", "#a6d96a", "#fdae61", "#d7263d"])


def grid_of(results: Results) -> pv.UnstructuredGrid:
    """The mesh, with shades of grey for its cells."""
    mesh = results.mesh()
    n, corners = mesh.cells.shape
    cells = np.hstack([np.full((n, 1), corners, dtype=np.int64), mesh.cells]).ravel()
    grid = pv.UnstructuredGrid(cells, np.full(n, mesh.vtk_type, dtype=np.uint8), mesh.points)
    white = results.cell_map("white")
    grid.cell_data["shade"] = np.full(n, 0.8) if white is None else 0.55 + 0.35 * white
    return grid


def triangulation(piece: pv.PolyData, right: int, up: int) -> Triangulation:
    """A slice of triangles, seen along its normal."""
    triangles = piece.faces.reshape(-1, 4)[:, 1:]
    return Triangulation(piece.points[:, right], piece.points[:, up], triangles)


def _cut(
    axes: Axes, grid: pv.UnstructuredGrid, plane: tuple[str, int, int, int], place: np.ndarray
) -> tuple[pv.PolyData, Triangulation | None]:
    """A slice as triangles, with the panel's title; None where the plane misses the mesh."""
    name, across, right, up = plane
    normal = np.eye(3)[across]
    # not on a plane of nodes, where two layers of cells meet
    piece = grid.slice(normal=normal, origin=place + 1e-3 * normal)
    piece = piece.triangulate() if piece.n_cells else piece
    axes.set_title(f"{name}, {AXES[across]} = {place[across]:.0f} mm", fontsize=9, loc="left")
    axes.set_aspect("equal")
    axes.axis("off")
    return piece, triangulation(piece, right, up) if piece.n_cells else None


def _slice(
    axes: Axes, grid: pv.UnstructuredGrid, plane: tuple[str, int, int, int], place: np.ndarray, levels: dict
) -> None:
    """One slice: the anatomy in grey, the density in colour, isolines."""
    piece, mesh = _cut(axes, grid, plane, place)
    if mesh is None:
        return
    axes.tripcolor(mesh, facecolors=np.asarray(piece.cell_data["shade"]), cmap="gray", vmin=0, vmax=1, rasterized=True)
    density = np.asarray(piece.point_data["u"])
    if density.max() > FAINT:
        shown = np.linspace(FAINT, 1, 34)
        axes.tricontourf(mesh, density, levels=shown, cmap=DENSITY, vmin=0, vmax=1, alpha=0.75, extend="max")
    for kind, level in levels.items():
        if density.min() < level < density.max():
            axes.tricontour(mesh, density, levels=[level], colors=LINES[kind], linewidths=1.4)


def _strain(
    axes: Axes, grid: pv.UnstructuredGrid, plane: tuple[str, int, int, int], place: np.ndarray, most: float, edge: float
) -> None:
    """One slice: von Mises stress in colour, the displacement within the plane as arrows, the visible edge."""
    _, _, right, up = plane
    piece, mesh = _cut(axes, grid, plane, place)
    if mesh is None:
        return
    stress = np.asarray(piece.cell_data["von_mises"])
    axes.tripcolor(mesh, facecolors=stress, cmap=STRESS, vmin=0, vmax=most, rasterized=True)
    density = np.asarray(piece.point_data["u"])
    if density.min() < edge < density.max():
        axes.tricontour(mesh, density, levels=[edge], colors="#222222", linewidths=0.8)
    moved = np.asarray(piece.point_data["displacement"])
    chosen = _thinned(piece.points[:, [right, up]], np.ptp(piece.points, axis=0).max() / ARROWS)
    chosen = chosen[np.linalg.norm(moved[chosen], axis=1) > 0.05 * max(1e-30, np.linalg.norm(moved, axis=1).max())]
    axes.quiver(
        *piece.points[chosen][:, [right, up]].T,
        *moved[chosen][:, [right, up]].T,
        angles="xy",
        color="#1d3557",
        width=0.004,
    )


def _thinned(points: np.ndarray, spacing: float) -> np.ndarray:
    """Indices of one point in each square of a grid of that spacing."""
    return np.unique(np.floor(points / spacing).astype(np.int64), axis=0, return_index=True)[1]


def _chosen(results: Results, report: dict) -> list[int]:
    """The last frame before the treatments, and the last one."""
    times = results.times()
    if times.size == 0:
        raise ResultsError(f"{results.path}: there are no frames (output.every is 0 in the case)")
    first = min((event["day"] for event in report.get("treatments", [])), default=None)
    before = [] if first is None else [int(i) for i in np.flatnonzero(times <= first + 1e-6)[-1:]]
    return sorted({*before, len(times) - 1})


def _volumes(axes: Axes, traces: Traces, report: dict) -> None:
    shown = {"visible": LINES["visible"], "enhancing": LINES["enhancing"], "burden": "#222222", "necrosis": "#888888"}
    labels = {
        "visible": f"u > {report['thresholds']['visible']:g} (visible)",
        "enhancing": f"u > {report['thresholds']['enhancing']:g} (enhancing)",
        "burden": "cells at capacity (burden)",
    }
    for name, column in zip(traces.names, traces.values.T, strict=True):
        if name in shown:
            axes.plot(traces.times, column, color=shown[name], linewidth=1.6, label=labels.get(name, name))
    top = float(traces.values.max()) or 1.0
    heights = {kind: -(0.05 + 0.045 * i) * top for i, kind in enumerate(MARKS)}
    seen = []
    for event in report.get("treatments", []):
        kind = event["kind"]
        seen += [kind] if kind not in seen else []
        if kind == "immunotherapy":
            axes.plot([event["day"], event["end"]], 2 * [heights[kind]], color=MARKS[kind], linewidth=4)
        else:
            axes.plot(
                event["day"], heights[kind], marker="v" if kind == "surgery" else "|", color=MARKS[kind], markersize=6
            )
        if kind == "surgery":
            axes.axvline(event["day"], color=MARKS[kind], linewidth=0.8, linestyle=":")
    day = report.get("progression_day")
    if day is not None:
        axes.axvline(day, color=LINES["enhancing"], linewidth=0.8, linestyle="--")
        axes.text(day, top, " progression", color=LINES["enhancing"], fontsize=8, va="top")
    handles, names = axes.get_legend_handles_labels()
    handles += [
        Line2D([], [], color=MARKS[kind], marker="v" if kind == "surgery" else "|", linestyle="none") for kind in seen
    ]
    axes.legend(handles, names + seen, frameon=False, fontsize=8, loc="upper left")
    axes.set_xlabel(f"time ({traces.time_unit})")
    axes.set_ylabel(f"volume ({traces.unit})")
    axes.set_xlim(traces.times[0], traces.times[-1])
    axes.grid(alpha=0.3)
    axes.spines[["top", "right"]].set_visible(False)


def _bar(figure: Figure, axes: np.ndarray, label: str, colours: str | colors.Colormap, most: float) -> None:
    scale = ScalarMappable(norm=colors.Normalize(0, most), cmap=colours)
    figure.colorbar(scale, ax=list(axes), label=label, shrink=0.7, pad=0.01)


def _label(axes: Axes, text: str) -> None:
    where = {"transform": axes.transAxes, "va": "center", "ha": "right"}
    axes.text(-0.02, 0.5, text, rotation=90, weight="bold", **where)


def _strain_row(
    figure: Figure, axes: np.ndarray, grid: pv.UnstructuredGrid, place: np.ndarray, day: float, edge: float
) -> None:
    """What the tumour of the frame in the grid does to the tissue."""
    most = float(np.max(grid.cell_data["von_mises"])) or 1.0
    for panel, plane in zip(axes, PLANES, strict=True):
        _strain(panel, grid, plane, place, most, edge)
    largest = float(np.linalg.norm(grid.point_data["displacement"], axis=1).max())
    _label(axes[0], f"day {day:g}: at most {largest:.2g} mm")
    _bar(figure, axes, "von Mises stress (kPa)", STRESS, most)


def plot_tumour(results: Results, output: Path) -> str:
    """Draw the picture; returns a line that says what it shows."""
    report = json.loads((results.folder / "summary.json").read_text())
    traces = next((found for found in results.traces() if found.title == "burden"), None)
    frames = _chosen(results, report)
    grid, times = grid_of(results), results.times()
    strained = results.has_frames("displacement")
    rows = len(frames) + strained
    figure = pyplot.figure(figsize=(10, 3.4 * rows + 3), layout="constrained")
    parts = figure.add_gridspec(rows + 1, 3, height_ratios=[3.4] * rows + [2.6])
    levels = report["thresholds"]
    densest = None
    for row, frame in enumerate(frames):
        grid.point_data["u"] = results.frame("u", frame)
        if densest is None:
            weights = np.asarray(grid.point_data["u"]) ** 2
            densest = (np.asarray(grid.points) * weights[:, None]).sum(axis=0) / weights.sum()
        axes = np.array([figure.add_subplot(parts[row, k]) for k in range(3)])
        for panel, plane in zip(axes, PLANES, strict=True):
            _slice(panel, grid, plane, densest, levels)
        _label(axes[0], f"day {times[frame]:g}")
        _bar(figure, axes, "density", DENSITY, 1)
    if strained:
        grid.point_data["displacement"] = results.frame("displacement", frames[-1])
        grid.cell_data["von_mises"] = results.frame("von_mises", frames[-1])
        axes = np.array([figure.add_subplot(parts[rows - 1, k]) for k in range(3)])
        _strain_row(figure, axes, grid, densest, times[frames[-1]], levels["visible"])
    if traces is not None:
        _volumes(figure.add_subplot(parts[rows, :]), traces, report)
    figure.suptitle(report.get("title") or results.folder.resolve().name, weight="bold", fontsize=11)
    figure.savefig(output, dpi=130, facecolor="white")
    pyplot.close(figure)
    return f"tumour on days {', '.join(f'{times[i]:g}' for i in frames)}"
