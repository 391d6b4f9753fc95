"""What campaigns survive, in seconds; test_campaign_long.py is the same at length."""

from __future__ import annotations

import random
import shutil
import signal
import subprocess
import tempfile
import time
import unittest
from pathlib import Path

import h5py
import numpy as np
from drill import (
    CRASHED, DONE, TIMEOUT, assert_same, journal, kill, ranks_of, rows_in, run, sessions, start, wait_for,
)  # fmt: skip


class Campaign(unittest.TestCase):
    def setUp(self) -> None:
        self.folder = Path(tempfile.mkdtemp(prefix="hc_campaign_"))
        self.addCleanup(shutil.rmtree, self.folder)

    def reference(self, **settings: object) -> dict:
        folder = self.folder / "reference"
        run(folder, 1, **settings)
        return rows_in(folder / "cohort.h5")

    def test_rows_do_not_depend_on_ranks(self) -> None:
        settings = {"members": 301, "fail": 20, "error": 150}
        reference = self.reference(**settings)
        self.assertEqual(reference["member"].tolist(), list(range(301)))
        # members 5 and 155 fail the whole of their tasks of 8
        errors = sum(b"no convergence in task" in message for message in reference["message"])
        self.assertEqual(errors, 16)
        status = np.bincount(reference["status"])
        failed = {m for m in range(301) if m % 20 == 1} | set(range(8)) | set(range(152, 160))
        self.assertEqual(status.tolist(), [0, 301 - len(failed), len(failed)])
        for ranks, group in ((2, 1), (4, 1), (4, 2)):
            with self.subTest(ranks=ranks, group=group):
                folder = self.folder / f"{ranks}_{group}"
                run(folder, ranks, group=group, **settings)
                assert_same(rows_in(folder / "cohort.h5"), reference)

    def test_opened_without_our_code_and_moved(self) -> None:
        run(self.folder / "a", 2, members=50)
        (self.folder / "a").rename(self.folder / "b")
        with h5py.File(self.folder / "b/cohort.h5") as file:
            self.assertTrue(file["quantities"].is_virtual)
            self.assertEqual(file["quantities"].attrs["names"].tolist(), [b"APD90", b"peak"])
            self.assertEqual(file["parameters"].attrs["units"].tolist(), [b"mS/uF", b"mS/uF", b""])
            self.assertEqual(file["fields/trace"].shape, (50, 20))
            self.assertEqual(sorted(file["member"][:].tolist()), list(range(50)))
            self.assertFalse(np.isnan(file["quantities"][:]).any())
            self.assertIn(b'"fingerprint": "drill"', file.attrs["manifest"])

    def test_crashes_hangs_and_overruns(self) -> None:
        """Whoever does so once is done at the second attempt, whoever always does is named; the others lose nothing."""
        settings = {"members": 120, "fail": 25}
        reference = self.reference(**settings)
        trouble = {"crash": 60, "slow": 50, "hang": 80, "timeout": 0.4, "grace": 0.1, "retries": 1}
        folder, codes = self.folder / "a", []
        while not codes or codes[-1] != 0:
            job = start(folder, 2, quiet=1, sleep=0.001, **settings, **trouble)
            job.communicate(timeout=60)
            codes.append(job.returncode)
            self.assertLess(len(codes), 15, "no end of sessions")
        self.assertIn(6, codes)
        rows = rows_in(folder / "cohort.h5")
        self.assertEqual(rows["status"][[62, 53, 103, 84]].tolist(), [CRASHED, TIMEOUT, DONE, TIMEOUT])
        assert_same(rows, reference, but=np.array([62, 53, 84]))
        self.assertIn(b"SIGABRT", rows["message"][62])
        self.assertIn(b"not done within the time allowed, in 2 attempts", rows["message"][53])
        self.assertEqual(rows["attempts"][[62, 53, 2, 30]].tolist(), [2, 2, 2, 1])

    def test_killed_at_random(self) -> None:
        """kill -9 of a random rank, at random moments: files can be read at once, and in the end nothing differs."""
        settings = {"members": 400, "fail": 25}
        reference = self.reference(**settings)
        chance = random.Random(1)
        folder, kills = self.folder / "a", 0
        for _ in range(60):
            job = start(folder, 4, quiet=1, sleep=0.002, **settings)
            wait_for(lambda job=job, n=kills + 1: job.poll() is not None or sessions(folder) == n)
            time.sleep(chance.uniform(0, 0.5))
            pids = ranks_of(job)
            if job.poll() is None and pids:
                kill(job, [chance.choice(pids)])
            else:
                job.communicate(timeout=60)
            if job.returncode == 0:
                break
            kills += 1
            for path in folder.glob("groups/*.h5*"):
                if path.suffix in (".h5", ".part"):
                    rows = rows_in(path)
                    where = rows["member"]
                    self.assertEqual(rows["quantities"].tobytes(), reference["quantities"][where].tobytes())
        self.assertGreater(kills, 1, "nothing was killed")
        assert_same(rows_in(folder / "cohort.h5"), reference)
        self.assertEqual(list(folder.glob("groups/*.part")) + list(folder.glob("groups/*.new")), [])

    def test_what_was_flushed_is_not_computed_again(self) -> None:
        folder = self.folder / "a"
        job = start(folder, 2, quiet=1, members=200, sleep=0.01)
        wait_for(lambda: sum(line["event"] == "end" for line in journal(folder)) >= 6
                 if (folder / "journal/0of1.jsonl").exists() else False)  # fmt: skip
        time.sleep(0.3)
        kill(job, ranks_of(job))
        saved = np.concatenate([rows_in(path)["member"] for path in folder.glob("groups/*.part")])
        self.assertGreater(len(saved), 30)
        run(folder, 2, members=200)
        again = [m for line in journal(folder) if line["session"] == 2 and line["event"] == "begin" for m in line["members"]]
        self.assertEqual(sorted([*again, *saved.tolist()]), list(range(200)))

    def test_damaged_files(self) -> None:
        """What a power cut may leave: set aside and computed again; a closed file is not thrown away."""
        folder = self.folder / "a"
        job = start(folder, 1, quiet=1, members=100, sleep=0.01)
        wait_for(lambda: any(folder.glob("groups/*.part")))
        time.sleep(0.3)
        kill(job, ranks_of(job))
        (part,) = folder.glob("groups/*.part")
        part.write_bytes(part.read_bytes()[:3000])
        run(folder, 1, members=100)
        self.assertEqual(len(list(folder.glob("groups/*.damaged"))), 1)
        self.assertEqual(rows_in(folder / "cohort.h5")["member"].tolist(), list(range(100)))
        (closed,) = folder.glob("groups/*.h5")
        closed.write_bytes(closed.read_bytes()[:3000])
        self.assertIn("damaged", run(folder, 1, expect=2, members=100)["err"])

    def test_full_disk(self) -> None:
        """An error that says so; files stay whole, and with more room it goes on."""
        disk = self.folder / "disk"
        disk.mkdir()
        mount = ["mount", "-t", "tmpfs", "-o", "size=3m", "none", disk]
        if subprocess.run(mount, capture_output=True, check=False).returncode != 0:
            self.skipTest("no file system can be mounted here")
        self.addCleanup(subprocess.run, ["umount", disk])
        self.assertIn("No space left on device", run(disk / "a", 2, expect=4, members=8000)["err"])
        saved = sum(len(rows_in(path)["member"]) for path in disk.glob("a/groups/*"))
        self.assertTrue(0 < saved < 8000)
        subprocess.run(["mount", "-o", "remount,size=64m", disk], check=True)
        run(disk / "a", 2, members=8000)
        assert_same(rows_in(disk / "a/cohort.h5"), self.reference(members=8000))

    def test_shards(self) -> None:
        folder = self.folder / "a"
        settings = {"members": 240, "sleep": 0.01, "shards": 3, "quiet": 1}
        jobs = [start(folder, 1, shard=i, **settings) for i in range(3)]
        wait_for(lambda: all((folder / f"journal/{i}of3.jsonl").exists() for i in range(3)))
        self.assertIn("another job is working on shard 2 of 3", run(folder, 1, 2, **{**settings, "shard": 1})["err"])
        self.assertIn("other shards of 3", run(folder, 1, 2, members=240)["err"])
        for job in jobs:
            job.communicate(timeout=60)
            self.assertEqual(job.returncode, 0)
        rows = rows_in(folder / "cohort.h5")
        assert_same(rows, self.reference(members=240))

    def test_told_to_stop(self) -> None:
        folder = self.folder / "a"
        job = start(folder, 2, quiet=1, members=400, sleep=0.01)
        wait_for(lambda: any(folder.glob("groups/*.part")))
        kill(job, ranks_of(job), signal.SIGTERM)
        self.assertEqual(job.returncode, 5)
        self.assertEqual(list(folder.glob("groups/*.part")), [], "files are closed")
        before = rows_in(folder / "cohort.h5")
        self.assertTrue(0 < len(before["member"]) < 400)
        run(folder, 2, members=400)
        assert_same(rows_in(folder / "cohort.h5"), self.reference(members=400))
        events = [line["event"] for line in journal(folder)]
        self.assertIn("stop", events)

    def test_extended(self) -> None:
        folder = self.folder / "a"
        run(folder, 2, members=100)
        before = {path: path.read_bytes() for path in folder.glob("groups/*.h5")}
        run(folder, 2, members=1000)
        self.assertEqual({path: path.read_bytes() for path in before}, before)
        assert_same(rows_in(folder / "cohort.h5"), self.reference(members=1000))

    def test_other_campaigns_are_refused(self) -> None:
        folder = self.folder / "a"
        run(folder, 1, members=10)
        message = run(folder, 1, 2, members=10, fingerprint="other")["err"]
        self.assertIn("holds another campaign (its fingerprint differs)", message)
        self.assertIn("its layout differs", run(folder, 1, 2, members=10, width=3)["err"])
        run(folder, 1, members=20, fingerprint="other", overwrite=1)
        self.assertEqual(len(rows_in(folder / "cohort.h5")["member"]), 20)
        self.assertIn("MPI_THREAD_MULTIPLE", run(folder, 1, 4, threads=0)["err"])
        self.assertIn("groups of 2 ranks in a job of 3", run(folder, 3, 2, group=2)["err"])

    def test_overhead_and_memory(self) -> None:
        small = run(self.folder / "a", 2, members=1000)
        large = run(self.folder / "b", 2, members=20000)
        self.assertLess(large["seconds"] / 20000, 1e-3, "s a member")
        self.assertLess(large["kilobytes"] - small["kilobytes"], 8000)

    def test_efficiency(self) -> None:
        """Members whose cost varies tenfold, later ones costing more, over 4 ranks; what each of 4 would have to do if they
        were divided beforehand is compared."""
        settings = {"members": 80, "lanes": 1, "sleep": 0.02, "sorted": 1}
        work = 0.02 * sum(10 ** (m / 80) for m in range(80))
        seconds = run(self.folder / "a", 4, **settings)["seconds"]
        blocks = run(self.folder / "b", 4, blocks=1, **settings)["seconds"]
        self.assertGreater(work / 4 / seconds, 0.85)
        self.assertLess(work / 4 / blocks, 0.6, "static blocks should suffer: is anything measured?")


if __name__ == "__main__":
    unittest.main()
