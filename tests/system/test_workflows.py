"""healthcast driven by EasyVVUQ and by Snakemake: the examples of inputs/workflows, run and judged.

Where the packages are: HC_WORKFLOWS_PYTHON names a Python that has them (default: this one).
"""

from __future__ import annotations

import csv
import json
import os
import shutil
import subprocess
import sys
import tempfile
import unittest
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent))
from case_files import HEALTHCAST, SOURCE, run  # noqa: E402
from test_slurm import rows  # noqa: E402

PYTHON = os.environ.get("HC_WORKFLOWS_PYTHON", sys.executable)
EXAMPLES = SOURCE / "inputs" / "workflows"
SKIPPED = 77


def skip_if_absent() -> None:
    """End the test as skipped, by the name of what is absent."""
    for package in ("easyvvuq", "snakemake", "h5py"):
        if subprocess.run([PYTHON, "-c", f"import {package}"], capture_output=True, check=False).returncode != 0:
            print(f"skipped: {PYTHON} has no {package}")
            sys.exit(SKIPPED)


class Workflows(unittest.TestCase):
    def setUp(self) -> None:
        self.folder = Path(tempfile.mkdtemp(prefix="hc_workflows_"))
        self.addCleanup(shutil.rmtree, self.folder)

    def python(self, *arguments: str, expect: int = 0) -> str:
        done = subprocess.run(
            [PYTHON, *arguments], cwd=self.folder, capture_output=True, text=True, timeout=600, check=False
        )
        self.assertEqual(done.returncode, expect, done.stdout + done.stderr)
        return done.stdout

    def snakemake(self, *settings: str, expect: int = 0) -> None:
        arguments = ("-m", "snakemake", "--snakefile", str(EXAMPLES / "Snakefile"), "--cores", "2")
        self.python(*arguments, "--config", "output=out", f"healthcast={HEALTHCAST}", *settings, expect=expect)

    def test_easyvvuq_and_our_cohort_find_the_same_indices(self) -> None:
        done = run(
            ["cohort", "run", str(EXAMPLES / "sensitivity.yaml"), "--quiet", "--output", "cohort"], self.folder, ranks=2
        )
        self.assertEqual(done.returncode, 0, done.stderr)
        script = str(EXAMPLES / "easyvvuq_sensitivity.py")
        said = self.python(script, "--healthcast", HEALTHCAST, "--work", "runs", "--cohort", "cohort")
        found = json.loads(said)
        theirs, ours = found["easyvvuq"], found["cohort"]
        self.assertEqual((theirs["runs"], ours["runs"]), (64, 5120))
        self.assertAlmostEqual(theirs["mean"], ours["mean"], delta=0.5)  # ms
        self.assertAlmostEqual(theirs["std"], ours["std"], delta=0.5)
        for name, index in ours["first"].items():
            self.assertAlmostEqual(theirs["first"][name], index, delta=0.01)
            self.assertLess(index, ours["total"][name] + 0.01)
        self.assertGreater(sum(ours["first"].values()), 0.95)

    def test_snakemake_runs_shards_and_cells(self) -> None:
        """Among them one that dies once: its job is not lost, and nothing differs from one cohort in one run."""
        launcher = self.folder / "launcher"
        launcher.write_text(f'#!/bin/sh\nif mkdir "{self.folder}/died" 2>/dev/null; then exit 139; fi\nexec "$@"\n')
        launcher.chmod(0o755)
        self.snakemake(f"launch={launcher}", "shards=3")
        self.assertTrue((self.folder / "died").exists())
        done = run(["cohort", "run", str(EXAMPLES / "cohort.yaml"), "--quiet", "--output", "whole"], self.folder)
        self.assertEqual(done.returncode, 0, done.stderr)
        parts, whole = rows(self.folder / "out/campaign"), rows(self.folder / "whole")
        self.assertEqual(len(whole["member"]), 60)
        for name in ("member", "status", "parameters"):
            self.assertEqual(parts[name].tobytes(), whole[name].tobytes(), name)
        self.assertEqual(parts["quantities"].tobytes(), whole["quantities"].tobytes())
        with open(self.folder / "out/cells.csv", newline="") as file:
            cells = list(csv.DictReader(file))
        self.assertEqual([cell["cycle_length_ms"] for cell in cells], ["400", "500", "700", "1000"])
        durations = [float(cell["apd90_ms"]) for cell in cells]
        self.assertEqual(durations, sorted(durations))  # restitution
        alone = run(
            ["cell", str(EXAMPLES / "cell.yaml"), "--set", "pacing.cycle_length=700", "--quiet", "--output", "alone"],
            self.folder,
        )
        self.assertEqual(alone.returncode, 0, alone.stderr)
        self.assertEqual(durations[2], json.loads((self.folder / "alone/summary.json").read_text())["apd90_ms"])

    def test_what_is_wrong_is_not_tried_again(self) -> None:
        (self.folder / "bad.yaml").write_text("cell:\n  model: none\n")
        self.snakemake("case=bad.yaml", "cycle_lengths=[500]", expect=1)
        log = (self.folder / "out/logs/cell-500.log").read_text()
        self.assertEqual(log.count("healthcast: error:"), 1, log)


if __name__ == "__main__":
    skip_if_absent()
    unittest.main()
