#!/usr/bin/env python3
"""How far apart two runs of a case are: compare_runs.py CPU_FOLDER DEVICE_FOLDER [--ms 1e-4] [--mv 1e-6].

Reads results.h5 of both with h5py, or the summaries alone where that is missing. Prints the largest differences of V
(the frames, peak and rest, mV), of activation times and of action potential durations (ms), and fails beyond the
limits, where one run has a time and the other none, and where nothing could be compared.
"""

from __future__ import annotations

import argparse
import json
import sys
from pathlib import Path

MILLIVOLTS = ("V", "peak", "rest")


def of_results(folder: Path) -> dict:
    """Arrays over nodes, and V of all frames, by name; empty without h5py."""
    try:
        import h5py
    except ImportError:
        return {}
    found = {}
    with h5py.File(folder / "results.h5") as file:
        group = file["VTKHDF/PointData"]
        for name, data in group.items():
            if name in MILLIVOLTS or name.startswith(("activation", "apd", "repolarisation")):
                found[name] = data[...].ravel().tolist()
    return found


def of_summary(folder: Path) -> dict:
    """Activation times of the probes."""
    times = json.loads((folder / "summary.json").read_text()).get("activation_ms", {})
    return {f"activation_{name}": [float("nan") if value is None else value] for name, value in times.items()}


def largest(one: list, two: list) -> float:
    """Largest difference; infinite where only one is a number."""
    if len(one) != len(two):
        return float("inf")
    worst = 0.0
    for a, b in zip(one, two):  # noqa: B905 - Python 3.9 on clusters
        if a == a or b == b:  # not both NaN
            difference = abs(a - b)
            worst = max(worst, difference if difference == difference else float("inf"))
    return worst


def main() -> int:
    """Print a line for each array and return how many are too far apart."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("one", type=Path)
    parser.add_argument("two", type=Path)
    parser.add_argument("--ms", type=float, default=1e-4)
    parser.add_argument("--mv", type=float, default=1e-6)
    options = parser.parse_args()
    one, two = of_results(options.one) or of_summary(options.one), of_results(options.two) or of_summary(options.two)
    wrong = sorted(one.keys() ^ two.keys())
    for name in wrong:
        print(f"{name}: in one run only")
    for name in sorted(one.keys() & two.keys()):
        unit, limit = ("mV", options.mv) if name in MILLIVOLTS else ("ms", options.ms)
        difference = largest(one[name], two[name])
        numbers = sum(1 for value in one[name] if value == value)
        verdict = "ok" if difference <= limit else "TOO FAR APART"
        print(f"{name}: {numbers} numbers, largest difference {difference:.3g} {unit}, allowed {limit:g}: {verdict}")
        wrong += [name] if difference > limit else []
    if not one:
        print("nothing to compare")
    return 1 if wrong or not one else 0


if __name__ == "__main__":
    sys.exit(main())
