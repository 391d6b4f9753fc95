"""Draw a cohort: members and what they cost, quantities by arm or stratum, parameters against quantities, fields."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import h5py
import matplotlib
import matplotlib.ticker
import numpy as np

from . import cohort
from .results import Mesh, ResultsError, mesh_of

matplotlib.use("Agg")
from matplotlib import colors, pyplot  # noqa: E402
from matplotlib.axes import Axes  # noqa: E402

if TYPE_CHECKING:
    import xarray as xr

PALETTE = ("#2a6fb0", "#c0392b", "#3a9a5b", "#8e5bb5", "#d98c1f", "#4bb3c2", "#7a5c45", "#555555")
GREY = "#b0b0b0"
MOST_PANELS = 12
MOST_POINTS = 5000


def dress(axes: Axes, x: str = "", y: str = "", title: str = "") -> None:
    """Labels and the look that all panels share."""
    axes.set_xlabel(x)
    axes.set_ylabel(y)
    if title:
        axes.set_title(title, loc="left", fontsize=11)
    axes.grid(alpha=0.3)
    axes.set_axisbelow(True)
    axes.spines[["top", "right"]].set_visible(False)


def label(name: str, unit: str) -> str:
    """A name with its unit, which is not said twice."""
    for ending in (f"_{unit}", f"_{unit.replace('/', '_per_')}".lower()):
        if unit and name.lower().endswith(ending.lower()):
            name = name[: -len(ending)]
    return f"{name} ({unit})" if unit and unit != "1" else name


def good(data: xr.Dataset) -> np.ndarray:
    """Members that are done and accepted."""
    return np.asarray((data.status == "done") & data.accepted)


def _save(figure: pyplot.Figure, output: Path, title: str) -> None:
    figure.suptitle(title, x=0.01, ha="left", weight="bold")
    figure.savefig(output, dpi=110, facecolor="white")
    pyplot.close(figure)


def _axes(n: int, width: float = 4.2, height: float = 3.2, most: int = 4) -> tuple[pyplot.Figure, list[Axes]]:
    columns = min(n, most)
    rows = -(-n // columns)
    size = (max(width * columns, 6.0), height * rows + 0.5)
    figure, axes = pyplot.subplots(rows, columns, figsize=size, layout="constrained", squeeze=False)
    for spare in axes.ravel()[n:]:
        spare.set_axis_off()
    return figure, list(axes.ravel()[:n])


def counts(data: xr.Dataset) -> str:
    """One line: how many are done, failed and accepted."""
    total = max(int(data.manifest.get("members", 0)), data.sizes["member"])
    done = int((data.status == "done").sum())
    others = [f"{int((data.status == s).sum())} {s}" for s in cohort.STATUS[2:] if (data.status == s).any()]
    first = np.asarray(data.arm_number == 0)
    rejected = int((first & ~good(data)).sum()) * (len(data.manifest.get("arms") or [0]) - 1)
    absent = total - data.sizes["member"]
    left_out = min(rejected, absent)
    others += [f"{left_out} left out: the patient was not accepted"] if left_out else []
    others += [f"{absent - left_out} not there yet"] if absent > left_out else []
    notes = f" ({', '.join(others)})" if others else ""
    return f"{done} of {total} members are done{notes}, {int(good(data).sum())} are accepted"


def _duration(seconds: float) -> str:
    for unit, length in (("hours", 3600.0), ("minutes", 60.0)):
        if seconds >= 2 * length:
            return f"{seconds / length:.3g} {unit}"
    return f"{seconds:.3g} s"


def _members(data: xr.Dataset, output: Path) -> None:
    """Status as bars, cost as a histogram and by arm."""
    figure, (left, right) = _axes(2, 5.4, 3.6)
    words = [s for s in cohort.STATUS[1:] if s == "done" or (data.status == s).any()]
    accepted = [int(((data.status == s) & data.accepted).sum()) for s in words]
    all_ = [int((data.status == s).sum()) for s in words]
    left.barh(words, all_, height=0.5, color=GREY, label="not accepted")
    left.barh(words, accepted, height=0.5, color=PALETTE[0], label="accepted")
    for i, n in enumerate(all_):
        left.annotate(f" {n}", (n, i), va="center")
    left.invert_yaxis()
    left.margins(x=0.15, y=0.3)
    if accepted != all_:
        left.legend(frameon=False, fontsize="small", loc="lower right", bbox_to_anchor=(1, 1), ncols=2)
    dress(left, "members", "", "Status")
    seconds = np.asarray(data.seconds)
    seconds = seconds[np.isfinite(seconds) & (seconds > 0)]
    if seconds.size:
        spread = seconds.max() / seconds.min()
        bins = np.geomspace(seconds.min(), seconds.max(), 40) if spread > 20 else 40
        right.hist(seconds, bins=bins, color=PALETTE[0])
        if spread > 20:
            right.set_xscale("log")
            right.xaxis.set_minor_formatter(matplotlib.ticker.NullFormatter())
            right.xaxis.set_major_formatter(matplotlib.ticker.FormatStrFormatter("%g"))
        right.axvline(seconds.mean(), color=PALETTE[1], linewidth=1.5, label=f"mean {seconds.mean():.3g} s")
        right.legend(frameon=False, fontsize="small")
    dress(right, "wall clock a member (s)", "members", f"Cost: {_duration(seconds.sum())} in all")
    _save(figure, output, f"{data.attrs.get('title') or 'Cohort'}: {counts(data)}")


def groups(data: xr.Dataset) -> tuple[str, list[str]]:
    """What members are told apart by: arms, or strata if there is one arm."""
    for by in ("arm", "stratum"):
        numbers, first = np.unique(data[f"{by}_number"], return_index=True)
        if len(numbers) > 1:
            return by, [str(data[by].values[i]) for i in first]
    return "", []


def _histogram(axes: Axes, values: np.ndarray, sets: list[tuple[str, np.ndarray, str]]) -> None:
    finite = values[np.isfinite(values)]
    count = int(np.clip(2 * np.sqrt(finite.size), 8, 40))
    bins = np.histogram_bin_edges(finite, bins=count) if np.ptp(finite) > 0 else 10
    parts = [values[mask & np.isfinite(values)] for _, mask, _ in sets]
    if len(sets) <= 2 and {name for name, _, _ in sets} <= {"accepted", "rejected"}:
        axes.hist(parts, bins=bins, stacked=True, color=[c for _, _, c in sets], label=[name for name, _, _ in sets])
        return
    for part, (name, _, colour) in zip(parts, sets, strict=True):
        axes.hist(part, bins=bins, label=name, color=colour, histtype="step", linewidth=1.6)


def _ranges(axes: Axes, values: np.ndarray, sets: list[tuple[str, np.ndarray, str]]) -> None:
    """Median and 5 to 95 % of many sets, one below the other."""
    for i, (_, mask, _) in enumerate(sets):
        inside = values[mask & np.isfinite(values)]
        if inside.size:
            low, middle, high = np.percentile(inside, (5, 50, 95))
            axes.plot((low, high), (i, i), color=PALETTE[0], linewidth=1.5)
            axes.plot(middle, i, "o", color=PALETTE[0], markersize=3)
    axes.set_yticks(range(len(sets)), [name for name, _, _ in sets], fontsize=6 if len(sets) > 30 else 8)
    axes.invert_yaxis()
    axes.margins(y=0.01)


def _quantities(data: xr.Dataset, output: Path) -> None:
    values = np.asarray(data.quantities)
    shown = [i for i in range(values.shape[1]) if np.isfinite(values[:, i]).any()][:MOST_PANELS]
    by, names = groups(data)
    inside, done = good(data), np.asarray(data.status == "done")
    sets = [(name, inside & (np.asarray(data[by]) == name), PALETTE[i % 8]) for i, name in enumerate(names)]
    many = len(sets) > len(PALETTE)
    sets = sets or [("accepted", inside, PALETTE[0])]
    if not many and (done & ~inside).any():
        sets = [*sets, ("rejected", done & ~inside, GREY)]
    figure, panels = _axes(len(shown), height=max(3.2, 0.11 * len(sets)) if many else 3.2)
    for axes, i in zip(panels, shown, strict=True):
        name = label(str(data.quantity.values[i]), str(data.quantity_unit.values[i]))
        (_ranges if many else _histogram)(axes, values[:, i], sets)
        dress(axes, name, "" if many else "members")
    if len(sets) > 1 and not many:
        panels[0].legend(frameon=False, fontsize="small")
    what = f"by {by}" if by else "of the cohort"
    notes = ": median and 5 to 95 % of accepted members" if many else ""
    left_out = f" (the first {MOST_PANELS} of {values.shape[1]})" if values.shape[1] > MOST_PANELS else ""
    _save(figure, output, f"Quantities {what}{notes}{left_out}")


def rank_correlation(x: np.ndarray, y: np.ndarray) -> float:
    """Spearman's, of the pairs where both are numbers; 0 if one of them does not vary."""
    both = np.isfinite(x) & np.isfinite(y)
    if both.sum() < 3 or np.ptp(x[both]) == 0 or np.ptp(y[both]) == 0:
        return 0.0

    def ranks(v: np.ndarray) -> np.ndarray:
        _, inverse, n = np.unique(v, return_inverse=True, return_counts=True)
        return (np.cumsum(n) - 0.5 * (n + 1))[inverse]  # ties share their mean rank

    return float(np.corrcoef(ranks(x[both]), ranks(y[both]))[0, 1])


def _parameters(data: xr.Dataset, output: Path) -> None:
    """Scatter of the parameters (columns) that matter most to the quantities (rows)."""
    inside, done = good(data), np.asarray(data.status == "done")
    x, y = np.asarray(data.parameters), np.asarray(data.quantities)
    table = np.array(
        [[rank_correlation(x[inside, p], y[inside, q]) for p in range(x.shape[1])] for q in range(y.shape[1])]
    )
    quantities = [q for q in range(y.shape[1]) if np.nanstd(y[inside, q]) > 0][:6]
    columns = sorted(np.argsort(-np.abs(table[quantities]).max(axis=0))[:6]) if quantities else []
    if not columns:
        return
    by, names = groups(data)
    colours = {n: PALETTE[i % 8] for i, n in enumerate(names)} if 1 < len(names) <= 8 else {}
    rows = np.random.default_rng(0).permutation(len(x))[:MOST_POINTS]
    figure, panels = _axes(len(quantities) * len(columns), 2.6, 2.2, len(columns))
    point = np.array([colours.get(str(n), PALETTE[0]) for n in data[by].values]) if by else np.full(len(x), PALETTE[0])
    for k, axes in enumerate(panels):
        q, p = quantities[k // len(columns)], columns[k % len(columns)]
        out, in_ = rows[done[rows] & ~inside[rows]], rows[inside[rows]]
        axes.scatter(x[out, p], y[out, q], s=3, color=GREY, linewidths=0, alpha=0.6)
        axes.scatter(x[in_, p], y[in_, q], s=3, c=point[in_], linewidths=0, alpha=0.6)
        last, first = k // len(columns) == len(quantities) - 1, k % len(columns) == 0
        about = (label(str(data.parameter.values[p]), str(data.parameter_unit.values[p])) if last else "",
                 label(str(data.quantity.values[q]), str(data.quantity_unit.values[q])) if first else "")  # fmt: skip
        dress(axes, *about)
        axes.annotate(
            f"ρ = {table[q, p]:.2f}", (0.97, 0.95), xycoords="axes fraction", ha="right", va="top", fontsize=8
        )
    notes = "ρ: rank correlation" + (", grey: rejected" if (done & ~inside).any() else "")
    for name, colour in colours.items():
        panels[0].plot([], [], "o", color=colour, markersize=4, label=name)
    if colours:
        figure.legend(
            *panels[0].get_legend_handles_labels(), loc="outside right upper", frameon=False, fontsize="small"
        )
    _save(figure, output, f"Parameters against quantities ({notes})")


def _mesh(folder: Path, width: int) -> Mesh | None:
    """The mesh that members share, if it is there and has a node for each value."""
    path = folder / "mesh.h5"
    if not path.is_file():
        return None
    with h5py.File(path, "r") as file:
        mesh = mesh_of(file) if "VTKHDF" in file else None
    return mesh if mesh is not None and len(mesh.points) == width else None


def _field(path: Path, data: xr.Dataset, name: str, output: Path) -> str:
    """Mean and standard deviation over members: on the mesh, or along the field's numbers."""
    folder = path if path.is_dir() else path.parent
    unit = data.attrs["fields"][name]
    mean, sd, n = cohort.field_statistics(path, name)
    mesh = _mesh(folder, mean.size)
    if mesh is None:
        figure, (axes,) = _axes(1, 8, 3.6)
        index = np.arange(mean.size)
        axes.fill_between(index, mean - sd, mean + sd, color=PALETTE[0], alpha=0.25, linewidth=0, label="± SD")
        axes.plot(index, mean, color=PALETTE[0], linewidth=1.2, label="mean")
        axes.legend(frameon=False, fontsize="small")
        dress(axes, "number in the field", label(name, unit))
        _save(figure, output, f"{name} over {n.max()} members")
    else:
        _maps(mesh, {"mean": mean, "standard deviation": sd}, f"{name} over {n.max()} members", unit, output)
    return f"{name}: mean {np.nanmin(mean):.4g} to {np.nanmax(mean):.4g}, SD up to {np.nanmax(sd):.3g} {unit}".rstrip()


def _maps(mesh: Mesh, maps: dict[str, np.ndarray], title: str, unit: str, output: Path) -> None:
    """The maps one below the other, each from all views."""
    from .maps import levels_of, render, require_graphics, surface_of  # VTK takes a second to load
    from .views import choose

    require_graphics()
    figure = None
    for row, (what, values) in enumerate(maps.items()):
        surface, levels = surface_of(mesh, values), levels_of(values)
        views = choose(mesh, np.asarray(surface.points))
        cmap = colors.ListedColormap(pyplot.get_cmap("viridis")(np.linspace(0, 1, max(len(levels) - 1, 1))))
        pictures = [render(surface, view, levels, cmap) for view in views]
        if figure is None:
            size = (4.6 * len(views) + 1, 4.4 * len(maps))
            figure, panels = pyplot.subplots(len(maps), len(views), figsize=size, layout="constrained", squeeze=False)
        for axes, picture, view in zip(panels[row], pictures, views, strict=True):
            axes.imshow(picture, interpolation="lanczos")
            axes.set_axis_off()
            axes.set_title(f"{what}, {view.title}" if view.title else what, fontsize=11)
        norm = colors.BoundaryNorm(levels, cmap.N) if len(levels) > 2 else colors.Normalize(levels[0], levels[-1])
        bar = figure.colorbar(matplotlib.cm.ScalarMappable(norm, cmap), ax=list(panels[row]), shrink=0.8)
        bar.set_label(f"{what} ({unit})" if unit else what)
    _save(figure, output, title)


def plot_cohort(path: Path, folder: Path) -> list[str]:
    """All pictures of a cohort into the folder; the lines to print."""
    data = cohort.load(path)
    if not data.sizes["member"]:
        raise ResultsError(f"{path}: no member is there yet")
    folder.mkdir(parents=True, exist_ok=True)
    lines = [counts(data)]
    pictures = {"members": _members}
    if good(data).any() and data.sizes["quantity"]:
        pictures["quantities"] = _quantities
        if data.sizes["parameter"] and good(data).sum() > 2:
            pictures["parameters"] = _parameters
    for name, draw in pictures.items():
        draw(data, folder / f"{name}.png")
        lines.append(str(folder / f"{name}.png"))
    if good(data).any():
        for name in data.attrs["fields"]:
            output = folder / f"field_{name}.png"
            lines += [_field(path, data, name, output), str(output)]
    return lines
