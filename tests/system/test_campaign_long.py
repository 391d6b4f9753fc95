"""10,000 members in lanes and 200 on their own, with failures, crashes, overruns, hangs and kill -9 of random ranks at
random moments: in the end every member is done or honestly failed, once, and nothing differs from a run without all that,
on 1, 2 and 4 ranks. Members of 1,000 and 100,000 take the same memory."""

from __future__ import annotations

import random
import shutil
import sys
import tempfile
import time
import unittest
from pathlib import Path

import numpy as np
from drill import CRASHED, DONE, TIMEOUT, assert_same, kill, ranks_of, rows_in, run, sessions, start, wait_for


class LongCampaign(unittest.TestCase):
    def setUp(self) -> None:
        self.folder = Path(tempfile.mkdtemp(prefix="hc_campaign_"))
        self.addCleanup(shutil.rmtree, self.folder)

    def survive(self, folder: Path, ranks: int, seed: int, settings: dict, trouble: dict, reference: dict) -> list[int]:
        """Sessions until the end, every second one killed if it does not end by itself; the exit codes."""
        chance, codes = random.Random(seed), []
        while not codes or codes[-1] != 0:
            job = start(folder, ranks, quiet=1, **settings, **trouble)
            before = len(codes)
            wait_for(lambda job=job, n=before: job.poll() is not None or sessions(folder) > n)
            if chance.random() < 0.5:
                time.sleep(chance.uniform(0, 1.5))
                pids = ranks_of(job)
                kill(job, [chance.choice(pids)] if pids else [])
            else:
                job.communicate(timeout=120)
            codes.append(job.returncode)
            self.assertLess(len(codes), 400, "no end of sessions")
            for path in [*folder.glob("groups/*.part"), *folder.glob("groups/*.h5")]:
                rows = rows_in(path)
                good = rows["status"] == DONE
                expected = reference["quantities"][rows["member"][good]]
                self.assertEqual(rows["quantities"][good].tobytes(), expected.tobytes(), path)
        return codes

    def check_end(self, folder: Path, reference: dict, trouble: dict, members: int) -> None:
        rows = rows_in(folder / "cohort.h5")
        expected = {}  # of those who are in trouble at every attempt
        for kind, place, status in (("crash", 2, CRASHED), ("slow", 3, TIMEOUT), ("hang", 4, TIMEOUT)):
            every = trouble[kind]
            expected |= {m: status for m in range(members) if m % every == place % every and m // every % 2 == 1}
        lost = np.array(sorted(expected))
        self.assertEqual(rows["status"][lost].tolist(), [expected[m] for m in lost.tolist()])
        assert_same(rows, reference, but=lost)
        self.assertEqual(list(folder.glob("groups/*.part")) + list(folder.glob("work/*")), [])

    def test_thousands_in_lanes(self) -> None:
        settings = {"members": 10000, "fail": 97, "sleep": 0.0003, "lanes": 8}
        trouble = {"crash": 2000, "slow": 2500, "hang": 3300, "timeout": 2, "grace": 1, "retries": 2}
        run(self.folder / "reference", 1, **{**settings, "sleep": 0})
        reference = rows_in(self.folder / "reference/cohort.h5")
        for ranks in (1, 2, 4):
            with self.subTest(ranks=ranks):
                codes = self.survive(self.folder / f"{ranks}", ranks, ranks, settings, trouble, reference)
                sys.stdout.write(f"{ranks} ranks: {len(codes)} sessions ended by {sorted(set(codes))}\n")
                self.check_end(self.folder / f"{ranks}", reference, trouble, 10000)

    def test_hundreds_alone(self) -> None:
        settings = {"members": 200, "fail": 31, "sleep": 0.01, "lanes": 1, "width": 30000, "scratch": 1}
        trouble = {"crash": 70, "slow": 60, "hang": 90, "timeout": 2, "grace": 1, "retries": 1}
        run(self.folder / "reference", 1, **{**settings, "sleep": 0})
        reference = rows_in(self.folder / "reference/cohort.h5")
        for ranks, group in ((2, 1), (4, 2)):
            with self.subTest(ranks=ranks, group=group):
                folder = self.folder / f"{ranks}"
                codes = self.survive(folder, ranks, ranks, {**settings, "group": group}, trouble, reference)
                sys.stdout.write(f"{ranks} ranks: {len(codes)} sessions ended by {sorted(set(codes))}\n")
                self.check_end(folder, reference, trouble, 200)

    def test_members_that_kill_without_a_trace(self) -> None:
        """SIGKILL, as the system sends it when memory is short: three times, then alone, three times, then given up."""
        folder = self.folder / "a"
        codes = []
        while not codes or codes[-1] != 0:
            job = start(folder, 1, quiet=1, members=24, murder=16, retries=1)
            job.communicate(timeout=60)
            codes.append(job.returncode)
            self.assertLess(len(codes), 12)
        rows = rows_in(folder / "cohort.h5")
        self.assertEqual(len(codes), 7)
        self.assertEqual(np.flatnonzero(rows["status"] != DONE).tolist(), [6])
        self.assertEqual(rows["status"][6], CRASHED)
        self.assertIn(b"out of memory?", rows["message"][6])

    def test_memory_is_flat(self) -> None:
        small = run(self.folder / "a", 2, members=1000)
        large = run(self.folder / "b", 2, members=100000)
        sys.stdout.write(f"{small} {large}\n")
        self.assertLess(large["seconds"] / 100000, 1e-3, "s a member")
        self.assertLess(large["kilobytes"] - small["kilobytes"], 10000)


if __name__ == "__main__":
    unittest.main()
