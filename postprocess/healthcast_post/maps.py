"""Draw a nodal map (activation time, action potential duration) on the surface of its mesh."""

from __future__ import annotations

import ctypes
import os
import sys
from pathlib import Path

import matplotlib
import numpy as np
import pyvista as pv
from vtkmodules.vtkCommonCore import vtkLogger

from .results import Mesh, Results, ResultsError
from .views import View, choose

matplotlib.use("Agg")
from matplotlib import colors, pyplot  # noqa: E402

TITLES = {"activation": "Activation time"}
NO_VALUE = "#b8b8b8"
PIXELS = 1200  # along the diagonal of the mesh: the same scale in all views


def title_of(name: str) -> str:
    """What a map is called in a picture."""
    if name in TITLES:
        return TITLES[name]
    head, _, tail = name.rpartition("_")
    if tail.isdigit() and head in ("apd", "repolarisation"):
        return f"APD{tail}" if head == "apd" else f"Repolarisation time ({tail} %)"
    return name.replace("_", " ").capitalize()


def levels_of(values: np.ndarray, most: int = 24) -> np.ndarray:
    """Round levels that cover the values: steps of 1, 2, 5, 10, ... with at most `most` bands."""
    finite = values[np.isfinite(values)]
    if finite.size == 0:
        return np.array([0.0, 1.0])
    low, high = float(finite.min()), float(finite.max())
    if high - low < 1e-9 * max(abs(high), 1.0):
        return np.array([low - 0.5, high + 0.5])
    rough = (high - low) / most
    power = 10.0 ** np.floor(np.log10(rough))
    step = next(m * power for m in (1, 2, 5, 10) if m * power >= rough * (1 - 1e-9))
    return np.arange(np.floor(low / step + 1e-9), np.ceil(high / step - 1e-9) + 1) * step


def surface_of(mesh: Mesh, values: np.ndarray) -> pv.PolyData:
    """The boundary with the map on it."""
    head = np.full((len(mesh.cells), 1), mesh.cells.shape[1])
    types = np.full(len(mesh.cells), mesh.vtk_type)
    grid = pv.UnstructuredGrid(np.hstack([head, mesh.cells]).ravel(), types, mesh.points)
    grid.point_data["map"] = values
    surface = grid.extract_surface(algorithm="dataset_surface") if _takes_algorithm() else grid.extract_surface()
    return surface.triangulate()


def _takes_algorithm() -> bool:
    """Newer PyVista wants the algorithm of extract_surface named."""
    return tuple(int(x) for x in pv.__version__.split(".")[:2]) >= (0, 47)


def split(surface: pv.PolyData) -> tuple[pv.PolyData, pv.PolyData]:
    """Faces whose nodes all have a value, and the others."""
    known = np.isfinite(surface.point_data["map"])[surface.faces.reshape(-1, 4)[:, 1:]].all(axis=1)

    def part(mask: np.ndarray) -> pv.PolyData:
        faces = surface.faces.reshape(-1, 4)[mask]
        piece = pv.PolyData(surface.points, faces.ravel()) if len(faces) else pv.PolyData()
        if len(faces):
            piece.point_data["map"] = surface.point_data["map"]
        return piece

    return part(known), part(~known)


def _set_camera(plotter: pv.Plotter, points: np.ndarray, view: View) -> tuple[int, int]:
    """Parallel projection that fits the points; returns the size of the picture in pixels."""
    toward = view.toward / np.linalg.norm(view.toward)
    right = np.cross(view.up, toward)
    right = right / np.linalg.norm(right)
    up = np.cross(toward, right)
    along = points @ np.array([right, up, toward]).T
    low, high = along.min(axis=0), along.max(axis=0)
    centre = (0.5 * (low + high)) @ np.array([right, up, toward])
    size = np.maximum((high - low)[:2] * 1.04, 1e-9)
    diagonal = float(np.linalg.norm(np.ptp(points, axis=0)))
    plotter.camera.focal_point = centre
    plotter.camera.position = centre + toward * 10.0 * diagonal
    plotter.camera.up = up
    plotter.camera.parallel_projection = True
    plotter.camera.parallel_scale = 0.5 * size[1]
    scale = PIXELS / diagonal
    return max(int(size[0] * scale), 64), max(int(size[1] * scale), 64)


def require_graphics() -> None:
    """Say what to install where VTK would crash: without an X server it needs EGL or OSMesa."""
    if not sys.platform.startswith("linux") or os.environ.get("DISPLAY"):
        return
    for library in ("libEGL.so.1", "libOSMesa.so.8", "libOSMesa.so.6"):
        try:
            ctypes.CDLL(library)
        except OSError:
            continue
        return
    raise ResultsError(
        "pictures need OpenGL in software; on Debian: apt-get install libegl1 libegl-mesa0 libgl1-mesa-dri"
    )


def render(surface: pv.PolyData, view: View, levels: np.ndarray, cmap: colors.Colormap) -> np.ndarray:
    """One view as a picture (rows, columns, 3), cut to what is drawn, on white."""
    known, unknown = split(surface)
    vtkLogger.SetStderrVerbosity(vtkLogger.VERBOSITY_ERROR)  # no warning that there is no X server: none is needed
    plotter = pv.Plotter(off_screen=True, lighting="light kit")
    plotter.set_background("white")
    if unknown.n_points:
        plotter.add_mesh(unknown, color=NO_VALUE, smooth_shading=False)
    if known.n_points:
        style = {"cmap": cmap, "clim": (levels[0], levels[-1]), "show_scalar_bar": False}
        plotter.add_mesh(known, scalars="map", ambient=0.45, diffuse=0.65, specular=0.0, **style)
        lines = known.contour(levels[1:-1], scalars="map") if len(levels) > 2 else pv.PolyData()
        if lines.n_points:
            plotter.add_mesh(lines, color="black", line_width=1.5, lighting=False)
    width, height = _set_camera(plotter, np.asarray(surface.points), view)
    plotter.window_size = (width, height)
    plotter.enable_anti_aliasing("ssaa")
    plotter.renderer.ResetCameraClippingRange()
    picture = plotter.screenshot(return_img=True)
    plotter.close()
    return picture


def plot_map(results: Results, name: str, output: Path) -> str:
    """Draw the map to a PNG file; returns a line that says what it shows."""
    mesh = results.mesh()
    values, unit = results.map(name)
    require_graphics()
    surface = surface_of(mesh, values)
    views = choose(mesh, np.asarray(surface.points))
    levels = levels_of(values)
    cmap = colors.ListedColormap(pyplot.get_cmap("viridis")(np.linspace(0, 1, max(len(levels) - 1, 1))))
    pictures = [render(surface, view, levels, cmap) for view in views]
    figure = _compose(pictures, views, levels, cmap, _heading(name, unit, values, results), unit)
    figure.savefig(output, dpi=120, facecolor="white")
    pyplot.close(figure)
    finite = values[np.isfinite(values)]
    span = f"{finite.min():.4g} to {finite.max():.4g} {unit}".rstrip() if finite.size else "no values"
    return f"{title_of(name)}: {span}, {finite.size} of {values.size} nodes"


def _heading(name: str, unit: str, values: np.ndarray, results: Results) -> tuple[str, str]:
    """Title and a second line with what the colours cannot tell."""
    finite = np.isfinite(values)
    notes = [str(results.folder.resolve().name)]
    if finite.any():
        low, high = values[finite].min(), values[finite].max()
        notes.append(f"{low:.1f} to {high:.1f} {unit}".rstrip())
    if not finite.all():
        notes.append(f"grey: no value ({100 * (1 - finite.mean()):.1f} % of the nodes)")
    return title_of(name), " · ".join(notes)


def _compose(
    pictures: list[np.ndarray],
    views: list[View],
    levels: np.ndarray,
    cmap: colors.Colormap,
    heading: tuple[str, str],
    unit: str,
) -> pyplot.Figure:
    """Views side by side, a colour bar with its unit, a title."""
    widths = [p.shape[1] / max(q.shape[0] for q in pictures) for p in pictures]
    height = 4.6 if sum(widths) < 2.2 else 3.2
    extra = 1.7  # inches for the colour bar
    total = max(sum(widths) * height + extra, 6.0)
    figure = pyplot.figure(figsize=(total, height + 1.1))
    top = 1 - 1.0 / (height + 1.1)
    grid = figure.add_gridspec(
        1, len(pictures), width_ratios=widths, left=0.02, right=1 - extra / total, bottom=0.04, top=top, wspace=0.04
    )
    for i, (picture, view) in enumerate(zip(pictures, views, strict=True)):
        axes = figure.add_subplot(grid[0, i])
        axes.imshow(picture, interpolation="lanczos")
        axes.set_anchor("N")  # titles at one height
        axes.set_axis_off()
        axes.set_title(view.title, fontsize=12, color="#404040", pad=4)
    bar = figure.add_axes((1 - (extra - 0.25) / total, 0.1, 0.22 / total, top - 0.16))
    norm = colors.BoundaryNorm(levels, cmap.N) if len(levels) > 2 else colors.Normalize(levels[0], levels[-1])
    mapped = matplotlib.cm.ScalarMappable(norm=norm, cmap=cmap)
    colour_bar = figure.colorbar(mapped, cax=bar, ticks=levels[:: max(1, len(levels) // 12)])
    colour_bar.ax.tick_params(labelsize=11)
    colour_bar.ax.yaxis.set_major_formatter(matplotlib.ticker.FormatStrFormatter("%g"))
    colour_bar.set_label(f"{heading[0]} ({unit})" if unit else heading[0], fontsize=12)
    step = f"isochrones every {levels[1] - levels[0]:g} {unit}".rstrip() if unit == "ms" else ""
    figure.text(0.02, 1 - 0.32 / (height + 1.1), heading[0], fontsize=16, weight="bold")
    notes = " · ".join(filter(None, [heading[1], step]))
    figure.text(0.02, 1 - 0.6 / (height + 1.1), notes, fontsize=11, color="#404040")
    return figure
