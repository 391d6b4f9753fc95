"""A model of GPUs for machine_code.py: from machine code and counted bytes to node-steps a second. A prediction.

Machine code carries the assembler's own schedule: each instruction says how many cycles its warp waits after it, which
of six barriers it raises, and which it waits for (Jia et al. 2018, arXiv:1804.06826). issue_cycles() lets the warps of
one scheduler take turns by that schedule, one instruction a cycle, while units are busy for as long as they take for 32
threads. What it does not see (instruction fetch, bank conflicts of registers) is a factor, Machine.unseen.
"""

from __future__ import annotations

import math
import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from machine_code import Kernel

# Units that one of the four schedulers of a multiprocessor has, by the first letters of an instruction.
UNITS = {
    "fp64": ("DFMA", "DADD", "DMUL", "DSETP", "DMNMX"),
    "fma": ("FFMA", "FADD", "FMUL", "IMAD", "HFMA2"),
    "slow": ("MUFU", "F2F", "F2I", "I2F", "FRND", "POPC", "F2FP"),
    "memory": ("LD", "ST", "RED", "ATOM", "S2R", "S2UR", "SHFL", "LDC", "BAR"),
    "branch": ("BRA", "BSSY", "BSYNC", "CALL", "RET", "EXIT", "WARPSYNC", "NOP", "BMOV", "BREAK"),
    "uniform": ("U", "R2UR"),
}


@dataclass(frozen=True)
class Machine:
    """A GPU: what its maker and others say of it (docs/gpu.md has the sources), and what is assumed."""

    name: str
    multiprocessors: int
    clock: float  # Hz, sustained
    bandwidth: float  # bytes/s, peak
    cycles: dict[str, float]  # an instruction of 32 threads keeps a scheduler's unit busy
    latency: dict[str, float]  # cycles until what raises a barrier lowers it
    achieved: float = 0.90  # share of the bandwidth that streams reach
    gathers: dict[str, float] = field(default_factory=lambda: {"hexahedra": 0.88, "tetrahedra": 0.63})
    unseen: float = 0.80  # share of the schedule's speed
    launch: float = 2e-6  # s a kernel that nothing hides
    synchronisation: float = 20e-6  # s a step: a number written, one read, the host woken, the queue filled again

    def groups(self, registers: int, shared: int = 0, threads: int = 128) -> int:
        """Groups of threads that a multiprocessor holds: 64 Ki registers, 64 warps, 32 groups."""
        warp = -(-max(registers, 1) * 32 // 256) * 256
        by_registers = 65536 // (warp * threads // 32)
        by_shared = 164 * 1024 // shared if shared else 32
        return min(by_registers, by_shared, 2048 // threads, 32)


MACHINES = {
    "80": Machine(
        name="A100 SXM 80 GB",
        multiprocessors=108,
        clock=1.41e9,
        bandwidth=2.039e12,
        cycles={"fp64": 4, "fma": 2, "slow": 8, "memory": 4, "branch": 2, "uniform": 1, "other": 2},
        latency={"slow": 23, "constant": 40, "cache": 40, "memory": 600, "read": 15},
    ),
    "90": Machine(
        name="H100 SXM",
        multiprocessors=132,
        clock=1.755e9,
        bandwidth=3.35e12,
        cycles={"fp64": 2, "fma": 1, "slow": 8, "memory": 4, "branch": 2, "uniform": 1, "other": 2},
        latency={"slow": 23, "constant": 40, "cache": 40, "memory": 700, "read": 15},
    ),
}


# ---- Machine code


@dataclass(frozen=True)
class Instruction:
    """As cuobjdump prints it, with its control fields."""

    address: int
    opcode: str
    text: str
    guarded: bool
    stall: int  # cycles
    raises: int | None  # barrier that is lowered when the result is there
    reads: int | None  # barrier that is lowered when the operands have been read
    waits: int  # mask of barriers
    unit: str


def unit_of(opcode: str) -> str:
    for unit, names in UNITS.items():
        if opcode in names or any(opcode.startswith(n) for n in names if n in ("LD", "ST", "U", "BAR", "ATOM")):
            return unit
    return "other"


def read_sass(text: str) -> list[Instruction]:
    line = re.compile(
        r"^\s+/\*([0-9a-f]{4,})\*/\s+(.*?)\s*;\s+/\* 0x[0-9a-f]{16} \*/\s*\n\s+/\* 0x([0-9a-f]{16}) \*/", re.M
    )
    found = []
    for address, words, control in line.findall(text):
        bits = int(control, 16) >> 41
        guard, _, rest = words.partition(" ") if words.startswith("@") else ("", "", words)
        opcode = rest.split()[0].split(".")[0]
        raises, reads = (bits >> 5) & 7, (bits >> 8) & 7
        found.append(
            Instruction(
                address=int(address, 16),
                opcode=opcode,
                text=rest,
                guarded=bool(guard),
                stall=bits & 15,
                raises=None if raises == 7 else raises,
                reads=None if reads == 7 else reads,
                waits=(bits >> 11) & 63,
                unit=unit_of(opcode),
            )
        )
    return found


def usual_path(code: list[Instruction]) -> list[Instruction]:
    """Without the slow ways of quotients and roots, which numbers near the ends of the range take.

    These are the subroutines behind the last EXIT, and the blocks that call them, around which a branch leads.
    """
    last = max((i for i, c in enumerate(code) if c.opcode == "EXIT"), default=len(code) - 1)
    body, skipped = code[: last + 1], set()
    for i, branch in enumerate(body):
        if branch.opcode != "BRA" or not branch.guarded:
            continue
        target = int(re.findall(r"0x([0-9a-f]+)", branch.text)[-1], 16)
        region = [k for k in range(i + 1, min(i + 40, len(body))) if body[k].address < target]
        if region and body[region[-1]].address + 16 == target and any(body[k].opcode == "CALL" for k in region):
            skipped.update(region)
    return [c for i, c in enumerate(body) if i not in skipped]


# ---- Schedule


class Warp:
    """One warp on its way through the code, again and again."""

    def __init__(self, start: float) -> None:
        self.at, self.ready, self.barriers, self.rounds, self.loads = 0, start, [0.0] * 6, 0, 0

    def earliest(self, code: list[Instruction], free: dict[str, float]) -> float:
        """When its next instruction may go."""
        now = code[self.at]
        due = [self.barriers[b] for b in range(6) if now.waits >> b & 1]
        return max([self.ready, free.get(now.unit, 0.0), *due])

    def issue(self, code: list[Instruction], free: dict[str, float], time: float, machine: Machine, cold: int) -> None:
        """Send it off."""
        now = code[self.at]
        free[now.unit] = time + machine.cycles[now.unit]
        if now.raises is not None:
            self.barriers[now.raises] = max(self.barriers[now.raises], time + self.delay(now, machine, cold))
        if now.reads is not None:
            self.barriers[now.reads] = max(self.barriers[now.reads], time + machine.latency["read"])
        self.ready = time + max(now.stall, 1)
        self.at += 1
        if self.at == len(code):
            self.at, self.loads, self.barriers, self.rounds = 0, 0, [0.0] * 6, self.rounds + 1

    def delay(self, now: Instruction, machine: Machine, cold: int) -> float:
        """The first `cold` loads of a thread come from memory, later ones of the same numbers from the cache."""
        if now.unit == "memory" and now.opcode in ("LD", "LDG"):
            self.loads += 1
            return machine.latency["memory" if self.loads <= cold else "cache"]
        return machine.latency["slow" if now.unit in ("slow", "fp64") else "constant"]


def issue_cycles(code: list[Instruction], machine: Machine, warps: int, cold: int, rounds: int = 3) -> float:
    """Cycles that a scheduler with `warps` warps takes for one round of each of them, on average over rounds."""
    free: dict[str, float] = {}
    all_warps = [Warp(0.0) for _ in range(warps)]
    time = 0.0
    while True:
        running = [w for w in all_warps if w.rounds < rounds]
        if not running:
            return max(w.ready for w in all_warps) / rounds
        due = [(max(w.earliest(code, free), time), i) for i, w in enumerate(running)]
        when, chosen = min(due)
        running[chosen].issue(code, free, when, machine, cold)
        time = when + 1


# ---- Predictions


@dataclass(frozen=True)
class Part:
    """A part of a step: seconds by arithmetic and by bytes, alone."""

    name: str
    arithmetic: float
    memory: float

    @property
    def least(self) -> float:
        """All of the one is hidden behind the other."""
        return max(self.arithmetic, self.memory)

    @property
    def most(self) -> float:
        """Nothing is."""
        return self.arithmetic + self.memory


@dataclass(frozen=True)
class Mesh:
    """Neighbours in the rows of a product, padding included, and what products move beside weights and columns.

    From the 1,342 and 801 bytes of a step with adapted mass in docs/performance.md.
    """

    name: str
    neighbours: float
    products: int = 4
    vectors: float = 11.75

    def bytes(self, wide: int) -> float:
        """Of a node, in a step."""
        index = 4 + 8 / 8 + 4 / 8  # row; start and list of a chunk
        return self.products * (self.neighbours * (wide + 4) + index) + self.vectors * wide


MESHES = (Mesh("hexahedra", 26.0), Mesh("tetrahedra", 14.7))


def sizes(precision: str) -> tuple[int, int]:
    """Bytes of a state and of V."""
    return {"double": (8, 8), "mixed": (4, 8), "float": (4, 4)}[precision]


def reaction_bytes(states: int, precision: str) -> int:
    """States and V read and written, the number of the node read."""
    real, wide = sizes(precision)
    return 2 * (states - 1) * real + 2 * wide + 4


def reaction(kernel: Kernel, states: int, precision: str, machine: Machine, nodes: int) -> Part:
    groups = machine.groups(kernel.registers, kernel.shared)
    cycles = issue_cycles(kernel.code, machine, groups, states + 1)  # a group has one warp for each scheduler
    waves = math.ceil(nodes / (128 * groups * machine.multiprocessors))
    seconds = waves * cycles / machine.clock / machine.unseen
    moved = nodes * reaction_bytes(states, precision)
    return Part("reaction", seconds, moved / (machine.bandwidth * machine.achieved))


def step_parts(kernel: Kernel, states: int, precision: str, mesh: Mesh, machine: Machine, nodes: int) -> list[Part]:
    """A step of one rank on one device, without stimulus, as nearly all are.

    Reaction of three kinds of cells; two stages of diffusion with the adapted mass, each two products, and a sum; the
    copy of V and its beats; the watch over each kind of cells.
    """
    _, wide = sizes(precision)
    stream = machine.bandwidth * machine.achieved
    observers = nodes * (2 * wide + 2 * wide + 6 * 8 + wide + 4)  # copy, beats with six of its numbers, watch
    launches = 3 + 4 + 1 + 1 + 1 + 3  # cells, products, sum, copy, beats, watch
    diffusion = nodes * mesh.bytes(wide) / (stream * machine.gathers[mesh.name])
    return [
        reaction(kernel, states, precision, machine, nodes),
        Part("diffusion", 0.0, diffusion),
        Part("observers and watch", 0.0, observers / stream),
        Part(f"{launches} launches", launches * machine.launch, 0.0),
        Part("synchronisation", machine.synchronisation, 0.0),
    ]


def print_reaction(found: dict, states: dict[str, int], nodes: int) -> None:
    print("\n### Reaction\n")
    print("| model | precision | GPU | operations | bytes | warps a scheduler | busy | us | G node-steps/s |")
    print(f"|{'---|' * 9}")
    for (name, precision, arch), kernel in found.items():
        machine = MACHINES[arch]
        part = reaction(kernel, states[name], precision, machine, nodes)
        unit = "fp64" if precision == "double" else "fma"
        groups = machine.groups(kernel.registers, kernel.shared)
        busy = groups * machine.cycles[unit] * sum(c.unit == unit for c in kernel.code) * machine.unseen
        busy /= issue_cycles(kernel.code, machine, groups, states[name] + 1)
        cells = [name, precision, machine.name, f"{sum(kernel.flops):,}", reaction_bytes(states[name], precision)]
        cells += [groups, f"{100 * busy:.0f} %", f"{1e6 * part.least:.0f} to {1e6 * part.most:.0f}"]
        cells += [f"{nodes / part.most / 1e9:.2f} to {nodes / part.least / 1e9:.2f}"]
        print(f"| {' | '.join(str(cell) for cell in cells)} |")


def print_steps(found: dict, states: dict[str, int], nodes: int) -> list[dict]:
    rows = []
    print("\n### Step\n")
    print("| model | precision | mesh | GPU | reaction, us | diffusion | observers, watch | launches ", end="")
    print(f"| synchronisation | whole step | G node-steps/s |\n|{'---|' * 11}")
    for (name, precision, arch), kernel in found.items():
        for mesh in MESHES:
            machine = MACHINES[arch]
            parts = step_parts(kernel, states[name], precision, mesh, machine, nodes)
            least, most = sum(p.least for p in parts), sum(p.most for p in parts)
            span = f"{1e6 * parts[0].least:.0f} to {1e6 * parts[0].most:.0f}"
            cells = [name, precision, mesh.name, machine.name, span, *(f"{1e6 * p.most:.0f}" for p in parts[1:])]
            cells += [
                f"{1e6 * least:.0f} to {1e6 * most:.0f}",
                f"{nodes / most / 1e9:.2f} to {nodes / least / 1e9:.2f}",
            ]
            print(f"| {' | '.join(cells)} |")
            rows.append({"model": name, "precision": precision, "mesh": mesh.name, "gpu": machine.name, "nodes": nodes})
            rows[-1] |= {"step_s": [least, most], "node_steps_per_s": [nodes / most, nodes / least]}
            rows[-1] |= {part.name: [part.least, part.most] for part in parts}
    return rows


def print_predictions(found: dict, states: dict[str, int], nodes: int) -> list[dict]:
    """Tables for kernels cells_step by (model, precision, arch), and the steps as data."""
    print(f"\n## Predictions, {nodes:,} nodes: never measured")
    print_reaction(found, states, nodes)
    return print_steps(found, states, nodes)
