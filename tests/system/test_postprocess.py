"""The Python stage on cohorts that healthcast has run: pictures, a trial, a surrogate and its predictions.

With HC_FULL=1 the surrogate of inputs/cohorts/emulator.yaml too, measured on cells of another design.
"""

from __future__ import annotations

import csv
import json
import os
import re
import subprocess
import sys
import tempfile
import unittest
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent))
from case_files import SOURCE, run

CELL = "cell: {model: luo_rudy91}\npacing: {cycle_length: 1500, beats: 2}\noutput: {trace_beats: 0}\n"
COHORT = """\
title: small cells
base: cell.yaml
patients: 60
design: {method: latin_hypercube, seed: 5}
vary:
  - {name: GK, unit: mS/uF, distribution: uniform, min: 0.2, max: 0.35}
  - {name: sodium, keys: [cell.scale.INa], distribution: lognormal, median: 1, sigma: 0.2}
strata:
  - {name: usual, weight: 1}
  - {name: cold, weight: 1, set: [cell.parameters.GK1=0.58]}
arms:
  - {name: control}
  - {name: block, set: [cell.scale.IK=0.8]}
accept:
  - {quantity: apd90_ms, min: 1, max: 1000}
quantities: [apd90_ms, v_peak_mv, captured]
trial:
  reference: control
  endpoints:
    - {name: APD90, quantity: apd90_ms, definition: duration of an action potential, better: lower}
"""


def post(*arguments: str, cwd: Path, timeout: float = 300) -> subprocess.CompletedProcess:
    """hc-post of this tree."""
    environment = os.environ | {"PYTHONPATH": str(SOURCE / "postprocess")}
    command = [sys.executable, "-m", "healthcast_post.cli", *arguments]
    return subprocess.run(
        command, cwd=cwd, env=environment, capture_output=True, text=True, timeout=timeout, check=False
    )


class Folder(unittest.TestCase):
    def setUp(self) -> None:
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.folder = Path(folder.name)

    def post(self, *arguments: str, timeout: float = 300) -> str:
        done = post(*arguments, cwd=self.folder, timeout=timeout)
        self.assertEqual(done.returncode, 0, done.stderr)
        return done.stdout

    def cohort(self, *arguments: str, timeout: float = 300) -> None:
        done = run(["cohort", "run", *arguments, "--quiet"], self.folder, ranks=2, timeout=timeout)
        self.assertEqual(done.returncode, 0, done.stderr)


class Small(Folder):
    def test_a_cohort_to_its_end(self) -> None:
        (self.folder / "cell.yaml").write_text(CELL)
        (self.folder / "cohort.yaml").write_text(COHORT)
        self.cohort("cohort.yaml", "--output", "out")
        said = self.post("plot", "out")
        self.assertIn("120 of 120 members are done, 120 are accepted", said)
        for name in ("members", "quantities", "parameters"):
            self.assertGreater((self.folder / f"out/{name}.png").stat().st_size, 10000)
        self.post("trial", "out")
        trial = json.loads((self.folder / "out/trial.json").read_text())
        arms = trial["endpoints"][0]["arms"]
        self.assertEqual([row["arm"] for row in arms], ["control", "block"])
        self.assertEqual(arms[1]["pairs"], 60)
        self.assertEqual(set(arms[1]["strata"]), {"usual", "cold"})
        self.assertGreater(arms[1]["low"], 10)  # less of the current that repolarises
        said = self.post("train", "out", "--quantities", "apd90_ms", "--arm", "control")
        self.assertGreater(float(re.search(r"R2 ([\d.]+)", said)[1]), 0.9)
        (self.folder / "new.csv").write_text("GK,sodium,stratum\n0.28,1.0,usual\n0.6,1.0,cold\n")
        self.assertIn("2 rows, 1 of them outside", self.post("predict", "out/surrogate.h5", "new.csv"))
        rows = list(csv.DictReader((self.folder / "new.predicted.csv").read_text().splitlines()))
        done = run(
            ["cell", "cell.yaml", "--set", "cell.parameters.GK=0.28", "--quiet", "--output", "one"], self.folder
        )
        self.assertEqual(done.returncode, 0, done.stderr)
        alone = json.loads((self.folder / "one/summary.json").read_text())["apd90_ms"]
        self.assertAlmostEqual(float(rows[0]["apd90_ms"]), alone, delta=0.02 * alone)
        self.assertIn("GK is not in 0.2", rows[1]["outside"])


@unittest.skipUnless(os.environ.get("HC_FULL"), "takes half an hour of one core")
class Emulator(Folder):
    def test_qnet_and_apd90_of_2000_cells(self) -> None:
        example = str(SOURCE / "inputs/cohorts/emulator.yaml")
        self.cohort(example, "--output", "learn", timeout=3000)
        fresh = ["--set", "design.seed=12", "--set", "patients=1000"]
        self.cohort(example, *fresh, "--output", "fresh", timeout=2000)
        self.post("train", "learn", "--quantities", "qnet", "apd90_ms", timeout=2000)
        card = json.loads((self.folder / "learn/surrogate.card.json").read_text())
        self.assertGreater(card["cost"]["speed_up"], 10)
        said = self.post("predict", "learn/surrogate.h5", "fresh", timeout=600)
        for name in ("qnet", "apd90_ms"):
            self.assertGreater(card["quantities"][name]["held_out"]["r2"], 0.99)
            found = re.search(rf"^{name}: R2 ([\d.]+), RMSE \S+ \S+, ([\d.]+) %", said, re.MULTILINE)
            self.assertGreater(float(found[1]), 0.99)
            self.assertTrue(93 <= float(found[2]) <= 97, said)
        names = [column["name"] for column in card["inputs"]]
        lines = [",".join(names), ",".join("1" for _ in names), ",".join("1.7" if n == "IKr" else "1" for n in names)]
        (self.folder / "new.csv").write_text("\n".join(lines) + "\n")
        self.assertIn("2 rows, 1 of them outside", self.post("predict", "learn/surrogate.h5", "new.csv"))


if __name__ == "__main__":
    unittest.main()
