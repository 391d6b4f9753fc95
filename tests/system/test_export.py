"""`healthcast export`: a tumour as an image that other programs lay over the patient's, read by nibabel."""

from __future__ import annotations

import tempfile
import unittest
from pathlib import Path

import h5py
import nibabel
import numpy as np
from case_files import edited, run, summary, write_case

CASE = """\
title: tumour in an oblique image
anatomy:
  labels: labels.nii.gz
  tissues: {1: grey, 2: white}
tumour:
  diffusivity: 0.1
  proliferation: 0.1
  seed: {position: [0, 0, 0], radius: 5, density: 0.9}
time: {step: 1, end: 20}
observe: {enhancing: 0.5, visible: 0.1}
output: {every: 10, precision: float64}
"""


def oblique() -> np.ndarray:
    """Voxels of 1.5, 1 and 2 mm along turned axes, the first one stored from right to left."""
    a, b = 0.3, -0.2
    about_z = np.array([[np.cos(a), -np.sin(a), 0], [np.sin(a), np.cos(a), 0], [0, 0, 1]])
    about_x = np.array([[1, 0, 0], [0, np.cos(b), -np.sin(b)], [0, np.sin(b), np.cos(b)]])
    affine = np.eye(4)
    affine[:3, :3] = about_z @ about_x @ np.diag([-1.5, 1, 2])
    affine[:3, 3] = -affine[:3, :3] @ [9.5, 12, 7]  # the middle of the image is the origin
    return affine


class Export(unittest.TestCase):
    @classmethod
    def setUpClass(cls) -> None:
        cls.temporary = tempfile.TemporaryDirectory()
        cls.addClassCleanup(cls.temporary.cleanup)
        cls.folder = Path(cls.temporary.name)
        cls.affine = oblique()
        labels = np.zeros((20, 25, 15), np.uint8)
        labels[2:18, 3:22, 2:13] = 2
        labels[14:18, 3:22, 2:13] = 1
        nibabel.save(nibabel.Nifti1Image(labels, cls.affine), cls.folder / "labels.nii.gz")
        cls.tissue = labels > 0
        cls.go(CASE, "out")

    @classmethod
    def go(cls, text: str, output: str) -> None:
        write_case(cls.folder, text)
        done = run(["run", "case.yaml", "--quiet", "--output", output], cls.folder, ranks=2)
        if done.returncode:
            raise AssertionError(done.stderr)

    def export(self, *arguments: str, of: str = "out", ranks: int = 1):
        done = run(["export", of, "image.nii.gz", *arguments], self.folder, ranks=ranks)
        self.assertEqual(done.returncode, 0, done.stderr)
        return nibabel.load(self.folder / "image.nii.gz"), done.stdout

    @staticmethod
    def at(shift: float) -> np.ndarray:
        affine = np.zeros((4, 4))
        affine[:3, 3] = shift
        return affine

    def again(self, segmentation: str) -> dict:
        self.go(edited("enhancing: 0.5", f"segmentation: {segmentation}, enhancing: 0.5", CASE), "again")
        return summary(self.folder / "again")["segmentation"]

    def at_cells(self, frame: int) -> tuple[np.ndarray, np.ndarray]:
        """Centres of the cells and the mean of their nodes' densities, which is what a voxel's centre has."""
        with h5py.File(self.folder / "out" / "results.h5") as file:
            group = file["VTKHDF"]
            points = group["Points"][:]
            cells = group["Connectivity"][:].reshape(-1, 8)
            start = group["Steps/PointDataOffsets/u"][frame]
            u = group["PointData/u"][start : start + len(points)]
        return points[cells].mean(axis=1), u[cells].mean(axis=1)

    def test_densities_lie_where_the_patients_voxels_do(self) -> None:
        image, said = self.export(ranks=2)
        self.assertEqual(image.get_data_dtype(), np.float32)
        np.testing.assert_allclose(image.affine, self.affine, atol=1e-6)
        self.assertEqual(image.header.get_xyzt_units()[0], "mm")
        values = image.get_fdata()
        self.assertIn(f"u at 20, 20 x 25 x 15 voxels, {self.tissue.sum()} of them in the mesh", said)
        self.assertFalse(values[~self.tissue].any())
        centres, u = self.at_cells(2)
        index = nibabel.affines.apply_affine(np.linalg.inv(image.affine), centres)
        np.testing.assert_allclose(index, np.round(index), atol=1e-5)
        at = tuple(np.round(index).astype(int).T)
        np.testing.assert_allclose(values[at], u, rtol=1e-6, atol=1e-9)
        peak = nibabel.affines.apply_affine(image.affine, np.unravel_index(values.argmax(), values.shape))
        self.assertLess(np.linalg.norm(peak), 2)  # mm from the seed

    def test_frames_are_named_by_their_days(self) -> None:
        image, said = self.export("--day", "10")
        self.assertIn("u at 10,", said)
        _, u = self.at_cells(1)
        self.assertAlmostEqual(image.get_fdata().max(), u.max(), places=6)

    def test_labels_are_what_is_denser(self) -> None:
        values = self.export()[0].get_fdata()
        image, _ = self.export("--segmentation")
        labels = np.asarray(image.dataobj)
        self.assertEqual(image.get_data_dtype(), np.uint8)
        np.testing.assert_array_equal(labels, np.where(values > 0.5, 3, np.where(values > 0.1, 2, 0)))
        self.assertGreater((labels == 3).sum(), 100)
        image, said = self.export("--threshold", "0.05", "--threshold", "0.2", "--threshold", "0.7")
        counted = np.sum([values > 0.05, values > 0.2, values > 0.7], axis=0)
        np.testing.assert_array_equal(np.asarray(image.dataobj), counted)
        self.assertIn(f"label 3: {(counted == 3).sum()} voxels", said)

    def test_a_run_overlaps_with_its_own_export_and_with_that_alone(self) -> None:
        """On the voxels of the anatomy and on others; shifted by two voxels, as counted here."""
        nibabel.save(nibabel.Nifti1Image(np.zeros((30, 32, 28), np.uint8), np.diag([1.1, 1.1, 1.3, 1]) + self.at(-16)),
                     self.folder / "other.nii")  # fmt: skip
        for grid in ((), ("--like", "other.nii")):
            image, _ = self.export("--segmentation", *grid)
            labels = np.asarray(image.dataobj).copy()
            nibabel.save(nibabel.Nifti1Image(labels, image.affine), self.folder / "own.nii")
            found = self.again("own.nii")
            for what in ("enhancing", "visible"):
                self.assertEqual(found[what]["dice"], 1)
                self.assertLess(found[what]["mean_surface_distance_mm"], 0.5)  # voxels against what is between them
                self.assertLess(found[what]["hausdorff_mm"], 2)
            shifted = np.roll(labels, 2, axis=1)
            nibabel.save(nibabel.Nifti1Image(shifted, image.affine), self.folder / "own.nii")
            dice = 2 * ((labels > 0) & (shifted > 0)).sum() / ((labels > 0).sum() + (shifted > 0).sum())
            self.assertAlmostEqual(self.again("own.nii")["visible"]["dice"], dice, places=12)

    def test_other_grids(self) -> None:
        fine = nibabel.Nifti1Image(np.zeros((30, 30, 30), np.uint8), np.diag([0.5, 0.5, 0.5, 1]) @ np.eye(4))
        nibabel.save(fine, self.folder / "fine.nii")
        image, _ = self.export("--like", "fine.nii")
        np.testing.assert_array_equal(image.affine, fine.affine)
        u = image.get_fdata()
        self.assertGreater(u[0, 0, 0], 0.9 * u.max())  # the seed
        radius = np.linalg.norm(np.indices(u.shape), axis=0) / 2
        self.assertGreater(u[radius < 4].min(), u[radius > 10].max())
        image, _ = self.export("--spacing", "2")
        np.testing.assert_allclose(np.diag(image.affine)[:3], 2)
        volume = 8 * image.get_fdata().sum() / 1000
        with h5py.File(self.folder / "out" / "results.h5") as file:
            burden = file["healthcast/burden"][-1, 1]
        self.assertAlmostEqual(volume, burden, delta=0.01 * burden)

    def test_necrosis_has_a_label(self) -> None:
        text = edited(
            "tumour:\n", "tumour:\n  model: necrosis\n  necrosis: {rate: 2, consumption: 1, threshold: 0.8}\n", CASE
        )
        self.go(edited("every: 10", "every: 10, fields: [u, necrosis]", text), "dead")
        u = self.export(of="dead")[0].get_fdata()
        dead = self.export("--field", "necrosis", of="dead")[0].get_fdata()
        labels = np.asarray(self.export("--segmentation", of="dead")[0].dataobj)
        self.assertGreater((labels == 1).sum(), 20)
        np.testing.assert_array_equal(labels == 1, dead > 0.5)
        np.testing.assert_array_equal(labels == 3, (u > 0.5) & (dead <= 0.5))

    def test_what_is_refused(self) -> None:
        far = nibabel.Nifti1Image(np.zeros((4, 4, 4), np.uint8), np.diag([1, 1, 1, 1]) + np.eye(4, k=3) * 900)
        nibabel.save(far, self.folder / "far.nii")
        for arguments, message in {
            ("out", "x.nii", "--day", "15"): "found no frame at 15; allowed: a time with a frame",
            ("out", "x.nii", "--field", "necrosis"): 'frames have no "necrosis"; allowed: u',
            ("out", "x.png"): "x.png: found another kind of file; allowed: OUT.nii or OUT.nii.gz",
            ("none", "x.nii"): "none/results.h5: cannot be read: No such file",
            ("out", "x.nii", "--like", "far.nii"): "far.nii: no voxel of it has its centre in the mesh",
            ("out", "x.nii", "--like", "no.nii"): "no.nii",
            ("out", "x.nii", "--threshold", "0.2", "--threshold", "0.1"): "found 0.1 after 0.2; allowed: ascending",
            ("out", "x.nii", "--threshold", "few"): '--threshold: found "few"; allowed: a number',
            ("out", "x.nii", "--segmentation", "--field", "u"): "--segmentation: found --threshold or --field too",
            ("out", "x.nii", "--spacing", "1", "--like", "far.nii"): "--spacing: found --like too",
        }.items():
            with self.subTest(arguments):
                done = run(["export", *arguments], self.folder, ranks=2 if "none" in arguments else 1)
                self.assertEqual(done.returncode, 2, done.stderr)
                self.assertIn(message, done.stderr)
                self.assertEqual(len([line for line in done.stderr.splitlines() if line.startswith("healthcast")]), 1)
                self.assertFalse((self.folder / arguments[1]).exists())


if __name__ == "__main__":
    unittest.main()
