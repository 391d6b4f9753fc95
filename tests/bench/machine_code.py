#!/usr/bin/env python3
"""What the machine code of the device programs says, without a GPU: docs/gpu.md, read and predicted again.

    tests/bench/machine_code.py                               tables as Markdown on stdout
    tests/bench/machine_code.py --models ttp06 --archs 90     less of it
    tests/bench/machine_code.py --check [--models ...]        compile, and fail where registers are spilled

Compiles the programs of the cell models and of the tissue with nvcc, as the run-time compiler would, for sm_80 (A100),
sm_90 (H100) and PTX, all warnings being errors, in each precision. Prints registers, spills, shared memory, occupancy
and the mix of instructions, and what gpu_model.py predicts from them. The mix needs cuobjdump, of the CUDA toolkit or
`pip install nvidia-cuda-cuobjdump nvidia-cuda-nvdisasm`; --check needs nvcc alone.
"""

from __future__ import annotations

import argparse
import itertools
import json
import re
import shutil
import subprocess
import sys
import tempfile
from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path

import gpu_model

SOURCE = Path(__file__).resolve().parents[2]
KERNELS = SOURCE / "kernels"
MODELS = sorted(path.stem for path in (SOURCE / "src/kinetics/models").glob("*.c"))
OTHERS = ("tissue", "cells")  # programs of a text in kernels/
PRECISIONS = ("double", "mixed", "float")
FLAGS = ["-std=c++17", "-Werror", "all-warnings", "-Xcompiler", "-Wall,-Wextra", "-Xptxas", "-v"]
NO_FIELDS = [f"-DHC_FIELDS_{word}=0" for word in range(3)]  # no parameter differs from cell to cell

# Bytes that a kernel may spill (stores): by kernel and precision, and by model too where that one alone does. All other
# kernels must keep everything in registers. docs/gpu.md says why cells_pace does not.
KNOWN_SPILLS: dict[tuple[str, ...], int] = {
    ("cells_pace", "double"): 3600,
    ("cells_pace", "mixed"): 900,
    ("cells_pace", "float"): 900,
    ("ord11", "cells_step", "double"): 16,
    ("ord11", "cells_tabled", "double"): 16,
    ("ord11_cipa", "cells_step", "double"): 16,
    ("ord11_cipa", "cells_tabled", "double"): 16,
    ("ord11_cipa", "cells_step2", "double"): 96,
    ("trovato20", "cells_step", "double"): 24,
    ("trovato20", "cells_tabled", "double"): 24,
    ("trovato20", "cells_step2", "double"): 112,
}


class CompileError(Exception):
    """What nvcc said."""


@dataclass
class Kernel:
    """One kernel as the assembler left it."""

    name: str
    registers: int = 0
    stack: int = 0
    spill_stores: int = 0
    spill_loads: int = 0
    shared: int = 0
    constant: int = 0
    code: list = field(default_factory=list)  # of gpu_model.Instruction: what is executed unless a number is special

    @property
    def mix(self) -> Counter:
        """How many of each instruction."""
        return Counter(instruction.opcode for instruction in self.code)

    @property
    def flops(self) -> tuple[int, int]:
        """Operations a thread in double and in single precision, a fused multiply-add being 2."""
        mix = self.mix
        double = 2 * mix["DFMA"] + mix["DADD"] + mix["DMUL"]
        return double, 2 * mix["FFMA"] + mix["FADD"] + mix["FMUL"]


def tool(name: str) -> str | None:
    found = shutil.which(name)
    for folder in ("/usr/local/cuda/bin", *(f"{p}/nvidia/cu13/bin" for p in sys.path)):
        if not found and (Path(folder) / name).exists():
            found = str(Path(folder) / name)
    return found


# ---- Compiling


def program(name: str) -> str:
    """The text of a program: a header of kernels/, or what a model's source says before it is described."""
    path = SOURCE / f"src/kinetics/models/{name}.c"
    if not path.exists():
        return f'#include "{name}.h"\n'
    lines = re.match(r'.*?#include "launch(?:_cpu)?\.h"\n', path.read_text(), re.DOTALL)[0]
    return lines.replace("launch_cpu.h", "launch.h")


def count_states(name: str) -> int:
    """States of a model, V among them."""
    table = re.search(r"#define HC_STATES (\w+)", program(name))[1]
    for path in KERNELS.glob("*.h"):
        rows = re.search(rf"#define {table}\(.*\n((?:.*\\\n)*.*\n)", path.read_text())
        if rows:
            return len(re.findall(r"^\s*(?:POTENTIAL|GATE|LIGAND|PLAIN|STIFF|CHAIN)\(", rows[1], re.MULTILINE))
    raise LookupError(name)


def compile_program(nvcc: str, folder: Path, name: str, target: str, precision: str, defines: list[str]) -> tuple:
    """Kernels that the assembler reports, and the file made. target: "80", "90" or "ptx"."""
    text, made = folder / f"{name}.cu", folder / f"{name}-{target}-{precision}.{'ptx' if target == 'ptx' else 'cubin'}"
    text.write_text(program(name))
    kind = ["-ptx", "-arch=compute_80"] if target == "ptx" else ["-cubin", f"-arch=sm_{target}"]
    command = [nvcc, *kind, *FLAGS, f"-I{KERNELS}", f"-DHC_PRECISION={PRECISIONS.index(precision)}", *defines]
    done = subprocess.run([*command, "-o", str(made), str(text)], capture_output=True, text=True, check=False)
    if done.returncode:
        raise CompileError(f"{name}, {precision}, {target}: nvcc refuses it\n{done.stderr}")
    return read_report(done.stderr), made


def read_report(text: str) -> dict[str, Kernel]:
    kernels: dict[str, Kernel] = {}
    for part in re.split(r"Compiling entry function ", text)[1:]:
        kernel = Kernel(re.match(r"'(\w+)'", part)[1])
        for name, pattern in {
            "registers": r"Used (\d+) registers",
            "stack": r"(\d+) bytes stack frame",
            "spill_stores": r"(\d+) bytes spill stores",
            "spill_loads": r"(\d+) bytes spill loads",
            "shared": r"(\d+) bytes smem",
        }.items():
            found = re.search(pattern, part)
            setattr(kernel, name, int(found[1]) if found else 0)
        kernels[kernel.name] = kernel
    return kernels


def disassemble(cuobjdump: str, cubin: Path, kernels: dict[str, Kernel]) -> None:
    usage = subprocess.run([cuobjdump, "-res-usage", str(cubin)], capture_output=True, text=True, check=True).stdout
    for name, constant in re.findall(r"Function (\w+):\s*\n[^\n]*CONSTANT\[0\]:(\d+)", usage):
        kernels[name].constant = int(constant)
    text = subprocess.run([cuobjdump, "-sass", str(cubin)], capture_output=True, text=True, check=True).stdout
    for part in text.split("Function : ")[1:]:
        kernels[part.split()[0]].code = gpu_model.usual_path(gpu_model.read_sass(part))


# ---- Checks


def check(options: argparse.Namespace, nvcc: str) -> int:
    """Each program for each target, and no spills but the known ones. Returns how many are wrong."""
    wrong = compiled = 0
    for name, precision, target in itertools.product(
        [*options.models, *OTHERS], options.precisions, ["ptx", *options.archs]
    ):
        try:
            kernels, _ = compile_program(nvcc, options.folder, name, target, precision, NO_FIELDS)
        except CompileError as error:
            wrong += 1
            print(error)
            continue
        compiled += len(kernels)
        for kernel in kernels.values():
            usual = KNOWN_SPILLS.get((kernel.name, precision), 0)
            allowed = KNOWN_SPILLS.get((name, kernel.name, precision), usual)
            if kernel.spill_stores > allowed:
                wrong += 1
                print(f"{name}, {kernel.name}, {precision}, sm_{target}: ", end="")
                print(f"{kernel.spill_stores} bytes spilled, {allowed} allowed ({kernel.registers} registers)")
    print(f"{compiled} kernels compiled, {wrong} not as they should be")
    return wrong


# ---- The same on a CPU


def cpu_cycles(build: Path) -> float | None:
    """Cycles a node of TTP06's compiled loop on one core, as llvm-mca schedules it: a check of the method."""
    objects = list(build.glob("src/kinetics/**/ttp06.c.o"))
    mca = shutil.which("llvm-mca") or shutil.which("llvm-mca-14")
    if not objects or not mca:
        return None
    command = ["objdump", "-d", "--no-show-raw-insn", str(objects[0])]
    text = subprocess.run(command, capture_output=True, text=True, check=True).stdout
    body = re.search(r"<ttp06_step>:\n(.*?)\n\n", text + "\n\n", re.DOTALL)[1]
    lines = re.findall(r"^\s*([0-9a-f]+):\s+(\S+)[ \t]*(.*)$", body, re.MULTILINE)
    jumps = [(int(a, 16), int(t.split()[0], 16)) for a, op, t in lines if re.match(r"j\w+$", op) and " <" in t]
    _, begin, end = max((a - t, t, a) for a, t in jumps if t < a)
    loop = [f"{op} {t.split('#')[0]}" for a, op, t in lines if begin <= int(a, 16) < end and not op.startswith("j")]
    command = [mca, "-mcpu=icelake-server", "-iterations=20"]
    done = subprocess.run(command, input="\n".join(loop) + "\n", capture_output=True, text=True, check=True)
    return int(re.search(r"Total Cycles:\s+(\d+)", done.stdout)[1]) / 20 / 8  # blocks of 8 nodes


# ---- Tables


def print_resources(name: str, arch: str, precision: str, kernels: dict[str, Kernel]) -> None:
    machine = gpu_model.MACHINES[arch]
    for kernel in kernels.values():
        groups = machine.groups(kernel.registers, kernel.shared)
        double, single = kernel.flops
        cells = [name, kernel.name, precision, f"sm_{arch}", kernel.registers, kernel.stack, kernel.spill_stores]
        cells += [kernel.spill_loads, kernel.shared, kernel.constant, f"{groups} ({25 * groups * 4 / 16:.0f} %)"]
        cells += [len(kernel.code), double, single]
        print(f"| {' | '.join(str(cell) for cell in cells)} |")


def print_mix(kernels: dict[str, Kernel], title: str, names: tuple[str, ...]) -> None:
    for kernel in kernels.values():
        if kernel.name in names and kernel.code:
            mix = ", ".join(f"{count:,} {opcode}" for opcode, count in kernel.mix.most_common(24))
            print(f"\n{title}, `{kernel.name}`: {len(kernel.code):,} instructions on the usual path: {mix}")


def tables(options: argparse.Namespace, nvcc: str, cuobjdump: str | None) -> dict:
    found: dict = {}
    head = "program kernel precision target registers stack spilled,bytes loaded,bytes shared constant groups"
    head += " instructions flops,double flops,single"
    print("## Machine code\n")
    print(f"| {' | '.join(word.replace(',', ', ') for word in head.split())} |\n|{'---|' * len(head.split())}")
    for name in [*options.models, *OTHERS]:
        for precision in options.precisions:
            for arch in options.archs:
                kernels, cubin = compile_program(nvcc, options.folder, name, arch, precision, NO_FIELDS)
                if cuobjdump:
                    disassemble(cuobjdump, cubin, kernels)
                found[name, precision, arch] = kernels
                print_resources(name, arch, precision, kernels)
    for (name, precision, arch), kernels in found.items():
        print_mix(kernels, f"{name}, {precision}, sm_{arch}", ("cells_step", "product"))
    return found


def main() -> int:
    options = parse()
    if options.cpu:
        print(f"TTP06 on a CPU core: {cpu_cycles(options.cpu)} cycles a node by llvm-mca; bench_step measures it")
        return 0
    nvcc, cuobjdump = tool("nvcc"), tool("cuobjdump")
    if not nvcc:
        print("nvcc is not there: nothing is checked")
        return 77
    with tempfile.TemporaryDirectory() as folder:
        options.folder = Path(folder)
        if options.check:
            return 1 if check(options, nvcc) else 0
        found = tables(options, nvcc, cuobjdump)
    if cuobjdump:
        steps = {key: kernels["cells_step"] for key, kernels in found.items() if key[0] not in OTHERS}
        states = {name: count_states(name) for name in options.models}
        predicted = gpu_model.print_predictions(steps, states, options.nodes)
        if options.json:
            options.json.write_text(json.dumps(predicted, indent=1))
    else:
        print("\ncuobjdump is not there: no mix of instructions and no prediction")
    return 0


def parse() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--models", nargs="+", default=MODELS, choices=MODELS, metavar="MODEL")
    parser.add_argument("--precisions", nargs="+", default=list(PRECISIONS), choices=PRECISIONS)
    parser.add_argument("--archs", nargs="+", default=list(gpu_model.MACHINES), choices=list(gpu_model.MACHINES))
    parser.add_argument("--nodes", type=int, default=640_000)
    parser.add_argument("--check", action="store_true", help="compile everything and fail where something is spilled")
    parser.add_argument("--cpu", type=Path, metavar="BUILD", help="schedule the CPU's loop of a build with AVX-512")
    parser.add_argument("--json", type=Path, help="write the predictions there")
    return parser.parse_args()


if __name__ == "__main__":
    sys.exit(main())
