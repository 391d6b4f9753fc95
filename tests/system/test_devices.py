"""Runs on devices against runs on the host: results, ranks, restarts, precision, what is delegated, faults.

The back end is named in HC_TEST_BACKEND. `cuda` runs on the emulator of tests/cudaemu, whose settings some tests use."""

from __future__ import annotations

import os
import re
import shlex
import subprocess
import tempfile
import unittest
from pathlib import Path

import numpy as np
from case_files import HEALTHCAST, SOURCE, edited, results, run, summary, write_case

BACKEND = os.environ.get("HC_TEST_BACKEND", "opencl")
HERE = Path(os.environ.get("HC_BINARY_DIR", "."))

# All that a step can have: two models, one with a parameter that differs, currents, a clamp, probes, ECG, beats.
HEART = """\
mesh:
  cell: hexahedron
  size: [5, 2, 1.5]
  spacing: 0.5
fibres:
  rule: uniform
  direction: [1, 0, 0]
tissue:
  regions:
    - {name: slab, conductivity: [0.2, 0.1, 0.1]}
cells:
  - {model: ttp06_epi, scale: {GKr: 0.7}}
stimuli:
  - {name: S1, shape: box, min: [0, 0, 0], max: [1, 2, 1.5], amplitude: 50, start: 0.5, duration: 2}
  - {name: clamp, kind: voltage, shape: box, min: [5, 0, 0], max: [5, 2, 0], amplitude: -80, start: 6, duration: 1}
time:
  step: 0.05
  end: 12
observe:
  apd: [20]
  probes:
    - {name: far, point: [4.2, 1.1, 1.2]}
  electrodes:
    - {name: e, point: [9, 1, 1]}
output:
  every: 4
  fields: [V, m, Cai]
  precision: float64
"""

TUMOUR = """\
mesh: {cell: hexahedron, size: [12, 10, 8], spacing: 1}
tumour:
  diffusivity: 0.2
  proliferation: 0.1
  seed: {position: [6, 5, 4], radius: 4, density: 0.9}
therapy:
  radiotherapy:
    - {name: rt, days: [10, 20, 30], dose: 2, alpha: 0.1}
time: {step: 1, end: 40}
observe: {control: true}
output: {every: 10, precision: float64}
checkpoint: {guard: 2}
"""

PLUGIN = """\
#include "luo_rudy91.h"
#define HC_MODEL luo_rudy91
#define HC_STATES LUO_RUDY91_STATES
#define HC_PARAMETERS LUO_RUDY91_PARAMETERS
#define HC_CURRENTS LUO_RUDY91_CURRENTS
#include "launch.h"
#define HC_CITATION "as built in"
#define HC_STIMULUS 50.0
#define HC_STIMULUS_MS 1.0
#define HC_COST 5.0
#define HC_V_LIMITS -200.0, 200.0
#define HC_VARIANT 1
#define HC_VARIANT_NAME own
#define HC_VARIANT_TITLE "Luo-Rudy 1991 from outside"
#include "describe.h"
extern const struct hc_cell_model *const hc_cell_plugin[];
const struct hc_cell_model *const hc_cell_plugin[] = {&hc_model_own, 0};
"""


def settings(**extra: str) -> dict:
    return {"env": {**os.environ, **extra}}


class Runs(unittest.TestCase):
    def setUp(self) -> None:
        self.folder = Path(self.enterContext(tempfile.TemporaryDirectory()))

    def go(self, name: str, *options: str, text: str = HEART, ranks: int = 1, device: bool = True, **more) -> Path:
        write_case(self.folder, text)
        chosen = ["--backend", BACKEND] if device else []
        done = run(["run", "case.yaml", "--overwrite", "--output", name, *chosen, *options], self.folder, ranks, **more)
        self.assertEqual(done.returncode, 0, done.stderr)
        self.said = done.stderr
        return self.folder / name

    def fails(self, code: int, *options: str, text: str = HEART, ranks: int = 1, **more) -> str:
        write_case(self.folder, text)
        done = run(["run", "case.yaml", "--output", "failed", *options], self.folder, ranks, **more)
        self.assertEqual(done.returncode, code, done.stderr)
        return next(line for line in done.stderr.splitlines() if line.startswith("healthcast: error:"))

    def agree(self, one: Path, two: Path, volts: float, milliseconds: float) -> None:
        """All datasets alike; times to `milliseconds`, all others to `volts` (mV, or the state's unit)."""
        a, b = results(one), results(two)
        self.assertEqual(a.keys(), b.keys())
        compared = 0
        for name, values in a.items():
            if values.dtype.kind != "f" or "Points" in name:
                continue
            times = any(word in name for word in ("activation", "apd", "repolarisation"))
            np.testing.assert_allclose(b[name], values, rtol=0, atol=milliseconds if times else volts, err_msg=name)
            compared += 1
        self.assertGreater(compared, 6)

    def mesh_with_depth(self) -> None:
        """The slab as a file, with a nodal field that grows along it."""
        import h5py

        first = self.go("first", "--set", "time.end=0", device=False)
        found = results(first)
        points = found["VTKHDF/Points"]
        with h5py.File(first / "results.h5") as source, h5py.File(self.folder / "mesh.h5", "w") as file:
            group = file.create_group("VTKHDF")
            for name in ("Version", "Type"):
                group.attrs[name] = source["VTKHDF"].attrs[name]
            for name in ("NumberOfPoints", "NumberOfCells", "NumberOfConnectivityIds", "Points", "Types", "Offsets",
                         "Connectivity"):  # fmt: skip
                source.copy(f"VTKHDF/{name}", group, name)
            cells = group.create_group("CellData")
            source.copy("VTKHDF/CellData/region", cells, "region")
            group.create_group("PointData")["depth"] = points[:, 0] / 5


class Agreement(Runs):
    def test_a_run_is_that_of_the_host_on_one_rank_and_on_two(self) -> None:
        host = self.go("host", device=False)
        self.agree(host, self.go("one"), 1e-9, 1e-9)
        self.agree(host, self.go("two", ranks=2), 1e-9, 1e-9)
        backend = summary(self.folder / "two")["backend"]
        self.assertEqual(backend["name"], BACKEND)
        self.assertEqual(backend["delegated"], "")
        self.assertGreater(np.nanmax(results(host)["VTKHDF/PointData/activation"]), 5)  # a wave has passed

    def test_the_benchmark_slab(self) -> None:
        text = (SOURCE / "inputs/niederer.yaml").read_text()
        options = ["--set", "mesh.spacing=0.5", "--set", "time.end=45", "--set", "output.precision=float64"]
        host = self.go("host", *options, text=text, device=False)
        self.agree(host, self.go("device", *options, text=text), 1e-9, 1e-4)
        self.assertLess(summary(host)["activation_ms"]["P8"], 45)

    def test_other_schemes_of_the_cells(self) -> None:
        for scheme in ("grl2", "rush-larsen-tables"):
            options = ["--set", f"time.reaction={scheme}", "--set", "time.splitting=strang", "--set", "time.end=4"]
            self.agree(self.go("host", *options, device=False), self.go("device", *options), 1e-9, 1e-9)

    def test_implicit_diffusion_to_the_tolerance_of_its_solver(self) -> None:
        for method in ("backward_euler", "crank_nicolson", "bdf2"):
            options = ["--set", f"diffusion.method={method}", "--set", "diffusion.tolerance=1e-11", "--set",
                       "time.end=4"]  # fmt: skip
            host = self.go("host", *options, device=False)
            device = self.go("device", *options, ranks=2)
            self.agree(host, device, 1e-6, 1e-6)
            self.assertGreater(summary(device)["diffusion_iterations"]["mean"], 2)

    def test_several_models_and_a_parameter_that_differs(self) -> None:
        self.mesh_with_depth()
        text = edited("  cell: hexahedron\n  size: [5, 2, 1.5]\n  spacing: 0.5\n", "  file: mesh.h5\n", HEART)
        text = edited("fields: [V, m, Cai]", "fields: [V]", text)
        text = edited("  - {model: ttp06_epi, scale: {GKr: 0.7}}\n",
                      "  - {model: mitchell_schaeffer, field: depth, range: [0.8, 2]}\n"
                      "  - {model: ttp06_endo, field: depth, range: [0, 0.3]}\n"
                      "  - {model: ttp06_epi, scale_fields: {GKs: depth}}\n", text)  # fmt: skip
        host = self.go("host", text=text, device=False)
        self.agree(host, self.go("device", text=text, ranks=2), 1e-9, 1e-9)


class GoingOn(Runs):
    def test_a_restart_is_bit_for_bit_the_uninterrupted_run(self) -> None:
        whole = self.go("whole")
        options = ["--set", "checkpoint.every=4"]
        self.go("parts", *options, "--set", "time.end=8", "--set", "checkpoint.final=true")
        self.go("parts", *options, "--restart")
        self.agree(whole, self.folder / "parts", 0, 0)

    def test_a_checkpoint_of_the_host_goes_on_on_a_device(self) -> None:
        whole = self.go("whole", device=False)
        options = ["--set", "checkpoint.every=4"]
        self.go("parts", *options, "--set", "time.end=8", "--set", "checkpoint.final=true", device=False)
        self.go("parts", *options, "--restart", ranks=2)
        self.agree(whole, self.folder / "parts", 1e-9, 1e-9)

    def go(self, name: str, *options: str, **more) -> Path:
        if "--restart" not in options:
            return super().go(name, *options, **more)
        device = ["--backend", BACKEND] if more.pop("device", True) else []
        done = run(["run", "case.yaml", "--output", name, *device, *options], self.folder, more.pop("ranks", 1))
        self.assertEqual(done.returncode, 0, done.stderr)
        return self.folder / name


class Precision(Runs):
    def test_activation_is_late_or_early_by_little(self) -> None:
        exact = results(self.go("double"))["VTKHDF/PointData/activation"]
        for precision, bound in (("mixed", 5e-4), ("float", 5e-3)):  # ms
            folder = self.go(precision, "--precision", precision)
            found = results(folder)["VTKHDF/PointData/activation"]
            error = np.nanmax(np.abs(found - exact))
            self.assertGreater(error, 0)
            self.assertLess(error, bound, precision)
            self.assertEqual(summary(folder)["backend"]["precision"], precision)


class Delegation(Runs):
    def test_cells_that_wait_are_advanced_by_the_host_and_said_so(self) -> None:
        options = ["--set", "time.adaptive=true"]
        host = self.go("host", *options, device=False)
        device = self.go("device", *options)
        self.agree(host, device, 1e-9, 1e-9)
        self.assertIn("time.adaptive", self.said)
        self.assertIn("time.adaptive", summary(device)["backend"]["delegated"])

    def test_nodes_of_a_plug_in_without_text_stay_on_the_host(self) -> None:
        """Beside nodes that the device advances."""
        (self.folder / "own.c").write_text(PLUGIN)
        flags = ["-std=gnu11", "-O1", "-ffp-contract=off", "-fopenmp-simd", "-shared", "-fPIC", "-Wl,-Bsymbolic"]
        command = [*shlex.split(os.environ.get("CC", "cc")), *flags, f"-I{SOURCE / 'kernels'}", "-o", "own.so", "own.c"]
        subprocess.run(command, cwd=self.folder, check=True, timeout=100)
        self.mesh_with_depth()
        text = edited("  cell: hexahedron\n  size: [5, 2, 1.5]\n  spacing: 0.5\n", "  file: mesh.h5\n", HEART)
        text = edited("fields: [V, m, Cai]", "fields: [V, m]", text)
        text = edited("  - {model: ttp06_epi, scale: {GKr: 0.7}}\n",
                      "  - {model: own.so, field: depth, range: [0.3, 0.6]}\n  - {model: ttp06_epi}\n", text)  # fmt: skip
        host = self.go("host", text=text, device=False)
        self.agree(host, self.go("device", text=text, ranks=2), 1e-9, 1e-9)
        self.assertIn("own", summary(self.folder / "device")["backend"]["delegated"])

    def test_options_of_petsc_keep_diffusion_on_the_host(self) -> None:
        options = ["--set", "diffusion.method=crank_nicolson", "--set", "time.end=3"]
        host = self.go("host", *options, "-diffusion_pc_type", "jacobi", device=False)
        device = self.go("device", *options, "-diffusion_pc_type", "jacobi")
        self.agree(host, device, 1e-9, 1e-9)
        self.assertIn("-diffusion_pc_type", summary(device)["backend"]["delegated"])


class Refusals(Runs):
    def test_what_cannot_be_had_is_named(self) -> None:
        self.assertIn("opencll", self.fails(2, "--backend", "opencll"))
        self.assertIn("half", self.fails(2, "--backend", BACKEND, "--precision", "half"))
        self.assertIn("precision", self.fails(2, "--precision", "float"))
        self.assertIn("7", self.fails(2, "--backend", BACKEND, "--device", "7"))
        self.assertFalse((self.folder / "failed").exists())

    def test_devices_are_listed(self) -> None:
        done = run(["devices"], self.folder)
        self.assertEqual(done.returncode, 0)
        self.assertIn(f"{BACKEND} 0: ", done.stdout)

    @unittest.skipUnless(BACKEND == "cuda", "the emulator has no device on demand")
    def test_no_device(self) -> None:
        message = self.fails(4, "--backend", "cuda", **settings(CUDAEMU_DEVICES="0"))
        self.assertIn("cuda", message)
        self.assertIn("opencl", message)  # what was found instead


def injected(kind: str, n: int, rank: int | None = None) -> dict:
    """Settings under which the n-th call of a kind fails, on one rank or on all."""
    if BACKEND == "cuda":
        at = "" if rank is None else f"@{rank}"
        return settings(CUDAEMU_FAULT=f"{kind}:{n}{at}")
    call = {"alloc": "clCreateBuffer", "launch": "clEnqueueNDRangeKernel", "lost": "lost"}[kind]
    extra = {} if rank is None else {"FAULTCL_RANK": str(rank)}
    return settings(LD_PRELOAD=str(HERE / "tests/faultcl/libfaultcl.so"), FAULTCL=f"{call}:{n}", **extra)


class Faults(Runs):
    def test_no_memory(self) -> None:
        message = self.fails(4, "--backend", BACKEND, **injected("alloc", 9))
        self.assertIn(BACKEND, message)
        self.assertIn("memory", message)

    def test_a_launch_fails_and_a_device_is_lost_on_one_rank(self) -> None:
        text = edited("  end: 12\n", "  end: 12\ncheckpoint:\n  guard: 1\n", HEART)
        whole = self.go("whole", text=text, ranks=2)
        for kind, n in (("launch", 1500), ("lost", 4000 if BACKEND == "cuda" else 2500)):
            message = self.fails(4, "--backend", BACKEND, text=text, ranks=2, **injected(kind, n, 1))
            self.assertIn("the device of rank 1 failed", message)
            self.assertIn("checkpoint.h5", message)
            self.assertEqual(summary(self.folder / "failed")["status"], "failed")
            self.assertGreater(summary(self.folder / "failed")["time"]["end_ms"], 1)
            done = run(["run", "case.yaml", "--output", "failed", "--restart"], self.folder)
            self.assertEqual(done.returncode, 0, done.stderr)
            self.agree(whole, self.folder / "failed", 1e-9, 1e-9)

    def test_a_tumour_goes_on_from_where_its_device_was_lost(self) -> None:
        whole = self.go("whole", text=TUMOUR, device=False)
        message = self.fails(4, "--backend", BACKEND, text=TUMOUR, ranks=2, **injected("launch", 400, 1))
        self.assertIn("the device of rank 1 failed", message)
        day = float(re.search(r"the last good state kept \(day (\d+)\) is in failed/checkpoint.h5", message).group(1))
        self.assertEqual(day % 2, 0)
        self.assertEqual(summary(self.folder / "failed")["status"], "failed")
        self.assertEqual(summary(self.folder / "failed")["time"]["end_day"], day)
        with (self.folder / "failed" / "burden.csv").open() as file:
            self.assertEqual(len(file.readlines()), 2 + day)
        done = run(["run", "case.yaml", "--output", "failed", "--restart"], self.folder)
        self.assertEqual(done.returncode, 0, done.stderr)
        np.testing.assert_allclose(
            results(self.folder / "failed")["VTKHDF/PointData/u"], results(whole)["VTKHDF/PointData/u"], atol=1e-11
        )


@unittest.skipUnless(BACKEND == "cuda", "counted by the emulator")
class Traffic(Runs):
    def test_states_stay_on_the_device(self) -> None:
        text = edited("  every: 4\n", "  every: 0\n", HEART) + "checkpoint:\n  guard: 0\n"
        bytes_copied = []
        for end in (4, 8):
            log = self.folder / f"log{end}"
            self.go("device", "--set", f"time.end={end}", text=text, **settings(CUDAEMU_LOG=str(log)))
            counts = dict(line.split() for line in log.read_text().splitlines())
            bytes_copied.append(int(counts["bytes_to_host"]) + int(counts["bytes_to_device"]))
        # 80 steps more: the flag of the watch each step, probes and the ECG now and then, and nothing of the states
        self.assertLess(bytes_copied[1] - bytes_copied[0], 80 * 8 + 4 * 200)

    def test_ranks_take_turns_on_devices_and_mpi_takes_their_memory(self) -> None:
        host = self.go("host", device=False)
        direct = self.go("direct", ranks=2, **settings(CUDAEMU_DEVICES="2", CUDAEMU_HOST_ACCESS="1",
                                                       HEALTHCAST_GPU_MPI="yes"))  # fmt: skip
        self.agree(host, direct, 1e-9, 1e-9)
        self.assertTrue(summary(direct)["backend"]["mpi_direct"])


@unittest.skipUnless(os.environ.get("HC_TEST_FULL"), "takes minutes")
class Beat(Runs):
    def test_a_beating_heart(self) -> None:
        mesh = self.folder / "biventricle.h5"
        make = [SOURCE / "meshes/make_anatomy.sh", "biventricle", "2", mesh]
        subprocess.run(make, check=True, timeout=600, env={**os.environ, "HEALTHCAST": HEALTHCAST})
        text = (SOURCE / "inputs/biventricle.yaml").read_text()
        text = edited("../meshes/biventricle.h5", str(mesh), text)
        options = ["--set", "time.adaptive=false", "--set", "output.precision=float64"]
        host = self.go("host", *options, text=text, device=False, ranks=2, timeout=1800)
        self.agree(host, self.go("device", *options, text=text, ranks=2, timeout=3600), 1e-9, 1e-4)
        self.assertEqual(summary(host)["activated_fraction"], 1)


if __name__ == "__main__":
    unittest.main()
