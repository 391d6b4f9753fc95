#!/usr/bin/env python3
"""Sobol' indices of a cell's APD90 by EasyVVUQ, which runs healthcast for every point of a stochastic collocation.

    pip install easyvvuq six h5py
    easyvvuq_sensitivity.py [--healthcast PROGRAM] [--work FOLDER] [--order 3] [--workers 2] [--cohort FOLDER]

A run is `healthcast cell CASE --set KEY=VALUE ...`; its exit code says whether it may be tried again, and its flat
summary.json is what EasyVVUQ's JSON decoder reads. --cohort compares with a cohort of the same problem in Saltelli's
design (sensitivity.yaml).
"""

from __future__ import annotations

import argparse
import json
import subprocess
import tempfile
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import chaospy
import easyvvuq
from easyvvuq.actions import Actions, CreateRunDirectory, Decode

CASE = Path(__file__).resolve().parent / "cell.yaml"
QUANTITY = "apd90_ms"
VARY = {  # as in sensitivity.yaml
    "GK": chaospy.Uniform(0.2, 0.35),
    "GK1": chaospy.Uniform(0.4, 0.8),
    "GCaL": chaospy.Uniform(0.07, 0.11),
}
FINAL = (2, 3)  # exit codes that another attempt would end with too: bad input, a numerical failure
ATTEMPTS = 3


class Healthcast:
    """An action of EasyVVUQ: one cell, its parameters as --set options, results in the folder of the run."""

    def __init__(self, program: str) -> None:
        self.program = program

    def start(self, previous: dict) -> dict:
        folder = Path(previous["rundir"])
        command = [self.program, "cell", str(CASE), "--quiet", "--output", str(folder / "results")]
        for name, value in previous["run_info"]["params"].items():
            command += ["--set", f"cell.parameters.{name}={value!r}"]
        for _ in range(ATTEMPTS):
            done = subprocess.run(command, capture_output=True, text=True, check=False)
            if done.returncode == 0:
                return previous
            if done.returncode in FINAL:
                break
        raise RuntimeError(f"run {previous['run_id']}: exit code {done.returncode}: {done.stderr.strip()}")


def collocation(program: str, work: Path, order: int, workers: int) -> dict:
    """Mean, standard deviation, first Sobol' indices by stochastic collocation, and the number of runs."""
    parameters = {name: {"type": "float", "default": float(law.mom(1))} for name, law in VARY.items()}
    decoder = easyvvuq.decoders.JSONDecoder(target_filename="results/summary.json", output_columns=[QUANTITY])
    actions = Actions(CreateRunDirectory(root=str(work), flatten=True), Healthcast(program), Decode(decoder))
    campaign = easyvvuq.Campaign(name="apd", params=parameters, actions=actions, work_dir=str(work))
    campaign.set_sampler(easyvvuq.sampling.SCSampler(vary=VARY, polynomial_order=order))
    with ThreadPoolExecutor(workers) as pool:
        campaign.execute(pool=pool).collate()
    found = campaign.analyse(qoi_cols=[QUANTITY])
    return {
        "runs": len(campaign.get_collation_result()),
        "mean": found.describe(QUANTITY, "mean").item(),
        "std": found.describe(QUANTITY, "std").item(),
        "first": {name: found.sobols_first(QUANTITY, name).item() for name in VARY},
    }


def saltelli(folder: Path) -> dict:
    """The same, and total indices, of a cohort in Saltelli's design: estimators (b) and (f) of table 2 in Saltelli et
    al. 2010 (doi:10.1016/j.cpc.2009.09.018)."""
    import h5py
    import numpy

    with h5py.File(folder / "cohort.h5") as file:
        order = numpy.argsort(file["member"][:])
        names = [name.decode() if isinstance(name, bytes) else name for name in file["quantities"].attrs["names"]]
        values = file["quantities"][:, names.index(QUANTITY)][order]
    rows = values.reshape(-1, len(VARY) + 2)
    if not numpy.isfinite(rows).all():
        raise SystemExit(f"{folder}: members of the design are missing or have failed")
    a, mixed, b = rows[:, 0], rows[:, 1:-1].T, rows[:, -1]
    variance = numpy.concatenate([a, b]).var()
    centre = numpy.concatenate([a, b]).mean()
    return {
        "runs": rows.size,
        "mean": float(centre),
        "std": float(variance**0.5),
        "first": {n: float(numpy.mean((b - centre) * (m - a)) / variance) for n, m in zip(VARY, mixed, strict=True)},
        "total": {n: float(numpy.mean((a - m) ** 2) / 2 / variance) for n, m in zip(VARY, mixed, strict=True)},
    }


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--healthcast", default="healthcast")
    parser.add_argument("--work", type=Path, help="folder for the runs (default: a temporary one)")
    parser.add_argument("--order", type=int, default=3, help="of the polynomials; (order + 1)^3 runs")
    parser.add_argument("--workers", type=int, default=2, help="runs at a time")
    parser.add_argument("--cohort", type=Path, help="results of sensitivity.yaml, to compare with")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as scratch:
        work = options.work or Path(scratch)
        work.mkdir(parents=True, exist_ok=True)
        found = {"easyvvuq": collocation(options.healthcast, work, options.order, options.workers)}
    if options.cohort:
        found["cohort"] = saltelli(options.cohort)
    print(json.dumps(found, indent=2))


if __name__ == "__main__":
    main()
