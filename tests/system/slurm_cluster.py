"""A real Slurm of one node on the loopback device: munged, slurmctld and slurmd as children of a test."""

from __future__ import annotations

import os
import pwd
import shutil
import signal
import socket
import subprocess
import sys
import time
from pathlib import Path

PROGRAMS = ("munged", "slurmctld", "slurmd", "sbatch", "srun", "scancel", "scontrol", "sinfo")
PLACES = os.environ["PATH"] + ":/usr/local/sbin:/usr/sbin:/sbin"
SKIPPED = 77

# cred_expire: requeued jobs wait until the credentials of their first life are no longer valid.
CONFIGURATION = """\
ClusterName=test
SlurmctldHost={host}(127.0.0.1)
SlurmUser={user}
SlurmdUser={user}
SlurmctldPort={ports[0]}
SlurmdPort={ports[1]}
AuthType=auth/munge
AuthInfo=socket={folder}/munge.socket,cred_expire=5
StateSaveLocation={folder}/state
SlurmdSpoolDir={folder}/spool
SlurmctldPidFile={folder}/slurmctld.pid
SlurmdPidFile={folder}/slurmd.pid
SlurmdParameters=config_overrides
ProctrackType=proctrack/linuxproc
TaskPlugin=task/none
MpiDefault=pmix
SelectType=select/cons_tres
SelectTypeParameters=CR_Core
SchedulerParameters=sched_interval=1,batch_sched_delay=0,bf_interval=1
PriorityType=priority/basic
JobAcctGatherType=jobacct_gather/none
AccountingStorageType=accounting_storage/none
ReturnToService=2
KillWait=10
MinJobAge=3600
GresTypes=gpu
NodeName=n1 NodeHostname={host} NodeAddr=127.0.0.1 CPUs=4 Gres=gpu:1 State=UNKNOWN
PartitionName=test Nodes=n1 Default=YES MaxTime=INFINITE State=UP
"""

ENDED = ("COMPLETED", "FAILED", "CANCELLED", "TIMEOUT", "NODE_FAIL", "OUT_OF_MEMORY")


def skip_if_absent() -> None:
    """End the test as skipped, by the name of what is absent."""
    for program in PROGRAMS:
        if not shutil.which(program, path=PLACES):
            print(f"skipped: {program} is not installed")
            sys.exit(SKIPPED)


def free_ports(number: int) -> list[int]:
    sockets = [socket.socket() for _ in range(number)]
    for item in sockets:
        item.bind(("127.0.0.1", 0))
    ports = [item.getsockname()[1] for item in sockets]
    for item in sockets:
        item.close()
    return ports


class Slurm:
    """Start it with start(), end it with stop(); jobs are told apart by the text that sbatch prints."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.daemons: list[subprocess.Popen] = []
        self.environment = {**os.environ, "PATH": PLACES, "SLURM_CONF": str(folder / "slurm.conf")}

    def start(self) -> None:
        for name in ("state", "spool"):
            (self.folder / name).mkdir()
        key = self.folder / "munge.key"
        key.write_bytes(os.urandom(128))
        key.chmod(0o400)
        text = CONFIGURATION.format(
            host=socket.gethostname().split(".")[0],
            user=pwd.getpwuid(os.geteuid()).pw_name,
            ports=free_ports(2),
            folder=self.folder,
        )
        (self.folder / "slurm.conf").write_text(text)
        (self.folder / "gres.conf").write_text("NodeName=n1 Name=gpu File=/dev/null\n")
        self.daemon(
            "munged", "--foreground", "--force", f"--key-file={key}", f"--socket={self.folder}/munge.socket",
            f"--pid-file={self.folder}/munged.pid", f"--log-file={self.folder}/munged-own.log",
            f"--seed-file={self.folder}/munged.seed",
        )  # fmt: skip
        self.until(lambda: (self.folder / "munge.socket").exists(), "munged does not answer")
        self.daemon("slurmctld", "-D")
        self.daemon("slurmd", "-D", "-N", "n1")
        self.until(lambda: self.call("sinfo", "-h", "-o", "%T", check=False).strip() == "idle", "the node is not idle")

    def daemon(self, *command: str) -> None:
        log = open(self.folder / f"{command[0]}.log", "w")
        self.daemons.append(subprocess.Popen(command, env=self.environment, stdout=log, stderr=log))
        log.close()

    def stop(self) -> None:
        if (self.folder / "slurm.conf").exists():
            self.call("scancel", "--full", f"--user={os.geteuid()}", check=False)
        for daemon in reversed(self.daemons):
            daemon.send_signal(signal.SIGTERM)
            try:
                daemon.wait(timeout=20)
            except subprocess.TimeoutExpired:
                daemon.kill()
                daemon.wait()

    def until(self, holds: object, otherwise: str, timeout: float = 60) -> None:
        end = time.monotonic() + timeout
        while not holds():
            if time.monotonic() > end:
                logs = "\n".join(path.read_text()[-2000:] for path in sorted(self.folder.glob("*.log")))
                raise AssertionError(f"{otherwise} after {timeout} s\n{logs}")
            time.sleep(0.1)

    def call(self, *command: str, cwd: Path | None = None, check: bool = True, **environment: str) -> str:
        done = subprocess.run(
            command, env={**self.environment, **environment}, cwd=cwd,
            capture_output=True, text=True, timeout=120, check=False,
        )  # fmt: skip
        if check and done.returncode != 0:
            raise AssertionError(f"{command}: exit code {done.returncode}\n{done.stdout}{done.stderr}")
        return done.stdout

    def fields(self, job: str) -> list[dict[str, str]]:
        """What scontrol knows of a job, or of each task of an array."""
        lines = self.call("scontrol", "show", "job", "-o", job, check=False).splitlines()
        return [dict(word.split("=", 1) for word in line.split() if "=" in word) for line in lines]

    def states(self, job: str) -> list[str]:
        return [fields["JobState"] for fields in self.fields(job)]

    def wait(self, *jobs: str, timeout: float = 180) -> None:
        for job in jobs:
            self.until(
                lambda job=job: all(state in ENDED for state in self.states(job)), f"job {job} has not ended", timeout
            )

    def exit_code(self, job: str) -> int:
        (fields,) = self.fields(job)
        return int(fields["ExitCode"].split(":")[0])
