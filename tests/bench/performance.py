#!/usr/bin/env python3
"""What a time step costs, where the time goes, and how far that scales: docs/performance.md, measured again.

    tests/bench/performance.py                                   tables as Markdown on stdout
    tests/bench/performance.py --figures docs/figures            and the figures
    tests/bench/performance.py --only steps --seconds 1          one of: steps accuracy scaling

steps: bench_step on a small slab of tetrahedra (in cache), on the Niederer slab (hexahedra, 0.2 mm) and on a heart, on
1 and 2 ranks: node-steps a second by phase, bytes and operations a node-step, shares of the machine's bandwidth and
arithmetic. accuracy: inputs/niederer.yaml over spacings and schemes, seconds of the loop and error of P8, time to 5 %
and to 2 %. scaling: halos of a heart cut into 2 to 4,096 parts (bench_scaling), the law they follow, and a model of
larger machines. Build bench_step and bench_scaling first. Timings want a quiet machine: the load is printed.
"""

from __future__ import annotations

import argparse
import json
import os
import platform
import re
import subprocess
from pathlib import Path

import numpy as np
import scaling

SOURCE = Path(__file__).resolve().parents[2]
P8 = 42.8  # ms, converged: docs/verification.md
TTP06_FLOPS = 2047  # where the compiled loop cannot be read

# Schemes of the accuracy table: settings, and spacings (mm) with a time (ms) by which P8 is surely active.
SCHEMES = {
    "lumped mass, CG": (
        ["diffusion.method=crank_nicolson", "diffusion.mass=lumped", "time.adaptive=false"],
        {0.5: 180, 0.2: 80, 0.1: 60},
    ),
    "consistent mass, CG": (
        ["diffusion.method=crank_nicolson", "diffusion.mass=consistent", "time.adaptive=false"],
        {0.5: 90, 0.35: 70, 0.2: 56},
    ),
    "default": ([], {0.5: 70, 0.35: 60, 0.25: 56, 0.2: 56, 0.1: 50}),
}


def processor() -> str:
    text = Path("/proc/cpuinfo").read_text() if Path("/proc/cpuinfo").exists() else ""
    name = re.search(r"model name\s*: (.*)", text)
    return f"{name[1] if name else platform.processor()}, {os.cpu_count()} cores"


def load() -> str:
    return "load {:.1f} {:.1f} {:.1f}".format(*os.getloadavg())


def launcher(options: argparse.Namespace, ranks: int) -> list[str]:
    root = ["--allow-run-as-root"] if os.geteuid() == 0 else []
    return [*options.mpiexec.split(), *root, "--oversubscribe", "-n", str(ranks)]


# ---- Steps


def loop_flops(build: Path, source: str = "ttp06", function: str = "ttp06_step") -> int | None:
    """Operations a node in the compiled loop of a cell model, from its longest backward jump: the loop has no branches.

    Additions, products, divisions and roots of 8 doubles count 1 a node, fused ones 2; comparisons, blends and integers
    nothing.
    """
    objects = list(build.glob(f"src/kinetics/**/{source}.c.o"))
    if not objects:
        return None
    command = ["objdump", "-d", "--no-show-raw-insn", str(objects[0])]
    try:
        text = subprocess.run(command, capture_output=True, text=True, check=True).stdout
    except (OSError, subprocess.CalledProcessError):
        return None
    body = re.search(rf"<{function}>:\n(.*?)\n\n", text + "\n\n", re.DOTALL)
    lines = re.findall(r"^\s*([0-9a-f]+):\s+(\S+)[ \t]*(.*)$", body[1], re.MULTILINE) if body else []
    jumps = [(int(a, 16), int(t.split()[0], 16)) for a, op, t in lines if re.match(r"j\w+$", op) and " <" in t]
    back = [(a - t, t, a) for a, t in jumps if t < a]
    if not back:
        return None
    _, begin, end = max(back)
    weights = {"vaddpd": 1, "vsubpd": 1, "vmulpd": 1, "vdivpd": 1, "vsqrtpd": 1}
    total = 0
    for address, op, arguments in lines:
        if begin <= int(address, 16) <= end and "zmm" in arguments:
            total += 2 if re.match(r"vfn?m(add|sub)\d+pd", op) else weights.get(op, 0)
    return total or None


def measure_steps(options: argparse.Namespace) -> dict[str, dict]:
    flops = loop_flops(options.build)
    print("\n## Steps\n")
    print(
        f"{processor()}; {load()}. Operations of TTP06 a node-step: "
        + (f"{flops}, counted in the compiled loop." if flops else f"{TTP06_FLOPS}, counted elsewhere.")
    )
    cases = {
        "small slab, tetrahedra, 0.5 mm": [SOURCE / "inputs/niederer.yaml", "mesh.cell=tetrahedron"],
        "Niederer slab, 0.2 mm": [SOURCE / "inputs/niederer.yaml", "mesh.spacing=0.2"],
        "biventricle": [SOURCE / "inputs/biventricle.yaml", f"mesh.refine={options.refine}"],
    }
    found = {}
    for name, (case, setting) in cases.items():
        if "biventricle" in name and not (SOURCE / "meshes/biventricle.h5").exists():
            print("\nmeshes/biventricle.h5 is not there: meshes/make_anatomy.sh makes it.")
            continue
        for ranks in options.ranks:
            path = options.results / f"step-{name.split()[0].lower()}-{ranks}.json"
            settings = [item for value in [setting, *options.set] for item in ("--set", value)]
            command = [*launcher(options, ranks), str(options.build / "tests/bench/bench_step"), str(case), *settings]
            command += ["--seconds", str(options.seconds), "--flops", str(flops or TTP06_FLOPS), "--json", str(path)]
            done = subprocess.run(command, capture_output=True, text=True, check=True)
            print(f"\n### {name}, {ranks} rank{'s' if ranks > 1 else ''} ({load()})\n\n{done.stdout}")
            found[f"{name.split()[0].lower()}-{ranks}"] = json.loads(path.read_text())
    return found


# ---- Accuracy


def run_niederer(options: argparse.Namespace, name: str, spacing: float, end: float) -> dict:
    ranks = max(options.ranks)
    folder = options.results / f"{name.replace(' ', '-').replace(',', '')}-{spacing:g}"
    settings = [*SCHEMES[name][0], f"mesh.spacing={spacing}", f"time.end={end}", *options.set]
    command = [
        *launcher(options, ranks),
        str(options.build / "healthcast"),
        "run",
        str(SOURCE / "inputs/niederer.yaml"),
    ]
    command += ["--quiet", "--overwrite", "--output", str(folder)]
    for setting in settings:
        command += ["--set", setting]
    subprocess.run(command, check=True, stdout=subprocess.DEVNULL)
    summary = json.loads((folder / "summary.json").read_text())
    p8 = summary["activation_ms"].get("P8")
    seconds = summary["timings_s"]["loop"] * 40 / end  # of 40 ms
    return {"nodes": summary["mesh"]["nodes"], "p8": p8, "seconds": seconds, "end": end}


def measure_accuracy(options: argparse.Namespace) -> dict[str, dict[float, dict]]:
    print(f"\n## Accuracy\n\nNiederer benchmark, hexahedra, {max(options.ranks)} ranks, {processor()}; {load()}.")
    print(f"Seconds of the loop for 40 ms; error of P8 against {P8} ms, which is known to 0.8 ms (2 %).\n")
    print("| scheme | h (mm) | nodes | P8 (ms) | error | seconds | load |\n|---|---|---|---|---|---|---|")
    found: dict[str, dict[float, dict]] = {}
    for name, (_, spacings) in SCHEMES.items():
        for spacing, end in spacings.items():
            if spacing < options.finest:
                continue
            row = run_niederer(options, name, spacing, end)
            found.setdefault(name, {})[spacing] = row
            p8, error = (
                ("-", "-") if row["p8"] is None else (f"{row['p8']:.2f}", f"{100 * (row['p8'] / P8 - 1):+.1f} %")
            )
            print(
                f"| {name} | {spacing:g} | {row['nodes']:,} | {p8} | {error} | {row['seconds']:.2f} | {load()[5:]} |",
                flush=True,
            )
    print("\n| scheme | seconds to 5 % | at h (mm) | seconds to 2 % | at h (mm) |\n|---|---|---|---|---|")
    for name, rows in found.items():
        cells = [cell for limit in (0.05, 0.02) for cell in time_to(rows, limit)]
        print(f"| {name} | {' | '.join(cells)} |")
    return found


def time_to(rows: dict[float, dict], limit: float) -> tuple[str, str]:
    """Cheapest run within the limit; where none is, the two finest are extended: error ~ h^k, seconds ~ h^-3."""
    good = [(row["seconds"], h) for h, row in rows.items() if row["p8"] and abs(row["p8"] / P8 - 1) <= limit]
    if good:
        seconds, h = min(good)
        return f"{seconds:.2f}", f"{h:g}"
    known = sorted((h, abs(row["p8"] / P8 - 1), row["seconds"]) for h, row in rows.items() if row["p8"])
    if len(known) < 2 or known[0][1] >= known[1][1]:
        return "-", "-"
    (h, error, seconds), (coarse, larger, _) = known[:2]
    order = np.log(larger / error) / np.log(coarse / h)
    finer = h * (limit / error) ** (1 / order)
    return f"about {seconds * (h / finer) ** 3:.0f}", f"{finer:.2g}, extrapolated"


# ---- Scaling


def costs_of(step: dict) -> scaling.Costs:
    """Of a bench_step on one rank: seconds and bytes a node."""
    phases, nodes = step["phases"], step["nodes"]
    per_node = {name: phase["seconds"] / nodes for name, phase in phases.items()}
    product_bytes = phases["product"]["bytes"] / nodes
    return scaling.Costs(
        reaction=per_node["reaction"],
        product=per_node["product"],
        rest=per_node["observe"] + per_node["watch"],
        product_bytes=product_bytes,
        reaction_bytes=phases["reaction"]["bytes"] / nodes,
        footprint=phases["reaction"]["bytes"] / nodes / 2 + 2 * product_bytes,
        cache_rate=phases["product"]["bytes"] / phases["product"]["seconds"],
    )


def measure_scaling(options: argparse.Namespace, steps: dict[str, dict]) -> None:
    mesh = options.mesh or SOURCE / "meshes/biventricle.h5"
    print(f"\n## Scaling\n\n{mesh.name}, refined {options.times} times.\n")
    counts, curve = {}, {}
    for partitioner, found in (("metis", counts), ("curve", curve)):
        path = options.results / f"parts-{partitioner}.csv"
        if not path.exists():
            command = [str(options.build / "tests/bench/bench_scaling"), str(mesh), "--refine", str(options.times)]
            command += ["--partitioner", partitioner, "--csv", str(path)]
            print(subprocess.run(command, check=True, capture_output=True, text=True).stdout)
        found.update(scaling.read_counts(path))
    law = scaling.fit(counts)
    worst = max(abs(scaling.shape_factor(c) / law.c(p) - 1) for p, c in counts.items() if p >= 4)
    print(
        f"c(P) = {scaling.BULK} / (1 + ({law.p0:.0f} / P)^{law.exponent:.2f}), "
        f"within {100 * worst:.0f} % from 4 parts on."
    )
    costs = costs_of(steps["small-1"]) if "small-1" in steps else scaling.Costs()
    print(
        f"Costs of a node on one core: reaction {costs.reaction * 1e9:.1f} ns, product {costs.product * 1e9:.1f} ns "
        f"and {costs.product_bytes:.0f} bytes, observers and watch {costs.rest * 1e9:.1f} ns."
    )
    model = (costs, law, scaling.Machine())
    schemes = [
        scaling.Scheme("explicit, lumped mass: 2 products", 2, 2),
        scaling.Scheme("explicit, adapted mass: 4 products", 4, 2),
        scaling.Scheme("CG, 9 iterations", 10, 20, vectors=9 * 104),
    ]
    print_predictions(schemes, model)
    if options.figures:
        draw_halo(counts, curve, law, options.figures / "performance_halo.png")
        draw_efficiency(schemes, model, options.figures / "performance_scaling.png")


def print_predictions(schemes: list[scaling.Scheme], model: tuple) -> None:
    sizes = {"2 M": 2e6, "16 M": 16e6, "130 M": 130e6, "1 G": 1e9}
    for scheme in schemes:
        print(f"\n{scheme.name}, {scheme.reductions} reductions a step\n")
        print(
            "| nodes | ranks | nodes a rank | us a step | work | messages | bytes | reductions | half work at ranks |"
        )
        print("|---|---|---|---|---|---|---|---|---|")
        for name, nodes in sizes.items():
            for ranks in (10, 1_000, 100_000):
                t = scaling.step_time(nodes, ranks, scheme, *model)
                share = [f"{100 * t[key] / t['total']:.0f} %" for key in ("work", "messages", "bytes", "reductions")]
                half = f"{scaling.half_point(nodes, scheme, *model):,.0f}" if ranks == 10 else ""
                cells = [name, f"{ranks:,}", f"{t['nodes']:,.0f}", f"{1e6 * t['total']:,.0f}", *share, half]
                print(f"| {' | '.join(cells)} |")


def draw_halo(counts: dict, curve: dict, law: scaling.HaloLaw, path: Path) -> None:
    import matplotlib

    matplotlib.use("Agg")
    import matplotlib.pyplot as plt

    figure, axes = plt.subplots(1, 2, figsize=(10, 4), layout="constrained")
    for name, found, colour in (("METIS", counts, "C0"), ("Hilbert curve", curve, "C1")):
        n = np.array([c["owned"].mean() for c in found.values()])
        mean = np.array([c["halo"].mean() for c in found.values()])
        most = np.array([c["halo"].max() for c in found.values()])
        axes[0].loglog(n, mean / n, "o", color=colour, label=f"{name}, mean")
        axes[0].loglog(n, most / n, "^", color=colour, markerfacecolor="none", label=f"{name}, largest")
        neighbours = [(p, c["neighbours"].mean(), c["neighbours"].max()) for p, c in found.items()]
        p, mean_n, most_n = np.array(neighbours).T
        axes[1].semilogx(p, mean_n, "o-", color=colour, label=f"{name}, mean")
        axes[1].semilogx(p, most_n, "^:", color=colour, markerfacecolor="none", label=f"{name}, most")
    parts = np.array(list(counts), float)
    total = sum(next(iter(counts.values()))["owned"])
    axes[0].loglog(total / parts, law.ratio(total / parts, parts), "k-", label="law")
    n = np.geomspace(300, 1e6, 50)
    axes[0].loglog(n, (1 + scaling.BULK * n ** (-1 / 3)) ** 3 - 1, "k:", label="a part amid tissue")
    axes[0].set(
        xlabel="nodes of a part", ylabel="halo / owned nodes", title=f"Halo, heart of {total / 1e6:.2f} M nodes"
    )
    axes[1].set(xlabel="parts", ylabel="neighbours", title="Messages of an exchange")
    for axis in axes:
        axis.grid(alpha=0.3)
        axis.legend(fontsize="small")
    figure.savefig(path, dpi=110)


def draw_efficiency(schemes: list[scaling.Scheme], model: tuple, path: Path) -> None:
    import matplotlib

    matplotlib.use("Agg")
    import matplotlib.pyplot as plt

    figure, axes = plt.subplots(1, 2, figsize=(10, 4), layout="constrained")
    ranks = np.geomspace(10, 1e6, 200)
    for i, (name, nodes) in enumerate({"2 M": 2e6, "16 M": 16e6, "130 M": 130e6, "1 G": 1e9}.items()):
        for scheme, style in zip(schemes, ("-", "--", ":"), strict=True):
            times = [scaling.step_time(nodes, p, scheme, *model) for p in ranks]
            label = name + " nodes" if style == "-" else None
            axes[0].semilogx(ranks, [t["work"] / t["total"] for t in times], style, color=f"C{i}", label=label)
            axes[1].loglog(ranks, [1e6 * t["total"] for t in times], style, color=f"C{i}")
    for scheme, style in zip(schemes, ("-", "--", ":"), strict=True):
        axes[1].plot([], [], style, color="k", label=scheme.name)
    axes[0].axhline(0.5, color="0.6", linewidth=0.8)
    axes[0].set(xlabel="ranks", ylabel="share of a step that is work", ylim=(0, 1), title="Predicted efficiency")
    axes[1].set(xlabel="ranks", ylabel="us a step", title="Predicted time of a step")
    for axis in axes:
        axis.grid(alpha=0.3)
        axis.legend(fontsize="small")
    figure.savefig(path, dpi=110)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--only", nargs="+", choices=["steps", "accuracy", "scaling"])
    parser.add_argument("--build", type=Path, default=SOURCE / "build/release")
    parser.add_argument("--ranks", type=int, nargs="+", default=[1, 2])
    parser.add_argument("--seconds", type=float, default=2, help="of each phase of a step")
    parser.add_argument("--refine", type=int, default=1, help="times that the heart of the steps is refined")
    parser.add_argument("--finest", type=float, default=0.1, help="finest spacing of the accuracy table, mm")
    parser.add_argument("--mesh", type=Path, help="heart of the scaling counts; default: meshes/biventricle.h5")
    parser.add_argument("--times", type=int, default=2, help="times that it is refined")
    parser.add_argument("--set", action="append", default=[], help="key=value for all cases")
    parser.add_argument("--results", type=Path, default=Path("results/performance"))
    parser.add_argument("--figures", type=Path, help="folder of the figures")
    parser.add_argument("--mpiexec", default=os.environ.get("HC_MPIEXEC", "mpiexec"))
    options = parser.parse_args()

    options.results.mkdir(parents=True, exist_ok=True)
    wanted = options.only or ["steps", "accuracy", "scaling"]
    steps = measure_steps(options) if "steps" in wanted else {}
    if not steps:
        for path in options.results.glob("step-*.json"):
            steps[path.stem.removeprefix("step-")] = json.loads(path.read_text())
    if "accuracy" in wanted:
        measure_accuracy(options)
    if "scaling" in wanted:
        measure_scaling(options, steps)


if __name__ == "__main__":
    main()
