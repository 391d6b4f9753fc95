"""The mass effect as users run it: frames, restart, ranks, back ends, parameters, bad input."""

from __future__ import annotations

import tempfile
import unittest
from pathlib import Path

import h5py
import numpy as np
from case_files import SOURCE, run, summary, write_case

CASE = """\
title: tumour that presses
mesh: {cell: hexahedron, size: [18, 18, 18], spacing: 2, partitioner: curve}
tumour:
  diffusivity: 0.3
  proliferation: 0.2
  grey: 1
  seed: {position: [8, 9, 9], radius: 4, density: 0.9}
mechanics: {coupling: 3, damping: 2, every: 3, fixed: [1, 2, 3, 4, 5, 6], tolerance: 1e-10}
time: {step: 1, end: 20}
observe: {control: true}
therapy:
  radiotherapy:
    - {start: 8, fractions: 2, dose: 2, alpha: 0.1}
output: {every: 5, precision: float64}
"""


class Mechanics(unittest.TestCase):
    def setUp(self) -> None:
        self.temporary = tempfile.TemporaryDirectory()
        self.folder = Path(self.temporary.name)
        self.addCleanup(self.temporary.cleanup)
        write_case(self.folder, CASE)

    def go(self, *arguments: str, ranks: int = 1):
        return run(["run", "case.yaml", "--quiet", *arguments], self.folder, ranks=ranks)

    def frames(self, name: str) -> dict[str, np.ndarray]:
        with h5py.File(self.folder / name / "results.h5") as file:
            vtk = file["VTKHDF"]
            found = {}
            for place, count in (("Point", "NumberOfPoints"), ("Cell", "NumberOfCells")):
                n = int(vtk[count][0])
                for field, data in vtk[f"{place}Data"].items():
                    if "rows_per_frame" in data.attrs:
                        starts = vtk[f"Steps/{place}DataOffsets/{field}"][:]
                        found[field] = np.array([data[s : s + n] for s in starts])
            self.assertEqual(vtk["PointData/displacement"].attrs["unit"], b"mm")
            self.assertEqual(vtk["CellData/von_mises"].attrs["unit"], b"kPa")
            found["points"] = np.asarray(vtk["Points"])
        return found

    def test_frames_restarts_and_ranks(self) -> None:
        self.assertEqual(self.go("--output", "one").returncode, 0)
        one = self.frames("one")
        self.assertEqual(one["displacement"].shape, (5, 1000, 3))
        self.assertEqual(one["von_mises"].shape, (5, 729))
        outside = np.any((one["points"] == 0) | (one["points"] == 18), axis=1)
        self.assertEqual(np.abs(one["displacement"][:, outside]).max(), 0)
        size = np.linalg.norm(one["displacement"], axis=2).max(axis=1)
        self.assertGreater(size[0], 0)  # of the seed
        self.assertGreater(size[-1], size[0])
        # outwards: along the place from the seed
        flow = np.einsum("ij,ij->i", one["displacement"][-1], one["points"] - [8, 9, 9])
        self.assertGreater(flow.sum(), 0)
        report = summary(self.folder / "one")["mechanics"]
        self.assertGreaterEqual(report["largest_displacement_mm"], size.max() * (1 - 1e-12))
        self.assertLess(report["largest_displacement_mm"], 1.5 * size.max())
        self.assertGreaterEqual(report["largest_von_mises_kPa"], one["von_mises"].max() * (1 - 1e-12))
        self.assertEqual(report["solutions"], 7)  # days 0, 3, ... 18

        for end in (10, 12):  # between solutions, and on the day of one
            name = f"again{end}"
            stop = ("--set", f"time.end={end}", "--set", "checkpoint.final=true", "--set", "observe.control=false")
            rest = ("--set", "observe.control=false")
            self.assertEqual(self.go("--output", name, *stop).returncode, 0)
            self.assertEqual(self.go("--output", name, "--restart", *rest).returncode, 0)
            other = self.frames(name)
            for field, values in one.items():
                np.testing.assert_array_equal(values, other[field], err_msg=f"{field}, {name}")
            again = summary(self.folder / name)["mechanics"]
            self.assertEqual(again["largest_displacement_mm"], report["largest_displacement_mm"])

        self.assertEqual(self.go("--output", "two", ranks=2).returncode, 0)
        two = self.frames("two")
        np.testing.assert_allclose(two["u"], one["u"], atol=1e-9)
        np.testing.assert_allclose(two["displacement"], one["displacement"], atol=1e-8)
        np.testing.assert_allclose(two["von_mises"], one["von_mises"], atol=1e-7)

    def test_without_coupling_there_is_nothing_of_it(self) -> None:
        self.assertEqual(self.go("--output", "off", "--set", "mechanics.coupling=0").returncode, 0)
        with h5py.File(self.folder / "off" / "results.h5") as file:
            self.assertNotIn("displacement", file["VTKHDF/PointData"])
        self.assertNotIn("mechanics", summary(self.folder / "off"))

    def test_bad_input_is_one_clear_line(self) -> None:
        for assignment, message in {
            "mechanics.white.poisson=0.5": "mechanics.white.poisson: found 0.5; allowed: a number from 0 to 0.495",
            "mechanics.grey.young=-1": "mechanics.grey.young: found -1; allowed: a number from 0.001",
            "mechanics.damping=-1": "mechanics.damping: found -1; allowed",
            "mechanics.fixed=[9]": "mechanics.fixed: nothing holds the tissue",
            "mechanics.free=[1,2,3,4,5,6]": "mechanics.fixed: nothing holds the tissue",
            "mechanics.every=0": "mechanics.every: found 0; allowed",
            "mechanics.copling=1": 'unknown key; did you mean "coupling"?',
            "mesh.cell=triangle": "mechanics.coupling: found mechanics on a mesh of triangles",
        }.items():
            with self.subTest(assignment):
                done = self.go("--output", "bad", "--set", assignment, "--set", "tumour.seed.position=[9,9,0]")
                self.assertEqual(done.returncode, 2, done.stderr)
                self.assertIn(message, done.stderr)
                self.assertEqual(len(done.stderr.strip().splitlines()), 1, done.stderr)

    def test_the_example_is_a_case(self) -> None:
        """Everything of it but its brain."""
        text = (SOURCE / "inputs/glioma_mass_effect.yaml").read_text()
        text = text.replace(text[text.index("anatomy:") : text.index("tumour:")], "")
        text += "mesh: {cell: hexahedron, size: [60, 60, 60], spacing: 6, partitioner: curve}\n"
        write_case(self.folder, text.replace("[26, -18, 32]", "[30, 30, 30]").replace("radius: 4", "radius: 8"))
        done = self.go("--output", "one")
        self.assertEqual(done.returncode, 0, done.stderr)
        self.assertEqual(summary(self.folder / "one")["mechanics"]["solutions"], 19)


if __name__ == "__main__":
    unittest.main()
