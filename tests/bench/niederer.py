#!/usr/bin/env python3
"""The N-version benchmark as a table and a figure.

    tests/bench/niederer.py --figure docs/figures/niederer.png     spacings: docs/verification.md
    tests/bench/niederer.py --cells hexahedron --masses consistent --spacings 0.5 0.2 --steps 0.05 0.01 0.005

Runs inputs/niederer.yaml for every combination that has no result yet, prints P8 and the cost of each as a Markdown
table, extrapolates P8 to zero spacing, and draws activation along the diagonal P1-P8.
"""

from __future__ import annotations

import argparse
import itertools
import json
import os
import subprocess
from pathlib import Path

import numpy as np

SOURCE = Path(__file__).resolve().parents[2]
# A wave needs longer on coarse meshes with a lumped mass; the time that is surely enough, in ms, by spacing.
END = {
    "lumped": {0.5: 180, 0.2: 80, 0.1: 60},
    "consistent": {0.5: 90, 0.2: 56, 0.1: 50},
    "adapted": {0.5: 50, 0.2: 50, 0.1: 47},
}


def run(options: argparse.Namespace, cell: str, mass: str, spacing: float, step: float) -> dict:
    folder = options.results / f"{cell}-{mass}-h{spacing:g}-dt{step:g}"
    summary = folder / "summary.json"
    if not summary.exists() or json.loads(summary.read_text())["status"] != "finished":
        end = END.get(mass, END["lumped"]).get(spacing, 60)
        root = ["--allow-run-as-root"] if os.geteuid() == 0 else []
        settings = {
            "mesh.cell": cell,
            "mesh.spacing": spacing,
            "time.step": step,
            "diffusion.mass": mass,
            "diffusion.method": "rkl1" if mass == "adapted" else "crank_nicolson",
            "time.end": end,
            "observe.probe_every": 1,
        }
        command = [
            options.mpiexec,
            *root,
            "--oversubscribe",
            "-n",
            str(options.ranks),
            options.healthcast,
            "run",
            str(SOURCE / "inputs/niederer.yaml"),
            "--quiet",
            "--restart",
            "--output",
            str(folder),
        ]
        for key, value in settings.items():
            command += ["--set", f"{key}={value}"]
        subprocess.run(command, check=True, stdout=subprocess.DEVNULL)
    return json.loads(summary.read_text()) | {"folder": folder}


def diagonal(folder: Path, n: int = 201) -> tuple[np.ndarray, np.ndarray]:
    """Distance (mm) and activation time (ms) along P1-P8."""
    import pyvista

    reader = pyvista.HDFReader(str(folder / "results.h5"))
    line = reader.read().sample_over_line((0, 0, 0), (20, 7, 3), resolution=n - 1)
    return np.asarray(line["Distance"]), np.asarray(line["activation"])


def draw(rows: list[dict], path: Path) -> None:
    import matplotlib

    matplotlib.use("Agg")
    import matplotlib.pyplot as plt

    figure, axes = plt.subplots(figsize=(7, 4.5), layout="constrained")
    styles = {0.5: ":", 0.2: "--", 0.1: "-"}
    colours = {}
    for row in rows:
        key = (row["cell"], row["mass"])
        colour = colours.setdefault(key, f"C{len(colours)}")
        distance, activation = diagonal(row["folder"])
        axes.plot(
            distance,
            activation,
            styles.get(row["spacing"], "-."),
            color=colour,
            label=f"{row['cell']}, {row['mass']} mass, {row['spacing']:g} mm",
        )
    axes.axhspan(42, 43, color="0.85", label="P8 converged, published (42-43 ms)")
    axes.set(
        xlabel="distance from P1 along the diagonal (mm)",
        ylabel="activation time (ms)",
        title=f"Niederer benchmark, time step {rows[0]['step']:g} ms",
    )
    axes.legend(fontsize="small")
    axes.grid(alpha=0.3)
    figure.savefig(path, dpi=130)


def extrapolate(rows: list[dict]) -> None:
    """P8(h) = P8* + a h^2 from the two finest spacings, for each kind of element, mass and step."""
    groups: dict[tuple[str, str, float], list[dict]] = {}
    for row in rows:
        if row["p8"] is not None:
            groups.setdefault((row["cell"], row["mass"], row["step"]), []).append(row)
    for (cell, mass, step), members in groups.items():
        fine, coarse = [*sorted(members, key=lambda row: row["spacing"]), None][:2]
        if coarse:
            slope = (coarse["p8"] - fine["p8"]) / (coarse["spacing"] ** 2 - fine["spacing"] ** 2)
            limit = fine["p8"] - slope * fine["spacing"] ** 2
            print(
                f"{cell}, {mass} mass, dt {step:g} ms: P8 -> {limit:.2f} ms from {coarse['spacing']:g} and {fine['spacing']:g} mm"
            )


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--spacings", type=float, nargs="+", default=[0.5, 0.2, 0.1])
    parser.add_argument("--steps", type=float, nargs="+", default=[0.05])
    parser.add_argument("--cells", nargs="+", default=["hexahedron", "tetrahedron"])
    parser.add_argument("--masses", nargs="+", default=["adapted", "consistent", "lumped"])
    parser.add_argument("--ranks", type=int, default=2)
    parser.add_argument("--results", type=Path, default=Path("results/niederer"))
    parser.add_argument("--figure", type=Path, help="PNG of the diagonal, at the first of --steps")
    parser.add_argument("--healthcast", default=os.environ.get("HEALTHCAST", "build/release/healthcast"))
    parser.add_argument("--mpiexec", default="mpiexec")
    options = parser.parse_args()

    rows = []
    print("| cell | mass | h (mm) | dt (ms) | P8 (ms) | loop (s) | iterations |\n|---|---|---|---|---|---|---|")
    combinations = itertools.product(options.cells, options.masses, options.spacings, options.steps)
    for cell, mass, spacing, step in combinations:
        result = run(options, cell, mass, spacing, step)
        p8 = result["activation_ms"]["P8"]
        rows.append(
            {"cell": cell, "mass": mass, "spacing": spacing, "step": step, "p8": p8, "folder": result["folder"]}
        )
        print(
            f"| {cell} | {mass} | {spacing:g} | {step:g} | {'-' if p8 is None else f'{p8:.2f}'} | "
            f"{result['timings_s']['loop']:.1f} | {result['diffusion_iterations']['mean']:.1f} |",
            flush=True,
        )
    extrapolate(rows)
    if options.figure:
        draw([row for row in rows if row["step"] == options.steps[0]], options.figure)


if __name__ == "__main__":
    main()
