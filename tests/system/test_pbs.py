"""Job scripts as PBS starts them: its variables, its signals, and the command lines that it is given."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import sys
import tempfile
import time
import unittest
from pathlib import Path

import h5py

sys.path.insert(0, str(Path(__file__).resolve().parent))
from case_files import HEALTHCAST, MPIEXEC, SOURCE, edited, results, run, summary  # noqa: E402
from test_slurm import CELL, COHORT, TISSUE, TISSUE_COHORT, rows  # noqa: E402

SCRIPTS = SOURCE / "jobscripts"
LONG_TISSUE = edited("every: 5}", "every: 100}", edited("end: 30", "end: 100000", TISSUE))
LONG_TISSUE = edited("output:\n  every: 1\n", "output:\n  every: 0\n", LONG_TISSUE)

# Runs nothing: notes its arguments and variables, and answers with the number of a job.
QSUB = """\
#!/bin/sh
echo "$* SHARDS=$SHARDS CHAIN=${CHAIN:+yes}" >>"$QSUB_LOG"
echo "$(wc -l <"$QSUB_LOG").server"
"""


class Jobs(unittest.TestCase):
    def setUp(self) -> None:
        self.folder = Path(tempfile.mkdtemp(prefix="hc_pbs_"))
        self.addCleanup(shutil.rmtree, self.folder)
        for name, text in (
            ("tissue.yaml", TISSUE),
            ("long.yaml", LONG_TISSUE),
            ("cell.yaml", CELL.replace("BEATS", "2")),
            ("cohort.yaml", COHORT),
        ):
            (self.folder / name).write_text(text)

    def variables(self, **settings: str) -> dict[str, str]:
        own = {"HEALTHCAST": HEALTHCAST, "HC_JOBSCRIPTS": str(SCRIPTS), "OMPI_MCA_mpi_yield_when_idle": "1"}
        return {**os.environ, **own, **settings}


class Pbs(Jobs):
    def start(self, script: str, ranks: int, **settings: str) -> subprocess.Popen:
        """What PBS does on the first node of a job: begin in another folder, with the lines of a file as ranks."""
        hosts = self.folder / "hosts"
        hosts.write_text("localhost\n" * ranks)
        root = ["--allow-run-as-root"] if os.geteuid() == 0 else []
        launch = " ".join([*MPIEXEC, *root, "--oversubscribe", "-n", str(ranks)])
        job = {"PBS_JOBID": "1.server", "PBS_O_WORKDIR": str(self.folder), "PBS_NODEFILE": str(hosts), "LAUNCH": launch}
        return subprocess.Popen(
            ["bash", str(SCRIPTS / "pbs" / f"{script}.sh")],
            cwd="/", env=self.variables(OPTIONS="--quiet", **job) | settings,
            stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, start_new_session=True,
        )  # fmt: skip

    def job(self, script: str, ranks: int = 1, expect: int = 0, **settings: str) -> str:
        job = self.start(script, ranks, **settings)
        said = job.communicate(timeout=200)[0]
        self.assertEqual(job.returncode, expect, said)
        return said

    def submit(self, *words: str, **settings: str) -> subprocess.CompletedProcess:
        return subprocess.run(
            ["bash", str(SCRIPTS / "submit.sh"), *words],
            cwd=self.folder, env=self.variables(**settings), capture_output=True, text=True, timeout=60, check=False,
        )  # fmt: skip

    def test_scripts_run_to_their_ends(self) -> None:
        self.job("twin", ranks=2, CASE="tissue.yaml")
        alone = run(["run", "tissue.yaml", "--quiet", "--output", "alone"], self.folder, ranks=2)
        self.assertEqual(alone.returncode, 0, alone.stderr)
        found, expected = results(self.folder / "results/tissue"), results(self.folder / "alone")
        for name, values in expected.items():
            self.assertEqual(found[name].tobytes(), values.tobytes(), name)
        for shard in ("1", "2"):
            self.job("array", COHORT="cohort.yaml", OUTPUT="parts", SHARDS="3", PBS_ARRAY_INDEX=shard)
        self.assertIn("members are missing", self.job("gather", COHORT="cohort.yaml", OUTPUT="parts", expect=1))
        self.job("array", COHORT="cohort.yaml", OUTPUT="parts", SHARDS="3", PBS_ARRAY_INDEX="3")
        self.assertIn("24 members, 24 done", self.job("gather", COHORT="cohort.yaml", OUTPUT="parts"))
        self.job("ensemble", COHORT="cohort.yaml", OUTPUT="whole")
        parts, whole = rows(self.folder / "parts"), rows(self.folder / "whole")
        for name, values in whole.items():
            self.assertEqual(parts[name].tobytes(), values.tobytes(), name)

    def test_the_end_of_the_time_and_qdel_stop_a_rank(self) -> None:
        """Both leave a checkpoint and exit code 5, and the same job goes on from there."""
        began = time.monotonic()
        said = self.job("twin", ranks=2, expect=5, CASE="long.yaml", WALLTIME="12", WARN="7")
        self.assertLess(time.monotonic() - began, 100)
        self.assertIn("told to stop", said)
        checkpoint = self.folder / "results/long/checkpoint.h5"
        first = checkpoint.stat().st_mtime
        job = self.start("twin", 2, CASE="long.yaml")
        while checkpoint.stat().st_mtime == first and job.poll() is None:
            time.sleep(0.1)
        os.kill(job.pid, signal.SIGTERM)
        said = job.communicate(timeout=100)[0]
        self.assertEqual(job.returncode, 5, said)
        with h5py.File(checkpoint) as file:
            steps = int(file["table/clock"][0])
        self.job("twin", ranks=2, CASE="long.yaml", OPTIONS=f"--quiet --set time.end={steps // 10 + 5}")
        self.assertEqual(summary(self.folder / "results/long")["time"]["first_step"], steps)

    def test_what_qsub_is_given(self) -> None:
        (self.folder / "bin").mkdir()
        (self.folder / "bin/qsub").write_text(QSUB)
        (self.folder / "bin/qsub").chmod(0o755)
        log = self.folder / "qsub.log"
        log.touch()
        settings = {"PATH": f"{self.folder}/bin:{os.environ['PATH']}", "QSUB_LOG": str(log)}
        done = self.submit("pbs", "array", "3", "-q", "short", **settings)
        self.assertEqual((done.returncode, done.stdout.split()), (0, ["1.server", "2.server"]), done.stderr)
        done = self.submit("pbs", "chain", "twin", "2", **settings)
        self.assertEqual((done.returncode, done.stdout.split()), (0, ["3.server", "4.server"]), done.stderr)
        pbs = SCRIPTS / "pbs"
        expected = [
            f"-V -J 1-3 -q short {pbs}/array.sh SHARDS=3 CHAIN=",
            f"-V -W depend=afterany:1.server {pbs}/gather.sh SHARDS=3 CHAIN=",
            f"-V {pbs}/twin.sh SHARDS= CHAIN=yes",
            f"-V -W depend=afterany:3.server {pbs}/twin.sh SHARDS= CHAIN=yes",
        ]
        self.assertEqual(log.read_text().splitlines(), expected)
        for words in (("pbs",), ("lsf", "array", "3"), ("pbs", "array", "none"), ("pbs", "chain", "gather", "3")):
            self.assertEqual(self.submit(*words, **settings).returncode, 2, words)

    def test_a_session_that_dies_is_followed_by_another_unless_nothing_is_gained(self) -> None:
        """A launcher that kills healthcast once, then one that always does before anything is done."""
        launcher = self.folder / "launcher"
        launcher.write_text('#!/bin/sh\nif mkdir killed 2>/dev/null; then exit 139; fi\nexec "$@"\n')
        launcher.chmod(0o755)
        said = self.job_with(str(launcher), COHORT="cohort.yaml", OUTPUT="once")
        self.assertIn("the session ended with exit code 139", said)
        self.assertEqual(len(rows(self.folder / "once")["member"]), 24)
        launcher.write_text("#!/bin/sh\necho dead >>deaths\nexit 139\n")
        said = self.job_with(str(launcher), expect=139, COHORT="cohort.yaml", OUTPUT="never", STALLS="3")
        self.assertIn("3 sessions in a row gained nothing", said)
        self.assertEqual(len((self.folder / "deaths").read_text().splitlines()), 3)

    def job_with(self, launcher: str, expect: int = 0, **settings: str) -> str:
        done = subprocess.run(
            ["bash", str(SCRIPTS / "pbs/ensemble.sh")],
            env=self.variables(LAUNCH=launcher, OPTIONS="--quiet", **settings),
            cwd=self.folder, capture_output=True, text=True, timeout=200, check=False,
        )  # fmt: skip
        self.assertEqual(done.returncode, expect, done.stdout + done.stderr)
        return done.stdout


class DryRuns(Jobs):
    def dry(self, script: str, expect: int = 0, **settings: str) -> str:
        done = subprocess.run(
            ["bash", str(SCRIPTS / f"{script}.sh")], env=self.variables(DRY_RUN="1", **settings),
            cwd=self.folder, capture_output=True, text=True, timeout=60, check=False,
        )  # fmt: skip
        self.assertEqual(done.returncode, expect, done.stdout + done.stderr)
        return done.stdout + done.stderr

    def test_every_script_says_what_it_would_run(self) -> None:
        for scheduler, start in (("slurm", "srun --kill-on-bad-exit=1"), ("pbs", "mpiexec -n 2")):
            with self.subTest(scheduler):
                command = f"{start} {HEALTHCAST} run tissue.yaml --output results/tissue --restart --set time.end=5"
                said = self.dry(f"{scheduler}/twin", CASE="tissue.yaml", OPTIONS="--set time.end=5")
                self.assertIn("1 nodes, 2 ranks, 01:00:00 (h:m:s)", said)
                self.assertIn("22 nodes of the mesh a rank: more ranks than gain anything", said)
                self.assertIn(command, said)
                said = self.dry(f"{scheduler}/ensemble", COHORT="cohort.yaml", MEASURE="2")
                self.assertIn("24 members on 2 groups of 1 ranks: 12 a group", said)
                self.assertRegex(said, r"[0-9.e-]+ s a member on one rank, measured: [0-9.e-]+ hours on 2 ranks")
                said = self.dry(f"{scheduler}/array", COHORT="cohort.yaml")
                self.assertIn("6 members a shard on 2 groups of 1 ranks: 3 a group", said)
                self.assertIn("fewer than ten a group", said)
                self.assertIn("--shard 1/4", said)
                self.assertIn("cohort gather results/cohort", self.dry(f"{scheduler}/gather", COHORT="cohort.yaml"))
                self.assertIn("--backend cuda", self.dry(f"{scheduler}/gpu", CASE="tissue.yaml"))
                said = self.dry(f"{scheduler}/ensemble", 2, COHORT="nowhere.yaml")
                self.assertIn("nowhere.yaml: cannot be read", said)
                (self.folder / "odd.yaml").write_text(edited("ranks: 2", "ranks: 3", TISSUE_COHORT))
                said = self.dry(f"{scheduler}/ensemble", 2, COHORT="odd.yaml")
                self.assertIn("no multiple of the 3 of a group", said)
        self.assertFalse((self.folder / "results").exists())


if __name__ == "__main__":
    unittest.main()
