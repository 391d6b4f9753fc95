"""`healthcast mesh anatomy` and `mesh import` on images: what is written, what is printed, what is refused."""

import gzip
import importlib.util
import os
import shlex
import subprocess
import sys
import tempfile
import unittest
from pathlib import Path

import h5py
import numpy as np
from case_files import write_image

HEALTHCAST = os.environ["HEALTHCAST"]
MPIEXEC = shlex.split(os.environ["HC_MPIEXEC"])


def run(arguments, folder, ranks=0):
    launcher = [*MPIEXEC, "-n", str(ranks)] if ranks else []
    return subprocess.run(
        [*launcher, HEALTHCAST, *arguments], cwd=folder, capture_output=True, text=True, timeout=120, check=False
    )


class Anatomy(unittest.TestCase):
    def setUp(self):
        self.temporary = tempfile.TemporaryDirectory()
        self.folder = Path(self.temporary.name)
        labels = np.zeros((12, 10, 8))
        labels[2:9, 2:8, 1:7] = 2
        labels[3:8, 3:7, 2:6] = 3
        labels[11, 9, 7] = 2
        self.labels = labels
        write_image(self.folder / "labels.nii.gz", labels, (-10, 5, 0), 2)
        (self.folder / "case.yaml").write_text("anatomy:\n  labels: labels.nii.gz\n  tissues: {2: grey, 3: white}\n")

    def tearDown(self):
        self.temporary.cleanup()

    def mesh(self, name):
        with h5py.File(self.folder / name) as file:
            group = file["VTKHDF"]
            return {
                "points": group["Points"][:],
                "cells": group["Connectivity"][:].reshape(len(group["Types"]), -1),
                "region": group["CellData/region"][:],
                "white": group["CellData/white"][:] if "white" in group["CellData"] else None,
            }

    def test_anatomy_on_ranks(self):
        meshes = []
        for ranks in (0, 3):
            done = run(["mesh", "anatomy", "case.yaml", f"out{ranks}.h5"], self.folder, ranks)
            self.assertEqual(done.returncode, 0, done.stderr)
            self.assertIn("region     1 (white): 0.64 mL", done.stdout)  # 5 x 4 x 4 voxels of 8 mm3
            self.assertIn("1 parts of 1 voxels in all are not connected to the largest; left out", done.stdout)
            meshes.append(self.mesh(f"out{ranks}.h5"))
        for key, value in meshes[0].items():
            np.testing.assert_array_equal(value, meshes[1][key])
        mesh = meshes[0]
        self.assertEqual(len(mesh["cells"]), 7 * 6 * 6)
        centres = mesh["points"][mesh["cells"]].mean(axis=1)
        index = np.round((centres - (-10, 5, 0)) / 2 - 0.5).astype(int)
        expected = np.where(self.labels[tuple(index.T)] == 3, 1, 2)
        np.testing.assert_array_equal(mesh["region"], expected)
        np.testing.assert_array_equal(mesh["white"], expected == 1)

    def test_tumour_case(self):
        tumour = "tumour:\n  diffusivity: 0.1\n  proliferation: 0.02\n  seed: {position: [0, 15, 8]}\ntime: {end: 1}\n"
        path = self.folder / "tumour.yaml"
        path.write_text((self.folder / "case.yaml").read_text() + tumour)
        done = run(["mesh", "anatomy", "tumour.yaml", "out.h5", "--set", "anatomy.cell=tetrahedron"], self.folder)
        self.assertEqual(done.returncode, 0, done.stderr)
        self.assertEqual(len(self.mesh("out.h5")["cells"]), 6 * 7 * 6 * 6)

    def test_import(self):
        done = run(["mesh", "import", "labels.nii.gz", "out.h5"], self.folder)
        self.assertEqual(done.returncode, 0, done.stderr)
        mesh = self.mesh("out.h5")
        self.assertEqual(np.bincount(mesh["region"]).tolist(), [0, 0, 7 * 6 * 6 - 80 + 1, 80])
        self.assertIsNone(mesh["white"])
        self.assertEqual(run(["mesh", "info", "out.h5"], self.folder).returncode, 0)

    @unittest.skipUnless(importlib.util.find_spec("nilearn"), "the package nilearn is not installed")
    def test_default_brain(self):
        recipe = Path(os.environ["HC_SOURCE_DIR"]) / "meshes" / "mni152.py"
        subprocess.run([sys.executable, recipe, self.folder, "--spacing", "4"], check=True, capture_output=True)
        maps = [word for tissue in ("white", "grey") for word in ("--set", f"anatomy.{tissue}={tissue}.nii.gz")]
        done = run(["mesh", "anatomy", "brain.h5", *maps], self.folder, 2)
        self.assertEqual(done.returncode, 0, done.stderr)
        mesh = self.mesh("brain.h5")
        volume = len(mesh["cells"]) * 0.064  # mL; 1729 at 1 mm
        self.assertAlmostEqual(volume, 1729, delta=0.03 * 1729)
        middle = mesh["points"].min(axis=0) + mesh["points"].max(axis=0)
        self.assertLess(abs(middle[0]), 8)  # symmetric about x = 0

    def test_refused(self):
        (self.folder / "text.nii").write_text("not an image")
        write_image(self.folder / "small.nii.gz", np.ones((12, 10, 7)), (-10, 5, 0), 2)
        image = bytearray(gzip.decompress((self.folder / "small.nii.gz").read_bytes()))
        image[254:256] = bytes(2)  # no sform: nothing says where it lies
        (self.folder / "placeless.nii.gz").write_bytes(gzip.compress(bytes(image)))
        for arguments, message in (
            (["mesh", "import", "text.nii", "x.h5"], "text.nii: is no NIfTI image"),
            (["mesh", "import", "labels.nii.gz", "x.h5", "--cell", "cube"], '--cell: found "cube"'),
            (["mesh", "anatomy", "case.yaml", "x.h5", "--set", "anatomy.tissues={2: grey}"], "voxels of label 3"),
            (["mesh", "anatomy", "case.yaml", "x.h5", "--set", "anatomy.mask=text.nii"], "text.nii: is no NIfTI image"),
            (["mesh", "anatomy", "case.yaml", "x.h5", "--set", "anatomy.mask=placeless.nii.gz"], "12 x 10 x 7"),
            (["mesh", "anatomy", "x.h5"], "there is no anatomy"),
        ):
            done = run(arguments, self.folder, 2 if "text.nii" in message else 0)
            self.assertEqual(done.returncode, 2, done.stderr)
            self.assertIn(message, done.stderr)
            self.assertFalse((self.folder / "x.h5").exists())


if __name__ == "__main__":
    unittest.main()
