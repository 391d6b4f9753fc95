"""What a heart of 2.4 million tetrahedra takes in memory, from nothing to results: less than 1 GB over two ranks."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
import tempfile
import unittest
from pathlib import Path

from case_files import HEALTHCAST, MPIEXEC, write_case

CASE = """\
mesh: {cell: tetrahedron, size: [74, 74, 74], spacing: 1}
fibres: {rule: uniform, direction: [1, 0, 0]}
tissue:
  regions:
    - {name: block, intracellular: [0.17, 0.019, 0.019], extracellular: [0.62, 0.24, 0.24]}
cells:
  - {model: ttp06_epi}
stimuli:
  - {name: corner, shape: box, min: [0, 0, 0], max: [2, 2, 2], amplitude: 50, start: 0, duration: 2}
time: {step: 0.05, end: 0.25}
output: {every: 0.25}
"""
LIMIT = 1e9  # bytes, shared libraries counted on each rank

# Run a program and say how much of memory it had at most: children's, so without Python's own.
WATCHED = """\
import resource, subprocess, sys
code = subprocess.call(sys.argv[1:])
peak = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss
sys.stdout.write(f"peak {peak}\\n")  # at once: the ranks write to one pipe
sys.exit(code)
"""


class Memory(unittest.TestCase):
    def test_two_million_tetrahedra_on_two_ranks(self) -> None:
        root = ["--allow-run-as-root"] if os.geteuid() == 0 else []
        with tempfile.TemporaryDirectory() as name:
            folder = Path(name)
            write_case(folder, CASE)
            command = [*MPIEXEC, *root, "--oversubscribe", "-n", "2", sys.executable, "-c", WATCHED, HEALTHCAST]
            done = subprocess.run(
                [*command, "run", "case.yaml", "--quiet", "--output", "out"],
                cwd=folder, capture_output=True, text=True, timeout=600, check=False,
            )  # fmt: skip
            self.assertEqual(done.returncode, 0, done.stderr)
            summary = json.loads((folder / "out/summary.json").read_text())
        self.assertEqual((summary["mesh"]["nodes"], summary["mesh"]["cells"]), (421_875, 2_431_344))
        peaks = [1024 * int(kib) for kib in re.findall(r"peak (\d+)", done.stdout)]
        self.assertEqual(len(peaks), 2, done.stdout)
        self.assertGreater(min(peaks), 100e6, "the mesh alone takes more: something else was measured")
        self.assertLess(sum(peaks), LIMIT, f"peaks of the ranks: {peaks} bytes")


if __name__ == "__main__":
    unittest.main()
