#!/usr/bin/env python3
"""What time.adaptive pays: the same beat with and without it, in turns, and how far apart the results are.

    tests/bench/multirate.py                      the biventricular heart of quickstart.sh and the spiral on a sheet
    tests/bench/multirate.py --case biventricle --repeat 3 --ranks 2

Needs meshes/biventricle.h5 (meshes/make_anatomy.sh biventricle). Of several repetitions the fastest counts. Without
frames; everything else as in inputs/.
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
from pathlib import Path

import h5py
import numpy as np

SOURCE = Path(__file__).resolve().parents[2]
CASES = {
    "biventricle": ("inputs/biventricle.yaml", ["time.end=500"]),
    "spiral": ("inputs/sheet_spiral.yaml", []),
}
PHASES = ("loop", "reaction", "diffusion")


def run(options: argparse.Namespace, case: str, name: str, settings: list[str]) -> dict:
    folder = options.results / f"{case}-{name}"
    path, own = CASES[case]
    root = ["--allow-run-as-root"] if os.geteuid() == 0 else []
    command = [
        options.mpiexec,
        *root,
        "--oversubscribe",
        "-n",
        str(options.ranks),
        options.healthcast,
        "run",
        str(SOURCE / path),
    ]
    command += ["--quiet", "--overwrite", "--output", str(folder)]
    for setting in [*own, "output.every=0", *options.set, *settings]:
        command += ["--set", setting]
    environment = os.environ | {"OMPI_MCA_mpi_yield_when_idle": "1"}
    subprocess.run(command, check=True, stdout=subprocess.DEVNULL, env=environment)
    return json.loads((folder / "summary.json").read_text()) | {"folder": folder}


def maps(folder: Path) -> dict[str, np.ndarray]:
    with h5py.File(folder / "results.h5") as file:
        data = file["VTKHDF/PointData"]
        return {name: data[name][()] for name in data if name.startswith(("activation", "apd_90"))}


def print_differences(off: Path, on: Path) -> None:
    first, second = maps(off), maps(on)
    print("| map | nodes | only one has it | 99 % within (ms) | largest (ms) |\n|---|---|---|---|---|")
    for name, values in first.items():
        apart = np.abs(second[name] - values)
        both = np.isfinite(apart)
        if both.any():
            lone = int((np.isnan(values) != np.isnan(second[name])).sum())
            spread = f"{np.quantile(apart[both], 0.99):.3f} | {apart[both].max():.3f}"
            print(f"| {name} | {int(both.sum())} | {lone} | {spread} |")


def measure(options: argparse.Namespace, case: str) -> None:
    runs: dict[str, list[dict]] = {"off": [], "on": []}
    for _ in range(options.repeat):
        for name, value in (("off", "false"), ("on", "true")):
            runs[name].append(run(options, case, name, [f"time.adaptive={value}"]))
    best = {name: min(found, key=lambda s: s["timings_s"]["loop"]) for name, found in runs.items()}
    print(f"\n{case}: {best['on']['mesh']['nodes']} nodes, {options.ranks} ranks, load {os.getloadavg()[0]:.1f}\n")
    print("| adaptive | " + " | ".join(f"{phase} (s)" for phase in PHASES) + " |\n|---|---|---|---|")
    for name, summary in best.items():
        print(f"| {name} | " + " | ".join(f"{summary['timings_s'][phase]:.2f}" for phase in PHASES) + " |")
    ratios = [best["off"]["timings_s"][phase] / best["on"]["timings_s"][phase] for phase in PHASES]
    print("| times as fast | " + " | ".join(f"{ratio:.2f}" for ratio in ratios) + " |\n")
    waited = best["on"]["adaptive"]
    print(
        f"evaluations: {100 * waited['evaluated_fraction']:.1f} %; {waited['steps_in_long_steps']} of "
        f"{best['on']['time']['steps']} steps taken in {waited['long_steps']} long ones\n"
    )
    print_differences(best["off"]["folder"], best["on"]["folder"])


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--case", choices=CASES, action="append", help="which (default: all)")
    parser.add_argument("--ranks", type=int, default=2)
    parser.add_argument("--repeat", type=int, default=1)
    parser.add_argument("--set", action="append", default=[], metavar="KEY=VALUE", help="as of healthcast run")
    parser.add_argument("--healthcast", default=str(SOURCE / "build/release/healthcast"))
    parser.add_argument("--mpiexec", default="mpiexec")
    parser.add_argument("--results", type=Path, default=Path("results/multirate"))
    options = parser.parse_args()
    for case in options.case or CASES:
        measure(options, case)


if __name__ == "__main__":
    main()
