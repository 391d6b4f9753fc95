"""Prescribed velocities on the benchmark slab: P8 at 0.5 mm, the same on any number of ranks, read from the store the second time."""

from __future__ import annotations

import json
import os
import tempfile
import unittest
from pathlib import Path

from case_files import SOURCE, run

COARSE = SOURCE / "inputs/niederer_coarse.yaml"
CONVERGED = 42.8  # ms: P8 as spacing and step go to zero, docs/verification.md


def slab(folder: Path, *settings: str, ranks: int = 1) -> dict:
    arguments = ["run", str(COARSE), "--output", "out", "--quiet", "--overwrite"]
    for setting in settings:
        arguments += ["--set", setting]
    done = run(arguments, folder, ranks, timeout=300)
    assert done.returncode == 0, done.stderr
    return json.loads((folder / "out/summary.json").read_text())


class Velocity(unittest.TestCase):
    def setUp(self) -> None:
        self.temporary = tempfile.TemporaryDirectory()
        self.folder = Path(self.temporary.name)
        os.environ["HEALTHCAST_CACHE"] = str(self.folder / "store")

    def tearDown(self) -> None:
        self.temporary.cleanup()

    def test_benchmark_at_half_a_millimetre(self) -> None:
        one = slab(self.folder)
        self.assertAlmostEqual(one["activation_ms"]["P8"], CONVERGED, delta=0.05 * CONVERGED)
        stored = {path.name: path.read_bytes() for path in (self.folder / "store").glob("*.json")}
        self.assertEqual(len(stored), 2)
        two = slab(self.folder, ranks=2)
        self.assertEqual(stored, {path.name: path.read_bytes() for path in (self.folder / "store").iterdir()})
        for probe, time in one["activation_ms"].items():
            self.assertAlmostEqual(time, two["activation_ms"][probe], delta=1e-3)
        for summary in (one, two):
            (region,) = summary["diffusion_factors"]
            self.assertEqual((region["region"], region["cells"]), ("slab", 3360))
            for axis in ("fibre", "sheet", "normal"):
                self.assertAlmostEqual(region[axis]["min"], region[axis]["max"], places=9)
                self.assertAlmostEqual(region[axis]["mean"], 0.95, delta=0.15)  # the adapted mass leaves little to do
                self.assertEqual(region[axis]["velocity_ratio"], 1)
        lumped = slab(self.folder, "diffusion.mass=lumped", "time.end=1")
        self.assertGreater(lumped["diffusion_factors"][0]["sheet"]["mean"], 3)

    def test_what_was_measured_depends_on(self) -> None:
        """A new curve for each scheme and kind of cell, the continuum's velocity once a kind."""
        short = "time.end=1"
        for settings, files in (
            ((short,), 2),
            ((short, "mesh.spacing=0.4"), 2),
            ((short, "tissue.regions[0].velocity.fibre=0.5"), 2),
            ((short, "time.step=0.1"), 3),
            ((short, "diffusion.mass=lumped"), 4),
            ((short, "cells[0].scale={INa: 0.8}"), 6),
        ):
            slab(self.folder, *settings)
            self.assertEqual(len(list((self.folder / "store").iterdir())), files, settings)


if __name__ == "__main__":
    unittest.main()
