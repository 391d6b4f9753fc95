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
        found = self.go("calibrate", "case.yaml", "--quiet", "--set", "ensemble.samples=0", ranks=2)
        for name, unknown in found["unknowns"].items():
            self.assertLess(abs(unknown["best"] / unknown["truth"] - 1), 1e-4, name)
            self.assertEqual([unknown["low"], unknown["high"]], [unknown["laplace_low"], unknown["laplace_high"]])
        self.assertNotIn("ensemble", found)

    def test_the_next_scan_in_a_tissue_is_predicted(self) -> None:
        (self.folder / "box.yaml").write_text(BOX)
        write_case(self.folder, TISSUE.replace("{day: 60}", "{day: 60}, {day: 75, held_out: true}"))
        quick = ("--quiet", "--set", "synthetic.seed=2", "--set", "synthetic.clean=false", "--set", "ensemble={samples: 40, rounds: 2}", "--set",
                 "search.tolerance=1e-4", "--set", "predict.days=[80]", "--set", "noise.blocks=12")  # fmt: skip
        one = self.go("calibrate", "case.yaml", *quick)
        two = self.go("calibrate", "case.yaml", *quick, ranks=2, output="two")
        for key in ("unknowns", "scans", "predictions", "ensemble", "correlation"):
            self.assertEqual(one[key], two[key], key)  # each rank runs whole models: not a bit differs
        self.assertGreater(one["ensemble"]["effective_size"], 30)
        self.assertEqual([p["day"] for p in one["predictions"]], [75, 80])
        held_out = one["scans"][2]
        self.assertTrue(held_out["held_out"])
        for kind in ("enhancing", "visible"):
            region, prediction = held_out[kind], one["predictions"][0][kind]
            self.assertTrue(region["covered"])
            self.assertGreater(min(region["dice"], region["dice_probable"]), 0.8)
            self.assertLess(prediction["scan_low_ml"], prediction["low_ml"])
            self.assertLess(prediction["high_ml"], prediction["scan_high_ml"])
            self.assertAlmostEqual(prediction["high_ml"] / prediction["laplace_high_ml"], 1, delta=0.2)
        with h5py.File(self.folder / "out/calibration.h5") as file:
            self.assertEqual(len(file["samples/diffusivity"]), 40)
            row = list(file["curve/day"]).index(75)
            self.assertEqual(file["curve/visible_median"][row], one["predictions"][0]["visible"]["volume_ml"])
        with h5py.File(self.folder / "out/results.h5") as file:
            np.testing.assert_array_equal(file["VTKHDF/Steps/Values"], [40, 60, 75, 80])
            maps = file["VTKHDF/PointData/probability_visible"]
            self.assertTrue(np.all(np.isin(np.round(40 * maps[()], 4), np.arange(41))))
            start, nodes = maps.attrs["rows_per_frame"], 11**3
            day_75 = maps[2 * start : 2 * start + nodes]
            self.assertTrue(0 < np.count_nonzero((day_75 > 0) & (day_75 < 1)) < nodes)

    def test_cases_are_checked_without_a_run(self) -> None:
        (self.folder / "box.yaml").write_text(BOX)
        write_case(self.folder, TISSUE)
        for case, says in (
            (self.case("glioma_calibrate.yaml"), "6 numbers"),
            (self.case("glioma_schedule.yaml"), "plans      at most"),
            ("case.yaml", "1331 nodes"),
        ):
            done = run(["check", case], self.folder, 2)
            self.assertEqual(done.returncode, 0, done.stderr)
            self.assertIn(says, done.stdout)
            self.assertTrue(done.stdout.rstrip().endswith("ok"))
        self.assertEqual(sorted(path.name for path in self.folder.iterdir()), ["box.yaml", "case.yaml"])

    def test_errors_in_a_tissue_name_their_place(self) -> None:
        (self.folder / "box.yaml").write_text(BOX)
        write_case(self.folder, TISSUE)
        for assignment, says in (
            ("scans=[{day: 60}, {day: 40}]", "found day 40 after day 60"),
            ("scans=[{day: -3}, {day: 40}]", "allowed: a seed before the first scan"),
            ("scans=[{day: 40, held_out: true}]", "all scans are held out"),
            ("scans=[{day: 40, segmentation: none.nii}]", "`synthetic.truth` makes the scans"),
            ("scans=[{day: 40, volume: 3}]", "allowed in a tissue: a segmentation"),
            ("unknowns[0].name=difusivity", 'did you mean "diffusivity"'),
            ("unknowns[2].start=80", "found the start 80 of seed.x"),
            ("unknowns=[{name: seed.x, min: 50, max: 90}]", "outside the tissue"),
            ("known={diffusivity: 0.1}", "which `known` gives"),
            ("noise.kind=absolute", "allowed in a tissue: relative"),
            ("noise.blocks=0.1", "blocks; allowed: at most"),
            ("search.ranks=2", "found 1 ranks for groups of 2"),
            ("predict.days=[20]", "from the first scan on"),
            ("therapy.radiotherapy=[{start: 5, fractions: 2, dose: 2}]", "a therapy beside `tissue`"),
        ):
            done = run(["check", "case.yaml", "--set", assignment], self.folder)
            self.assertEqual(done.returncode, 2, f"{assignment}: {done.stderr}")
            self.assertIn(says, done.stderr, assignment)

    def test_errors_name_their_place(self) -> None:
        for assignment, says in (
            ("scans=[{day: 0}, {day: 20}, {day: 14}]", "found day 14 after day 20"),
            ("noise.sd=-1", "noise.sd: found -1"),
            ("unknowns[0].name=rhoo", 'did you mean "rho"'),
            ("unknowns[0].max=0.001", "lower bound below"),
            ("scans[0].held_out=true", "the first scan is held out"),
            ("ensemble.samples=0", "allowed without `tissue`"),
            ("therapy.radiotherapy=[{start: -7, fractions: 30, dose: 2}]", "found day -7"),
        ):
            self.go("calibrate", self.case("glioma_calibrate.yaml"), "--set", assignment, expected=2)
            self.assertIn(says, self.error)
        for assignment, says in (
            ("plan.start=-3", "before the first scan"),
            ("plan.reference_dose=9", "above max_dose"),
            ("plan.totals=[60, 40]", "ascending"),
            ("calibration=nowhere.yaml", "nowhere.yaml"),
            (f"calibration={self.case('glioma_calibrate_brain.yaml')}", "allowed: one without `tissue`"),
        ):
            self.go("schedule", self.case("glioma_schedule.yaml"), "--set", assignment, expected=2)
            self.assertIn(says, self.error)


class Reference(unittest.TestCase):
    def test_the_references_are_up_to_date(self) -> None:
        for kind in ("calibrate", "schedule"):
            printed = run(["reference", kind], SOURCE).stdout
            self.assertEqual(printed, (SOURCE / "inputs" / f"reference_{kind}.yml").read_text(), kind)


if __name__ == "__main__":
    unittest.main()
