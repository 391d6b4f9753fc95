"""What happens to jobs of Slurm: kills, requeues, chains, the end of their time."""

from __future__ import annotations

import sys
import unittest
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent))
from case_files import edited, results, run, summary  # noqa: E402
from slurm_cluster import skip_if_absent  # noqa: E402
from test_slurm import CELL, COHORT, Jobs, journal, members_of  # noqa: E402

LONG_TISSUE = edited("step: 0.1\n  end: 2\n", "step: 0.01\n  end: 1000\n") + "checkpoint: {every: 100}\n"
LONG_TISSUE = edited("every: 1\n", "every: 500\n", LONG_TISSUE)


class Long(Jobs):
    def test_a_shard_that_is_killed_and_requeued(self) -> None:
        output = self.folder / "results/requeued"
        settings = {"COHORT": "slow.yaml", "OUTPUT": str(output)}
        array, gather = self.submit("array", "3", "--ntasks-per-node=1", **settings)
        self.wait_for_members(output, "1of3", 2)
        self.slurm.call("scontrol", "requeue", f"{array}_2")
        saved = members_of(output, "1of3", "end", 1)
        self.slurm.wait(array, gather)
        self.assertEqual(self.slurm.states(array), ["COMPLETED"] * 3)
        self.assertEqual(self.slurm.states(gather), ["COMPLETED"])
        restarts = {item["ArrayTaskId"]: item["Restarts"] for item in self.slurm.fields(array)}
        self.assertEqual(restarts, {"1": "0", "2": "1", "3": "0"})
        again = members_of(output, "1of3", "begin", 2)
        self.assertGreater(len(again), 0, "the shard was done before it was killed")
        self.assertLess(len(again), 8)
        self.assertGreaterEqual(len(saved), 2)
        self.assert_undisturbed(output, "slow.yaml")

    def test_a_chain_goes_on_where_its_links_were_stopped(self) -> None:
        output = self.folder / "results/links"
        (self.folder / "long.yaml").write_text(LONG_TISSUE)
        links = self.submit("chain", "twin", "3", "--ntasks-per-node=1", CASE="long.yaml", OUTPUT=str(output))
        self.slurm.until(lambda: (output / "checkpoint.h5").exists(), "there is no checkpoint")
        self.slurm.call("scancel", "--signal=TERM", links[0])
        self.slurm.wait(*links)
        self.assertEqual(self.slurm.exit_code(links[0]), 5, self.log(links[0], "twin"))
        self.assertEqual([self.slurm.states(link) for link in links[1:]], [["COMPLETED"]] * 2)
        self.assertGreater(summary(output)["time"]["first_step"], 0, "the second link began anew")
        done = run(["run", "long.yaml", "--quiet", "--output", "whole"], self.folder)
        self.assertEqual(done.returncode, 0, done.stderr)
        expected, found = results(self.folder / "whole"), results(output)
        for key, values in expected.items():
            self.assertEqual(found[key].tobytes(), values.tobytes(), key)

    def test_a_chain_of_cohorts(self) -> None:
        output = self.folder / "results/cohorts"
        links = self.submit("chain", "ensemble", "3", COHORT="slow.yaml", OUTPUT=str(output))
        self.wait_for_members(output, "0of1", 2)
        self.slurm.call("scancel", "--signal=TERM", links[0])
        self.slurm.wait(*links)
        self.assertEqual(self.slurm.exit_code(links[0]), 5, self.log(links[0], "ensemble"))
        self.assertEqual([self.slurm.states(link) for link in links[1:]], [["COMPLETED"]] * 2)
        self.assertIn("finished before", self.log(links[2], "ensemble"))
        self.assertGreater(len(members_of(output, "0of1", "end", 2)), 0)
        self.assert_undisturbed(output, "slow.yaml")

    def test_a_chain_ends_with_an_input_that_is_wrong(self) -> None:
        links = self.submit("chain", "twin", "3", CASE="nowhere.yaml", OUTPUT="results/nowhere")
        self.slurm.wait(*links)
        self.assertEqual([self.slurm.exit_code(link) for link in links], [2, 2, 2])
        self.assertIn("the chain ended with exit code 2", self.log(links[2], "twin"))

    def test_a_job_puts_itself_back_into_the_queue(self) -> None:
        output = self.folder / "results/back"
        job = self.sbatch("ensemble", COHORT="slow.yaml", OUTPUT=str(output), REQUEUE="yes")
        self.wait_for_members(output, "0of1", 2)
        self.slurm.call("scancel", "--signal=TERM", job)
        self.slurm.until(lambda: any(line["session"] == 2 for line in journal(output)), "the job does not come back")
        self.slurm.wait(job)
        self.assertEqual(self.slurm.states(job), ["COMPLETED"], self.log(job, "ensemble"))
        self.assert_undisturbed(output, "slow.yaml")

    def test_the_time_limit_comes_with_a_warning(self) -> None:
        """Slurm counts in minutes: a job of one minute is warned within its first half."""
        output = self.folder / "results/limit"
        (self.folder / "endless_cell.yaml").write_text(CELL.replace("BEATS", "100000"))
        (self.folder / "endless.yaml").write_text(COHORT.replace("cell.yaml", "endless_cell.yaml"))
        job = self.sbatch("ensemble", "--time=1", "--signal=TERM@30", COHORT="endless.yaml", OUTPUT=str(output))
        self.slurm.wait(job)
        self.assertEqual(self.slurm.exit_code(job), 5, self.log(job, "ensemble"))
        self.assertEqual(self.slurm.states(job), ["FAILED"])
        self.assertIn("24 members, 0 done", self.status(output))


if __name__ == "__main__":
    skip_if_absent()
    unittest.main()
