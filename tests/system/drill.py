"""Campaigns of the drill (campaign_drill.c): starting, killing and reading them."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import time
from pathlib import Path

import h5py
import numpy as np

DRILL = os.environ.get("HC_DRILL", "campaign_drill")
MPIEXEC = os.environ.get("HC_MPIEXEC", "mpiexec").split()
DONE, FAILED, TIMEOUT, CRASHED = 1, 2, 3, 4
# Of a member, whatever happened on the way to it.
LASTING = ("member", "patient", "arm", "stratum", "accepted", "status", "parameters", "quantities", "message")


def start(folder: Path, ranks: int, **settings: object) -> subprocess.Popen:
    words = [f"{key}={value}" for key, value in settings.items()]
    environment = {**os.environ, "OMPI_MCA_mpi_yield_when_idle": "1"}
    return subprocess.Popen(
        [*MPIEXEC, "-n", str(ranks), DRILL, str(folder), *words],
        stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, env=environment,
    )  # fmt: skip


def run(folder: Path, ranks: int, expect: int = 0, **settings: object) -> dict:
    """Run to the end; what the drill says of it."""
    job = start(folder, ranks, **{"quiet": 1, **settings})
    out, err = job.communicate(timeout=600)
    assert job.returncode == expect, f"exit code {job.returncode}, expected {expect}:\n{out}{err}"
    return {"err": err, **(json.loads(out.splitlines()[0]) if out.startswith("{") else {})}


def ranks_of(job: subprocess.Popen) -> list[int]:
    """Processes of the drill below the launcher."""
    found, waiting = [], [job.pid]
    while waiting:
        pid = waiting.pop()
        try:
            children = Path(f"/proc/{pid}/task/{pid}/children").read_text().split()
            if Path(f"/proc/{pid}/comm").read_text().startswith("campaign_drill"):
                found.append(pid)
        except OSError:
            continue
        waiting += [int(child) for child in children]
    return sorted(found)


def kill(job: subprocess.Popen, pids: list[int], sign: int = signal.SIGKILL) -> None:
    for pid in pids:
        try:
            os.kill(pid, sign)
        except ProcessLookupError:
            pass
    job.communicate(timeout=60)
    for _ in range(500):  # the launcher may end before the last of its ranks
        if not any(Path(f"/proc/{pid}").exists() for pid in pids):
            return
        time.sleep(0.01)


def wait_for(condition, seconds: float = 60) -> None:
    end = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < end, "what was waited for did not happen"
        time.sleep(0.005)


def rows_in(path: Path) -> dict[str, np.ndarray]:
    """The valid rows of any file of a campaign, in the order of members."""
    with h5py.File(path, "r", swmr=path.suffix == ".part") as file:
        status = file["status"][:]
        valid = np.flatnonzero(status)
        assert len(valid) == 0 or valid[-1] == len(valid) - 1, f"{path}: a hole between valid rows"
        names = [*LASTING, "attempts", "seconds"]
        rows = {name: file[name][: len(valid)] for name in names}
        if "fields" in file:
            rows["trace"] = file["fields/trace"][: len(valid)]
    order = np.argsort(rows["member"], kind="stable")
    return {name: values[order] for name, values in rows.items()}


def assert_same(rows: dict, reference: dict, but: np.ndarray | None = None) -> None:
    """Bit for bit, but for members in trouble."""
    assert np.array_equal(rows["member"], reference["member"]), "other members"
    keep = ~np.isin(reference["member"], but if but is not None else [])
    for name in (*LASTING, "trace"):
        assert rows[name][keep].tobytes() == reference[name][keep].tobytes(), f"{name} differs"


def journal(folder: Path, shard: str = "0of1") -> list[dict]:
    lines = []
    for line in (folder / f"journal/{shard}.jsonl").read_text().splitlines():
        try:
            lines.append(json.loads(line))
        except ValueError:
            pass  # cut by a kill
    return lines


def sessions(folder: Path) -> int:
    """How many there have been."""
    return sum(line["event"] == "session" for line in journal(folder)) if (folder / "journal/0of1.jsonl").exists() else 0
