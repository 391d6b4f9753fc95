"""What campaigns cost: how busy 4 ranks are with members whose cost varies tenfold, beside a division made beforehand; time
and memory of members that take no time. HC_DRILL names the program campaign_drill (a target of the build)."""

from __future__ import annotations

import sys
import tempfile
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "system"))

from drill import run


def fresh(ranks: int, **settings: object) -> dict:
    with tempfile.TemporaryDirectory() as folder:
        return run(Path(folder) / "campaign", ranks, **settings)


def efficiency() -> None:
    print("4 ranks, members of 0.05 to 0.5 s that sleep, one a task; share of the time that ranks are busy")
    print("members  cost           as it comes  learnt  divided beforehand")
    for members in (80, 400):
        for ordered, name in ((0, "random"), (1, "rising")):
            settings = {"members": members, "lanes": 1, "sleep": 0.05, "sorted": ordered}
            blocks = fresh(4, blocks=1, **settings)
            seconds = [fresh(4, order=order, **settings)["seconds"] for order in (0, 1)]
            shares = [blocks["sleep"] / 4 / s for s in (*seconds, blocks["seconds"])]
            print(f"{members:7d}  {name:10s} {shares[0]:14.1%} {shares[1]:7.1%} {shares[2]:10.1%}", flush=True)


def overhead() -> None:
    print("2 ranks, members that take no time: microseconds a member, with opening and closing; MB of the first rank")
    print("members  lanes   us  MB")
    for lanes in (8, 1):
        for members in (1000, 10000, 100000):
            result = fresh(2, members=members, lanes=lanes)
            print(
                f"{members:7d}  {lanes:5d}  {1e6 * result['seconds'] / members:5.1f}  {result['kilobytes'] / 1024:.1f}", flush=True
            )


if __name__ == "__main__":
    efficiency()
    overhead()
