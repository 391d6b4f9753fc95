"""Cohorts of real cells and tissues through crashes, NaN, hangs and kills: every member is done or has honestly failed,
and all that is done has the bits of an undisturbed run."""

from __future__ import annotations

import os
import random
import shutil
import signal
import subprocess
import sys
import tempfile
import threading
import unittest
from pathlib import Path

import numpy as np

sys.path.insert(0, str(Path(__file__).resolve().parent))
from case_files import HEALTHCAST, MPIEXEC, SMALL
from test_cohort import rows

PLUGIN = os.environ.get("HC_FAULTY_CELL", "faulty_cell.so")
FULL = os.environ.get("HC_FULL") == "1"

CELL = f"""\
cell: {{model: {PLUGIN}}}
pacing: {{cycle_length: 20, beats: 2}}
integration: {{method: rush-larsen, step: 0.1}}
output: {{trace_beats: 0}}
"""

TISSUE = (
    SMALL.replace("mitchell_schaeffer", PLUGIN).replace("end: 2\n", "end: 8\n").replace("every: 1\n", "every: 0\n")
    + "checkpoint: {every: 2}\n"
)

COHORT = """\
base: BASE
patients: PATIENTS
design: {method: random, seed: 11}
vary:
  - {name: tau, keys: ['KEYtau'], unit: ms, distribution: uniform, min: 5, max: 50}
  - {name: fault, keys: ['KEYfault'], distribution: categorical, values: ['0', '1', '2', '3'], weights: [WEIGHTS]}
  - {name: who, keys: ['KEYwho'], distribution: uniform, min: 0, max: 1000000000, whole: true}
quantities: [QUANTITIES]
timeout: TIMEOUT
retries: 3
"""


def children(pid: int) -> list[int]:
    """The healthcast processes that mpiexec has started."""
    found = subprocess.run(["pgrep", "-P", str(pid)], capture_output=True, text=True, check=False).stdout.split()
    return [int(child) for child in found]


class Faults(unittest.TestCase):
    def setUp(self) -> None:
        self.folder = Path(tempfile.mkdtemp())
        self.addCleanup(shutil.rmtree, self.folder)
        (self.folder / "cell.yaml").write_text(CELL)
        (self.folder / "tissue.yaml").write_text(TISSUE)

    def launch(self, output: str, ranks: int, environment: dict[str, str]) -> subprocess.Popen:
        root = ["--allow-run-as-root"] if os.geteuid() == 0 else []
        command = [*MPIEXEC, *root, "--oversubscribe", "-n", str(ranks)]
        command += [HEALTHCAST, "cohort", "run", "cohort.yaml", "--quiet", "--output", output]
        return subprocess.Popen(
            command,
            cwd=self.folder,
            env=os.environ | environment,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )

    def undisturbed(self) -> dict[str, np.ndarray]:
        job = self.launch("calm", 1, {})
        said, _ = job.communicate(timeout=900)
        self.assertEqual(job.returncode, 0, said)
        return rows(self.folder / "calm")

    def disturbed(self, ranks: int, kills: int) -> tuple[dict[str, np.ndarray], int]:
        """Run again until it is done; the first `kills` jobs lose a random rank after a random time."""
        output = f"ranks{ranks}"
        marks = self.folder / f"{output}.marks"
        marks.mkdir()
        dice = random.Random(ranks)
        for attempt in range(200):
            job = self.launch(output, ranks, {"HC_FAULTS": str(marks)})
            timer = threading.Timer(dice.uniform(0.8, 3), self.kill_one, (job, dice)) if attempt < kills else None
            if timer:
                timer.start()
            said, _ = job.communicate(timeout=900)
            if timer:
                timer.cancel()
            self.assertNotIn("bug in healthcast", said)
            self.assertNotEqual(job.returncode, 2, said)
            if job.returncode == 0:
                return rows(self.folder / output), attempt
        self.fail("it came to no end: " + said)

    @staticmethod
    def kill_one(job: subprocess.Popen, dice: random.Random) -> None:
        ranks = children(job.pid)
        if ranks:
            os.kill(dice.choice(ranks), signal.SIGKILL)

    def check(self, members: int, kills: int, ranks: tuple[int, ...]) -> None:
        calm = self.undisturbed()
        np.testing.assert_array_equal(calm["member"], np.arange(members))
        failed = calm["parameters"][:, 1] == 2
        np.testing.assert_array_equal(calm["status"], np.where(failed, 2, 1))
        self.assertGreater(failed.sum(), 0)
        self.assertTrue(all(message for message in calm["message"][failed]))
        for n in ranks:
            found, restarts = self.disturbed(n, kills)
            print(f"{members} members, {n} ranks: {restarts} restarts", file=sys.stderr)
            self.assertGreaterEqual(restarts, 1)
            for name in ("member", "patient", "status", "parameters", "quantities", "message"):
                np.testing.assert_array_equal(calm[name], found[name], name)
            self.assertEqual(
                len(list((self.folder / f"ranks{n}.marks").iterdir())),
                int(np.isin(calm["parameters"][:, 1], (1, 3)).sum()),
            )

    def write(self, base: str, patients: int, weights: str, key: str, quantities: str, timeout: float) -> None:
        text = COHORT
        for name, value in (
            ("BASE", base),
            ("PATIENTS", str(patients)),
            ("WEIGHTS", weights),
            ("KEY", key),
            ("QUANTITIES", quantities),
            ("TIMEOUT", str(timeout)),
        ):
            text = text.replace(name, value)
        (self.folder / "cohort.yaml").write_text(text)

    def test_cells(self) -> None:
        members = 10000 if FULL else 400
        share = 8 / members  # about eight crashes and two hangs
        self.write(
            "cell.yaml", members, f"1, {share}, 0.01, {share / 4}", "cell.parameters.", "v_peak_mv, captured", 0.25
        )
        self.check(members, 5 if FULL else 1, (1, 2, 4) if FULL else (4,))

    def test_tissues(self) -> None:
        members = 200 if FULL else 16
        self.write(
            "tissue.yaml",
            members,
            f"1, {4 / members}, 0.25, {2 / members}",
            "cells[0].parameters.",
            "activated_fraction, activation_last_ms",
            5,
        )
        self.check(members, 3 if FULL else 1, (1, 2, 4) if FULL else (2,))


if __name__ == "__main__":
    unittest.main()
