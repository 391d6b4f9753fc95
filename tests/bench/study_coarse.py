#!/usr/bin/env python3
"""The study of coarse meshes: docs/coarse-meshes.md tells what it finds.

    tests/bench/study_coarse.py all --figures docs/figures      every table (Markdown) and figure
    tests/bench/study_coarse.py velocity pathology              some parts:

velocity   1D: error of the velocity, undershoot and work of every scheme          coarse_velocity.png
step       1D: splitting, reaction and diffusion steps against the time step       coarse_step.png
restore    1D: what restores the velocity: tau, beta(h / sqrt D), factor on D      coarse_restore.png
pathology  1D: action potential duration, electrotonic length, conduction block
slab       3D: the N-version benchmark in `healthcast run`, time to accuracy       coarse_slab.png
check      the cable of study_cable and a bar in `healthcast run` agree to 0.1 %

Results are kept in --results and not computed again: remove the folder after changing the programs.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import math
import os
import shutil
import subprocess
import sys
from pathlib import Path

import numpy as np

SOURCE = Path(__file__).resolve().parents[2]
FIBRE, SHEET = 0.0953, 0.01257  # mm2/ms, of the N-version benchmark
CASES = [(0.2, FIBRE), (0.5, FIBRE), (0.2, SHEET), (0.5, SHEET)]
ETAS = [0.3, 0.5, 0.65, 1, 1.3, 1.62, 2, 2.5, 3, 3.5, 4, 4.46, 5, 6]
MODELS = ["ttp06_epi", "torord19_endo", "grandi10_epi", "courtemanche98", "luo_rudy91", "bueno_orovio08_epi"]
TAU = 0.35  # ms: the default of diffusion.upstroke
P8 = 42.8  # ms, converged: docs/verification.md

# name: options of study_cable
SCHEMES = {
    "lumped": {},
    "consistent": {"mass": "blend"},
    "blend, half lumped": {"mass": "blend", "share": 0.5},
    "corrected, theta 0.5 (4th-order symbol)": {"mass": "corrected", "theta": 0.5},
    "corrected, theta 1": {"mass": "corrected", "theta": 1},
    "corrected, theta 1.5": {"mass": "corrected", "theta": 1.5},
    "corrected, theta 2": {"mass": "corrected", "theta": 2},
    "corrected, theta 3": {"mass": "corrected", "theta": 3},
    "corrected, two terms": {"mass": "corrected", "theta": 1, "theta2": 1},
    "6th-order symbol": {"mass": "corrected", "theta": 0.5, "theta2": 0.4},
    "spectral diffusion": {"mass": "spectral"},
    "adapted, tau 0.35": {"mass": "adapted", "tau": TAU},
    "consistent, current lumped": {"mass": "blend", "load": "blend", "beta": 0},
    "lumped, current 2/3 consistent": {"load": "blend", "beta": 0.667},
    "lumped, current 3/4 consistent": {"load": "blend", "beta": 0.75},
    "lumped, current consistent": {"load": "blend", "beta": 1},
    "consistent, SVI": {"mass": "blend", "current": "svi"},
    "lumped, SVI": {"current": "svi"},
    "lumped, SVI at the front": {"current": "svi", "front": 5},
    "lumped, SVI at the front, 4 points": {"current": "svi", "front": 5, "points": 4},
    "theta 1, SVI at the front": {"mass": "corrected", "current": "svi", "front": 5},
    "moved quadrature, xi 0.82, SVI": {"mass": "blend", "share": 0.5, "current": "svi", "xi": math.sqrt(2 / 3)},
    "consistent, cells at Gauss points": {"mass": "blend", "current": "quadrature"},
    "lumped, cells at Gauss points": {"current": "quadrature"},
    "lumped, cells at Gauss points of the front": {"current": "quadrature", "front": 5},
    "P2, lumped (Simpson)": {"degree": 2},
    "P2, consistent": {"degree": 2, "mass": "blend"},
    "P2, consistent, SVI, 3 points": {"degree": 2, "mass": "blend", "current": "svi", "points": 3},
    "P2, lumped, cells at 3 points": {"degree": 2, "current": "quadrature", "points": 3},
}


class Study:
    """The two programs, with a memory of what they gave."""

    def __init__(self, options: argparse.Namespace):
        self.options = options
        options.results.mkdir(parents=True, exist_ok=True)

    def cable(self, **keys) -> dict:
        words = [word for key, value in sorted(keys.items()) for word in (f"--{key}", f"{value:.10g}" if isinstance(value, float) else str(value))]
        path = self.options.results / (hashlib.sha256(" ".join(words).encode()).hexdigest()[:24] + ".json")
        if not path.exists():
            run = subprocess.run([self.options.study_cable, *words], capture_output=True, text=True)
            if run.returncode:
                raise SystemExit(run.stderr)
            names, values = (line.split(",") for line in run.stdout.splitlines())
            path.write_text(json.dumps(dict(zip(names, values))))
        return {name: number(value) for name, value in json.loads(path.read_text()).items()}

    def velocity(self, **keys) -> float:
        return self.cable(**keys)["velocity"]

    def fine(self, dt: float = 0.01, model: str = "ttp06_epi", **keys) -> float:
        """Velocity / sqrt(D) on a mesh that resolves the front, at this step."""
        return self.velocity(h=0.02, d=FIBRE, dt=dt, model=model, **keys) / math.sqrt(FIBRE)

    def converged(self) -> float:
        """The same for step and mesh to zero: first order in dt, second in h."""
        at = {(h, dt): self.velocity(h=h, d=FIBRE, dt=dt) / math.sqrt(FIBRE) for h, dt in [(0.02, 0.005), (0.02, 0.0025), (0.01, 0.005)]}
        return 2 * at[0.02, 0.0025] - at[0.02, 0.005] + (at[0.01, 0.005] - at[0.02, 0.005]) * 4 / 3

    def healthcast(self, name: str, case: Path, settings: dict, ranks: int) -> dict:
        folder = self.options.results / name
        summary = folder / "summary.json"
        if not summary.exists() or json.loads(summary.read_text())["status"] != "finished":
            command = [self.options.healthcast, "run", str(case), "--quiet", "--restart", "--output", str(folder)]
            if ranks > 1:
                root = ["--allow-run-as-root"] if os.geteuid() == 0 else []
                command = [self.options.mpiexec, *root, "--oversubscribe", "-n", str(ranks), *command]
            for key, value in settings.items():
                command += ["--set", f"{key}={value}"]
            run = subprocess.run(command, capture_output=True, text=True)
            if run.returncode:
                return {"failed": run.stderr.strip().splitlines()[-1] if run.stderr.strip() else "failed"}
        return json.loads(summary.read_text())


def number(value: str) -> float | str:
    try:
        return float(value)
    except ValueError:
        return value


def percent(value: float, reference: float) -> float:
    return 100 * (value / reference - 1)


def bisect(function, low: float, high: float, steps: int = 14) -> float:
    """A root of a function that changes sign; NAN if it does not."""
    at_low = function(low)
    if at_low * function(high) > 0:
        return math.nan
    for _ in range(steps):
        middle = 0.5 * (low + high)
        if function(middle) * at_low > 0:
            low = middle
        else:
            high = middle
    return 0.5 * (low + high)


def figure(rows: int, columns: int, size: tuple[float, float], **keys):
    import matplotlib

    matplotlib.use("Agg")
    import matplotlib.pyplot as plt

    return plt.subplots(rows, columns, figsize=size, layout="constrained", squeeze=False, **keys)


def velocity(study: Study) -> None:
    """Every scheme at 0.2 and 0.5 mm, along and across the fibres."""
    fine = study.fine()
    print(f"\nConverged in space, dt 0.01 ms: v = {fine:.3f} sqrt(D): {fine * math.sqrt(FIBRE):.4f} and {fine * math.sqrt(SHEET):.4f} mm/ms\n")
    print("| scheme | velocity error (%) at h / sqrt(D) = " + " / ".join(f"{h / math.sqrt(d):.2f}" for h, d in CASES) + " | largest undershoot (mV) | largest Euler step / that of lumped | cell evaluations a node-step | products + solves a step |")
    print("|---|---|---|---|---|---|")
    lumped = study.cable(h=0.2, d=FIBRE, dt=0.01)["eigenvalue"]
    for name, keys in SCHEMES.items():
        runs = [study.cable(h=h, d=d, dt=0.01, **keys) for h, d in CASES]
        errors = " / ".join(f"{percent(run['velocity'] / math.sqrt(run['d']), fine):+.0f}" for run in runs)
        first = runs[0]
        solves = f" + {first['solves']:.0f}" if first["solves"] else ""
        print(f"| {name} | {errors} | {max(run['undershoot'] for run in runs):.1f} | {lumped / first['eigenvalue']:.2f} | {first['evaluations']:.2f} | {first['products']:.0f}{solves} |")
    if study.options.figures:
        draw_velocity(study, fine)


def draw_velocity(study: Study, fine: float) -> None:
    left = ["lumped", "consistent", "corrected, theta 1", "corrected, theta 2", "spectral diffusion", "P2, consistent", "adapted, tau 0.35"]
    right = ["lumped", "lumped, current 2/3 consistent", "lumped, current 3/4 consistent", "lumped, current consistent", "lumped, SVI at the front", "theta 1, SVI at the front", "lumped, cells at Gauss points"]
    drawing, axes = figure(2, 2, (11, 7.5), sharex=True, sharey="row")
    for column, names in enumerate([left, right]):
        for name in names:
            runs = [study.cable(h=eta * math.sqrt(FIBRE), d=FIBRE, dt=0.01, **SCHEMES[name]) for eta in ETAS]
            style = {"marker": ".", "linewidth": 2.5 if name.startswith("adapted") else 1.3, "color": "k" if name == "lumped" else None, "label": name}
            axes[0][column].plot(ETAS, [percent(run["velocity"] / math.sqrt(FIBRE), fine) for run in runs], **style)
            axes[1][column].plot(ETAS, [run["undershoot"] for run in runs], **style)
        for h, d, where in [(0.2, FIBRE, "0.2 mm, fibre"), (0.5, FIBRE, "0.5 mm, fibre"), (0.5, SHEET, "0.5 mm, sheet")]:
            for axis in axes[:, column]:
                axis.axvline(h / math.sqrt(d), color="0.7", linewidth=0.8, zorder=0)
            axes[1][column].text(h / math.sqrt(d), 5.9, where, rotation=90, va="top", ha="right", fontsize="small", color="0.4", bbox={"facecolor": "white", "edgecolor": "none", "pad": 0.5})
        axes[0][column].axhspan(-5, 5, color="0.92", zorder=0)
        axes[column][column].legend(*axes[0][column].get_legend_handles_labels(), fontsize="x-small", loc=(0.4, 0.06) if column else "lower left", framealpha=1)
        axes[1][column].set(xlabel="$h / \\sqrt{D}$  (ms$^{1/2}$)")
    axes[0][0].set(ylabel="error of the velocity (%)", ylim=(-100, 70), title="masses, symbols and elements; nodal current")
    axes[0][1].set_title("how the ionic current enters")
    axes[1][0].set(ylabel="undershoot ahead of the front (mV)", ylim=(0, 6))
    for axis in axes.flat:
        axis.grid(alpha=0.3)
    drawing.savefig(study.options.figures / "coarse_velocity.png", dpi=120)


def step(study: Study) -> None:
    """Splitting, reaction and diffusion against the time step; resolved front (h 0.04 mm), and 0.2 mm with the adapted mass."""
    converged, steps = study.converged(), [0.0125, 0.025, 0.05, 0.1]
    print(f"\nConverged in space and time: v = {converged:.3f} sqrt(D)\n")
    print("| splitting | reaction | diffusion | velocity error (%) at dt = " + " / ".join(f"{dt:g}" for dt in steps) + " ms |\n|---|---|---|---|")
    curves = {}
    for splitting in ["rd", "dr", "rdr", "drd"]:
        for reaction in ["rl", "grl2"]:
            for method in ["rkl1", "rkl2", "be", "cn"]:
                errors = [percent(study.velocity(h=0.04, d=FIBRE, dt=dt, splitting=splitting, reaction=reaction, method=method) / math.sqrt(FIBRE), converged) for dt in steps]
                curves[splitting, reaction, method] = errors
                print(f"| {splitting.upper()} | {reaction} | {method} | " + " / ".join(f"{error:+.1f}" for error in errors) + " |")
    print("\nAdapted mass, RD, rl: error (%) at dt = " + " / ".join(f"{dt:g}" for dt in steps) + " ms\n\n| h (mm) | D | rkl1 | rkl2 |\n|---|---|---|---|")
    for h, d in CASES:
        rows = [" / ".join(f"{percent(study.velocity(h=h, d=d, dt=dt, mass='adapted', tau=TAU, method=method) / math.sqrt(d), converged):+.1f}" for dt in steps) for method in ["rkl1", "rkl2"]]
        print(f"| {h:g} | {d:g} | {rows[0]} | {rows[1]} |")
    if study.options.figures:
        drawing, axes = figure(1, 1, (7, 4.5))
        shown = {("rd", "rl", "rkl1"): "C0-", ("rd", "rl", "rkl2"): "C1-", ("rd", "rl", "cn"): "C2-", ("rd", "rl", "be"): "C3-", ("rdr", "rl", "rkl2"): "C1--", ("rd", "grl2", "rkl2"): "C1:", ("rdr", "grl2", "rkl2"): "C1-.", ("rd", "grl2", "rkl1"): "C0:", ("drd", "grl2", "cn"): "C2:"}
        for key, style in shown.items():
            axes[0][0].plot(steps, curves[key], style, marker=".", label=f"{key[0].upper()}, {key[1]}, {key[2]}")
        axes[0][0].axhspan(-2, 2, color="0.92", zorder=0)
        axes[0][0].set(xlabel="time step (ms)", ylabel="error of the velocity (%)", xscale="log", xticks=steps, xticklabels=[f"{dt:g}" for dt in steps], title="Time step alone: front resolved (h = 0.04 mm along the fibres)")
        axes[0][0].minorticks_off()
        axes[0][0].legend(fontsize="x-small", title="splitting, reaction, diffusion", handlelength=3.5)
        axes[0][0].grid(alpha=0.3)
        drawing.savefig(study.options.figures / "coarse_step.png", dpi=120)


def restored(study: Study, eta: float, dt: float, model: str, reference: float) -> tuple[float, float, float]:
    """theta, beta and the factor on D that give the converged velocity on a lumped mass at this edge length."""
    h = eta * math.sqrt(FIBRE)

    def error(**keys) -> float:
        return study.velocity(**({"h": h, "d": FIBRE, "dt": dt, "model": model} | keys)) / math.sqrt(FIBRE) / reference - 1

    theta = bisect(lambda x: error(mass="corrected", theta=x), 0.05, 20)
    beta = bisect(lambda x: error(load="blend", beta=x), 0.0, 1.45)
    factor = bisect(lambda x: error(d=FIBRE * x), 1.0, 6.0)
    return theta, beta, factor


def restore(study: Study) -> None:
    """What a lumped mass needs to conduct at the velocity of a fine mesh, for several cells."""
    etas = [0.65, 1, 1.62, 2, 2.5, 3, 3.5, 4, 4.46, 5, 6]
    curves = {}
    print("\n| model | dt | v / sqrt(D) | quantity | h / sqrt(D) = " + " | ".join(f"{eta:g}" for eta in etas) + " |\n|" + "---|" * (4 + len(etas)))
    for model, dt in [(model, 0.01) for model in MODELS] + [("ttp06_epi", 0.05)]:
        reference = study.fine(dt, model)
        rows = np.array([restored(study, eta, dt, model, reference) for eta in etas])
        curves[model, dt] = rows
        for name, column in zip(["theta", "beta", "factor on D"], rows.T):
            print(f"| {model} | {dt:g} | {reference:.3f} | {name} | " + " | ".join("-" if math.isnan(value) else f"{value:.2f}" for value in column) + " |")
    print("\nAdapted mass: the time scale tau of the upstroke with the smallest largest error (h / sqrt(D) 0.65 to 4.46)\n")
    print("| model | rkl2, 0.01 ms: tau (ms) | largest error (%) | rkl1, 0.05 ms: tau (ms) | largest error (%) | with tau 0.35 (%) | largest undershoot (mV) |\n|---|---|---|---|---|---|---|")
    for model in MODELS:
        print(f"| {model} | " + " | ".join(f"{value:.2g}" for value in best_tau(study, model)) + " |")
    if study.options.figures:
        draw_restore(study, etas, curves)


def best_tau(study: Study, model: str) -> list[float]:
    results: list[float] = []
    for method, dt in [("rkl2", 0.01), ("rkl1", 0.05)]:
        reference = study.fine(dt if method == "rkl2" else 0.0025, model)

        def errors(tau: float, method=method, dt=dt, reference=reference) -> list[tuple[float, float]]:
            runs = [study.cable(h=eta * math.sqrt(FIBRE), d=FIBRE, dt=dt, model=model, mass="adapted", method=method, tau=float(tau)) for eta in [0.65, 1, 1.62, 2.5, 3.5, 4.46]]
            return [(abs(percent(run["velocity"] / math.sqrt(FIBRE), reference)), run["undershoot"]) for run in runs]

        tau = min(np.round(np.geomspace(0.1, 2, 40), 3), key=lambda tau: max(errors(tau))[0])
        results += [float(tau), max(errors(tau))[0]]
    return [*results, max(errors(TAU))[0], max(undershoot for _, undershoot in errors(TAU))]


def draw_restore(study: Study, etas: list[float], curves: dict) -> None:
    drawing, axes = figure(1, 3, (13, 4.2))
    for (model, dt), rows in curves.items():
        label = model + (f", dt {dt:g} ms" if dt > 0.01 else "")
        for axis, column in zip(axes[0], rows.T):
            axis.plot(etas, column, ":" if dt > 0.01 else "-", color="k" if model == "ttp06_epi" else None, marker=".", label=label)
    axes[0][0].plot(etas, np.array(etas) / math.sqrt(TAU), "--", color="0.5", linewidth=1, label="adapted: $h / \\sqrt{D\\,\\tau}$, $\\tau$ = 0.35 ms")
    titles = [("corrected mass", "$\\theta$"), ("partly consistent load", "$\\beta$"), ("scaled diffusivity", "factor on $D$")]
    for axis, (title, name) in zip(axes[0], titles):
        axis.set(title=title, ylabel=name, xlabel="$h / \\sqrt{D}$  (ms$^{1/2}$)")
        axis.grid(alpha=0.3)
    axes[0][0].legend(fontsize="x-small")
    drawing.suptitle("What gives a lumped mass the velocity of a fine mesh")
    drawing.savefig(study.options.figures / "coarse_restore.png", dpi=120)


def pathology(study: Study) -> None:
    """What else a scheme changes: TTP06, dt 0.01 ms."""
    fine = study.fine()
    print("\n| h (mm) | D | scheme | velocity (mm/ms) | undershoot (mV) | peak (mV) | APD90 (ms) | width of an APD gradient (mm) | largest cross-section jump conducted |")
    print("|---|---|---|---|---|---|---|---|---|")
    for d in [FIBRE, SHEET]:
        pathology_row(study, 0.03 * math.sqrt(d / FIBRE), d, "converged", {})
        for h in [0.2, 0.5]:
            theta, beta, factor = restored(study, h / math.sqrt(d), 0.01, "ttp06_epi", fine)
            schemes = {
                "lumped": {},
                "consistent": {"mass": "blend"},
                "corrected, theta 2": {"mass": "corrected", "theta": 2},
                "adapted, tau 0.35": {"mass": "adapted", "tau": TAU},
                f"corrected, theta {theta:.2f}": {"mass": "corrected", "theta": theta},
                f"lumped, beta {beta:.2f}": {"load": "blend", "beta": beta},
                f"lumped, D x {factor:.2f}": {"d": d * factor},
                "lumped, SVI at the front": {"current": "svi", "front": 5},
            }
            for name, keys in schemes.items():
                pathology_row(study, h, d, name, keys)


def pathology_row(study: Study, h: float, d: float, name: str, keys: dict) -> None:
    base = {"h": h, "d": d, "dt": 0.01, "length": max(24 * math.sqrt(d / FIBRE), 24 * h), "end": 800} | keys
    plain = study.cable(**base)
    graded = study.cable(**base, gradient="GKs", factor=3)

    def arrives(jump: float) -> bool:
        return study.cable(**(base | {"end": 400}), jump=float(jump))["arrived"] > 0

    low, high = 1.0, 1.5
    while high < 60 and arrives(high):
        low, high = high, 1.5 * high
    while high / low > 1.02:
        middle = math.sqrt(low * high)
        low, high = (middle, high) if arrives(middle) else (low, middle)
    print(f"| {h:.3g} | {d:g} | {name} | {plain['velocity']:.4f} | {plain['undershoot']:.2f} | {plain['peak']:.1f} | {plain['apd90']:.1f} | {graded['apd_width']:.2f} | {low:.1f} |", flush=True)


# Settings of the real program: name, method, mass.
SLAB = [
    ("lumped, cg", {"diffusion.method": "crank_nicolson", "diffusion.mass": "lumped"}),
    ("consistent, cg", {"diffusion.method": "crank_nicolson", "diffusion.mass": "consistent"}),
    ("half lumped, cg", {"diffusion.method": "crank_nicolson", "diffusion.mass": 0.5}),
    ("lumped, rkl1", {"diffusion.method": "rkl1", "diffusion.mass": "lumped"}),
    ("theta 1, rkl1", {"diffusion.method": "rkl1", "diffusion.mass": "consistent"}),
    ("theta 2, rkl1", {"diffusion.method": "rkl1", "diffusion.mass": -1}),
    ("theta 3, rkl1", {"diffusion.method": "rkl1", "diffusion.mass": -2}),
    ("adapted, rkl1", {"diffusion.method": "rkl1", "diffusion.mass": "adapted"}),
    ("adapted, rkl2", {"diffusion.method": "rkl2", "diffusion.mass": "adapted"}),
]


UNSTRUCTURED = ["lumped, rkl1", "theta 1, rkl1", "theta 2, rkl1", "adapted, rkl1"]


def unstructured_case(study: Study, h: float) -> Path:
    """The benchmark on Delaunay tetrahedra of mean edge length h (Gmsh's size times 1.3)."""
    mesh = study.options.results.resolve() / f"slab-{h:g}.msh"
    if not mesh.exists():
        script = mesh.with_suffix(".geo")
        script.write_text(f'SetFactory("OpenCASCADE");\nBox(1) = {{0, 0, 0, 20, 7, 3}};\nPhysical Volume(1) = {{1}};\nMesh.MeshSizeMin = {0.77 * h};\nMesh.MeshSizeMax = {0.77 * h};\n')
        subprocess.run(["gmsh", "-3", "-v", "1", str(script), "-o", str(mesh)], check=True)
    lines = (SOURCE / "inputs/niederer.yaml").read_text().splitlines()
    box = ("  cell:", "  size:", "  spacing:")
    case = mesh.with_suffix(".yaml")
    case.write_text("\n".join(f"  file: {mesh}" if line.startswith(box[1]) else line for line in lines if not line.startswith((box[0], box[2]))) + "\n")
    return case


def slab(study: Study) -> None:
    """P8 and loop time of the N-version benchmark; every run ends shortly after P8, for comparable times per ms."""
    rows = []
    print("\n| cells | scheme | h (mm) | dt (ms) | P2 | P3 | P8 (ms) | error (%) | loop to P8 (s) | stages or iterations |\n|---|---|---|---|---|---|---|---|---|---|")
    for cell in ["hexahedron", "tetrahedron"] + (["unstructured"] if shutil.which("gmsh") else []):
        for name, settings in SLAB:
            if cell == "unstructured" and name not in UNSTRUCTURED:
                continue
            fine = 0.3 if "half" in name or "theta 3" in name else 0.24 if "cg" in name or cell == "unstructured" else 0  # mm: finer ones take long
            steps = [(h, 0.05) for h in study.options.spacings if h > fine]
            for h, dt in steps + ([(0.5, 0.01), (0.5, 0.1)] if name.startswith("adapted") else []):
                rows.append(slab_run(study, cell, name, settings, h, dt))
    for splitting, reaction in [("godunov", "grl2"), ("strang", "rush-larsen"), ("strang", "grl2"), ("strang_drd", "rush-larsen"), ("godunov", "rush-larsen-tables")]:
        settings = {"diffusion.method": "rkl1", "diffusion.mass": "adapted", "time.splitting": splitting, "time.reaction": reaction}
        rows.append(slab_run(study, "hexahedron", f"adapted, rkl1, {splitting}, {reaction}", settings, 0.5, 0.05))
    if study.options.figures:
        draw_slab(study, [row for row in rows if row])


def slab_run(study: Study, cell: str, name: str, settings: dict, h: float, dt: float) -> dict | None:
    end = 180 if "lumped" in name and h > 0.4 else 100 if "lumped" in name or h > 0.4 else 80
    settings = settings | {"time.step": dt, "time.end": end}
    case = SOURCE / "inputs/niederer.yaml"
    if cell == "unstructured":
        case = unstructured_case(study, h)
    else:
        settings |= {"mesh.cell": cell, "mesh.spacing": h}
    label = f"{cell}-{name}-h{h:g}-dt{dt:g}".replace(", ", "-").replace(" ", "")
    run = study.healthcast(label, case, settings, study.options.ranks)
    if "failed" in run:
        print(f"| {cell} | {name} | {h:g} | {dt:g} | {run['failed']} |", flush=True)
        return None
    times = run["activation_ms"]
    if times["P8"] is None:
        print(f"| {cell} | {name} | {h:g} | {dt:g} | P8 is not reached by {end} ms |", flush=True)
        return None
    error, seconds = percent(times["P8"], P8), run["timings_s"]["loop"] * times["P8"] / run["time"]["end_ms"]
    print(f"| {cell} | {name} | {h:g} | {dt:g} | {times['P2']:.1f} | {times['P3']:.1f} | {times['P8']:.1f} | {error:+.0f} | {seconds:.2f} | {run['diffusion_iterations']['mean']:.1f} |", flush=True)
    return {"cell": cell, "name": name, "h": h, "dt": dt, "error": abs(error), "seconds": seconds}


TITLES = {"hexahedron": "hexahedra", "tetrahedron": "tetrahedra, six a cube", "unstructured": "unstructured tetrahedra (mean edge)"}


def draw_slab(study: Study, rows: list[dict]) -> None:
    drawing, axes = figure(1, 3, (14, 4.8), sharex=True, sharey=True)
    markers = {0.5: "o", 0.35: "s", 0.25: "^", 0.2: "D", 0.1: "*"}
    for axis, cell in zip(axes[0], TITLES):
        for index, (name, _) in enumerate(SLAB):
            line = sorted((row for row in rows if row["cell"] == cell and row["name"] == name and row["dt"] == 0.05), key=lambda row: row["h"])
            if line:
                axis.plot([row["seconds"] for row in line], [row["error"] for row in line], "-", color=f"C{index}", label=name, linewidth=2.5 if name == "adapted, rkl1" else 1)
            for row in line:
                axis.plot(row["seconds"], row["error"], markers.get(row["h"], "o"), color=f"C{index}")
        axis.axhline(5, color="0.5", linewidth=0.8)
        axis.axhline(2, color="0.5", linewidth=0.8)
        axis.set(xscale="log", yscale="log", xlim=(0.1, 20), ylim=(0.3, 400), xlabel=f"time of the loop until P8 is activated (s, {study.options.ranks} ranks)", title=TITLES[cell])
        axis.set(xticks=[1, 10, 100], xticklabels=["1", "10", "100"], yticks=[0.5, 1, 2, 5, 10, 20, 50, 100, 200], yticklabels=["0.5", "1", "2", "5", "10", "20", "50", "100", "200"])
        axis.grid(alpha=0.3)
    axes[0][0].set(ylabel=f"error of P8 against {P8} ms (%)")
    for h, marker in markers.items():
        if any(row["h"] == h for row in rows):
            axes[0][2].plot([], [], "k", marker=marker, linestyle="", label=f"{h:g} mm")
    axes[0][0].legend(fontsize="x-small", loc="lower right")
    axes[0][2].legend(fontsize="x-small", loc="lower left")
    drawing.savefig(study.options.figures / "coarse_slab.png", dpi=120)


BAR = """mesh: {{cell: hexahedron, size: [{length}, {h}, {h}], spacing: {h}}}
fibres: {{rule: uniform, direction: [1, 0, 0]}}
tissue: {{surface_to_volume: 140, capacitance: 0.01, regions: [{{conductivity: [{sigma}]}}]}}
cells: [{{model: ttp06_epi}}]
stimuli: [{{shape: box, min: [0, 0, 0], max: [{width}, 9, 9], amplitude: 50, start: 0, duration: 2}}]
time: {{step: {dt}, end: 80}}
observe: {{activation_threshold: 0, apd: [], velocities: [{{name: v, from: [{start}, 0, 0], to: [{stop}, 0, 0]}}]}}
output: {{every: 0}}
"""


def check(study: Study) -> None:
    """The same discretisation by two programs."""
    worst = 0.0
    print("\n| h | D | dt | scheme | cable (mm/ms) | bar (mm/ms) | difference (%) |\n|---|---|---|---|---|---|---|")
    schemes = [
        ({"method": "cn"}, {"diffusion.method": "crank_nicolson", "diffusion.mass": "lumped"}),
        ({"method": "cn", "mass": "blend"}, {"diffusion.method": "crank_nicolson", "diffusion.mass": "consistent"}),
        ({"method": "cn", "mass": "blend", "share": 0.5, "splitting": "rdr", "reaction": "grl2"}, {"diffusion.method": "crank_nicolson", "diffusion.mass": 0.5, "time.splitting": "strang", "time.reaction": "grl2"}),
        ({"method": "rkl2"}, {"diffusion.method": "rkl2", "diffusion.mass": "lumped"}),
        ({"method": "rkl1", "mass": "corrected", "theta": 2}, {"diffusion.method": "rkl1", "diffusion.mass": -1}),
        ({"method": "rkl1", "mass": "adapted", "tau": TAU}, {"diffusion.method": "rkl1", "diffusion.mass": "adapted", "diffusion.upstroke": TAU}),
    ]
    for h, d, dt in [(0.2, FIBRE, 0.05), (0.5, FIBRE, 0.05), (0.2, SHEET, 0.02)]:
        length = 18.0
        nodes = round(length / h) + 1
        width = max(1.5 * math.sqrt(d / FIBRE), 2 * h)
        case = study.options.results / f"bar-{h:g}-{d:g}-{dt:g}.yaml"
        case.write_text(BAR.format(length=(nodes - 1) * h, h=h, sigma=1.4 * d, width=width * (1 + 1e-9), dt=dt, start=nodes // 2 * h, stop=nodes * 3 // 4 * h))
        for keys, settings in schemes:
            cable = study.velocity(h=h, d=d, dt=dt, length=length, **keys)
            settings = settings | {"time.end": 200 if d < 0.05 else 80}
            name = "bar-" + hashlib.sha256(f"{h} {d} {dt} {settings}".encode()).hexdigest()[:12]
            run = study.healthcast(name, case, settings, 1)
            title = " ".join(str(value) for value in keys.values())
            if "failed" in run:
                print(f"| {h:g} | {d:g} | {dt:g} | {title} | {cable:.5f} | {run['failed']} | |")
                worst = math.inf
                continue
            bar = run["conduction_velocity_m_per_s"]["v"]
            worst = max(worst, abs(percent(bar, cable)))
            print(f"| {h:g} | {d:g} | {dt:g} | {title} | {cable:.5f} | {bar:.5f} | {percent(bar, cable):+.3f} |")
    print(f"\nlargest difference: {worst:.3f} %; allowed: 0.1 %")
    if worst > 0.1:
        sys.exit(1)


PARTS = {part.__name__: part for part in (velocity, step, restore, pathology, slab, check)}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("parts", nargs="+", choices=[*PARTS, "all"])
    parser.add_argument("--results", type=Path, default=Path("results/coarse"))
    parser.add_argument("--figures", type=Path, help="folder for the figures; none are drawn without it")
    parser.add_argument("--spacings", type=float, nargs="+", default=[0.5, 0.35, 0.25, 0.2], help="of the slab, mm")
    parser.add_argument("--ranks", type=int, default=2, help="of the slab")
    parser.add_argument("--study-cable", default=os.environ.get("STUDY_CABLE", "build/release/tests/bench/study_cable"))
    parser.add_argument("--healthcast", default=os.environ.get("HEALTHCAST", "build/release/healthcast"))
    parser.add_argument("--mpiexec", default="mpiexec")
    study = Study(parser.parse_args())
    for name, part in PARTS.items():
        if name in study.options.parts or "all" in study.options.parts:
            part(study)


if __name__ == "__main__":
    main()
