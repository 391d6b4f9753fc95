"""What a run on two ranks leaves opens in VTK and in ParaView with every step and array (paraview/README.md)."""

from __future__ import annotations

import shutil
import subprocess
import sys
import tempfile
import unittest
from pathlib import Path

from case_files import run, write_case

CHECKS = Path(__file__).resolve().parent / "paraview"


class OpenResults(unittest.TestCase):
    """One run, two readers."""

    @classmethod
    def setUpClass(cls) -> None:
        cls.folder = Path(tempfile.mkdtemp())
        write_case(cls.folder)
        done = run(["run", "case.yaml", "--quiet", "--output", "results"], cls.folder, ranks=2)
        if done.returncode:
            raise RuntimeError(done.stderr)

    @classmethod
    def tearDownClass(cls) -> None:
        shutil.rmtree(cls.folder)

    def opens(self, check: str) -> None:
        """The check's own exit code says whether all is equal."""
        done = subprocess.run(
            [sys.executable, CHECKS / check, self.folder / "results" / "results.h5"],
            capture_output=True, text=True, timeout=300, check=False,
        )
        if done.returncode == 77:
            self.skipTest(done.stdout + done.stderr)
        self.assertEqual(done.returncode, 0, done.stdout + done.stderr)

    def test_vtkhdf_in_vtk(self) -> None:
        self.opens("check_vtkhdf.py")

    def test_xdmf_in_paraview(self) -> None:
        self.opens("check_xdmf.py")


if __name__ == "__main__":
    unittest.main()
