"""What a time step costs on many ranks, predicted.

The model is made of counts from real partitions, costs measured on one machine and stated assumptions about a larger
one. docs/performance.md explains it; performance.py prints and draws it.
"""

from __future__ import annotations

import csv
import math
from dataclasses import dataclass
from pathlib import Path

import numpy as np

BULK = 1.68  # c of a part amid tissue: METIS on a cube of tetrahedra, 512 to 4,096 parts


@dataclass
class Machine:
    """One node of a large machine. The defaults are assumptions: see docs/performance.md for their sources."""

    ranks: int = 128  # of a node, one a core
    memory: float = 400e9  # bytes/s of a node
    cache: float = 4e6  # bytes a core
    clock: float = 0.75  # speed of a core when all are busy, against the one that was measured
    exchange: float = 2e-6  # s of a core, of packing, posting and waiting once
    latency: float = 2e-6  # s, of a message between nodes; a quarter of it within one
    overhead: float = 0.3e-6  # s of a core, of a message sent and received
    network: float = 25e9  # bytes/s in and out of a node
    leaving: float = 0.5  # share of the halo that crosses to other nodes
    reduction: float = 1.5e-6  # s a doubling of ranks


@dataclass
class Costs:
    """Of a node of the mesh on one core: seconds with data in cache, bytes that are moved and kept.

    The defaults are TTP06 on tetrahedra, measured for docs/performance.md.
    """

    reaction: float = 43e-9
    product: float = 6.5e-9
    rest: float = 2e-9
    reaction_bytes: float = 304
    product_bytes: float = 186
    rest_bytes: float = 50
    footprint: float = 520
    cache_rate: float = 30e9


@dataclass
class Scheme:
    """What a time step does beside the cells."""

    name: str
    products: int  # a step, each with a halo exchange
    reductions: int  # a step
    vectors: int = 0  # bytes a node of vector operations beyond those of products


class HaloLaw:
    """Halo nodes / owned nodes = (1 + c(P) n^(-1/3))^3 - 1 for parts of n nodes: a layer around a compact part.

    c depends on the number of parts alone: few parts of an organ have most of their surface in common with it,
    many have none. c(P) = BULK / (1 + (P0 / P)^a), with P0 and a fitted.
    """

    def __init__(self, parts: np.ndarray, c: np.ndarray) -> None:
        a, log_p0 = np.polyfit(np.log(parts), np.log(BULK / c - 1), 1)
        self.exponent, self.p0 = -a, math.exp(-log_p0 / a)

    def c(self, parts: np.ndarray | float) -> np.ndarray:
        """How thick the layer is, in node spacings over the edge of a cube of as many nodes as the part."""
        return BULK / (1 + (self.p0 / np.asarray(parts, float)) ** self.exponent)

    def ratio(self, n: np.ndarray | float, parts: np.ndarray | float) -> np.ndarray:
        """Halo nodes over owned nodes of a part of n nodes."""
        return (1 + self.c(parts) * np.asarray(n, float) ** (-1 / 3)) ** 3 - 1


def read_counts(path: Path) -> dict[int, dict[str, np.ndarray]]:
    """Counts of every part, by the number of parts, from bench_scaling --csv."""
    rows: dict[int, list[dict]] = {}
    with path.open() as file:
        for row in csv.DictReader(file):
            rows.setdefault(int(row["parts"]), []).append(row)
    names = ["owned", "halo", "sent", "border", "cells", "neighbours"]
    return {p: {k: np.array([int(r[k]) for r in group]) for k in names} for p, group in rows.items()}


def shape_factor(counts: dict[str, np.ndarray]) -> float:
    """The c of the mean part."""
    n, halo = counts["owned"].mean(), counts["halo"].mean()
    return ((1 + halo / n) ** (1 / 3) - 1) * n ** (1 / 3)


def fit(counts: dict[int, dict[str, np.ndarray]]) -> HaloLaw:
    parts = np.array([p for p in counts if p >= 4], float)
    return HaloLaw(parts, np.array([shape_factor(counts[int(p)]) for p in parts]))


def step_time(nodes: float, ranks: float, scheme: Scheme, costs: Costs, law: HaloLaw, machine: Machine) -> dict:
    """Seconds of one step and of its parts. Nothing overlaps: what messages hide behind work is to the good."""
    n = nodes / ranks
    imbalance = 1.03
    cores = min(ranks, machine.ranks)
    in_cache = min(1.0, machine.cache / (n * costs.footprint))

    def seconds(compute: float, moved: float) -> float:
        slow = moved * (in_cache / costs.cache_rate + (1 - in_cache) / (machine.memory / cores))
        return max(compute / machine.clock, slow)

    work = seconds(costs.reaction, costs.reaction_bytes) + seconds(costs.rest, costs.rest_bytes)
    work += scheme.products * seconds(costs.product, costs.product_bytes) + seconds(0, scheme.vectors)
    halo = float(law.ratio(n, ranks)) * n if ranks > 1 else 0.0
    neighbours = min(25.0, ranks - 1)  # the most of any part: it is the last to be done
    inside = ranks <= machine.ranks
    latency = machine.latency / 4 if inside else machine.latency
    message = machine.exchange + latency + neighbours * machine.overhead
    wire = 8 * halo * cores / machine.memory if inside else 8 * halo * machine.ranks * machine.leaving / machine.network
    parts = {
        "work": n * imbalance * work,
        "messages": scheme.products * message if ranks > 1 else 0.0,
        "bytes": scheme.products * wire,
        "reductions": scheme.reductions * machine.reduction * math.log2(max(ranks, 1)),
    }
    return parts | {"total": sum(parts.values()), "nodes": n, "halo": halo}


def half_point(nodes: float, scheme: Scheme, costs: Costs, law: HaloLaw, machine: Machine) -> float:
    """Ranks at which half of a step is not work any more."""
    low, high = 1.0, 1e9
    for _ in range(80):
        middle = math.sqrt(low * high)
        t = step_time(nodes, middle, scheme, costs, law, machine)
        low, high = (middle, high) if t["work"] > 0.5 * t["total"] else (low, middle)
    return low
