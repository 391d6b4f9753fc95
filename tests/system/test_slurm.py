"""Every job script for Slurm in a real Slurm; test_slurm_long.py is more of what happens to jobs."""

from __future__ import annotations

import json
import os
import shutil
import sys
import tempfile
import unittest
from pathlib import Path

import h5py
import numpy as np

sys.path.insert(0, str(Path(__file__).resolve().parent))
from case_files import HEALTHCAST, SOURCE, edited, results, run, summary  # noqa: E402
from slurm_cluster import Slurm, skip_if_absent  # noqa: E402

SCRIPTS = SOURCE / "jobscripts"
BACKEND = os.environ.get("HC_TEST_BACKEND")

CELL = """\
cell:
  model: luo_rudy91
pacing: {cycle_length: 400, beats: BEATS}
integration: {method: adaptive}
output: {trace_beats: 0}
"""

COHORT = """\
base: cell.yaml
patients: 24
design: {method: latin_hypercube, seed: 5}
vary:
  - {name: GK, unit: mS/uF, distribution: uniform, min: 0.2, max: 0.35}
  - {name: GK1, unit: mS/uF, distribution: uniform, min: 0.4, max: 0.8}
quantities: [apd90_ms, v_peak_mv]
lanes: 1
"""

TISSUE = edited("end: 2\n", "end: 30\n") + "checkpoint: {every: 5}\n"

TISSUE_COHORT = """\
base: tissue.yaml
patients: 6
design: {method: random, seed: 2}
vary:
  - {name: along, keys: ['tissue.regions.slab.conductivity[0]'], unit: S/m, distribution: uniform, min: 0.1, max: 0.4}
quantities: [activation_last_ms]
fields: [activation]
ranks: 2
"""

BUT = ("attempts", "seconds")  # what may differ between two runs of a cohort


def rows(folder: Path) -> dict[str, np.ndarray]:
    """Columns of cohort.h5 in the order of members, fields and all, but for costs."""
    found: dict[str, np.ndarray] = {}
    with h5py.File(folder / "cohort.h5") as file:
        order = np.argsort(file["member"][:])

        def take(name: str, item: h5py.Dataset | h5py.Group) -> None:
            if isinstance(item, h5py.Dataset) and name not in BUT:
                found[name] = item[:][order]

        file.visititems(take)
    return found


def journal(folder: Path, shard: str = "0of1") -> list[dict]:
    """Lines of a shard's journal that are whole; shards count from 0 there."""
    path = folder / "journal" / f"{shard}.jsonl"
    if not path.exists():
        return []
    return [json.loads(line) for line in path.read_text().splitlines(keepends=True) if line.endswith("\n")]


def members_of(folder: Path, shard: str, event: str, session: int) -> set[int]:
    """Members of the tasks that a session of a shard began or ended."""
    begun = {}
    found: set[int] = set()
    for line in journal(folder, shard):
        if line["session"] != session or line["event"] not in ("begin", "end"):
            continue
        if line["event"] == "begin":
            begun[line["group"], line["task"]] = line["members"]
        if line["event"] == event:
            found |= set(begun[line["group"], line["task"]])
    return found


class Jobs(unittest.TestCase):
    @classmethod
    def setUpClass(cls) -> None:
        cls.folder = Path(tempfile.mkdtemp(prefix="hc_slurm_"))
        cls.addClassCleanup(shutil.rmtree, cls.folder)
        (cls.folder / "slurm").mkdir()
        cls.slurm = Slurm(cls.folder / "slurm")
        cls.addClassCleanup(cls.slurm.stop)
        cls.slurm.start()
        for name, text in (
            ("cell.yaml", CELL.replace("BEATS", "2")),
            ("cohort.yaml", COHORT),
            ("slow_cell.yaml", CELL.replace("BEATS", "400")),
            ("slow.yaml", COHORT.replace("cell.yaml", "slow_cell.yaml")),
            ("tissue.yaml", TISSUE),
            ("tissues.yaml", TISSUE_COHORT),
        ):
            (cls.folder / name).write_text(text)

    def variables(self, settings: dict[str, str]) -> dict[str, str]:
        own = {"HEALTHCAST": HEALTHCAST, "HC_JOBSCRIPTS": str(SCRIPTS), "OPTIONS": "--quiet"}
        return {**own, "OMPI_MCA_mpi_yield_when_idle": "1", **settings}

    def sbatch(self, script: str, *options: str, **settings: str) -> str:
        command = ("sbatch", "--parsable", *options, str(SCRIPTS / "slurm" / f"{script}.sh"))
        return self.slurm.call(*command, cwd=self.folder, **self.variables(settings)).strip()

    def submit(self, *words: str, **settings: str) -> list[str]:
        command = (str(SCRIPTS / "submit.sh"), "slurm", *words)
        return self.slurm.call(*command, cwd=self.folder, **self.variables(settings)).split()

    def log(self, job: str, name: str) -> str:
        path = self.folder / f"{name}-{job}.log"
        return path.read_text() if path.exists() else "no log"

    def undisturbed(self, cohort: str) -> dict[str, np.ndarray]:
        folder = self.folder / "undisturbed" / cohort
        if not folder.exists():
            ranks = 2 if cohort == "tissues.yaml" else 1
            done = run(["cohort", "run", cohort, "--quiet", "--output", str(folder)], self.folder, ranks)
            self.assertEqual(done.returncode, 0, done.stderr)
        return rows(folder)

    def assert_undisturbed(self, folder: Path, cohort: str) -> None:
        found, expected = rows(folder), self.undisturbed(cohort)
        self.assertEqual(sorted(found), sorted(expected))
        for name, values in expected.items():
            self.assertEqual(found[name].tobytes(), values.tobytes(), name)

    def status(self, folder: Path) -> str:
        done = run(["cohort", "status", str(folder)], self.folder)
        self.assertEqual(done.returncode, 0, done.stderr)
        return done.stdout

    def wait_for_members(self, folder: Path, shard: str, number: int, session: int = 1) -> None:
        self.slurm.until(
            lambda: len(members_of(folder, shard, "end", session)) >= number, f"shard {shard} ends no {number} members"
        )


class Scripts(Jobs):
    def test_every_script_runs_to_its_end(self) -> None:
        array, gather = self.submit("array", "3", "--ntasks-per-node=1", COHORT="cohort.yaml", OUTPUT="results/array")
        chain = self.submit("chain", "twin", "2", CASE="tissue.yaml", OUTPUT="results/chain")
        jobs = {
            "twin": self.sbatch("twin", CASE="tissue.yaml", OUTPUT="results/twin"),
            "ensemble": self.sbatch("ensemble", COHORT="cohort.yaml", OUTPUT="results/ensemble"),
            "groups": self.sbatch("ensemble", COHORT="tissues.yaml", OUTPUT="results/tissues"),
        }
        if BACKEND:
            jobs["gpu"] = self.sbatch("gpu", CASE="tissue.yaml", OUTPUT="results/gpu", BACKEND=BACKEND)
        self.slurm.wait(array, gather, *chain, *jobs.values())
        logs = {path.name: path.read_text() for path in self.folder.glob("*.log")}
        self.assertEqual(self.slurm.states(array), ["COMPLETED"] * 3, logs)
        for job in (gather, *chain, *jobs.values()):
            self.assertEqual(self.slurm.states(job), ["COMPLETED"], logs)
        for name in ("array", "ensemble"):
            self.assert_undisturbed(self.folder / "results" / name, "cohort.yaml")
        self.assert_undisturbed(self.folder / "results/tissues", "tissues.yaml")
        self.assertIn("24 members, 24 done", self.log(gather, "gather"))
        self.assertIn("finished before", self.log(chain[1], "twin"))
        reference = run(["run", "tissue.yaml", "--quiet", "--output", "reference"], self.folder, ranks=2)
        self.assertEqual(reference.returncode, 0, reference.stderr)
        expected = results(self.folder / "reference")
        for name in ("twin", "chain"):
            found = results(self.folder / "results" / name)
            for key, values in expected.items():
                self.assertEqual(found[key].tobytes(), values.tobytes(), key)
        if BACKEND:
            self.assertEqual(summary(self.folder / "results/gpu")["backend"]["name"], BACKEND)

    def test_a_campaign_that_is_told_to_stop_then_cancelled(self) -> None:
        """SIGTERM first, then a plain scancel: nothing that was done is done again, nothing is missing in the end."""
        output = self.folder / "results/stopped"
        settings = {"COHORT": "slow.yaml", "OUTPUT": str(output)}
        first = self.sbatch("ensemble", **settings)
        self.wait_for_members(output, "0of1", 3)
        self.assertRegex(self.status(output), r"24 members, [1-9].* done(.|\n)*a job is at work")
        self.slurm.call("scancel", "--signal=TERM", first)
        self.slurm.wait(first)
        self.assertEqual(self.slurm.exit_code(first), 5, self.log(first, "ensemble"))
        self.assertIn("exit code 5", self.log(first, "ensemble"))
        saved = len(rows(output)["member"])
        self.assertRegex(self.status(output), rf"24 members, {saved} done(.|\n)*no job is at work")
        done = set(rows(output)["member"].tolist())
        self.assertTrue(2 < saved < 24)

        second = self.sbatch("ensemble", **settings)
        self.wait_for_members(output, "0of1", 2, session=2)
        self.slurm.call("scancel", second)
        self.slurm.wait(second)
        self.assertEqual(self.slurm.states(second), ["CANCELLED"])
        self.slurm.until(lambda: "no job is at work" in self.status(output), "ranks are left behind")
        self.assertTrue(done.isdisjoint(members_of(output, "0of1", "begin", 2)))

        third = self.sbatch("ensemble", **settings)
        self.slurm.wait(third)
        self.assertEqual(self.slurm.states(third), ["COMPLETED"], self.log(third, "ensemble"))
        self.assertTrue(done.isdisjoint(members_of(output, "0of1", "begin", 3)))
        self.assert_undisturbed(output, "slow.yaml")
        self.assertIn("24 members, 24 done", self.status(output))


if __name__ == "__main__":
    skip_if_absent()
    unittest.main()
