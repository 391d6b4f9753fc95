"""`healthcast calibrate` and `healthcast schedule`: their files, numbers of ranks, a tumour in a tissue, and errors."""

from __future__ import annotations

import json
import tempfile
import unittest
from pathlib import Path

import h5py
import numpy as np
from case_files import SOURCE, run, write_case

QUICK = ("--set", "ensemble.samples=200", "--set", "search.starts=2", "--quiet")

BOX = """\
mesh: {cell: hexahedron, size: [40, 40, 40], spacing: 4}
tumour:
  diffusivity: 0.2
  proliferation: 0.06
  seed: {position: [20, 20, 20], radius: 5, density: 0.5}
time: {step: 2, end: 60}
observe: {enhancing: 0.6, visible: 0.2}
"""
TISSUE = """\
tissue: box.yaml
unknowns:
  - {name: diffusivity, min: 0.02, max: 1.3, prior: log_uniform, start: 0.1}
  - {name: proliferation, min: 0.01, max: 0.19, prior: log_uniform, start: 0.05}
  - {name: seed.x, min: 8, max: 32, start: 22}
  - {name: seed.y, min: 8, max: 32, start: 22}
  - {name: seed.z, min: 8, max: 32, start: 22}
scans: [{day: 40}, {day: 60}]
synthetic:
  truth: {diffusivity: 0.2, proliferation: 0.06, seed.x: 19, seed.y: 20, seed.z: 24}
  clean: true
search: {starts: 1, tolerance: 1e-8}
"""


class Calibrate(unittest.TestCase):
    def setUp(self) -> None:
        self.temporary = tempfile.TemporaryDirectory()
        self.folder = Path(self.temporary.name).resolve()

    def tearDown(self) -> None:
        self.temporary.cleanup()

    def go(self, *arguments: str, expected: int = 0, ranks: int = 1, output: str = "out") -> dict:
        done = run([*arguments, "--output", output], self.folder, ranks)
        self.assertEqual(done.returncode, expected, done.stderr)
        self.error = done.stderr
        path = self.folder / output / "summary.json"
        return json.loads(path.read_text()) if path.exists() else {}

    def case(self, name: str) -> str:
        return str(SOURCE / "inputs" / name)

    def test_calibration_leaves_posterior_and_predictions(self) -> None:
        found = self.go("calibrate", self.case("glioma_calibrate.yaml"), *QUICK)
        self.assertEqual(found["kind"], "calibration")
        with h5py.File(self.folder / "out/calibration.h5") as file:
            for name, unknown in found["unknowns"].items():
                samples = file["samples"][name][()]
                self.assertEqual(len(samples), 200)
                self.assertAlmostEqual(np.median(samples), unknown["median"], delta=1e-9 * unknown["median"])
                self.assertLess(unknown["low"], unknown["high"])
            self.assertEqual(len(file["fractions/day"]), 30)
            np.testing.assert_array_equal(file["predictions/day"], [119, 147])
            self.assertTrue(np.all(file["curve/scan_low"][()] <= file["curve/median"][()]))
        self.assertTrue((self.folder / "out/case.used.yaml").exists())
        other = self.go("calibrate", self.case("glioma_calibrate.yaml"), *QUICK, ranks=2, output="two")
        self.assertEqual(found["unknowns"], other["unknowns"])
        self.assertEqual(found["predictions"], other["predictions"])

    def test_schedule_beats_its_reference(self) -> None:
        quick = ("--set", "design.samples=100", "--set", "design.starts=1", "--set", "plan.totals=[40,60]", "--quiet")
        found = self.go("schedule", self.case("glioma_schedule.yaml"), *quick)
        self.assertAlmostEqual(found["reference"]["total_gy"], 60, places=9)
        self.assertAlmostEqual(found["reference"]["bed_gy"], 100, places=9)
        self.assertLessEqual(found["equal_dose"]["total_gy"], 60 + 1e-6)
        self.assertGreater(found["equal_dose"]["superquantile_days"], found["reference"]["superquantile_days"])
        self.assertLess(found["equal_control"]["total_gy"], 60)
        self.assertGreaterEqual(
            found["equal_control"]["superquantile_days"], found["reference"]["superquantile_days"] - 1e-9
        )
        with h5py.File(self.folder / "out/schedule.h5") as file:
            self.assertEqual(file["front/doses"].shape, (2, 6))
            self.assertGreater(file["front/superquantile"][1], file["front/superquantile"][0])

    def test_cohort_is_the_same_on_two_ranks(self) -> None:
        quick = ("--set", "cohort.patients=4", "--set", "design.samples=50", "--set", "design.starts=1", "--set",
                 "design.runs=40", "--set", "plan.totals=[60]", "--quiet")  # fmt: skip
        one = self.go("schedule", self.case("glioma_schedule.yaml"), *quick)
        two = self.go("schedule", self.case("glioma_schedule.yaml"), *quick, ranks=2, output="two")
        self.assertEqual(one["cohort"], two["cohort"])
        self.assertGreater(one["cohort"]["superquantile_gain_days_at_equal_dose"]["median"], 0)

    def test_a_tumour_in_a_tissue_is_found_again(self) -> None:
        (self.folder / "box.yaml").write_text(BOX)
        write_case(self.folder, TISSUE)
        found = self.go("calibrate", "case.yaml", "--quiet", ranks=2)
        for name, unknown in found["unknowns"].items():
            self.assertLess(abs(unknown["best"] / unknown["truth"] - 1), 1e-4, name)

    def test_errors_name_their_place(self) -> None:
        for assignment, says in (
            ("scans=[{day: 0}, {day: 20}, {day: 14}]", "found day 14 after day 20"),
            ("noise.sd=-1", "noise.sd: found -1"),
            ("unknowns[0].name=rhoo", 'did you mean "rho"'),
            ("unknowns[0].max=0.001", "lower bound below"),
        ):
            self.go("calibrate", self.case("glioma_calibrate.yaml"), "--set", assignment, expected=2)
            self.assertIn(says, self.error)
        for assignment, says in (
            ("plan.start=-3", "before the first scan"),
            ("plan.reference_dose=9", "above max_dose"),
            ("plan.totals=[60, 40]", "ascending"),
            ("calibration=nowhere.yaml", "nowhere.yaml"),
        ):
            self.go("schedule", self.case("glioma_schedule.yaml"), "--set", assignment, expected=2)
            self.assertIn(says, self.error)


if __name__ == "__main__":
    unittest.main()
