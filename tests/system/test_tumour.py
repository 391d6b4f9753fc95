"""Tumour cases as users run them: ranks, restart, results in days, bad input, the reference."""

from __future__ import annotations

import csv
import signal
import subprocess
import tempfile
import time
import unittest
from pathlib import Path

import h5py
import numpy as np
from case_files import HEALTHCAST, SOURCE, edited, results, run, summary, write_case, write_image

CASE = """\
title: small tumour
mesh: {cell: hexahedron, size: [24, 24, 24], spacing: 2, partitioner: curve}
tumour:
  model: necrosis
  diffusivity: 0.2
  proliferation: 0.1
  seed: {position: [12, 12, 12], radius: 4, density: 0.9}
therapy:
  date: 2024-01-01
  surgery:
    - {day: 15, centre: [12, 12, 12], radius: 3}
  radiotherapy:
    - {name: rt, start: 2024-01-19, fractions: 4, dose: 2, alpha: 0.1}
  chemotherapy:
    - {name: tmz, start: 20.3, doses: 5, kill: 2}
time: {step: 1, end: 40}
observe: {control: true, enhancing: 0.3, visible: 0.05, thresholds: [0.5]}
output: {every: 7.5, fields: [u, necrosis, nutrient], precision: float64}
checkpoint: {every: 9.25}
"""


class Tumour(unittest.TestCase):
    def setUp(self) -> None:
        self.temporary = tempfile.TemporaryDirectory()
        self.folder = Path(self.temporary.name)
        self.addCleanup(self.temporary.cleanup)
        write_case(self.folder, CASE)

    def go(self, *arguments: str, ranks: int = 1):
        return run(["run", "case.yaml", "--quiet", *arguments], self.folder, ranks=ranks)

    def frames(self, name: str) -> dict[str, np.ndarray]:
        with h5py.File(self.folder / name / "results.h5") as file:
            n = int(file["VTKHDF/NumberOfPoints"][0])
            found = {"times": np.asarray(file["VTKHDF/Steps/Values"])}
            for field in ("u", "necrosis", "nutrient"):
                starts = file[f"VTKHDF/Steps/PointDataOffsets/{field}"][:]
                found[field] = np.array([file[f"VTKHDF/PointData/{field}"][s : s + n] for s in starts])
            self.assertEqual(file["healthcast"].attrs["time_unit"], b"day")
            self.assertEqual(file["healthcast/burden"].attrs["time_unit"], b"day")
        return found

    def test_a_run_leaves_results_in_days(self) -> None:
        done = self.go("--output", "one")
        self.assertEqual(done.returncode, 0, done.stderr)
        frames = self.frames("one")
        np.testing.assert_allclose(frames["times"], 7.5 * np.arange(6), atol=1e-9)
        self.assertGreaterEqual(frames["u"].min(), 0)
        with (self.folder / "one" / "burden.csv").open() as file:
            rows = list(csv.reader(file))
        self.assertEqual(
            rows[0],
            ["time (day)", *(f"{name} (mL)" for name in ("burden", "enhancing", "visible", "u > 0.5", "necrosis"))],
        )
        self.assertEqual(len(rows), 42)
        report = summary(self.folder / "one")
        self.assertEqual(report["radiotherapy"][0]["BED_Gy"], 4 * 2 * 1.2)
        days = [event["day"] for event in report["treatments"] if event["kind"] == "radiotherapy"]
        self.assertEqual(days, [18, 21, 22, 23])  # from a Friday on, without the weekend
        cells = report["cells_mL"]
        self.assertLess(abs(cells["unexplained"]), 1e-11 * cells["grown"])
        self.assertGreater(cells["killed_by_rays"], 0)
        self.assertGreater(cells["killed_by_drugs"], 0)
        self.assertGreater(cells["removed"], 0)
        self.assertGreater(report["days_gained"]["days"], 5)

    def test_ranks_and_restarts_do_not_matter(self) -> None:
        self.assertEqual(self.go("--output", "one").returncode, 0)
        two = self.go("--output", "two", "--set", "time.end=20.5", "--set", "checkpoint.final=true", ranks=2)
        self.assertEqual(two.returncode, 0, two.stderr)
        two = self.go("--output", "two", "--restart", "--set", "checkpoint.final=true")
        self.assertEqual(two.returncode, 0, two.stderr)
        # an end between steps of the grid has cut one step in two
        one, other = self.frames("one"), self.frames("two")
        np.testing.assert_allclose(other["u"], one["u"], atol=2e-4)
        self.go("--output", "three", "--set", "time.end=37", "--set", "checkpoint.final=true")
        self.go("--output", "three", "--restart")
        other = self.frames("three")
        for field, values in one.items():  # on the grid: bit for bit
            np.testing.assert_array_equal(values, other[field])
        spread = self.go("--output", "four", ranks=2)
        self.assertEqual(spread.returncode, 0, spread.stderr)
        np.testing.assert_allclose(self.frames("four")["u"], one["u"], rtol=1e-12, atol=1e-15)

    def test_a_run_that_is_stopped_at_any_moment_is_that_of_one_that_is_not(self) -> None:
        """Stopped again and again, and with checkpoints and copies in between or without."""
        many = ["--set", "mesh.spacing=1", "--set", "time.step=0.3"]
        self.assertEqual(self.go("--output", "whole", *many).returncode, 0)
        stopped = 0
        for attempt in range(40):
            folder = self.folder / "stopped"
            (folder / "case.used.yaml").unlink(missing_ok=True)  # made anew when the set-up is done
            command = [HEALTHCAST, "run", "case.yaml", "--quiet", "--restart", "--output", "stopped", *many]
            extra = ["--set", "checkpoint.every=3.1", "--set", "checkpoint.guard=0.7"] if attempt % 2 else []
            with subprocess.Popen(
                [*command, *extra], cwd=self.folder, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True
            ) as process:
                while process.poll() is None and not (folder / "case.used.yaml").exists():
                    time.sleep(0.005)
                time.sleep(0.02 + 0.2 * attempt)
                process.send_signal(signal.SIGTERM)
                errors = process.communicate(timeout=60)[1]
            if process.returncode == 0 or summary(folder)["status"] == "finished":  # the signal may have come after it
                break
            self.assertEqual(process.returncode, 5, errors)
            self.assertEqual(summary(folder)["status"], "interrupted")
            self.assertNotIn("days_gained", summary(folder))  # the untreated tumour waits for the end
            stopped += 1
        self.assertEqual(summary(folder)["status"], "finished", "the run never came to its end")
        self.assertGreater(stopped, 1)
        self.assertEqual(summary(folder)["days_gained"], summary(self.folder / "whole")["days_gained"])
        one, other = self.frames("whole"), self.frames("stopped")
        for field, values in one.items():
            np.testing.assert_array_equal(values, other[field], err_msg=field)
        for name in ("whole", "stopped"):
            self.assertFalse((self.folder / name / "checkpoint.h5").exists())
        self.assertEqual(
            (self.folder / "whole/burden.csv").read_text(), (self.folder / "stopped/burden.csv").read_text()
        )

    def test_a_run_that_can_go_on_is_kept(self) -> None:
        self.go("--output", "one", "--set", "checkpoint.final=true")
        again = self.go("--output", "one")
        self.assertEqual(again.returncode, 2)
        self.assertIn("this folder holds a run that can go on", again.stderr)
        other = self.go("--output", "one", "--restart", "--set", "tumour.proliferation=0.2")
        self.assertEqual(other.returncode, 2)

    def test_bad_input_is_one_clear_line(self) -> None:
        for assignment, message in {
            "tumour.proliferation=-1": "tumour.proliferation: found -1; allowed: a number from 0 to 100 (1/day)",
            "tumour.seed.position=[100,0,0]": "tumour.seed.position: found [100, 0, 0] mm, which is outside the tissue",
            "tumour.seed.time=30": "radiotherapy[0].start: found day 18; allowed: from day 30 on",
            "therapy.radiotherapy[0].start=2023-12-01": "radiotherapy[0].start: found day -31; allowed: from day 0 on",
            "therapy.radiotherapy[0].alpha=-0.1": "alpha: found -0.1; allowed",
            "time.end=-5": "time.end: found day -5; allowed: from day 0 on",
            "output.fields=[V]": 'output.fields: found "V"; allowed: u, necrosis, nutrient',
            "tumour.difusivity=1": 'unknown key; did you mean "diffusivity"?',
            "therapy.surgery[0].mask=none.nii": "found several of mask, centre and threshold",
            "observe.segmentation=none.nii": "none.nii",
        }.items():
            with self.subTest(assignment):
                done = self.go("--output", "bad", "--set", assignment)
                self.assertEqual(done.returncode, 2, done.stderr)
                self.assertIn(message, done.stderr)
                self.assertEqual(len(done.stderr.strip().splitlines()), 1, done.stderr)

    def test_steps_that_are_too_long_are_told_in_the_tumours_units(self) -> None:
        write_case(
            self.folder,
            edited(
                "[24, 24, 24], spacing: 2",
                "[2, 2, 2], spacing: 0.1",
                edited("[12, 12, 12], radius: 4", "[1, 1, 1], radius: 1", CASE),
            ),
        )
        done = self.go(
            "--output",
            "bad",
            "--set",
            "tumour.diffusivity=1000",
            "--set",
            "therapy={}",
            "--set",
            "time={step: 1000, end: 1000}",
            "--set",
            "observe.every=1000",
            "--set",
            "output.every=0",
        )
        self.assertEqual(done.returncode, 2, done.stderr)
        self.assertIn("for a step of 1e+06 mm2 (diffusivity times days)", done.stderr)

    def box(self) -> np.ndarray:
        """Centres of the voxels of 1 mm of the box."""
        x = np.arange(24) + 0.5
        return np.stack(np.meshgrid(x, x, x, indexing="ij"))

    def still(self, treatment: str) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        """Points, and densities before and after a treatment on day 5 of a tumour that neither grows nor spreads."""
        text = CASE[: CASE.index("therapy:")] + "therapy:\n" + treatment
        text += "time: {step: 1, end: 10}\noutput: {every: 5, fields: [u], precision: float64}\n"
        for old, new in (("model: necrosis", "model: logistic"), ("diffusivity: 0.2", "diffusivity: 0"),
                         ("proliferation: 0.1", "proliferation: 0"), ("radius: 4", "radius: 9")):  # fmt: skip
            text = edited(old, new, text)
        write_case(self.folder, text)
        done = self.go("--output", "still", ranks=2)
        self.assertEqual(done.returncode, 0, done.stderr)
        found = results(self.folder / "still")
        starts = found["VTKHDF/Steps/PointDataOffsets/u"]
        points = found["VTKHDF/Points"]
        before, after = (found["VTKHDF/PointData/u"][start : start + len(points)] for start in (starts[1], starts[2]))
        self.assertGreater(before.max(), 0.5)
        return points, before, after

    def test_a_dose_map_kills_where_its_dose_is(self) -> None:
        x = self.box()[0]
        write_image(self.folder / "dose.nii.gz", (2.5 * x).astype(np.float32), (0, 0, 0), 1)  # Gy, linear in x
        points, before, after = self.still(
            "  radiotherapy:\n    - {name: rt, days: [5, 6, 7, 8], map: dose.nii.gz, alpha: 0.1, alpha_beta: 8}\n"
        )
        inside = (points > 0.5).all(axis=1) & (points < 23.5).all(axis=1)  # where the image is linear
        dose = 2.5 * points[inside, 0] / 4
        survival = np.exp(-4 * (0.1 * dose + 0.1 / 8 * dose**2))
        np.testing.assert_allclose(after[inside], before[inside] * survival, rtol=1e-5, atol=1e-12)
        self.assertLess((after[inside] / np.maximum(before[inside], 1e-3)).min(), 0.2)

    def test_a_mask_is_what_is_resected(self) -> None:
        x, y, _ = self.box()
        write_image(self.folder / "mask.nii.gz", (x > 10) & (y < 14), (0, 0, 0), 1)
        points, before, after = self.still("  surgery:\n    - {day: 5, mask: mask.nii.gz, residual: 0.25}\n")
        taken = (points[:, 0] > 10.6) & (points[:, 1] < 13.4)
        left = (points[:, 0] < 9.4) | (points[:, 1] > 14.6)
        np.testing.assert_allclose(after[taken], 0.25 * before[taken], rtol=1e-12)
        np.testing.assert_array_equal(after[left], before[left])

    def test_a_segmentation_of_the_tumour_itself_overlaps_with_it(self) -> None:
        x, y, z = self.box() - 12
        found = {}
        for name, shift in (("right", 0), ("wrong", 6)):
            ball = (x - shift) ** 2 + y**2 + z**2 < 9**2
            write_image(self.folder / f"{name}.nii.gz", ball, (0, 0, 0), 1)
            self.still("  immunotherapy: []\nobserve: {visible: 0.3, visible_labels: [1], enhancing_labels: [1], "
                       f"segmentation: {name}.nii.gz}}\n")  # fmt: skip
            found[name] = summary(self.folder / "still")["segmentation"]["visible"]["dice"]
        self.assertGreater(found["right"], 0.85)  # voxels of 2 mm against 1 mm
        self.assertLess(found["wrong"], found["right"] - 0.2)

    def test_images_that_lie_elsewhere_are_refused(self) -> None:
        write_image(self.folder / "far.nii.gz", np.ones((8, 8, 8)), (500, 0, 0), 1)
        for assignment in ("therapy.radiotherapy[0].map=far.nii.gz", "observe.segmentation=far.nii.gz"):
            with self.subTest(assignment):
                text = edited("dose: 2, ", "", CASE) if "map" in assignment else CASE
                write_case(self.folder, text)
                done = self.go("--output", "bad", "--set", assignment)
                self.assertEqual(done.returncode, 2, done.stderr)
                self.assertIn("is off the anatomy", done.stderr)
                self.assertFalse((self.folder / "bad").exists())

    def test_doses_that_are_none_are_refused(self) -> None:
        for dose in (np.nan, -5):
            map_ = np.full((24, 24, 24), 30, np.float32)
            map_[11:13, 11:13, 11:13] = dose
            write_image(self.folder / "dose.nii.gz", map_, (0, 0, 0), 1)
            write_case(self.folder, edited("dose: 2, ", "map: dose.nii.gz, ", CASE))
            done = self.go("--output", "bad")
            self.assertEqual(done.returncode, 2, done.stderr)
            self.assertRegex(
                done.stderr, r"radiotherapy\[0\]\.map: .*dose.nii.gz: found .* Gy at \[12, 12, 12\] mm; allowed"
            )

    def test_check_says_what_it_costs(self) -> None:
        done = run(["check", "case.yaml"], self.folder, ranks=2)
        self.assertEqual(done.returncode, 0, done.stderr)
        self.assertIn("steps      40 of 1 days", done.stdout)
        self.assertTrue(done.stdout.endswith("ok\n"))

    def test_the_reference_is_up_to_date(self) -> None:
        self.assertEqual(
            run(["reference", "tumour"], self.folder).stdout, (SOURCE / "inputs/reference_tumour.yml").read_text()
        )

    def test_the_example_is_a_case(self) -> None:
        """Everything of it but its brain."""
        text = (SOURCE / "inputs/glioma.yaml").read_text()
        anatomy = text[text.index("anatomy:") : text.index("mesh:")]
        text = text.replace(anatomy, "").replace(
            "partitioner: curve", "{cell: hexahedron, size: [60, 60, 60], spacing: 5}"
        )
        text = (
            text.replace("mesh:\n  {", "mesh: {")
            .replace("[26, -18, 32]", "[30, 30, 30]")
            .replace("radius: 2", "radius: 6")
        )
        write_case(self.folder, text)
        done = self.go("--output", "one", "--set", "time.step=2")
        self.assertEqual(done.returncode, 0, done.stderr)


if __name__ == "__main__":
    unittest.main()
