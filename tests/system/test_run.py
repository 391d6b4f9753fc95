"""Runs as users make them: ranks, restarts, kills, signals, the used case, help and exit codes."""

from __future__ import annotations

import contextlib
import os
import random
import signal
import subprocess
import tempfile
import time
import unittest
from pathlib import Path

import numpy as np
from case_files import HEALTHCAST, MPIEXEC, SMALL, SOURCE, edited, results, run, summary, write_case

# Human cells on a slab that a wave crosses in the time simulated; frames, probes, an electrode and checkpoints are all on.
SLAB = """\
mesh:
  cell: hexahedron
  size: [6, 3, 1.5]
  spacing: 0.5
fibres:
  rule: uniform
  direction: [1, 0, 0]
tissue:
  regions:
    - name: slab
      intracellular: [0.17, 0.019, 0.019]
      extracellular: [0.62, 0.24, 0.24]
cells:
  - {model: ttp06_epi}
stimuli:
  - {name: corner, shape: box, min: [0, 0, 0], max: [1.5, 1.5, 1.5], amplitude: 50, start: 0, duration: 2}
time:
  step: 0.02
  end: 24
observe:
  probes:
    - {name: far, point: [6, 3, 1.5]}
    - {name: near, point: [1, 1, 1]}
  probe_every: 0.2
  electrodes:
    - {name: e, point: [12, 1, 1]}
output:
  every: 2
  fields: [V, Cai]
  precision: float64
checkpoint:
  every: 3
"""


class Run(unittest.TestCase):
    def setUp(self) -> None:
        self.temporary = tempfile.TemporaryDirectory()
        self.folder = Path(self.temporary.name)
        write_case(self.folder, SLAB)

    def tearDown(self) -> None:
        self.temporary.cleanup()

    def run_case(self, output: str, *arguments: str, ranks: int = 1, expected: int = 0) -> Path:
        done = run(["run", "case.yaml", "--quiet", "--output", output, *arguments], self.folder, ranks)
        self.assertEqual(done.returncode, expected, done.stderr)
        return self.folder / output

    def assert_same_bits(self, one: Path, other: Path) -> None:
        first, second = results(one), results(other)
        self.assertEqual(sorted(first), sorted(second))
        for name, values in first.items():
            if values.dtype.kind in "fiu":
                self.assertEqual(values.tobytes(), second[name].tobytes(), f"{name} differs")
        for key in ("activation_ms", "conduction_velocity_m_per_s"):
            self.assertEqual(summary(one).get(key), summary(other).get(key))


class Ranks(Run):
    def test_one_two_and_four_ranks_agree(self) -> None:
        runs = {ranks: self.run_case(f"ranks{ranks}", ranks=ranks) for ranks in (1, 2, 4)}
        one = results(runs[1])
        activation = one["VTKHDF/PointData/activation"]
        self.assertTrue(np.isfinite(activation).all(), "the wave should cross the whole slab")
        for ranks in (2, 4):
            other = results(runs[ranks])
            np.testing.assert_allclose(other["VTKHDF/PointData/activation"], activation, rtol=0, atol=1e-6)
            np.testing.assert_allclose(other["VTKHDF/PointData/V"], one["VTKHDF/PointData/V"], rtol=0, atol=1e-5)
            np.testing.assert_array_equal(other["VTKHDF/Points"], one["VTKHDF/Points"])
            np.testing.assert_array_equal(other["VTKHDF/Connectivity"], one["VTKHDF/Connectivity"])
            iterations = [summary(runs[r])["diffusion_iterations"] for r in (1, ranks)]
            self.assertLessEqual(abs(iterations[0]["largest"] - iterations[1]["largest"]), 1)
            self.assertLess(abs(iterations[0]["mean"] - iterations[1]["mean"]), 1)

    def test_partitioners_agree(self) -> None:
        one = results(self.run_case("metis", ranks=2))["VTKHDF/PointData/activation"]
        for name in ("curve", "ptscotch"):
            other = results(self.run_case(name, "--set", f"mesh.partitioner={name}", ranks=2))
            np.testing.assert_allclose(other["VTKHDF/PointData/activation"], one, rtol=0, atol=1e-6)


class Restart(Run):
    def test_restart_equals_the_uninterrupted_run(self) -> None:
        for ranks in (1, 2):
            whole = self.run_case(f"whole{ranks}", ranks=ranks)
            halves = self.run_case(
                f"halves{ranks}", "--set", "time.end=10", "--set", "checkpoint.final=true", ranks=ranks
            )
            self.assertTrue((halves / "checkpoint.h5").exists())
            self.run_case(f"halves{ranks}", "--restart", ranks=ranks)
            self.assertEqual(summary(halves)["time"]["first_step"], 500)
            self.assert_same_bits(whole, halves)
            self.assertFalse((halves / "checkpoint.h5").exists(), "a finished run needs no checkpoint")

    def test_a_run_of_no_step_goes_on_as_one_that_has_not_begun(self) -> None:
        """The sample and the frame of t = 0 are there once."""
        whole = self.run_case("whole", "--set", "time.end=4")
        none = self.run_case("none", "--set", "time.end=0", "--set", "checkpoint.final=true")
        self.run_case("none", "--restart", "--set", "time.end=4")
        self.assert_same_bits(whole, none)

    def test_restart_on_other_ranks(self) -> None:
        whole = self.run_case("whole")
        parts = self.run_case("parts", "--set", "time.end=6", "--set", "checkpoint.final=true", ranks=2)
        self.run_case("parts", "--restart", "--set", "time.end=14", "--set", "checkpoint.final=true", ranks=4)
        self.run_case("parts", "--restart", ranks=1)
        np.testing.assert_allclose(
            results(parts)["VTKHDF/PointData/activation"],
            results(whole)["VTKHDF/PointData/activation"],
            rtol=0,
            atol=1e-6,
        )

    def test_restart_sees_every_file_of_an_opencarp_mesh(self) -> None:
        """A mesh named by its base name runs, goes on, and does not go on once its fibres have changed."""
        (self.folder / "m.pts").write_text("4\n0 0 0\n2000 0 0\n0 2000 0\n0 0 2000\n")
        (self.folder / "m.elem").write_text("1\nTt 0 1 2 3 1\n")
        (self.folder / "m.lon").write_text("1\n1 0 0\n")
        write_case(
            self.folder,
            "mesh: {file: m}\nfibres: {rule: mesh}\ntissue: {regions: [{name: a, conductivity: [0.1]}]}\n"
            "cells: [{model: mitchell_schaeffer}]\ntime: {end: 1, step: 0.1}\ncheckpoint: {final: true}\n",
        )
        self.run_case("carp")
        self.run_case("carp", "--restart", "--set", "time.end=2")
        (self.folder / "m.lon").write_text("1\n0 1 0\n")
        self.run_case("carp", "--restart", "--set", "time.end=3", expected=2)

    def test_the_used_case_gives_the_same_results(self) -> None:
        first = self.run_case("first", "--set", "time.end=8", "--set", "time.step=0.04")
        (self.folder / "case.yaml").write_text((first / "case.used.yaml").read_text())
        self.assert_same_bits(first, self.run_case("second"))


class Kills(Run):
    def start(self, output: str, *arguments: str, ranks: int = 1) -> subprocess.Popen:
        root = ["--allow-run-as-root"] if os.geteuid() == 0 else []
        launcher = [*MPIEXEC, *root, "--oversubscribe", "-n", str(ranks)] if ranks > 1 else []
        return subprocess.Popen(
            [*launcher, HEALTHCAST, "run", "case.yaml", "--quiet", "--output", output, *arguments],
            cwd=self.folder,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.PIPE,
            start_new_session=True,
        )

    def kill(self, process: subprocess.Popen) -> None:
        """kill -9 of the whole session: launchers give ranks process groups of their own, and a rank that outlived its
        launcher for a moment would write into the folder of the next run."""

        def alive(stat: Path) -> bool:
            try:
                state, _, _, session = stat.read_text().rpartition(")")[2].split()[:4]
            except OSError:  # it has ended meanwhile
                return False
            return session == str(process.pid) and state not in "ZX"

        while members := [int(stat.parent.name) for stat in Path("/proc").glob("[0-9]*/stat") if alive(stat)]:
            for pid in members:
                with contextlib.suppress(ProcessLookupError):
                    os.kill(pid, signal.SIGKILL)
            time.sleep(0.005)

    def wait_for(self, path: Path, process: subprocess.Popen) -> None:
        while not path.exists():
            self.assertIsNone(process.poll(), "the run ended before it could be interrupted")
            time.sleep(0.01)

    def end(self, process: subprocess.Popen) -> int:
        _, errors = process.communicate(timeout=120)
        self.last_errors = errors.decode()
        return process.returncode

    def test_kill_at_any_moment(self) -> None:
        """kill -9 again and again, each time at a random moment: what comes out is the uninterrupted run, bit for bit."""
        dice = random.Random(20110139)
        longer = ("--set", "time.end=120")
        for ranks in (1, 2):
            whole = self.run_case(f"whole{ranks}", *longer, ranks=ranks)
            seconds = summary(whole)["timings_s"]["loop"] + summary(whole)["timings_s"]["setup"] + 0.5
            output = f"killed{ranks}"
            process = self.start(output, *longer, ranks=ranks)  # once for certain, however fast the machine is
            self.wait_for(self.folder / output / "checkpoint.h5", process)
            self.kill(process)
            self.assertIn(self.end(process), (-signal.SIGKILL, 137), self.last_errors)
            for _ in range(60):
                process = self.start(output, "--restart", *longer, ranks=ranks)
                try:
                    process.wait(timeout=dice.uniform(0.4, 1.2) * seconds)
                except subprocess.TimeoutExpired:
                    self.kill(process)
                code = self.end(process)
                if code == 0:
                    break
                self.assertIn(code, (-signal.SIGKILL, 137), self.last_errors)
            self.assertEqual(code, 0, "the run never came to its end")
            self.assert_same_bits(whole, self.folder / output)
            left = [path.name for path in (self.folder / output).iterdir()]
            self.assertFalse([name for name in left if "tmp" in name or "part" in name], left)

    def test_term_leaves_a_checkpoint(self) -> None:
        longer = ("--set", "time.end=1200", "--set", "checkpoint.every=0", "--set", "output.every=60")
        whole = self.run_case("whole", *longer)
        process = self.start("stopped", *longer)
        self.wait_for(self.folder / "stopped" / "case.used.yaml", process)
        time.sleep(0.1)
        process.send_signal(signal.SIGTERM)
        self.assertEqual(self.end(process), 5, self.last_errors)
        self.assertEqual(summary(self.folder / "stopped")["status"], "interrupted")
        self.assertTrue((self.folder / "stopped" / "checkpoint.h5").exists())
        self.run_case("stopped", "--restart", *longer)
        self.assert_same_bits(whole, self.folder / "stopped")

    def test_usr1_writes_a_checkpoint_and_goes_on(self) -> None:
        process = self.start("went-on", "--set", "checkpoint.every=0", "--set", "time.end=2400")
        self.wait_for(self.folder / "went-on" / "case.used.yaml", process)
        time.sleep(0.1)
        process.send_signal(signal.SIGUSR1)
        self.wait_for(self.folder / "went-on" / "checkpoint.h5", process)
        self.assertIsNone(process.poll(), "SIGUSR1 should not end the run")
        process.send_signal(signal.SIGTERM)
        self.assertEqual(self.end(process), 5, self.last_errors)


class Failures(Run):
    def test_a_failed_step_leaves_the_last_good_state(self) -> None:
        case = edited("every: 3", "every: 0", edited("amplitude: 50, start: 0", "amplitude: 5e5, start: 15", SLAB))
        write_case(self.folder, case)
        done = run(["run", "case.yaml", "--quiet", "--output", "failed"], self.folder, 2)
        self.assertEqual(done.returncode, 3, done.stderr)
        self.assertRegex(done.stderr, r"error: step \d+ \(t = 15\.\d* ms\): V = .* mV at node \d+ \(.*mm\)")
        self.assertIn("the last good state kept (t = 10 ms)", done.stderr)
        self.assertEqual(summary(self.folder / "failed")["status"], "failed")
        again = run(["run", "case.yaml", "--quiet", "--output", "failed", "--restart"], self.folder, 1)
        self.assertEqual(again.returncode, 3, again.stderr)
        self.assertRegex(again.stderr, r"error: step \d+ \(t = 15\.")

    def test_the_state_kept_is_good_in_all_its_parts(self) -> None:
        """V is within its bounds for a step after calcium has overflowed: no copy is taken of that."""
        write_case(self.folder, edited("{model: ttp06_epi}", "{model: ttp06_epi, initial: {CaSR: 1e200}}", SLAB))
        done = run(
            ["run", "case.yaml", "--quiet", "--output", "failed", "--set", "checkpoint.guard=0.02"], self.folder, 2
        )
        self.assertEqual(done.returncode, 3, done.stderr)
        self.assertIn("step 1 (t = 0.02 ms): V = -8", done.stderr)
        self.assertIn("another state of ttp06_epi is not finite", done.stderr)
        self.assertFalse((self.folder / "failed" / "checkpoint.h5").exists(), "nothing good was there to be kept")

    @unittest.skipUnless(os.geteuid() == 0, "needs root to mount a small file system")
    def test_disk_full(self) -> None:
        small = self.folder / "small"
        small.mkdir()
        mounted = subprocess.run(["mount", "-t", "tmpfs", "-o", "size=300k", "tmpfs", str(small)], check=False)
        if mounted.returncode != 0:
            self.skipTest("cannot mount a tmpfs here")
        try:
            done = run(
                ["run", "case.yaml", "--quiet", "--output", "small/out", "--set", "output.every=0.02"], self.folder, 2
            )
            self.assertEqual(done.returncode, 4, done.stderr)
            lines = [line for line in done.stderr.splitlines() if "healthcast: error" in line]
            self.assertEqual(len(lines), 1, done.stderr)
            self.assertIn("small/out/", lines[0])
        finally:
            subprocess.run(["umount", "-l", str(small)], check=True)


class CommandLine(Run):
    def test_help_everywhere(self) -> None:
        self.assertIn("Exit codes", run(["--help"], self.folder).stdout)
        self.assertIn("usage: healthcast run", run(["run", "-h"], self.folder).stdout)
        for command in (
            ["run"],
            ["check"],
            ["models"],
            ["reference"],
            ["mesh", "info"],
            ["mesh", "import"],
            ["mesh", "partition"],
            ["mesh", "fibres"],
        ):
            done = run([*command, "--help"], self.folder)
            self.assertEqual(done.returncode, 0, done.stderr)
            self.assertIn("usage: healthcast " + " ".join(command), done.stdout)

    def test_commands_that_do_not_exist(self) -> None:
        for arguments, text in (
            (["rnu"], 'did you mean "run"?'),
            (["mesh", "inof"], 'did you mean "mesh info"?'),
            ([], "usage:"),
        ):
            done = run(arguments, self.folder)
            self.assertEqual(done.returncode, 2)
            self.assertIn(text, done.stderr)

    def test_models_lists_states_parameters_units_and_sources(self) -> None:
        text = run(["models"], self.folder).stdout
        for wanted in ("ttp06_epi", "ttp06_endo", "ttp06_m", "mitchell_schaeffer", "A/F", "ms", "doi"):
            self.assertTrue(wanted in text, f"models does not say {wanted}")

    def test_reference_is_current(self) -> None:
        self.assertEqual(run(["reference"], self.folder).stdout, (SOURCE / "inputs" / "reference.yml").read_text())

    def test_check_runs_nothing_and_says_what_a_run_costs(self) -> None:
        done = run(["check", "case.yaml"], self.folder)
        self.assertEqual(done.returncode, 0, done.stderr)
        for wanted in ("quality", "edges", "memory", "time", "region", "ok"):
            self.assertIn(wanted, done.stdout)
        self.assertEqual([path.name for path in self.folder.iterdir()], ["case.yaml"])

    def test_check_counts_the_frames_that_a_run_writes(self) -> None:
        for every, frames in ((9, 3), (8, 4), (50, 1)):
            changed = ["--set", f"output.every={every}"]
            done = run(["check", "case.yaml", *changed], self.folder)
            self.assertIn(f"output     {frames} frames", done.stdout)
            written = results(self.run_case("o", *changed, "--set", "mesh.spacing=1.5"))
            self.assertEqual(len(written["VTKHDF/Steps/Values"]), frames)

    def test_whole_numbers_are_whole(self) -> None:
        for text in ("0.5", "1x", "7", "-1", ""):
            done = run(["mesh", "import", "a.msh", "a.h5", f"--refine={text}"], self.folder)
            self.assertEqual(done.returncode, 2)
            self.assertIn(f'--refine: found "{text}"; allowed: a whole number from 0 to 6', done.stderr)

    def test_every_example_passes_the_check(self) -> None:
        others = ("cell_", "glioma_calibrate", "glioma_planning", "glioma_schedule")  # of other commands
        for path in sorted(p for p in (SOURCE / "inputs").glob("*.yaml") if not p.name.startswith(others)):
            with self.subTest(path.name):
                done = run(["check", str(path)], self.folder)
                missing = "cannot" in done.stderr and "meshes/" in done.stderr
                self.assertTrue(done.returncode == 0 or missing, done.stderr)

    def test_a_partition_is_stored_and_used(self) -> None:
        write_case(self.folder, SMALL)
        self.assertEqual(run(["mesh", "fibres", "case.yaml", "mesh.h5"], self.folder).returncode, 0)
        done = run(["mesh", "partition", "mesh.h5", "2", "3"], self.folder)
        self.assertEqual(done.returncode, 0, done.stderr)
        box = "  cell: tetrahedron\n  size: [4, 2, 2]\n  spacing: 1\n"
        write_case(self.folder, edited(box, "  file: mesh.h5\n  partitioner: stored\n"))
        self.run_case("stored", ranks=2)
        done = run(["mesh", "info", "mesh.h5"], self.folder)
        self.assertIn("fibre", done.stdout)

    def test_petsc_options_reach_petsc(self) -> None:
        done = run(
            ["run", "case.yaml", "--quiet", "--set", "time.end=0.1", "--set", "diffusion.method=crank_nicolson"]
            + ["--output", "o", "-diffusion_ksp_view"],
            self.folder,
        )
        self.assertIn("type: cg", done.stdout)
        done = run(
            ["run", "case.yaml", "--quiet", "--set", "time.end=0.1", "--output", "o", "-difusion_ksp_view"], self.folder
        )
        self.assertIn("-difusion_ksp_view was not used", done.stderr)


if __name__ == "__main__":
    unittest.main()
